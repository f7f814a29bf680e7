"""What the merchant hands in for an order: its invoice."""

from smartcart.marketplace.actions import minting
from smartcart.marketplace.actions.changing import Act
from smartcart.marketplace.domain.invoice import EXTENSIONS, InvoiceFile, with_invoice
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.storage import invoices


def uploading(file: InvoiceFile, base_url: str) -> Act:
    """Keep `file` as the order's one invoice, under a new URL below `base_url`."""
    token = minting.token()
    url = f"{base_url}/invoices/{token}.{EXTENSIONS[file.media_type]}"
    return Act(
        Verb.UPLOAD_INVOICE,
        lambda order, _now: with_invoice(order, url),
        lambda _after: {"type": file.media_type, "bytes": len(file.content)},
        lambda after, _now: invoices.replaced(token, after.code, file.media_type, file.content),
    )
