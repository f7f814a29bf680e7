"""§4: the objects within an order."""

from tests.contract.rules.rule import ours, published, section, seen

PARTS = (
    section(
        "customer",
        published("customer.id", "`id`: text, always."),
        published("customer.first_name", "`first_name`: text, always."),
        published("customer.last_name", "`last_name`: text, always."),
        published("customer.address", "`address`: object, always."),
        published("customer.phone", "`phone`: text, only for FBM orders or with an invoice."),
        published(
            "customer.mobile",
            "`mobile`: text like `(+30) 6999999999`, only for FBM orders or with an invoice.",
        ),
        published("customer.skroutz_plus_user", "`skroutz_plus_user`: flag, optional."),
        published("customer.no-email", "An e-mail address is never sent."),
    ),
    section(
        "customer.address",
        published("address.street_name", "`street_name`: text, always."),
        published("address.street_number", "`street_number`: text, always."),
        published("address.zip", "`zip`: text, always."),
        published("address.city", "`city`: text, always."),
        published("address.region", "`region`: text, always."),
        published("address.country_code", "`country_code`: two letters, always."),
        published(
            "address.pickup_from_collection_point",
            "`pickup_from_collection_point`: flag, always.",
        ),
        published(
            "address.collection_point_address",
            "`collection_point_address`: text, for a collection point.",
        ),
        published("address.comments", "`comments`: text, optional."),
        published("address.floor", "`floor`: text, optional."),
    ),
    section(
        "invoice_details",
        published("invoice_details.company", "`company`: text, always."),
        published("invoice_details.profession", "`profession`: text, always."),
        published("invoice_details.vat_number", "`vat_number`: text, always."),
        published("invoice_details.doy", "`doy`: text, the tax office, always."),
        published("invoice_details.address", "`address`: object, always."),
        published("invoice_address.street_name", "`address.street_name`: text, always."),
        published("invoice_address.street_number", "`address.street_number`: text, always."),
        published("invoice_address.zip", "`address.zip`: text, always."),
        published("invoice_address.city", "`address.city`: text, always."),
        published("invoice_address.region", "`address.region`: text, always."),
        published(
            "invoice_details.vat_exclusion_requested",
            "`vat_exclusion_requested`: flag, always.",
        ),
        published(
            "invoice_details.vat_exclusion_verification_method",
            "`vat_exclusion_verification_method`: `service` or `documents`, with an exclusion.",
        ),
        published(
            "invoice_details.vat_exclusion_documents",
            "`vat_exclusion_documents`: list of URLs, when verified by documents.",
        ),
        published(
            "invoice_details.vat_exclusion_representative",
            "`vat_exclusion_representative`: object, with an exclusion.",
        ),
        published(
            "representative.id_type",
            "`vat_exclusion_representative.id_type`: the label, verbatim, of one of AADE's "
            "identity documents.",
        ),
        published(
            "representative.id_number",
            "`vat_exclusion_representative.id_number`: text, the last five characters.",
        ),
        published("representative.otp", "`vat_exclusion_representative.otp`: text."),
        published(
            "representative.mobile",
            "`vat_exclusion_representative.mobile`: text, optional.",
        ),
    ),
    section(
        "line_items[]",
        published("line.id", "`id`: text, always. What a reject names."),
        published("line.shop_uid", "`shop_uid`: text, always. The product's id in the feed."),
        published(
            "line.shop_variation_uid",
            "`shop_variation_uid`: text, for a variation. Its id in the feed.",
        ),
        published("line.product_name", "`product_name`: text, always."),
        published("line.quantity", "`quantity`: integer, always."),
        published("line.size", "`size`: object, for a size variation."),
        published("line.unit_price", "`unit_price`: euros a piece, always."),
        published("line.total_price", "`total_price`: euros, always."),
        published("line.price_includes_vat", "`price_includes_vat`: flag, always."),
        published("line.commission", "`commission`: euros, always."),
        published("line.commission_rate", "`commission_rate`: per cent, always."),
        published(
            "line.island_vat_discount_applied",
            "`island_vat_discount_applied`: flag, always.",
        ),
        published("line.ean", "`ean`: text, optional."),
        published("line.mpn", "`mpn`: text, optional."),
        published("line.extra_info", "`extra_info`: text of several lines, optional."),
        seen(
            "line.extra_info-breaks",
            "Some documents carry a literal backslash-n in it: it is shown as a line break too.",
        ),
        published(
            "line.rejection_reason",
            "`rejection_reason`: `no_stock wrong_price limited_stock discontinuation "
            "content_mistake`, for a rejected line.",
        ),
        published(
            "line.return_reason",
            "`return_reason`: `faulty wrong_product withdrawal wrong_size`, for a returned line.",
        ),
        published(
            "line.serial_numbers",
            "`serial_numbers`: text, joined by commas, or null, always.",
        ),
        published(
            "line.tags",
            "`tags`: list of `plus_deal coupon_deal two_plus_deal coupons price_optimizer "
            "cc_installments`, optional.",
        ),
        published("line.readjusted_vat", "`readjusted_vat`: optional."),
        published("line.vat_ratio", "`vat_ratio`: number, optional."),
    ),
    section(
        "line_items[].size",
        published("size.label", "`label`: `Νούμερο`, `Μέγεθος` or `Ηλικία`, always."),
        published("size.value", "`value`: text, always. As the marketplace shows it."),
        published("size.shop_value", "`shop_value`: text, always. As the feed has it."),
        published("size.shop_variation_uid", "`shop_variation_uid`: text."),
        published("size.ean", "`ean`: text, where the shop has one."),
        published("size.mpn", "`mpn`: text, where the shop has one."),
    ),
    section(
        "fees",
        published("fees.handling_fee", "`handling_fee`: euros, only when positive."),
        published("fees.skroutz_coins_fee", "`skroutz_coins_fee`: euros, only when positive."),
        published("fees.installments_fee", "`installments_fee`: euros, only when positive."),
        published("fees.fbs_fee", "`fbs_fee`: euros, only when positive."),
        published("fees.plus_user_fee", "`plus_user_fee`: euros, only when positive."),
    ),
    section(
        "pickup_window, rejection_info, replacements[], returns[]",
        published("pickup_window.from", "`pickup_window.from`: time, always."),
        published("pickup_window.to", "`pickup_window.to`: time, always."),
        published("rejection_info.reason", "`rejection_info.reason`: text, always."),
        published("rejection_info.actor", "`rejection_info.actor`: `skroutz` or `merchant`."),
        published("replacements.code", "`replacements[].code`: text, always."),
        published(
            "replacements.type",
            "`replacements[].type`: `from_service` or `as_is_return`, optional.",
        ),
        published("returns.return_uuid", "`returns[].return_uuid`: text, always."),
        published("returns.tracking_ids", "`returns[].tracking_ids`: list of texts, always."),
    ),
    section(
        "accept_options, reject_options",
        published(
            "accept_options.number_of_parcels",
            "`accept_options.number_of_parcels`: list of integers, `[1, 2, 3]`.",
        ),
        published(
            "accept_options.pickup_location",
            "`accept_options.pickup_location`: list of `{id: text, label: text}`.",
        ),
        published(
            "accept_options.pickup_window",
            "`accept_options.pickup_window`: list of `{id: integer, label: text}`; empty for a "
            "store pickup.",
        ),
        published(
            "accept_options.window-label",
            "A window is dated only inside its label: `15:00 - 18:00, Τρί 03/12/19`.",
        ),
        ours(
            "accept_options.window-label-read",
            "A label is read without accents, with full weekdays and years of four digits; one "
            "that cannot be read is no guess.",
        ),
        published(
            "reject_options.line_item_rejection_reasons",
            "`reject_options.line_item_rejection_reasons`: list of "
            "`{id, label, requires_available_quantity}`.",
        ),
    ),
)
