"""Signatures of webhooks, held to the published example and to what must not pass."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from smartcart.contract.signatures import (
    BadSignature,
    check,
    event_id,
    public_key,
    sign,
    verify,
    written,
)

NOW = datetime(2026, 3, 12, 7, 41, 7, tzinfo=UTC)
BODY = '{"event_type":"new_order","comments":"Καλημέρα"}'.encode()
SHARED = written("whsec_", bytes(range(32)))
NEXT = written("whsec_", bytes(range(32, 64)))
PRIVATE = written("whsk_", bytes(range(32)))
PUBLIC = public_key(PRIVATE)

# The example that the libraries of standardwebhooks.com are tested with.
PUBLISHED_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
PUBLISHED_BODY = b'{"test": 2432232314}'
PUBLISHED_AT = datetime.fromtimestamp(1614265330, UTC)


def test_the_published_example_is_verified() -> None:
    found = verify([PUBLISHED_KEY], PUBLISHED, PUBLISHED_BODY, PUBLISHED_AT)
    assert found == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_a_pair_is_that_of_the_standard() -> None:
    """Key and public key of the first test of RFC 8032, §7.1."""
    secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert public_key(written("whsk_", bytes.fromhex(secret))) == written(
        "whpk_", bytes.fromhex(public)
    )


@pytest.mark.parametrize(("mine", "theirs"), [(SHARED, SHARED), (PRIVATE, PUBLIC)])
def test_what_is_signed_is_verified(mine: str, theirs: str) -> None:
    headers = sign([mine], BODY, NOW)
    assert list(headers) == ["webhook-id", "webhook-timestamp", "webhook-signature"]
    assert headers["webhook-timestamp"] == "1773301267"
    assert verify([theirs], headers, BODY, NOW) == headers["webhook-id"] == event_id(BODY)
    shouted = {name.upper(): value for name, value in headers.items()}
    assert verify([theirs], shouted, BODY, NOW) == headers["webhook-id"]


def test_the_id_stays_while_the_signature_tells_the_time() -> None:
    first, later = sign([SHARED], BODY, NOW), sign([SHARED], BODY, NOW + timedelta(minutes=18))
    assert first["webhook-id"] == later["webhook-id"] != event_id(BODY + b" ")
    assert first["webhook-signature"] != later["webhook-signature"]


@pytest.mark.parametrize("known", [[SHARED], [NEXT], [PUBLIC], [SHARED, NEXT, PUBLIC]])
def test_while_keys_change_any_that_is_known_will_do(known: list[str]) -> None:
    headers = sign([NEXT, SHARED, PRIVATE], BODY, NOW)
    versions = [each.partition(",")[0] for each in headers["webhook-signature"].split()]
    assert versions == ["v1", "v1", "v1a"]
    assert verify(known, headers, BODY, NOW) == headers["webhook-id"]


def test_a_signature_of_a_kind_to_come_is_let_be() -> None:
    headers = sign([SHARED], BODY, NOW)
    headers["webhook-signature"] = "v9,???? v2,AAAA nonsense " + headers["webhook-signature"]
    assert verify([SHARED], headers, BODY, NOW)


SIGNED = sign([SHARED, PRIVATE], BODY, NOW)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (SIGNED, BODY + b" "),
        ({**SIGNED, "webhook-id": "evt_other"}, BODY),
        ({**SIGNED, "webhook-timestamp": "1773301268"}, BODY),
        ({**SIGNED, "webhook-signature": "v1,AAAA v1a,AAAA"}, BODY),
        ({**SIGNED, "webhook-signature": SIGNED["webhook-signature"].replace("v1,", "v1a,")}, b""),
        ({**SIGNED, "webhook-signature": "v1 v1a"}, BODY),
    ],
)
@pytest.mark.parametrize("key", [SHARED, PUBLIC])
def test_what_was_changed_is_refused(headers: Mapping[str, str], body: bytes, key: str) -> None:
    with pytest.raises(BadSignature, match="none of the keys"):
        verify([key], headers, body, NOW)


def test_another_key_or_none_is_refused() -> None:
    for keys in ([NEXT], [public_key(written("whsk_", bytes(32)))], []):
        with pytest.raises(BadSignature, match="none of the keys"):
            verify(keys, SIGNED, BODY, NOW)


def test_one_kind_is_not_taken_for_the_other() -> None:
    """The public half is known to all: nobody may sign with it as if it were a shared secret."""
    forged = sign([PUBLIC.replace("whpk_", "whsec_")], BODY, NOW)
    with pytest.raises(BadSignature):
        verify([PUBLIC], forged, BODY, NOW)


@pytest.mark.parametrize("missing", list(SIGNED))
def test_a_header_that_is_missing_is_named(missing: str) -> None:
    rest = {name: value for name, value in SIGNED.items() if name != missing}
    with pytest.raises(BadSignature, match=f"{missing}: the header is missing"):
        verify([SHARED], rest, BODY, NOW)


@pytest.mark.parametrize("apart", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_old_requests_and_those_of_the_future_are_refused(apart: timedelta) -> None:
    assert verify([SHARED], SIGNED, BODY, NOW + apart)
    with pytest.raises(BadSignature, match="301 seconds from now, more than 300"):
        verify([SHARED], SIGNED, BODY, NOW + apart * 301 / 300)
    assert verify([SHARED], SIGNED, BODY, NOW + apart * 2, timedelta(minutes=10))


@pytest.mark.parametrize("time", ["soon", "-1", "1e9", "²", "9" * 5_000])
def test_a_time_that_is_none_is_refused(time: str) -> None:
    with pytest.raises(BadSignature, match="no number of seconds"):
        verify([SHARED], {**SIGNED, "webhook-timestamp": time}, BODY, NOW)


@pytest.mark.parametrize(
    "key", ["", "secret", "whsec_", "whsec_AAAA", "whsec_???", PRIVATE, "whpk_AAAA"]
)
def test_a_text_that_is_no_key_to_verify_with_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        check(key)
    assert len(key) < 7 or key not in str(refused.value)


def test_keys_to_verify_with_are_taken() -> None:
    for key in (SHARED, PUBLIC, PUBLISHED_KEY):
        check(key)
