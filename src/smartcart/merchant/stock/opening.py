"""From what the shop set to the source it means."""

from smartcart.contract.feed import MAX_FEED_BYTES
from smartcart.merchant.stock import StockSource, csv, feed
from smartcart.merchant.stock.downloads import Download
from smartcart.merchant.stock.files import LocalFile
from smartcart.merchant.stock.lists import ListSource, Origin
from smartcart.merchant.stock.settings import StockTable

_PRODUCTS = {"feed": feed.products, "csv": csv.products}
_MAX_BYTES = {"feed": MAX_FEED_BYTES, "csv": csv.MAX_BYTES}


def opened(table: StockTable, *, development: bool) -> StockSource:
    """Nothing is read yet. Raises `SettingsError` when its secret cannot be had."""
    return ListSource(
        table.kind, _origin(table, development=development), _PRODUCTS[table.kind], table.title
    )


def _origin(table: StockTable, *, development: bool) -> Origin:
    if table.file is not None:
        return LocalFile(table.file)
    assert table.url is not None
    return Download(
        table.filled(table.url),
        table.request_headers,
        _MAX_BYTES[table.kind],
        table.timeout_seconds,
        private=development or table.private_network,
    )
