"""Stock from a feed and from a CSV file."""

import os
from pathlib import Path

import pytest

from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import Count, SourceUnreadable
from tests.support.stock_lists import csv_file, feed_file

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<shop><products>
  <product><id>1</id><name>Ένα</name><quantity>3</quantity></product>
  <product><id>2</id><name>Δύο</name><availability>Άμεσα διαθέσιμο</availability></product>
  <product><id>3</id><name>Τρία</name><availability>Εξαντλημένο</availability></product>
  <product><id>4</id><name>Παπούτσι</name><quantity>10</quantity><variations>
    <variation><variationid>4-42</variationid><quantity>6</quantity></variation>
    <variation><variationid>4-43</variationid><quantity>4</quantity></variation>
  </variations></product>
  <product><id>5</id><name>Πέντε</name><quantity>πολλά</quantity></product>
</products></shop>"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stock"


def csv(file: Path, text: str, encoding: str = "utf-8") -> Count:
    file.write_text(text, encoding=encoding, newline="")
    return csv_file(file).read()


def test_a_feed_tells_products_or_their_variations(file: Path) -> None:
    file.write_text(FEED, encoding="utf-8")
    count = feed_file(file).read()
    assert count.pieces == {
        Sku("1"): 3,
        Sku("2"): None,
        Sku("3"): 0,
        Sku("4", "4-42"): 6,
        Sku("4", "4-43"): 4,
    }
    [problem] = count.left_out
    assert "'5'" in problem


@pytest.mark.parametrize(
    "text",
    [
        FEED[: len(FEED) // 2],
        "<shop><products></products></shop>",
        "<shop/>",
        "not xml",
        "",
        '<!DOCTYPE x [<!ENTITY a "b">]><shop><products/></shop>',
    ],
)
def test_a_feed_that_is_not_whole_or_empty_is_unreadable(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceUnreadable):
        feed_file(file).read()


@pytest.mark.parametrize(
    "text",
    [
        "shop_uid,shop_variation_uid,quantity\n1,,3\n4,4-42,6\n",
        "Quantity;ID;Title;Variation\r\n3;1;x;\r\n6;4;y;4-42\r\n",
        "sku\tqty\tvariationid\n1\t3\t\n4\t6\t4-42\n\n",
        '\ufeff"shop_uid","shop_variation_uid","quantity"\n"1","","3,0"\n"4","4-42","6"\n',
    ],
)
def test_a_csv_in_any_common_shape(file: Path, text: str) -> None:
    assert csv(file, text) == Count({Sku("1"): 3, Sku("4", "4-42"): 6}, rows=2)


def test_a_csv_as_greek_excel_writes_it(file: Path) -> None:
    assert csv(file, "id;quantity\nΚΩΔ-1;2\n", "cp1253") == Count({Sku("ΚΩΔ-1"): 2}, rows=1)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1253"])
def test_a_csv_with_greek_titles(file: Path, encoding: str) -> None:
    text = "Κωδικός;Περιγραφή;ΠΑΡΑΛΛΑΓΗ;Υπόλοιπο\n4;Παπούτσι;4-42;6\n"
    assert csv(file, text, encoding) == Count({Sku("4", "4-42"): 6}, rows=1)


def test_a_line_that_says_nothing_certain_is_left_out(file: Path) -> None:
    count = csv(file, "id,quantity\n1,3\n2,\n3,many\n,4\n4,-2\n5\n")
    assert count.pieces == {Sku("1"): 3, Sku("4"): 0}
    assert [problem.partition(":")[0] for problem in count.left_out] == [
        "line 3, product '2'",
        "line 4, product '3'",
        "line 5",
        "line 7, product '5'",
    ]


def test_a_product_told_twice_counts_only_when_both_agree(file: Path) -> None:
    count = csv(file, "id,quantity\n1,3\n1,3\n2,3\n2,4\n")
    assert count.pieces == {Sku("1"): 3}
    assert count.left_out == ("2: is told twice, with different quantities",)
    assert count.rows == 4


@pytest.mark.parametrize("text", ["", "id,quantity\n", "id,price\n1,2\n", 'id,quantity\n"1,2\n'])
def test_a_csv_that_says_nothing_is_unreadable(file: Path, text: str) -> None:
    with pytest.raises(SourceUnreadable, match=str(file)):
        csv(file, text)


def test_prices_and_weights_are_read_where_they_are_told(file: Path) -> None:
    count = csv(
        file,
        "Κωδικός;Απόθεμα;Τιμή;Βάρος;kilos\n1;3;1.234,50 €;;0,35\n2;3;;200;1\n3;3;λίγο;x;y\n",
    )
    assert count.pieces == {Sku("1"): 3, Sku("2"): 3, Sku("3"): 3}
    assert (count.prices, count.grams) == ({Sku("1"): 123450}, {Sku("1"): 350, Sku("2"): 200})
    assert [why.rpartition(";")[2] for why in count.left_out] == [
        " the pieces count nevertheless"
    ] * 3
    assert count.rows == 3


def test_a_feeds_prices_and_weights_are_the_variations_own_or_the_products(file: Path) -> None:
    file.write_text(
        """<shop><products><product><id>1</id><quantity>3</quantity>
        <price_with_vat>19.90</price_with_vat><weight>350</weight><variations>
          <variation><variationid>a</variationid><quantity>1</quantity>
            <price_with_vat>21.9</price_with_vat><weight>0.4 kg</weight></variation>
          <variation><variationid>b</variationid><quantity>2</quantity></variation>
        </variations></product>
        <product><id>2</id><quantity>1</quantity><weight>heavy</weight></product>
        </products></shop>"""
    )
    count = feed_file(file).read()
    assert count.prices == {Sku("1", "a"): 2190, Sku("1", "b"): 1990}
    assert count.grams == {Sku("1", "a"): 400, Sku("1", "b"): 350}
    assert count.pieces == {Sku("1", "a"): 1, Sku("1", "b"): 2, Sku("2"): 1}


def test_of_two_prices_neither_counts(file: Path) -> None:
    count = csv(file, "id,quantity,price\n1,3,5\n1,3,6\n2,3,5\n2,3,5\n")
    assert (count.pieces, count.prices) == ({Sku("1"): 3, Sku("2"): 3}, {Sku("2"): 500})


def test_a_missing_file_is_unreadable(file: Path) -> None:
    for source in (feed_file(file), csv_file(file)):
        with pytest.raises(SourceUnreadable, match="check the path"):
            source.read()
        with pytest.raises(SourceUnreadable, match="check the path"):
            source.look()


def test_the_fingerprint_changes_with_the_file(file: Path) -> None:
    source = csv_file(file)
    file.write_text("id,quantity\n1,3\n")
    before = source.look()
    assert source.look() == before
    file.write_text("id,quantity\n1,4\n")
    os.utime(file, ns=(0, 1))
    assert source.look() != before
