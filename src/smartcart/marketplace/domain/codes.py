"""Order codes (contract §4): `YYMMDD-NNNNNNN`, a re-issued order a third segment `-N`."""

from datetime import date

NUMBERS = 10_000_000


def order_code(day: date, number: int) -> str:
    """The code of an order placed on `day`; `number` is minted, below `NUMBERS`."""
    return f"{day:%y%m%d}-{number:07d}"


def reissued(code: str) -> str:
    """The code of the order that follows `code` when it is reprocessed."""
    day, number, *times = code.split("-")
    return f"{day}-{number}-{int(times[0]) + 1 if times else 1}"
