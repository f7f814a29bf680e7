"""Write sets and reads on SQLite or PostgreSQL: one SQL text, one behaviour.

A change is a `WriteSet`, built as plain data and committed whole; many are grouped into one
transaction, which is what makes them fast. Nothing else ever holds a transaction open.
"""

from smartcart.kit.database.errors import (
    MAY_PASS,
    CommitUnknown,
    Conflict,
    DatabaseBusy,
    DatabaseError,
    DatabaseFull,
    DatabaseLocked,
    DatabaseUnavailable,
    IntegrityViolation,
    NotADatabase,
    QueryTimeout,
    SchemaTooNew,
    WrongDatabase,
)
from smartcart.kit.database.interface import Database
from smartcart.kit.database.later import Later
from smartcart.kit.database.many import Many
from smartcart.kit.database.migrations import Migrations
from smartcart.kit.database.opening import (
    back_up,
    components,
    open_database,
    outstanding_migrations,
    restore,
    sqlite_file,
    trouble_with_parts,
)
from smartcart.kit.database.submissions import Observer
from smartcart.kit.database.wake_ups import Only, every
from smartcart.kit.database.write_set import Effect, Guard, Statement, Value, WriteSet

__all__ = [
    "MAY_PASS",
    "CommitUnknown",
    "Conflict",
    "Database",
    "DatabaseBusy",
    "DatabaseError",
    "DatabaseFull",
    "DatabaseLocked",
    "DatabaseUnavailable",
    "Effect",
    "Guard",
    "IntegrityViolation",
    "Later",
    "Many",
    "Migrations",
    "NotADatabase",
    "Observer",
    "Only",
    "QueryTimeout",
    "SchemaTooNew",
    "Statement",
    "Value",
    "WriteSet",
    "WrongDatabase",
    "back_up",
    "components",
    "every",
    "open_database",
    "outstanding_migrations",
    "restore",
    "sqlite_file",
    "trouble_with_parts",
]
