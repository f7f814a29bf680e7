"""The files that are there for everybody; other rooms serve them."""

from starlette.exceptions import HTTPException

from smartcart.contract import IpRanges
from smartcart.marketplace.api.operation import File, Operation, Refusing

FILES_TAG = "Files"

VOUCHER = Operation(
    name="voucher",
    method="GET",
    path="/vouchers/{token}.pdf",
    tag=FILES_TAG,
    summary="The courier's voucher",
    description="The URL is the order's `courier_voucher`, cannot be guessed and asks for no "
    "token: send none. For a shop that need not mark its orders as ready, the download does.",
    answer=File(("application/pdf",)),
    refusals=(Refusing(HTTPException(404, "There is no such voucher.")),),
)
IP_RANGES = Operation(
    name="ip_ranges",
    method="GET",
    path="/ip_ranges.json",
    tag=FILES_TAG,
    summary="Where webhook requests come from",
    examples=("ip_ranges",),
    answer=IpRanges,
)

FILES = (VOUCHER, IP_RANGES)
