"""The commands. A command is thin: it reads its options, calls one thing, and tells how it went."""

import click

from smartcart.cli.demo import demo
from smartcart.cli.marketplace import marketplace
from smartcart.cli.merchant import merchant
from smartcart.cli.orders import orders
from smartcart.cli.place import place


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smartcart")
def main() -> None:
    """Smart Cart orders, both halves.

    The marketplace takes carts, sends each merchant its orders by webhook and serves the Orders
    API. The merchant receives them, checks stock, accepts or rejects, and prints vouchers.

    \b
    See it work:          smartcart demo
    Run a marketplace:    smartcart marketplace run
    Run a shop:           smartcart merchant run

    Settings come from the command line, from SMARTCART_… environment variables, and from
    smartcart.toml in the current folder, in this order.
    """


main.add_command(demo)
main.add_command(marketplace)
main.add_command(merchant)
main.add_command(place)
main.add_command(orders)
