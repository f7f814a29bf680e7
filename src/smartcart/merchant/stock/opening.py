"""From what the shop set to the source it means."""

from importlib.util import find_spec

from smartcart.contract.feed import MAX_FEED_BYTES
from smartcart.kit.settings import SettingsError
from smartcart.merchant.stock import StockSource, csv, excel, feed
from smartcart.merchant.stock.database import SqlQuery
from smartcart.merchant.stock.downloads import Download
from smartcart.merchant.stock.files import LocalFile
from smartcart.merchant.stock.json import JsonEndpoint, Mapped
from smartcart.merchant.stock.lists import ListSource, Origin, Products
from smartcart.merchant.stock.settings import StockTable

_MAX_BYTES = {"feed": MAX_FEED_BYTES, "csv": csv.MAX_BYTES, "excel": excel.MAX_BYTES}
_NEEDS = {"excel": "python_calamine", "sql": "sqlalchemy"}


def opened(table: StockTable, *, development: bool) -> StockSource:
    """Nothing is read yet.

    Raises `SettingsError` when its secret cannot be had, or an extra is missing.
    """
    needed = _NEEDS.get(table.kind)
    if needed and find_spec(needed) is None:
        extra = f"pip install 'smartcart[{table.kind}]'"
        raise SettingsError([f"kind = {table.kind}: needs an extra; install it by: {extra}"])
    if table.kind == "sql":
        within = table.timeout_seconds
        return SqlQuery(table.title, table.address, table.query, within, table.row_limit)
    private = development or table.private_network
    if table.kind == "json" and table.url is not None:
        return JsonEndpoint(
            table.title,
            table.address,
            table.request_headers,
            _mapped(table),
            table.timeout_seconds,
            private,
        )
    return ListSource(table.kind, _origin(table, private), _products(table), table.title)


def _products(table: StockTable) -> Products:
    if table.kind == "json":
        return _mapped(table).products
    return {"feed": feed.products, "csv": csv.products, "excel": excel.products}[table.kind]


def _origin(table: StockTable, private: bool) -> Origin:
    if table.file is not None:
        return LocalFile(table.file)
    return Download(
        table.address,
        table.request_headers,
        _MAX_BYTES[table.kind],
        table.timeout_seconds,
        private=private,
    )


def _mapped(table: StockTable) -> Mapped:
    return Mapped(
        items=table.items,
        variations=table.variations,
        shop_uid=table.shop_uid,
        variation=table.variation,
        quantity=table.quantity,
        price=table.price,
        weight=table.weight,
        next=table.next,
    )
