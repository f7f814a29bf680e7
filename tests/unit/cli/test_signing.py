"""`smartcart marketplace merchant signing`: keys are made, shown once, and ended."""

import msgspec
import pytest

from smartcart.contract.signatures import check
from smartcart.kit.sealing import new_key
from tests.support.commands import Shell

SIGNING = ("marketplace", "merchant", "signing", "shop")
KEY = {"SMARTCART_MARKETPLACE_SECRETS_KEY": new_key()}


@pytest.fixture
def signing_shell(shell: Shell) -> Shell:
    shell.add_shop()
    return shell


def test_a_secret_is_shown_once(signing_shell: Shell) -> None:
    assert signing_shell.ok(*SIGNING, **KEY) == "Not signed: make a key with --rotate.\n"
    made = signing_shell.ok(*SIGNING, "--rotate", **KEY)
    assert made.startswith("signing key 1, shown only now: whsec_")
    secret = made.split()[-1]
    check(secret)
    for options in ([], ["--json"], ["--show-public"]):
        assert "whsec_" not in signing_shell.ok(*SIGNING, *options, **KEY)
    files = [file.read_bytes() for file in signing_shell.folder.iterdir()]
    assert not any(secret.encode() in content for content in files)


def test_a_pair_follows_a_secret_and_the_old_one_is_ended(signing_shell: Shell) -> None:
    signing_shell.ok(*SIGNING, "--rotate", **KEY)
    made = signing_shell.ok(*SIGNING, "--rotate", "--kind", "ed25519", "--json", **KEY)
    pair = msgspec.json.decode(made)
    assert (pair["number"], pair["kind"]) == (2, "ed25519")
    live = msgspec.json.decode(signing_shell.ok(*SIGNING, "--json", **KEY))
    assert [(key["number"], key["kind"]) for key in live] == [(2, "ed25519"), (1, "hmac")]
    assert signing_shell.ok(*SIGNING, "--show-public", **KEY) == f"{pair['key']}\n"
    assert signing_shell.ok(*SIGNING, "--end-old", **KEY) == "1 ended\n"
    assert len(signing_shell.ok(*SIGNING, **KEY).splitlines()) == 1
    again = signing_shell.ok(*SIGNING, "--rotate", **KEY)
    assert "the shop's public half: whpk_" in again, "a new key is of the kind of the one before"


def test_what_will_not_do_is_told(signing_shell: Shell) -> None:
    assert "secrets_key is not set" in signing_shell.told(*SIGNING, "--rotate")
    wrong = {"SMARTCART_MARKETPLACE_SECRETS_KEY": "short"}
    assert "secrets_key: give 32 random bytes" in signing_shell.told(*SIGNING, environment=wrong)
    signing_shell.ok(*SIGNING, "--rotate", **KEY)
    other = {"SMARTCART_MARKETPLACE_SECRETS_KEY": new_key()}
    assert "does not open the keys" in signing_shell.told(*SIGNING, environment=other)
    both = signing_shell.told(*SIGNING, "--rotate", "--end-old", code=2, environment=KEY)
    assert "Give one of" in both
    assert "--kind: is for" in signing_shell.told(*SIGNING, "--kind", "hmac", code=2)
