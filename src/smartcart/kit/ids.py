"""Ids of rows and leases: no two are the same, in whichever process they are made."""

import secrets
from itertools import count

# By its own random beginning a process is told from all others. Random bits for each id would be a
# call of the system each time, at which the event loop hands its turn to the thread that commits.
_PROCESS = secrets.token_hex(8)
_numbers = count()


def new_id() -> str:
    """Not used before, and after those this process has made, in order; anybody may guess it."""
    return f"{_PROCESS}{next(_numbers):08x}"
