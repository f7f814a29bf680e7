"""Stock lists in files, as a shop's own program writes them."""

from pathlib import Path

from smartcart.merchant.stock import csv, feed
from smartcart.merchant.stock.files import LocalFile
from smartcart.merchant.stock.lists import ListSource


def csv_file(path: Path) -> ListSource:
    return ListSource("csv", LocalFile(path), csv.products)


def feed_file(path: Path) -> ListSource:
    return ListSource("feed", LocalFile(path), feed.products)
