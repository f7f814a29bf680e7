"""§3: the calls of the Orders API, and everything each refuses."""

from tests.contract.rules.rule import Chapter, ours, published, section

CALLS = Chapter(
    "3. Calls",
    (
        section(
            "GET /:code",
            published("get.order", 'Answers `{"order":{…}}`.'),
            published(
                "get.options-while-actable",
                "`accept_options` and `reject_options` are there only while the order is `open` "
                "and may be acted on.",
            ),
        ),
        section(
            "POST /:code/accept",
            published(
                "accept.body",
                "`pickup_location` (id), `pickup_window` (id) and `number_of_parcels`; "
                'success is `{"success":true}` and the order is `accepted` with that choice.',
            ),
            published("accept.parcels-default", "`number_of_parcels` left out is 1."),
            published(
                "accept.location-among-options",
                "`pickup_location` must be among `accept_options`: 422 that names it.",
            ),
            published(
                "accept.window-among-options",
                "`pickup_window` must be among `accept_options`: 422 that names it.",
            ),
            published(
                "accept.parcels-among-options",
                "`number_of_parcels` must be among `accept_options`: 422 that names it.",
            ),
            ours("accept.location-required", "`pickup_location` is always required: 422."),
            ours(
                "accept.window-required", "`pickup_window` is required where any is offered: 422."
            ),
            ours(
                "accept.window-not-offered",
                "Where none is offered (store pickup), none is needed.",
            ),
            published(
                "accept.already-accepted",
                "An accepted order: 422 `order_status` “Order already accepted.”",
            ),
            published(
                "accept.not-open",
                "An order in any other state: 422 `order_status`, which names the state.",
            ),
            ours("accept.expired", "An order whose time is over: 422 `order_status`."),
            published(
                "accept.express",
                "An express order: 422 `order_status` “Order is express”.",
            ),
        ),
        section(
            "POST /:code/reject",
            published(
                "reject.lines",
                "`line_items: [{id, reason_id, available_quantity?}]`: each line named says why "
                "it cannot be delivered.",
            ),
            published(
                "reject.other",
                "Or `rejection_reason_other`, a reason in words for the whole order.",
            ),
            published(
                "reject.one-form",
                "Both forms, or neither: 422.",
            ),
            published(
                "reject.already-rejected",
                "A rejected order: 422 `order_status` “Order already rejected.”",
            ),
            published("reject.not-open", "An order in any other state: 422 `order_status`."),
            ours("reject.expired", "An order whose time is over: 422 `order_status`."),
            ours(
                "reject.express",
                "An express order: 422 `order_status` “Order is express”.",
            ),
            published("reject.unknown-line", "A line that is not the order's: 422."),
            published("reject.duplicate-line", "A line named twice: 422."),
            published("reject.unknown-reason", "A reason that does not exist: 422."),
            ours(
                "reject.reason-not-offered",
                "A reason that the order's `reject_options` do not offer: 422.",
            ),
            published(
                "reject.quantity-required",
                "`available_quantity` missing where the reason requires it: 422.",
            ),
            published(
                "reject.quantity-range",
                "`available_quantity` outside `0 ≤ n < quantity`: 422.",
            ),
        ),
        section(
            "Reasons for rejecting a line",
            ours("reason.1", "1 “Εκτός αποθέματος στο κατάστημα ή στον προμηθευτή”: `no_stock`."),
            ours("reason.2", "2 “Λάθος καταχωρημένη τιμή(ες)”: `wrong_price`."),
            ours(
                "reason.4",
                "4 “Περιορισμένα τεμάχια”, requires `available_quantity`: `limited_stock`.",
            ),
            ours("reason.5", "5 “To προϊόν καταργήθηκε”: `discontinuation`."),
            ours("reason.6", "6 “Λάθος ταξινόμηση προϊόντος”: `content_mistake`."),
            published("reason.labels", "These labels, verbatim, and which needs a quantity."),
            published("reason.offered", "Orders offer 1, 2, 4 and 5."),
        ),
        section(
            "POST /:code/invoices",
            published("invoices.multipart", "A multipart body with the file as `invoice_file`."),
            published("invoices.types", "PDF, PNG and JPEG are taken."),
            published("invoices.size", "At most 7 MB are taken."),
            published("invoices.one-a-order", "An order has one file: a new one replaces it."),
            ours("invoices.type-by-content", "The type is told by the content, not by its name."),
            ours("invoices.success", '200 `{"success":true}`.'),
            ours(
                "invoices.missing",
                "No such field, or malformed multipart: 400 `invoice_file` “Missing invoice file”.",
            ),
            ours(
                "invoices.not-accepted",
                "422 “Failed to upload invoice. Order must be accepted first.”",
            ),
            ours(
                "invoices.wrong-type",
                "422 “Invoice file `<type>` mime-type is not accepted”.",
            ),
            ours("invoices.too-large", "A larger file: 422."),
            ours(
                "invoices.url",
                "The file is served at an unguessable URL, told only to its shop and the operator.",
            ),
            ours("invoices.old-url-ends", "When it is replaced, its old URL ends."),
        ),
        section(
            "POST /:code/set_as_ready",
            published("ready.marks", "Needs no body; `is_ready_for_dispatch` becomes true."),
            published(
                "ready.state",
                "Only an `accepted` order, else 422 `order_error` “Order is not eligible to be "
                "marked as ready”.",
            ),
            published("ready.once", "Not one that is ready already: the same 422."),
            published(
                "ready.last-mile",
                "Only with the marketplace's own last-mile courier, else the same 422.",
            ),
            published(
                "ready.core",
                "Not an FBM, FBS or store-pickup order: the same 422.",
            ),
            published(
                "ready.pickup-may-move",
                "Marked before 21:00 of the day before the pickup, the pickup may move to an "
                "earlier window.",
            ),
            ours(
                "ready.earliest-window",
                "It moves to the earliest window that can still be served, by the clock of Athens.",
            ),
            ours("ready.too-late-to-move", "Marked later than that, the pickup stays."),
            published("ready.courier-told", "The courier is told each time."),
        ),
        section(
            "POST /:code/set_as_not_ready",
            published("not-ready.marks", "Needs no body; `is_ready_for_dispatch` becomes false."),
            published(
                "not-ready.eligible",
                "Accepted, ready, last-mile and not picked up, else 422 `order_error` “Order is "
                "not eligible for undo”.",
            ),
            published("not-ready.pickup-back", "The pickup goes back to the original window."),
            ours(
                "not-ready.pickup-stays",
                "When that can no longer be had, the current one stays; still a 200.",
            ),
        ),
        section(
            "Ready by download",
            published(
                "ready.download-marks",
                "`set_as_ready_required: false`: downloading the voucher marks the order ready.",
            ),
            published(
                "ready.download-does-not-mark",
                "`set_as_ready_required: true`: it does not.",
            ),
            published("ready.unmarked-skipped", "Then the courier skips orders not marked."),
            ours("ready.download-keeps-pickup", "Marking by download does not move the pickup."),
        ),
        section(
            "POST /:code/tracking_details",
            published(
                "tracking.body",
                "`tracking_details: [{courier, tracking_code}]`; the codes are then in "
                "`courier_tracking_codes`.",
            ),
            published("tracking.fbm-only", "Only for FBM orders."),
            ours("tracking.not-fbm", "Any other order: 422 `order_error`."),
            published(
                "tracking.couriers",
                "`courier` is one of `acs dhl geniki_taxydromiki dpd gls`.",
            ),
            ours("tracking.unknown-courier", "Another: 422 `tracking_details`."),
            ours("tracking.empty", "An empty list: 422 `tracking_details`."),
            published("tracking.replaces", "It replaces what was there."),
        ),
    ),
)
