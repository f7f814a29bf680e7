"""§5: what is sent to a merchant's webhook, when, how, and how it is to be read."""

from tests.contract.rules.rule import Chapter, ours, published, section, seen

WEBHOOK = Chapter(
    "5. The Webhook",
    (
        section(
            "The request",
            published("webhook.post", "A POST to the shop's webhook URL."),
            published("webhook.content-type", "`Content-Type: application/json; charset=utf-8`."),
            published("webhook.user-agent", "`User-Agent: Skroutz OrderNotifier v1`."),
            ours("webhook.user-agent-setting", "It is a setting."),
            published("webhook.https", "The URL must be HTTPS."),
            published("webhook.own-domain", "Its host must be the shop's domain."),
            seen("webhook.below-domain", "Or below it."),
            ours(
                "webhook.development",
                "Both are relaxed only by an explicit setting for development.",
            ),
            seen("webhook.query", "A query string in the URL is kept."),
            seen("webhook.redirects", "Redirects to the same host are followed."),
            ours(
                "webhook.redirect-rules",
                "POST stays POST, at most 3 hops, each checked like the URL.",
            ),
            seen(
                "webhook.nothing-locked",
                "A receiver may call `GET /:code` while it handles the request: nothing is locked.",
            ),
            published(
                "webhook.ip-ranges",
                "The senders' addresses are at `/ip_ranges.json`: `ipv4[]`, `ipv6[]`, "
                "`last_modified`.",
            ),
            ours(
                "webhook.no-additions",
                "No event id, signature or list is added to the documents: additions of ours are "
                "headers and paths of their own.",
            ),
        ),
        section(
            "Success and repetition",
            published("webhook.only-200", "Success is exactly 200."),
            seen("webhook.any-body", "Whatever the body of that answer, and its type."),
            seen("webhook.other-2xx", "Another 2xx is a failure."),
            published("webhook.timeout", "So is a time-out."),
            published("webhook.four-requests", "An event is sent at most 4 times in total."),
            published("webhook.within-20-minutes", "All within 20 minutes."),
            published("webhook.same-payload", "Each time with the same payload."),
            published(
                "webhook.resend",
                "An order's latest event may be sent again at any time, by merchant or operator.",
            ),
        ),
        section(
            "The body",
            published("event.event_type", "`event_type`: `new_order` or `order_updated`."),
            published("event.event_time", "`event_time`: time."),
            published("event.order", "`order`: the order as it is after the event, as in §4."),
            published(
                "event.changes",
                "`changes`: `{field: {old, new}}`, with `order_updated`.",
            ),
            published(
                "event.changes-fields",
                "Over `state expires_at dispatch_until courier courier_voucher "
                "courier_tracking_codes fbs_delivery_note fbs_delivery_note_url pickup_window "
                "number_of_parcels pickup_address`, and from 2026 `is_ready_for_dispatch`.",
            ),
        ),
        section(
            "Moments with an event",
            published("moment.placed", "Placed: `new_order`, open, no `changes`."),
            published(
                "moment.placed-accepted",
                "Placed already accepted (FBS and others): `new_order` with state `accepted`, no "
                "options, no `changes`.",
            ),
            published(
                "moment.accepted",
                "Accepted: `state`, `pickup_window`, `number_of_parcels`, `pickup_address`.",
            ),
            published("moment.rejected", "Rejected, by its shop too: `state`."),
            published("moment.cancelled", "Cancelled: `state`."),
            published("moment.expired", "Expired: `state`."),
            published("moment.extended", "Extended: `expires_at` and `dispatch_until`, both."),
            published(
                "moment.voucher",
                "Voucher made: `courier_voucher` and `courier_tracking_codes`, both.",
            ),
            published("moment.dispatched", "Dispatched: `state`."),
            ours(
                "moment.dispatched-fbs",
                "An FBS order: also `fbs_delivery_note` and `fbs_delivery_note_url`.",
            ),
            published("moment.partially_returned", "Partially returned: `state`."),
            published("moment.returned", "Returned: `state`."),
            ours("moment.courier", "Another courier: `courier`."),
            published("moment.rescheduled", "Pickup rescheduled (2026): `pickup_window`."),
            ours(
                "moment.ready",
                "Marked ready or not ready (2026): `is_ready_for_dispatch`.",
            ),
            ours(
                "moment.ready-moved",
                "When the pickup moves with it, also `pickup_window`.",
            ),
            ours(
                "moment.express",
                "An express order: `new_order`, open without options; seconds later the "
                "marketplace accepts it, told like every acceptance.",
            ),
            published(
                "moment.reissued",
                "A rejected order is reprocessed: `new_order` for what is available.",
            ),
        ),
        section(
            "Moments without",
            published("silent.delivered", "Delivered."),
            published("silent.partially_delivered", "Partially delivered."),
            published("silent.for_return", "For return."),
            published("silent.invoice", "An invoice uploaded."),
            ours("silent.tracking_details", "Tracking details told by the shop."),
            ours("silent.refused", "A call that is refused."),
        ),
        section(
            "How a reader takes it",
            ours(
                "inbox.same-event",
                "The same event is the same code, type, time and hash of the body.",
            ),
            ours("inbox.stale", "One older than the newest `event_time` applied is stale."),
            ours(
                "inbox.undecidable",
                "Of two in the same second with different bodies `GET /:code` decides.",
            ),
            ours(
                "inbox.unknown-type",
                "An unknown `event_type` is kept and answered 200.",
            ),
            ours(
                "inbox.no-token-elsewhere",
                "The token is never sent to a voucher, delivery-note or invoice URL.",
            ),
            ours(
                "voucher.unguessable",
                "A voucher's URL is unguessable and needs no token; it alone tells which voucher "
                "was downloaded.",
            ),
        ),
    ),
)
