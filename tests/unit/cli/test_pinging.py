"""`merchant ping`, and `merchant set --webhook-url`, which asks the new URL first."""

from tests.support.commands import Shell

MERCHANT = ("marketplace", "merchant")
NEW = ("--webhook-url", "https://hook.shop.invalid/x", "--domain", "shop.invalid")


def test_a_url_that_does_not_answer_is_not_taken(shell: Shell) -> None:
    shell.add_shop()
    told = shell.told(*MERCHANT, "set", "shop", *NEW)
    assert "a test event was not taken there. no answer" in told
    assert "--no-verify" in told
    assert "no webhook" in shell.ok(*MERCHANT, "list")
    shell.ok(*MERCHANT, "set", "shop", *NEW, "--no-verify")
    assert "https://hook.shop.invalid/x" in shell.ok(*MERCHANT, "list")
    shell.ok(*MERCHANT, "set", "shop", "--name", "Νέο", *NEW)


def test_in_development_nobody_is_asked(shell: Shell) -> None:
    shell.add_shop()
    shell.ok(*MERCHANT, "set", "shop", "--development", "--webhook-url", "http://127.0.0.1:9/x")


def test_a_ping_tells_how_it_went_and_fails_when_an_event_would(shell: Shell) -> None:
    shell.add_shop()
    result = shell.run(*MERCHANT, "ping", "shop")
    assert (result.exit_code, result.stdout) == (
        1,
        "no answer after 0 ms. The shop has no webhook URL.\n",
    )
    shell.ok(*MERCHANT, "set", "shop", *NEW, "--no-verify")
    result = shell.run(*MERCHANT, "ping", "shop", "--json")
    assert result.exit_code == 1
    assert '"problem": "name: ' in result.stdout
    assert "'nobody' is not known here" in shell.told(*MERCHANT, "ping", "nobody")
