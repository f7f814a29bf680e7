"""What can go wrong with a database, and what a caller may do about each."""

from typing import Final

from smartcart.kit.database.write_set import Guard


class DatabaseError(Exception):
    """Base of all; raised itself when a statement or a value is not one the database accepts."""


class Conflict(DatabaseError):
    """A guard missed: somebody was first. Nothing was written. Load again, decide again."""

    def __init__(self, guard: Guard, hit: int) -> None:
        self.guard = guard
        self.hit = hit
        super().__init__(
            f"guard on {guard.key!r} hit {hit} rows instead of {guard.rows}: "
            f"{' '.join(guard.statement.sql.split())}"
        )


class IntegrityViolation(DatabaseError):
    """A constraint of the schema refused the write set. Nothing of it was written."""


class DatabaseFull(DatabaseError):
    """No room to write. Nothing was written; usable again as soon as there is room."""


class DatabaseLocked(DatabaseError):
    """Somebody else held a lock too long. Nothing was written; trying again may help."""


class DatabaseBusy(DatabaseError):
    """Too many write sets are waiting. Nothing was written; try again in a moment."""


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached. Nothing was written; trying again may help."""


class CommitUnknown(DatabaseError):
    """The answer to COMMIT was lost: the write set is there whole or not at all. Load again."""


class NotADatabase(DatabaseError, ValueError):
    """A URL of a kind that this program cannot open."""


class QueryTimeout(DatabaseError):
    """A read took longer than reads may."""


class SchemaTooNew(DatabaseError):
    """The database was migrated by a newer program than this one."""


class WrongDatabase(DatabaseError):
    """The database holds components this program does not know: it belongs to another one."""


MAY_PASS: Final = (DatabaseUnavailable, DatabaseLocked, DatabaseFull)
"""What waiting may mend when a database is opened."""
