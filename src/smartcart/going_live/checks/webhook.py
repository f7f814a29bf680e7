"""Whether the webhook's URL leads to the shop's program, as far as it can be seen from here.

The probe is a POST of text that is no JSON: the program refuses it for that, and only after it has
looked at the secret, so that nothing is kept and yet it is known who answered.
"""

from collections.abc import Mapping

from yarl import URL

from smartcart.contract import ContractError, parse_errors
from smartcart.going_live.finding import N_, Finding, Text, bad, ok, warning
from smartcart.kit.egress import Answer, Failure, FailureKind, open_session, post_following

_CHECK = N_("webhook")
_PROBE: Mapping[str, str] = {"Content-Type": "text/plain"}
_AWAY = frozenset({502, 503, 504})
_BY_FAILURE: Mapping[FailureKind, tuple[Text, Text]] = {
    FailureKind.NAME: (
        N_("the webhook's URL at {host}: {why}"),
        N_("Look whether the URL has the shop's own domain, written right."),
    ),
    FailureKind.TLS: (
        N_("the webhook's URL at {host}: {why}"),
        N_("The website needs a certificate that is valid and whole, with its chain."),
    ),
    FailureKind.REDIRECT: (
        N_("the webhook's URL at {host}: {why}"),
        N_("Give the marketplace the URL that the website redirects to."),
    ),
}
_NOT_REACHED = (
    N_("the webhook's URL at {host}: {why}"),
    N_("Look whether the website runs, and whether its firewall admits this machine and the "
       "marketplace."),
)  # fmt: skip


async def check_webhook(url: str, within: float = 10) -> Finding:
    """What answers at the webhook's URL. Seen from this machine, not from the marketplace."""
    host = URL(url).host or "?"
    async with open_session(allow_private=True) as session:
        answer = await post_following(session, url, b"doctor", _PROBE, within=within)
    if isinstance(answer, Failure):
        told = _BY_FAILURE.get(answer.kind, _NOT_REACHED)
        return bad(_CHECK, *told, host=host, why=answer.detail)
    return _answered(answer, host)


def _answered(answer: Answer, host: str) -> Finding:
    facts = {"host": host, "status": answer.status}
    code = _code(answer.head)
    if (answer.status, code) == (415, "content_type"):
        return ok(
            _CHECK, N_("the URL at {host} leads to the program, and its secret is right"), **facts
        )
    if (answer.status, code) == (403, "secret"):
        saw = N_("the URL at {host} leads to the program, but its secret is another")
        return bad(
            _CHECK, saw, N_("Give the marketplace the URL with the present secret."), **facts
        )
    if (answer.status, code) == (403, "key"):
        saw = N_("the URL at {host} leads to the forwarder in PHP, but its key is another")
        return bad(
            _CHECK, saw, N_("Give the marketplace the URL with the forwarder's KEY."), **facts
        )
    if answer.status in _AWAY:
        saw = N_("the website at {host} answers {status}: it does not reach the program")
        remedy = N_(
            "Start the program, and look whether the website passes on to its host and port."
        )
        return bad(_CHECK, saw, remedy, **facts)
    if answer.status == 403:
        saw = N_("the website at {host} answers 403 by itself")
        remedy = N_("Where it admits the marketplace's addresses alone, that is as it should be.")
        return warning(_CHECK, saw, remedy, **facts)
    saw = N_("the website at {host} answers {status} by itself: it does not pass this URL on")
    return bad(
        _CHECK, saw, N_("Put the snippet of docs/how-to/go-live.md into the website."), **facts
    )


def _code(body: bytes) -> str:
    try:
        errors = parse_errors(body).errors
    except ContractError:
        return ""
    return errors[0].code if errors else ""
