import pytest

from smartcart.contract.feed_values import is_available, parse_count, parse_grams, parse_price


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), ("7", 7), ("+7", 7), ("-3", 0), ("10.00", 10), ("10,0", 10), ("007", 7)],
)
def test_counts(text: str, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["", "1.5", "5+", "1e3", "many", "1 2", "9" * 10, "²", "٣"])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(ValueError, match="is not a whole number"):
        parse_count(text)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("30.00", "30.00"),
        ("30,00", "30.00"),
        ("30", "30"),
        ("30.", "30"),
        ("0,5", "0.5"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("12.345.678,90", "12345678.90"),
        ("30.00 €", "30.00"),
        ("€30,00", "30.00"),
        ("30 EUR", "30"),
    ],
)
def test_prices(text: str, price: str) -> None:
    assert str(parse_price(text)) == price


@pytest.mark.parametrize(
    "text",
    [
        "",
        "€",
        "-1",
        "free",
        "1e5",
        "NaN",
        "Infinity",
        "1.2.3",
        "1,23,4.5",
        "1 000",
        ".5",
        "²",
        "9" * 13,
    ],
)
def test_what_is_no_price(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount in euros"):
        parse_price(text)


@pytest.mark.parametrize(
    "text",
    [
        "In stock",
        "Available",
        "Delivery 1 to 3 days",
        "Delivery 4 to 10 days",
        "Άμεσα διαθέσιμο",
        "Διαθέσιμο",
        "ΔΙΑΘΕΣΙΜΟ",
        "Παράδοση σε 1 έως 3 ημέρες",
        "Κατόπιν παραγγελίας",
        "Σε απόθεμα",
        "Y",
        "1",
    ],
)
def test_available(text: str) -> None:
    assert is_available(text)


@pytest.mark.parametrize(
    "text",
    [
        "Out of stock",
        "OUT OF  STOCK",
        "Not available",
        "Currently unavailable",
        "Sold out",
        "No stock",
        "Εξαντλημένο",
        "ΕΞΑΝΤΛΗΘΗΚΕ",
        "Εξαντλήθηκε προσωρινά",
        "Μη διαθέσιμο",
        "Δεν είναι διαθέσιμο",
        "Εκτός αποθέματος",
        "Χωρίς απόθεμα",
        "Το προϊόν καταργήθηκε",
        "N",
        "0",
        "Όχι",
    ],
)
def test_sold_out(text: str) -> None:
    assert not is_available(text)


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("350", 350),
        ("350 g", 350),
        ("350gr.", 350),
        ("350 γρ.", 350),
        ("0,35 kg", 350),
        ("1.2Kg", 1200),
        ("2 κιλά", 2000),
    ],
)
def test_weights(text: str, grams: int) -> None:
    assert parse_grams(text) == grams


def test_a_weight_without_a_unit_is_in_the_columns() -> None:
    assert (parse_grams("1.5", 1000), parse_grams("1500 g", 1000)) == (1500, 1500)


@pytest.mark.parametrize("text", ["", "0", "0.2", "-5", "light", "5 lb", "1 2"])
def test_what_is_no_weight(text: str) -> None:
    with pytest.raises(ValueError, match="The weight"):
        parse_grams(text)
