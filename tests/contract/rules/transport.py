"""§2: how the Orders API is spoken to."""

from tests.contract.rules.rule import Chapter, ours, published, section, seen

TRANSPORT = Chapter(
    "2. Transport of the Orders API",
    (
        section(
            "Who may call",
            published(
                "transport.base-path",
                "Orders are under `/merchants/ecommerce/orders/:code`.",
            ),
            published(
                "transport.bearer-token",
                "`Authorization: Bearer <token>`; the token says which shop is calling.",
            ),
            published(
                "transport.one-token",
                "A shop has one token: making a new one ends the old one at once.",
            ),
            seen(
                "transport.unauthorized",
                "A missing or bad token: 401 "
                '`{"errors":[{"code":"Unauthorized","messages":["unauthorized"]}]}`.',
            ),
            published(
                "transport.accept-required",
                "`Accept: application/vnd.skroutz+json; version=3.0` is required.",
            ),
            ours(
                "transport.vendor-setting",
                "The vendor name in that media type is a setting, `skroutz` by default.",
            ),
            ours(
                "transport.not-acceptable",
                "An `Accept` that does not admit the vendor's type: 406, its message names the "
                "header.",
            ),
            seen(
                "transport.tool-off",
                "Orders API switched off for the shop: code `EcommerceMerchantUnauthorized`.",
            ),
            ours("transport.tool-off-status", "Its status is 403."),
        ),
        section(
            "Answers",
            published(
                "transport.error-shape",
                'Every error is a 4xx or 5xx with `{"errors":[{"code":"…","messages":["…"]}]}`.',
            ),
            published("transport.success-is-json", "Every 2xx has a JSON body."),
            published(
                "transport.success",
                'Success of accept, reject, tracking, ready and triggers is `{"success":true}`.',
            ),
            published(
                "transport.order-not-found",
                "The ready calls for an unknown order: 404 `order_error` “Order not found”.",
            ),
            ours("transport.order-not-found-elsewhere", "So do all other calls."),
            published(
                "transport.others-order-is-unknown",
                "Another shop's order is a 404 exactly like an unknown one.",
            ),
            ours(
                "transport.order-of-checks",
                "Looked at in this order: token 401, `Accept` 406, tool 403, order 404, body "
                "400/422, state 422, options 422.",
            ),
            ours(
                "transport.state-before-options",
                "So a wrong location for an accepted order says that it is accepted.",
            ),
        ),
        section(
            "Clients seen in the wild",
            seen("quirk.no-user-agent", "A request without `User-Agent` gets its answer."),
            seen(
                "quirk.content-type-on-get",
                "A GET with `Content-Type: application/json` gets its answer.",
            ),
            seen("quirk.empty-body", "POSTs that need no body take an empty one."),
            seen("quirk.empty-object", "POSTs that need no body take `{}`."),
            seen(
                "quirk.empty-where-needed",
                "Where a body is needed, an empty one and `{}` are a 4xx, never a 5xx.",
            ),
            seen("quirk.key-order", "The keys of a body may come in any order."),
            seen(
                "quirk.window-string-or-integer",
                "`pickup_window` may be a string or an integer.",
            ),
            seen(
                "quirk.parcels-string-or-integer",
                "`number_of_parcels` may be a string or an integer.",
            ),
            seen("quirk.malformed-multipart", "Malformed multipart is a 4xx, never a 5xx."),
            seen("quirk.unknown-path", "An unknown path is a 404 in JSON."),
        ),
    ),
)
