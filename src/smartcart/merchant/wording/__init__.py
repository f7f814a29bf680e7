"""What the shop's half tells people, in Greek and English."""

from smartcart.merchant.wording.explaining import LANGUAGES, explain

__all__ = ["LANGUAGES", "explain"]
