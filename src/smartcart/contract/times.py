"""Moments: local time of Athens on the wire, microseconds since 1970 UTC in storage."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from smartcart.contract.errors import ContractError

__all__ = ["ATHENS", "athens", "from_micros", "to_micros"]

ATHENS = ZoneInfo("Europe/Athens")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def athens(moment: datetime) -> datetime:
    """The moment as the contract writes it: local time of Athens, whole seconds (contract §4).

    A fraction of a second is cut off. The zone of the result is the offset that holds at that
    moment and no more: so results compare and subtract as moments even in the hour that occurs
    twice, which datetimes in `ATHENS` itself do not. To reckon with days and hours of the clock,
    build a datetime in `ATHENS` and pass it through here.

    Raises `ContractError` for a naive `moment`, and for one so near the ends of the calendar that
    Athens has no date for it.
    """
    if moment.tzinfo is None:
        raise ContractError("time", f"{moment} has no offset; give an aware datetime")
    try:
        local = moment.astimezone(UTC).astimezone(ATHENS)
    except OverflowError as error:
        raise ContractError("time", f"{moment} is outside the calendar") from error
    offset = local.utcoffset() or timedelta()
    return local.replace(microsecond=0, fold=0, tzinfo=timezone(offset))


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z. Raises `ContractError` for a naive `moment`."""
    if moment.tzinfo is None:
        raise ContractError("time", f"{moment} has no offset; give an aware datetime")
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment so many microseconds after 1970-01-01T00:00:00Z, as `athens` gives it."""
    return athens(_EPOCH + timedelta(microseconds=micros))
