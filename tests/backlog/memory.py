"""The memory of a process over time, and whether it stays what it is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import psutil

MOST_GROWTH = 1.10
"""The peak of the last quarter is at most so many times that of the second."""
_EVERY_SECONDS = 0.25
_QUARTERS = 4


@asynccontextmanager
async def sampled(pid: int) -> AsyncIterator[list[int]]:
    """What is resident, in bytes, from now on until the context ends."""
    process, samples = psutil.Process(pid), list[int]()

    async def sample() -> None:
        while True:
            samples.append(process.memory_info().rss)
            await asyncio.sleep(_EVERY_SECONDS)

    sampling = asyncio.create_task(sample())
    try:
        yield samples
    finally:
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)


def peaks(samples: Sequence[int]) -> list[int]:
    """The highest of each quarter of the time; the first one is still filling its caches."""
    size = len(samples) // _QUARTERS
    return [max(samples[n * size : (n + 1) * size], default=0) for n in range(_QUARTERS)]


def is_flat(samples: Sequence[int]) -> bool:
    _, second, _, last = peaks(samples)
    return last <= second * MOST_GROWTH
