from smartcart.contract import REJECTION_REASONS, OrderState, api_media_type
from smartcart.contract.vocabulary import STATES_ANNOUNCED, LineRejection
from tests.support.proving import proves


@proves("reason.1", "reason.2", "reason.4", "reason.5", "reason.6")
def test_the_reasons_and_what_a_line_then_says() -> None:
    assert [
        (r.id, r.requires_available_quantity, str(r.line_value)) for r in REJECTION_REASONS.values()
    ] == [
        (1, False, "no_stock"),
        (2, False, "wrong_price"),
        (4, True, "limited_stock"),
        (5, False, "discontinuation"),
        (6, False, "content_mistake"),
    ]
    assert {r.line_value for r in REJECTION_REASONS.values()} == set(LineRejection)


@proves("reason.labels")
def test_the_labels_are_verbatim() -> None:
    assert {id: reason.label for id, reason in REJECTION_REASONS.items()} == {
        1: "Εκτός αποθέματος στο κατάστημα ή στον προμηθευτή",
        2: "Λάθος καταχωρημένη τιμή(ες)",
        4: "Περιορισμένα τεμάχια",
        5: "\N{LATIN CAPITAL LETTER T}\N{LATIN SMALL LETTER O} προϊόν καταργήθηκε",
        6: "Λάθος ταξινόμηση προϊόντος",
    }


def test_the_media_type_names_the_vendor() -> None:
    assert api_media_type() == "application/vnd.skroutz+json; version=3.0"
    assert api_media_type("agora") == "application/vnd.agora+json; version=3.0"


def test_states_that_are_told_and_states_that_are_not() -> None:
    assert set(OrderState) - STATES_ANNOUNCED == {
        OrderState.OPEN,
        OrderState.DELIVERED,
        OrderState.PARTIALLY_DELIVERED,
        OrderState.FOR_RETURN,
    }
