"""Stock from workbooks, from JSON endpoints and from queries."""

import asyncio
import io
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smartcart.kit.clock import micros, utc_now
from smartcart.kit.settings import Secret
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import Count, SourceUnreadable, StockSource
from smartcart.merchant.stock.opening import opened
from smartcart.merchant.stock.settings import StockTable
from tests.support.http_sink import HttpSink, Reply, json_reply
from tests.support.workbooks import Cell, ods, old_xls, xlsx

LINES: list[list[Cell]] = [
    ["Κωδικός", "Παραλλαγή", "Υπόλοιπο", "Τιμή"],
    [1001.0, None, 5.0, 19.9],
    ["1002", "1002-42", 0, "21,50"],
    [None, None, None, None],
    [1003, None, "πολλά", None],
    ["1004", None, 2.5, None],
]


def source(kind: str, **settings: Any) -> StockSource:
    table = StockTable(kind=kind, **settings)  # type: ignore[arg-type]  # any that there is
    return opened(table, development=True)


async def read(found: StockSource) -> Count:
    await asyncio.to_thread(found.look)
    return await asyncio.to_thread(found.read)


# -- workbooks


@pytest.mark.parametrize("written", [xlsx, ods])
async def test_a_workbook_has_the_titles_of_a_csv(
    tmp_path: Path, written: Callable[[Any], bytes]
) -> None:
    file = tmp_path / "stock.book"
    file.write_bytes(written(LINES))
    count = await read(source("excel", file=file))
    assert count.pieces == {Sku("1001"): 5, Sku("1002", "1002-42"): 0}
    assert count.prices == {Sku("1001"): 1990, Sku("1002", "1002-42"): 2150}
    assert [why.partition(",")[0] for why in count.left_out] == ["line 5", "line 6"]


async def test_a_workbook_begins_with_its_titles(tmp_path: Path) -> None:
    file = tmp_path / "stock.xlsx"
    file.write_bytes(xlsx([[None], *LINES]))
    assert (await read(source("excel", file=file))).pieces[Sku("1001")] == 5
    file.write_bytes(xlsx([["Απόθεμα ημέρας"], *LINES]))
    with pytest.raises(SourceUnreadable, match="needs the columns shop_uid and quantity"):
        await read(source("excel", file=file))


async def test_a_workbook_at_a_url() -> None:
    async with HttpSink() as sink:
        sink.answer(Reply(200, xlsx(LINES)))
        found = source("excel", url=Secret(sink.url("/stock.xlsx")))
        assert (await read(found)).pieces[Sku("1001")] == 5


async def test_an_old_workbook_is_read_as_a_new_one(tmp_path: Path) -> None:
    file = tmp_path / "stock.xls"
    file.write_bytes(old_xls())
    count = await read(source("excel", file=file))
    assert count.pieces == {Sku("0012"): 5, Sku("1002"): 0, Sku("Α-3"): 2}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (old_xls()[:1024], "of a very old Excel or with a password; save it as .xlsx"),
        (b"shop_uid;quantity\n1;2\n", 'save it as .xlsx, or as CSV and set kind = "csv"'),
        (b"<html><table></table></html>", "or have it saved as .xlsx or CSV"),
        (b" <TABLE><tr></tr></TABLE>", "it is a web page by the name of a workbook"),
        (b'<?xml version="1.0"?><shop/>', 'or set kind = "feed" for a feed'),
    ],
)
async def test_what_is_called_xls_and_is_none_is_told_with_the_remedy(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "stock.xls"
    file.write_bytes(content)
    with pytest.raises(SourceUnreadable) as raised:
        await read(source("excel", file=file))
    assert said in str(raised.value)


@pytest.mark.parametrize("kind", ["csv", "feed"])
@pytest.mark.parametrize("content", [xlsx(LINES), old_xls()], ids=["xlsx", "xls"])
async def test_a_workbook_that_is_set_as_another_kind_is_told(
    tmp_path: Path, kind: Any, content: bytes
) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=r'is a workbook and no .*set kind = "excel"'):
        await read(source(kind, file=file))


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b" " * 16_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"id,quantity", xlsx(LINES)[:300], xlsx([]), xlsx(LINES[:1]), ods([[]])],
    ids=["empty", "csv", "half", "no-lines", "no-products", "no-cells"],
)
async def test_what_is_no_workbook_is_unreadable(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "stock.xlsx"
    file.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=str(file)):
        await read(source("excel", file=file))


