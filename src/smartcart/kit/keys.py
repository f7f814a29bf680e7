"""Keys that open a program's own pages and calls."""

import hmac

from starlette.requests import Request


def opens(request: Request, key: str) -> bool:
    """Whether `request` carries `key` as its bearer token. An empty key opens nothing."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return (
        bool(key)
        and scheme.lower() == "bearer"
        and hmac.compare_digest(given.strip().encode(), key.encode())
    )
