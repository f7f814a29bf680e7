"""§1 and §7: the two flows, and the facts of the business that the marketplace keeps to."""

from tests.contract.rules.rule import Chapter, ours, published, section, seen

FLOWS = Chapter(
    "1. The two tools and the two flows",
    (
        section(
            "Tools",
            published("tools.independent", "Webhook and Orders API work without each other."),
        ),
        section(
            "Flows",
            published(
                "flow.accept",
                "`new_order`, accept, `order_updated` (accepted), `order_updated` (voucher), the "
                "voucher is a PDF.",
            ),
            ours("flow.accept-in-one", "A reader takes the two `order_updated` together as well."),
            published(
                "flow.reject",
                "`new_order`, reject with what is available, `order_updated` (rejected), a new "
                "order for what is available.",
            ),
        ),
    ),
)

BUSINESS = Chapter(
    "7. The business",
    (
        section(
            "What the marketplace keeps to",
            published(
                "business.accepted-is-final",
                "An accepted order cannot be rejected by its shop: 422 `order_status`.",
            ),
            published(
                "business.cancelled-at-any-stage",
                "Customer or support may cancel at any stage, even when dispatched.",
            ),
            published(
                "business.not-dispatched",
                "An order not dispatched in time is rejected by the marketplace: "
                "`rejection_info.actor` is `skroutz`.",
            ),
            published(
                "business.missed-pickup",
                "A missed pickup moves to the next working day.",
            ),
            published(
                "business.express",
                "Express orders are accepted by the marketplace and arrive as `order_updated` "
                "with state `accepted`.",
            ),
            ours("business.spans", "How long there is to answer and to dispatch are settings."),
            seen("business.label-a6", "A courier's label is A6."),
        ),
        section(
            "The product feed",
            published("feed.root", "The root element may have any name."),
            published("feed.product-id", "A product's id is `id` or `uid`."),
            published(
                "feed.product",
                "`name`, `quantity`, `price_with_vat`, `availability` are read.",
            ),
            published(
                "feed.variations",
                "`variations/variation` with `variationid` and `quantity` of their own.",
            ),
            published(
                "feed.availability-decides",
                "Where there is no `quantity`, `availability` decides.",
            ),
            published(
                "feed.ids-on-the-wire",
                "`shop_uid` of a line is the feed's id, `shop_variation_uid` the variation's.",
            ),
        ),
    ),
)