async def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "stock.xlsx"
    file.write_bytes(_bomb())
    with pytest.raises(SourceUnreadable, match="unpacks to more than"):
        await read(source("excel", file=file))


# -- JSON


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as sink:
        yield sink


def answer(document: object) -> Reply:
    return json_reply(200, json.dumps(document).encode())


def endpoint(sink: HttpSink, **settings: Any) -> StockSource:
    return source("json", url=Secret(sink.url("/v1/stock?page=1")), **settings)


async def test_a_list_of_products(sink: HttpSink) -> None:
    sink.answer(
        answer(
            [
                {"shop_uid": 1, "quantity": 3, "price": 19.9, "weight": "0,5 kg"},
                {"shop_uid": "2", "shop_variation_uid": "a", "quantity": "4"},
                {"shop_uid": 3, "quantity": None},
                {"quantity": 3},
                "what",
                {"shop_uid": 4, "quantity": True},
            ]
        )
    )
    before = micros(utc_now())
    found = endpoint(sink)
    look = await asyncio.to_thread(found.look)
    assert look.as_of is not None
    assert before <= look.as_of <= micros(utc_now())
    count = found.read()
    assert count.pieces == {Sku("1"): 3, Sku("2", "a"): 4}
    assert (count.prices, count.grams) == ({Sku("1"): 1990}, {Sku("1"): 500})
    assert len(count.left_out) == 4


async def test_products_may_be_anywhere_and_called_anything(sink: HttpSink) -> None:
    sink.answer(
        answer(
            {
                "data": {
                    "products": [
                        {
                            "ref": {"code": "1"},
                            "gross": 10,
                            "stock": {"free": 9},
                            "sizes": [
                                {"id": 42, "stock": {"free": 2}},
                                {"id": 43, "stock": {"free": 0}, "gross": "12,50"},
                                {"id": 44},
                            ],
                        },
                        {"ref": {"code": "2"}, "stock": {"free": 7}, "sizes": []},
                    ]
                }
            }
        )
    )
    count = await read(
        endpoint(
            sink,
            items="data.products",
            shop_uid="ref.code",
            variations="sizes",
            variation="id",
            quantity="stock.free",
            price="gross",
        )
    )
    assert count.pieces == {Sku("1", "42"): 2, Sku("1", "43"): 0, Sku("2"): 7}
    assert count.prices == {Sku("1", "42"): 1000, Sku("1", "43"): 1250}
    assert [why.partition(":")[0] for why in count.left_out] == ["item 1, product '1/44'"]


async def test_products_and_variations_may_call_their_ids_alike(sink: HttpSink) -> None:
    sink.answer(
        answer(
            [
                {"id": 1, "n": 9, "sizes": [{"id": 42, "n": 2}, {"id": 43, "n": 1}]},
                {"id": 2, "n": 4},
            ]
        )
    )
    count = await read(
        endpoint(sink, shop_uid="id", variations="sizes", variation="id", quantity="n")
    )
    assert count.pieces == {Sku("1", "42"): 2, Sku("1", "43"): 1, Sku("2"): 4}


async def test_pages_follow_one_another_with_their_headers(
    sink: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_KEY", "a/b")
    sink.answer(
        answer({"items": [{"shop_uid": 1, "quantity": 1}], "links": {"next": "?page=2"}}),
        answer(
            {
                "items": [{"shop_uid": 2, "quantity": 2}],
                "links": {"next": sink.url("/v1/stock?page=3")},
            }
        ),
        answer({"items": [{"shop_uid": 3, "quantity": 3}], "links": {"next": None}}),
    )
    found = endpoint(
        sink,
        items="items",
        next="links.next",
        headers=(Secret("X-Key: {secret}"),),
        secret_env="ERP_KEY",
        private_network=True,
    )
    assert (await read(found)).pieces == {Sku("1"): 1, Sku("2"): 2, Sku("3"): 3}
    assert [request.target for request in sink.requests] == [
        f"/v1/stock?page={n}" for n in (1, 2, 3)
    ]
    assert {request.headers["x-key"] for request in sink.requests} == {"a/b"}


async def test_half_of_the_pages_is_unreadable(sink: HttpSink) -> None:
    first = answer({"items": [{"shop_uid": 1, "quantity": 1}], "next": "?page=2"})
    for second, why in (
        (Reply(500), "status is 500"),
        (Reply(200, b"[1, 2"), "it is no JSON"),
        (first, "round in a circle"),
        (answer({"items": [], "next": "http://127.0.0.2/"}), "on another server"),
    ):
        sink.answer(first, second)
        with pytest.raises(SourceUnreadable, match=why):
            await read(endpoint(sink, items="items", next="next"))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{}", "there is no list in it; set items"),
        (b'{"items": 3}', "there is no list in it"),
        (b"[]", "names no product"),
        (b"<html></html>", "it is a web page"),
        (b"[" * 100_000, "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"", "it is no JSON"),
    ],
)
async def test_what_is_no_list_of_products_is_unreadable(
    sink: HttpSink, body: bytes, why: str
) -> None:
    sink.answer(json_reply(200, body))
    with pytest.raises(SourceUnreadable, match=why):
        await read(endpoint(sink))


