"""Whether the shop's policy will do."""

from smartcart.going_live.finding import N_, Finding, bad, ok, warning
from smartcart.kit.settings import SettingsError
from smartcart.merchant.settings import MerchantSettings

_CHECK = N_("policy")


def check_policy(settings: MerchantSettings) -> Finding:
    try:
        rules = settings.rules
    except SettingsError as error:
        return bad(_CHECK, N_("{why}"), N_("Correct it there."), why="; ".join(error.problems))
    facts = {"name": rules.name}
    if rules.shadow:
        saw = N_("{name}, and shadow is on: it decides and tells, and answers nothing")
        return warning(_CHECK, saw, N_("Set shadow = false when it shall answer."), **facts)
    if not (rules.answers.accept and rules.answers.reject):
        saw = N_("{name}; some answers are left to a person")
        return ok(_CHECK, saw, **facts)
    return ok(_CHECK, N_("{name}; it answers by itself"), **facts)
