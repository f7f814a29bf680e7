"""What an operator sees of a running program: whether it works, and its figures.

Each subject is measured in one place, around the part that does the work: a handler of the outbox,
a program that answers requests, the writer of a database, the event loop. Nothing inside them knows
of it, and a program that is not measured has none of it.
"""

from smartcart.watch.program import Watch, watched

__all__ = ["Watch", "watched"]
