"""The merchant's rows: rows in, rows out, no rules."""

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.database import Migrations

MIGRATIONS = (
    outbox.MIGRATIONS,
    journal.MIGRATIONS,
    Migrations(component="merchant", package="smartcart.merchant.storage.migrations"),
)

INBOX_RANK, DOCUMENT_RANK, ORDER_RANK = 10, 11, 20
RESERVATION_RANK, STOCK_RANK, SOURCE_RANK, PRINT_RANK = 30, 31, 32, 40
RECONCILIATION_RANK, STANDING_RANK, ALARM_RANK = 50, 55, 60
