"""What the marketplace refuses, and why: a closed set of reasons.

What each is answered with, status and code, is in `api/errors.py`, and only there.
"""

from enum import Enum, auto


class RefusalCode(Enum):
    """Why a request is not granted (contract §2, §3; those after `NOT_ACCEPTABLE` are our own)."""

    UNAUTHORIZED = auto()
    TOOL_OFF = auto()
    NOT_FOUND = auto()
    ORDER_STATUS = auto()
    NOT_ELIGIBLE = auto()
    PICKUP_LOCATION = auto()
    PICKUP_WINDOW = auto()
    NUMBER_OF_PARCELS = auto()
    LINE_ITEMS = auto()
    TRACKING_DETAILS = auto()
    INVOICE_MISSING = auto()
    INVOICE_FILE = auto()
    NOT_ACCEPTABLE = auto()
    BODY = auto()
    CART = auto()
    ORDER = auto()
    MERCHANT = auto()


class Refused(Exception):
    """A request that is understood and not granted; `message` says what to do about it."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
