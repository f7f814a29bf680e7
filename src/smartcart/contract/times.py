"""Moments: local time of Athens on the wire, microseconds since 1970 UTC in storage."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from smartcart.contract.errors import ContractError

__all__ = ["ATHENS", "athens", "from_micros", "to_micros"]

ATHENS = ZoneInfo("Europe/Athens")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def athens(moment: datetime) -> datetime:
    """The moment as the contract writes it: local time of Athens, whole seconds (contract §4).

    A fraction of a second is cut off. Raises `ContractError` for a naive `moment`, and for one so
    near the ends of the calendar that Athens has no date for it.
    """
    if moment.tzinfo is None:
        raise ContractError("time", f"{moment} has no offset; give an aware datetime")
    try:
        return moment.astimezone(ATHENS).replace(microsecond=0)
    except OverflowError as error:
        raise ContractError("time", f"{moment} is outside the calendar") from error


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z. Raises `ContractError` for a naive `moment`."""
    if moment.tzinfo is None:
        raise ContractError("time", f"{moment} has no offset; give an aware datetime")
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment so many microseconds after 1970-01-01T00:00:00Z, as `athens` gives it."""
    return athens(_EPOCH + timedelta(microseconds=micros))
