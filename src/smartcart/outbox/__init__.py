"""Durable delivery: written in the commit of the change that caused it, done until settled.

An *entry* belongs to a *stream* (entries of one key are worked strictly in order), a stream to a
*lane* (lanes share the worker's slots fairly; the marketplace gives every merchant one), a lane to
a *queue* (one worker, one kind of pace). A worker claims the head of a stream under a *lease*,
calls the handler of the entry's kind with nothing open, and settles the *outcome* together with
whatever else the handler wants committed. A worker that dies leaves a lease that ends.
"""

from smartcart.kit.database import Migrations
from smartcart.outbox.emptying import emptied
from smartcart.outbox.entry import Claim, Delivered, Entry, Failed, Handler, Outcome, Trace
from smartcart.outbox.exhausted import Exhausted, Place, Span
from smartcart.outbox.pace import Limits, Line
from smartcart.outbox.records import (
    NEWEST,
    OUTCOMES,
    Attempt,
    Position,
    Recorded,
    Search,
    attempts,
    by_seq,
    entries,
    is_pending,
    search,
    tail,
    told,
)
from smartcart.outbox.retention import Keep, Retention
from smartcart.outbox.storage import enqueue, enqueued
from smartcart.outbox.waiting import next_due, waiting
from smartcart.outbox.worker import Worker

MIGRATIONS = Migrations(component="outbox", package="smartcart.outbox.migrations")

__all__ = [
    "MIGRATIONS",
    "NEWEST",
    "OUTCOMES",
    "Attempt",
    "Claim",
    "Delivered",
    "Entry",
    "Exhausted",
    "Failed",
    "Handler",
    "Keep",
    "Limits",
    "Line",
    "Outcome",
    "Place",
    "Position",
    "Recorded",
    "Retention",
    "Search",
    "Span",
    "Trace",
    "Worker",
    "attempts",
    "by_seq",
    "emptied",
    "enqueue",
    "enqueued",
    "entries",
    "is_pending",
    "next_due",
    "search",
    "tail",
    "told",
    "waiting",
]
