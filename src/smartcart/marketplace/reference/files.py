"""The files that are there for everybody; other rooms serve them."""

from starlette.exceptions import HTTPException

from smartcart.contract import IpRanges
from smartcart.marketplace.api.operation import File, Operation, Refusing
from smartcart.marketplace.domain.invoice import EXTENSIONS
from smartcart.marketplace.sandbox.demo import Paper, codes

TAG = "Files"

VOUCHER = Operation(
    name="voucher",
    method="GET",
    path="/vouchers/{token}.pdf",
    tag=TAG,
    summary="The courier's voucher",
    description="The URL is the order's `courier_voucher`, cannot be guessed and asks for no "
    "token: send none. For a shop that need not mark its orders as ready, the download does.",
    answer=File(("application/pdf",)),
    refusals=(Refusing(HTTPException(404, "There is no such voucher.")),),
)
INVOICE = Operation(
    name="invoice",
    method="GET",
    path="/invoices/{token}.{extension}",
    tag=TAG,
    summary="The invoice that was uploaded",
    description="The URL is the order's `uploaded_invoice_file`, cannot be guessed and asks for "
    "no token.",
    choices=(("extension", tuple(EXTENSIONS.values())),),
    answer=File(tuple(EXTENSIONS)),
    refusals=(Refusing(HTTPException(404, "There is no such invoice.")),),
)
DEMO_PAPER = Operation(
    name="demo_paper",
    method="GET",
    path="/sandbox/{code}/{paper}.pdf",
    tag=TAG,
    summary="A demo order's voucher, delivery note or invoice",
    choices=(("code", codes()), ("paper", tuple(Paper))),
    answer=File(("application/pdf",)),
    refusals=(Refusing(HTTPException(404, "There is no such paper.")),),
)
IP_RANGES = Operation(
    name="ip_ranges",
    method="GET",
    path="/ip_ranges.json",
    tag=TAG,
    summary="Where webhook requests come from",
    examples=("ip_ranges",),
    answer=IpRanges,
)

FILES = (VOUCHER, INVOICE, DEMO_PAPER, IP_RANGES)
