"""Celery delivers: `celery_peer.py fill FILE` queues every line; a worker of `app` POSTs them.

A task is acknowledged after its POST, its result is kept, and one that fails is tried thrice more.
"""

import os
import sys
from pathlib import Path

import urllib3
from celery import Celery  # type: ignore[import-not-found]  # installed by the benchmark

app = Celery("peer", broker=os.environ["QUEUE_URL"], backend=os.environ["QUEUE_URL"])
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=16)
pool = urllib3.PoolManager(maxsize=64)


@app.task(name="post", autoretry_for=(Exception,), retry_backoff=True, max_retries=3)  # type: ignore[untyped-decorator]
def post(body: str) -> None:
    answer = pool.request(
        "POST",
        os.environ["SINK_URL"],
        body=body.encode(),
        headers={"Content-Type": "application/json"},
        retries=False,
    )
    if answer.status != 200:
        raise ValueError(answer.status)


if __name__ == "__main__":
    for line in Path(sys.argv[2]).read_text().split("\n"):
        post.delay(line)
