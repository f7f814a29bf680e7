"""Refusals: what a document of ours may say, and what we say of a document we cannot read."""

from msgspec import field

from smartcart.contract.wire import Wire, nothing

__all__ = ["ContractError", "ErrorItem", "Errors", "NotAJsonObject", "Success", "refusal"]


class ContractError(ValueError):
    """A document that does not keep to the contract.

    `field` is the dotted path of the value at fault (`order.line_items[...].quantity`; list
    positions are shown as `[...]`), empty when the document as a whole is. `message` says what was
    expected there. A body in which one value is wrong is a 422 (contract §2).
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message

    @property
    def parameter(self) -> str:
        """The key of the body under which the fault lies: `line_items` for `line_items[...].id`."""
        return self.field.partition(".")[0].partition("[")[0]


class NotAJsonObject(ContractError):
    """The bytes are not JSON, or are JSON but no object: a 400 (contract §2)."""

    def __init__(self, message: str) -> None:
        super().__init__("", message)


class ErrorItem(Wire, frozen=True, kw_only=True):
    """One refusal: a code from `ErrorCode` or the name of a field, and sentences for a person."""

    code: str = field(default_factory=str)
    messages: tuple[str, ...] = field(default_factory=nothing)


class Errors(Wire, frozen=True, kw_only=True):
    """The body of every 4xx and 5xx answer (contract §2)."""

    errors: tuple[ErrorItem, ...] = field(default_factory=nothing)


class Success(Wire, frozen=True, kw_only=True):
    """The body of a 2xx answer that has nothing else to say (contract §2)."""

    success: bool = field(default_factory=lambda: True)


def refusal(code: str, *messages: str) -> Errors:
    """The body of one refusal: `{"errors": [{"code": code, "messages": [...]}]}`."""
    return Errors(errors=(ErrorItem(code=code, messages=messages),))
