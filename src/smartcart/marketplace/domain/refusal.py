"""What the marketplace refuses, and why: a closed set of codes (contract §2, §3).

The statuses they are answered with are in `api/errors.py`, and only there.
"""

from enum import StrEnum

from smartcart.contract.vocabulary import ErrorCode


class RefusalCode(StrEnum):
    """The `code` of an error on the wire: the contract's, then those of our own."""

    UNAUTHORIZED = ErrorCode.UNAUTHORIZED.value
    TOOL_OFF = ErrorCode.TOOL_OFF.value
    NOT_FOUND = ErrorCode.ORDER_ERROR.value
    ORDER_STATUS = ErrorCode.ORDER_STATUS.value
    PICKUP_LOCATION = ErrorCode.PICKUP_LOCATION.value
    PICKUP_WINDOW = ErrorCode.PICKUP_WINDOW.value
    NUMBER_OF_PARCELS = ErrorCode.NUMBER_OF_PARCELS.value
    LINE_ITEMS = ErrorCode.LINE_ITEMS.value
    NOT_ACCEPTABLE = "not_acceptable"
    BODY = "body"
    CART = "cart"
    MERCHANT = "merchant"


class Refused(Exception):
    """A request that is understood and not granted; `message` says what to do about it."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
