"""docs/reference/openapi.json, as a marketplace with default settings serves it."""

import json

from smartcart.marketplace.reference.openapi import document
from smartcart.marketplace.settings import MarketplaceSettings


def openapi_document() -> str:
    settings = MarketplaceSettings()
    found = document(settings.vendor, settings.user_agent)
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
