"""§6: orders to try an integration on."""

from tests.contract.rules.rule import Chapter, ours, published, section

SANDBOX = Chapter(
    "6. The sandbox",
    (
        section(
            "Demo orders",
            published("demo.every-shop", "They answer to every shop."),
            published(
                "demo.persists-nothing",
                "They persist nothing: accept and reject may be called again and again.",
            ),
            published(
                "demo.open",
                "DEMO-OPEN: open, no voucher; three lines (one with `size`, one plain, one with "
                "`extra_info`), tags.",
            ),
            published("demo.accepted", "DEMO-ACCEPTED: accepted, voucher and tracking code."),
            published(
                "demo.accepted-refuses",
                "Accepting it: 422 “Order already accepted.”, be its options wrong too.",
            ),
            published("demo.rejected", "DEMO-REJECTED: rejected with `rejection_info`."),
            published("demo.rejected-refuses", "Rejecting it: 422 “Order already rejected.”"),
            published(
                "demo.invoice",
                "DEMO-INVOICE: open, invoice with details, phone and mobile.",
            ),
            published(
                "demo.invoice39a",
                "DEMO-INVOICE39A: open, VAT exclusion under article 39a with a representative.",
            ),
            published(
                "demo.invoice-vies",
                "DEMO-INVOICE-VIES: open, VAT exclusion across the EU's borders.",
            ),
            published(
                "demo.fbs",
                "DEMO-FBS: accepted, fulfilled by the marketplace, no voucher, `fbs_fee`.",
            ),
            published("demo.fbs-refuses", "Accepting it: 422 `order_status`."),
            published(
                "demo.fbs-dispatched",
                "DEMO-FBS-DISPATCHED: dispatched FBS with delivery note and its URL.",
            ),
            published(
                "demo.store-pickup",
                "DEMO-STORE-PICKUP: open, no courier, empty `pickup_window` list.",
            ),
            published("demo.fees", "DEMO-FEES: open, four fees."),
            ours(
                "demo.replacement",
                'DEMO-REPLACEMENT: accepted, `replaced: "DEMO-REPLACED"`.',
            ),
            ours(
                "demo.replaced",
                'DEMO-REPLACED: open, `replacements: [{code: "DEMO-REPLACEMENT"}]`.',
            ),
            published("demo.return", "DEMO-RETURN: accepted with `returns`."),
        ),
        section(
            "POST /:code/trigger_webhook_request/…",
            published("trigger.creation", "`creation`: the demo order as `new_order`."),
            published(
                "trigger.voucher_update",
                "`voucher_update`: an `order_updated` of `courier_voucher` and "
                "`courier_tracking_codes`.",
            ),
            published(
                "trigger.extension",
                "`extension`: an `order_updated` of `expires_at` and `dispatch_until`.",
            ),
            published(
                "trigger.cancellation",
                "`cancellation`: an `order_updated` of `state` to `cancelled`.",
            ),
            published("trigger.success", 'Needs no body; `{"success":true}`.'),
            published(
                "trigger.to-the-shops-url",
                "It goes to the shop's live webhook URL, seconds to minutes later.",
            ),
            ours("trigger.demo-return", "DEMO-RETURN: 404."),
            ours("trigger.unknown-order", "Any code that is not a demo order's: 404."),
            ours("trigger.tool-off", "Webhook switched off for the shop: 403."),
        ),
    ),
)
