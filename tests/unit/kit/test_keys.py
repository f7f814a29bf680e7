"""Which requests a key opens."""

import pytest
from starlette.requests import Request

from smartcart.kit.keys import opens


def request(authorization: str | None) -> Request:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize("authorization", ["Bearer k3y", "bearer k3y", "BEARER  k3y "])
def test_the_key_opens(authorization: str) -> None:
    assert opens(request(authorization), "k3y")


@pytest.mark.parametrize(
    "authorization",
    [None, "", "k3y", "Bearer", "Bearer ", "Bearer k3", "Bearer k3yy", "Basic k3y", "Bearer \xff"],
)
def test_nothing_else_does(authorization: str | None) -> None:
    assert not opens(request(authorization), "k3y")


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer "])
def test_an_empty_key_opens_nothing(authorization: str | None) -> None:
    assert not opens(request(authorization), "")
