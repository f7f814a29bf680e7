"""The wire contract as a catalogue: every rule, which tests prove by name (`support.proving`)."""

from tests.contract.rules.business import BUSINESS, FLOWS
from tests.contract.rules.calls import CALLS
from tests.contract.rules.order import ORDER
from tests.contract.rules.rule import Chapter, Mark, Rule, Section
from tests.contract.rules.sandbox import SANDBOX
from tests.contract.rules.transport import TRANSPORT
from tests.contract.rules.webhook import WEBHOOK

__all__ = ["CHAPTERS", "RULES", "Chapter", "Mark", "Rule", "Section"]

CHAPTERS = (FLOWS, TRANSPORT, CALLS, ORDER, WEBHOOK, SANDBOX, BUSINESS)

RULES = tuple(rule for chapter in CHAPTERS for part in chapter.sections for rule in part.rules)
"""Every rule, in the order of the contract."""
