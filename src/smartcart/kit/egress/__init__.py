"""HTTP to the open internet: one kind of session, and requests whose outcomes are data."""

from smartcart.kit.egress.addresses import refusal
from smartcart.kit.egress.downloads import NOT_MODIFIED, download
from smartcart.kit.egress.exchange import Reply, exchange, whole
from smartcart.kit.egress.guard import AddressRefused, refused
from smartcart.kit.egress.outcomes import Answer, Deadline, Document, Failure, FailureKind
from smartcart.kit.egress.redirects import fetch, post_following
from smartcart.kit.egress.retry_after import retry_after
from smartcart.kit.egress.session import open_session
from smartcart.kit.egress.urls import UrlError, is_address, parse_url

__all__ = [
    "NOT_MODIFIED",
    "AddressRefused",
    "Answer",
    "Deadline",
    "Document",
    "Failure",
    "FailureKind",
    "Reply",
    "UrlError",
    "download",
    "exchange",
    "fetch",
    "is_address",
    "open_session",
    "parse_url",
    "post_following",
    "refusal",
    "refused",
    "retry_after",
    "whole",
]
