"""The marketplace's rows: rows in, rows out, no rules."""

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.database import Migrations

MIGRATIONS = (
    outbox.MIGRATIONS,
    journal.MIGRATIONS,
    Migrations(component="marketplace", package="smartcart.marketplace.storage.migrations"),
)

ORDER_RANK, OFFER_RANK, MERCHANT_RANK, VOUCHER_RANK, INVOICE_RANK = 10, 20, 30, 40, 50
CHANGE_RANK, SIGNING_RANK = 60, 70


def may_be_kept(*texts: str) -> bool:
    """Whether a column can hold these at all: PostgreSQL's text has no NUL, so no row has one."""
    return not any("\0" in text for text in texts)
