"""`GET /:code` and accept as one writes them today on FastAPI, pydantic 2 and SQLAlchemy 2.

The baseline of `bench.orders_api`: the same rules over the same tables, so that either program goes
on with what the other wrote. It is tuned as far as its own tools go, measured step by step:

- Reads are one joined statement, in autocommit: no BEGIN and no ROLLBACK around them.
- Changes are guarded by the order's version, so nothing is locked while it is decided.
- On SQLite there is one connection that writes, and takes the write lock at BEGIN: transactions
  queue for it instead of meeting SQLITE_BUSY. On PostgreSQL there are pools of 16.
- Rows are written by statements with values, many rows at a time, without a unit of work.
- Answers are written by pydantic itself, in Rust, and not looked at a second time by FastAPI.
- FastAPI's telemetry, which ours has no like of, is off.
- It is served as ours is: uvloop, httptools, one process, no access log, rare garbage collection.
"""
