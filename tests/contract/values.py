"""What the value of a field may be, and when the field is there."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

from smartcart.contract import ATHENS
from tests.contract.published import Json

Object = dict[str, Json]
Check = Callable[[Json], bool]
Condition = Callable[[Object], bool]
"""Of the whole order."""

_URL = re.compile(r"https?://[^\s]+")


class _There(Enum):
    ALWAYS = auto()
    EXACTLY_WHEN = auto()
    ONLY_WHEN = auto()


def _anything(_order: Object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Field:
    """A key of an object: what it may hold, and when it is there."""

    check: Check
    there: _There = _There.ALWAYS
    condition: Condition = _anything

    def exactly_when(self, condition: Condition) -> "Field":
        """There when the condition holds for the order, and never else."""
        return replace(self, there=_There.EXACTLY_WHEN, condition=condition)

    def only_when(self, condition: Condition) -> "Field":
        """There in some orders for which the condition holds, and in no other."""
        return replace(self, there=_There.ONLY_WHEN, condition=condition)

    @property
    def or_null(self) -> "Field":
        return replace(self, check=lambda value: value is None or self.check(value))

    @property
    def optional(self) -> "Field":
        """There or not."""
        return self.only_when(_anything)

    def fault(self, order: Object, found: Object, key: str) -> str | None:
        if key in found:
            if not self.condition(order):
                return f"{key} should not be there"
            return None if self.check(found[key]) else f"{key} is {found[key]!r}"
        if self.there is _There.ALWAYS:
            return f"{key} is missing"
        if self.there is _There.EXACTLY_WHEN and self.condition(order):
            return f"{key} is missing"
        return None


def faults(
    objects: Iterable[tuple[Object, Object]], fields: Mapping[str, Field]
) -> dict[str, list[str]]:
    """What is wrong with these objects, each with the order it is in, by the order's code.

    Also what cannot be told from them: a field that none of them has, or one that depends on a
    condition and that all have.
    """
    pairs = list(objects)
    wrong = {
        str(order["code"]): found
        for order, each in pairs
        if (found := [*_faults(order, each, fields), *sorted(each.keys() - fields.keys())])
    }
    untold = [
        key
        for key, field in fields.items()
        if not any(each.get(key) not in (None, [], {}) for _, each in pairs)
        or (field.condition is not _anything and all(key in each for _, each in pairs))
    ]
    return wrong | ({"cannot be told": untold} if untold else {})


def _faults(order: Object, found: Object, fields: Mapping[str, Field]) -> list[str]:
    told = (field.fault(order, found, key) for key, field in fields.items())
    return [fault for fault in told if fault]


def one_of(words: Iterable[str]) -> Field:
    known = set(words)
    return Field(lambda value: value in known)


def either(*kinds: Field) -> Field:
    return Field(lambda value: any(kind.check(value) for kind in kinds))


def list_of(item: Field) -> Field:
    return Field(lambda value: isinstance(value, list) and all(map(item.check, value)))


def matching(pattern: str) -> Field:
    return Field(lambda v: isinstance(v, str) and re.fullmatch(pattern, v) is not None)


def _is_euros(value: Json) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    exponent = Decimal(value).as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -2 and value >= 0


def _is_time(value: Json) -> bool:
    """In whole seconds, with the offset of Athens at that moment."""
    if not isinstance(value, str):
        return False
    moment = datetime.fromisoformat(value)
    local = moment.astimezone(ATHENS).isoformat()
    return value == local and moment.microsecond == 0


text = Field(lambda value: isinstance(value, str))
flag = Field(lambda value: isinstance(value, bool))
integer = Field(lambda value: isinstance(value, int) and not isinstance(value, bool))
number = Field(lambda value: isinstance(value, int | Decimal) and not isinstance(value, bool))
euros = Field(_is_euros)
fee = Field(lambda value: _is_euros(value) and value != 0)
time = Field(_is_time)
url = Field(lambda value: isinstance(value, str) and _URL.fullmatch(value) is not None)
an_object = Field(lambda value: isinstance(value, dict))
objects = list_of(an_object)
texts = list_of(text)