async def test_json_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "stock.json"
    file.write_text('{"all": [{"id": "1", "quantity": 2}]}')
    count = await read(source("json", file=file, items="all", shop_uid="id"))
    assert count.pieces == {Sku("1"): 2}


# -- SQL

QUERY = "-- what is free\nselect code as shop_uid, pieces as quantity, cost as price from goods"


@pytest.fixture
def goods(tmp_path: Path) -> Path:
    file = tmp_path / "erp.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table goods (code integer, pieces numeric, cost real)")
        connection.executemany(
            "insert into goods values (?, ?, ?)", [(1, 5, 19.9), (2, 0.0, None), (3, None, 1)]
        )
        connection.commit()
    return file


def query(file: Path, text: str = QUERY, **settings: Any) -> StockSource:
    return source("sql", url=Secret(f"sqlite:///{file}"), query=text, **settings)


async def test_a_query_is_the_stock(goods: Path) -> None:
    found = query(goods)
    assert found.name == f"sql sqlite:///{goods}"
    count = await read(found)
    assert (count.pieces, count.prices) == ({Sku("1"): 5, Sku("2"): 0}, {Sku("1"): 1990})
    assert [why.partition(":")[0] for why in count.left_out] == ["row 3, product '3'"]
    before = await asyncio.to_thread(found.look)
    with closing(sqlite3.connect(goods)) as connection:
        connection.execute("update goods set pieces = 4 where code = 1")
        connection.commit()
    after = await asyncio.to_thread(found.look)
    assert before.fingerprint != after.fingerprint


async def test_a_query_cannot_write(goods: Path) -> None:
    text = "with gone as (select 1) delete from goods"
    with pytest.raises(SourceUnreadable, match="readonly"):
        await read(query(goods, text))
    assert len((await read(query(goods))).pieces) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("select code from goods", "needs the columns shop_uid and quantity"),
        ("select * from none_such", "no such table"),
        ("select 1 as shop_uid, 2 as quantity where 1 = 2", "names no product"),
        ("select code as shop_uid from goods; drop table goods", "one statement"),
    ],
)
async def test_a_query_that_says_nothing_is_unreadable(goods: Path, text: str, why: str) -> None:
    with pytest.raises(SourceUnreadable, match=why):
        await read(query(goods, text))


async def test_a_query_is_given_up_in_time_and_at_too_many_rows(goods: Path) -> None:
    endless = "with recursive n (i) as (select 1 union all select i + 1 from n)"
    many = f"{endless} select i as shop_uid, 1 as quantity from n"
    slow = f"{endless} select count(*) as quantity, 1 as shop_uid from n"
    with pytest.raises(SourceUnreadable, match="more than 2000 rows"):
        await read(query(goods, many, row_limit=2000))
    with pytest.raises(SourceUnreadable, match="interrupted"):
        await read(query(goods, slow, timeout_seconds=0.2))


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="unable to open"):
        await read(query(tmp_path / "none.db"))
    assert not (tmp_path / "none.db").exists()


async def test_a_driver_that_is_missing_is_told(tmp_path: Path) -> None:
    url = Secret("mysql+nodriver://shop:hidden@127.0.0.1/erp")
    with pytest.raises(SourceUnreadable, match="nodriver") as told:
        await read(source("sql", url=url, query=QUERY))
    assert "hidden" not in str(told.value)


def test_only_reading_queries_are_taken() -> None:
    for text in ("delete from goods", "update goods set pieces = 9", "pragma x", "selection"):
        with pytest.raises(ValueError, match="query: is to begin with SELECT or WITH"):
            StockTable(kind="sql", url=Secret("sqlite:///x"), query=text)
    with pytest.raises(ValueError, match="set one of file and url"):
        StockTable(kind="sql", query="select 1")
