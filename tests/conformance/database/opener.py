"""A program of its own: open the database at the URL given, say so, write a set if told to."""

import asyncio
import sys

from smartcart.kit.database import WriteSet
from tests.conformance.database.tables import add, annotate, create, enter, labour, opened

ENDLESS_LABOUR = 100_000_000

SLOW = WriteSet(
    guards=(create("half", 1),),
    effects=(
        add("half", 1),
        enter("before"),
        labour("slow", ENDLESS_LABOUR),
        annotate("before", 1, "after"),
    ),
)


async def main(url: str, *, write: bool) -> None:
    async with opened(url) as database:
        print("opened", flush=True)
        if write:
            await database.commit(SLOW)
            print("written", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], write="write" in sys.argv))
