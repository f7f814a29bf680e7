"""§4: the order object, field by field. Ids of fields are `struct.field`, as on the wire."""

from tests.contract.rules.order_parts import PARTS
from tests.contract.rules.rule import Chapter, ours, published, section, seen

ORDER = Chapter(
    "4. The order",
    (
        section(
            "order",
            published("order.code", "`code`: text, always. Opaque, at most 64 characters."),
            ours("order.code-form", "Ours look like `YYMMDD-NNNNNNN`."),
            seen("order.code-reissued", "A re-issued order has a third segment, `-N`."),
            published(
                "order.state",
                "`state`: text, always. `open accepted rejected cancelled expired dispatched "
                "delivered partially_delivered for_return partially_returned returned`.",
            ),
            published("order.customer", "`customer`: object, always."),
            published("order.invoice", "`invoice`: flag, always."),
            published(
                "order.invoice_document",
                "`invoice_document`: text, always. `receipt invoice invoice_39a invoice_vies`.",
            ),
            published("order.invoice_details", "`invoice_details`: object, with an invoice."),
            published(
                "order.uploaded_invoice_file",
                "`uploaded_invoice_file`: URL or null, always.",
            ),
            published("order.comments", "`comments`: text, always; empty when there are none."),
            published("order.courier", "`courier`: text for people or null, always."),
            published(
                "order.couriers",
                "An open list: `Skroutz Last Mile, ACS, Speedex, Elta, EasyMail, DHL, Dpd, "
                "Diakinisis, Delatolas, OB Streem, Geniki Taxydromiki`, and others.",
            ),
            published(
                "order.courier_voucher", "`courier_voucher`: URL of the PDF or null, always."
            ),
            published(
                "order.courier_tracking_codes",
                "`courier_tracking_codes`: list of texts, always; empty until there are any.",
            ),
            published("order.line_items", "`line_items`: list, always."),
            published("order.created_at", "`created_at`: time, always."),
            published("order.expires_at", "`expires_at`: time, always. Until when to answer."),
            published(
                "order.dispatch_until",
                "`dispatch_until`: time, always; null for a store pickup.",
            ),
            published("order.express", "`express`: flag, always."),
            published("order.gift_wrap", "`gift_wrap`: flag, always."),
            published("order.fulfilled_by_skroutz", "`fulfilled_by_skroutz`: flag, always (FBS)."),
            published("order.store_pickup", "`store_pickup`: flag, always."),
            published(
                "order.fbs_delivery_note",
                "`fbs_delivery_note`: text or null, always. Only FBS orders have one.",
            ),
            published(
                "order.fbs_delivery_note_url",
                "`fbs_delivery_note_url`: URL or null, always.",
            ),
            published("order.shipping_cost", "`shipping_cost`: euros, for FBM orders only."),
            published("order.commission", "`commission`: euros, always. The sum of the lines'."),
            published("order.fees", "`fees`: object, always, be it empty."),
            published(
                "order.pickup_window",
                "`pickup_window`: `{from, to}`, once accepted with one.",
            ),
            published("order.pickup_address", "`pickup_address`: text, once accepted."),
            published("order.number_of_parcels", "`number_of_parcels`: integer, once accepted."),
            published("order.set_as_ready_required", "`set_as_ready_required`: flag, always."),
            published("order.is_ready_for_dispatch", "`is_ready_for_dispatch`: flag, always."),
            published(
                "order.rejection_info",
                "`rejection_info`: object, when rejected as a whole.",
            ),
            published("order.replacements", "`replacements`: list, when others replace it."),
            published("order.replaced", "`replaced`: code of the order that this one replaces."),
            published("order.returns", "`returns`: list, when there are any."),
            published(
                "order.custom",
                "`custom`: text of tokens `[GIFT-WRAP] [RETURN-FROM-SERVICE] [RETURN-AS-IS]`, "
                "when there are any.",
            ),
            published(
                "order.payment_method",
                "`payment_method`: text, always. `card cash_on_delivery loan bank_transfer iris "
                "wallet edenred revolut`.",
            ),
            published(
                "order.paid_by_user",
                "`paid_by_user`: flag, always. False for cash on delivery.",
            ),
            published(
                "order.accept_options",
                "`accept_options`: object, while the order may be accepted.",
            ),
            published(
                "order.reject_options",
                "`reject_options`: object, while the order may be rejected.",
            ),
        ),
        *PARTS,
        section(
            "Values",
            published("value.money", "Money is euros, a JSON number of at most two places."),
            published(
                "value.commission",
                "`commission = total_price × commission_rate / 100`, rounded half up for each "
                "line; the order's is the sum.",
            ),
            published(
                "value.time",
                "Times are ISO 8601 with offset, local time of Athens: "
                "`2019-11-28T13:24:37+02:00`.",
            ),
        ),
        section(
            "Writer",
            ours(
                "writer.always",
                "`fees`, `invoice_document`, `commission`, `gift_wrap`, `set_as_ready_required` "
                "and `is_ready_for_dispatch` are always written.",
            ),
            ours(
                "writer.omits",
                "Optional keys are left out, not null, where documented as left out.",
            ),
            ours("writer.documented-shape", "Nothing is written that is not documented."),
        ),
        section(
            "Reader",
            ours(
                "reader.required",
                "Only `code`, `state` and each line's `id` and `quantity` are required.",
            ),
            ours("reader.null-is-absent", "Absent and null mean the same."),
            ours("reader.ignores-unknown", "What it does not know is ignored."),
            ours("reader.unknown-values", "An unknown value of a list never fails."),
            ours("reader.keeps-raw", "The raw document is kept whole."),
            seen(
                "reader.misnamed",
                "`replaced_suborder` is read as `replaced`; `fulfillment_mode` is ignored.",
            ),
        ),
    ),
)
