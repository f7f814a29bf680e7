"""Figures of how a shop's webhook fares, as the marketplace said last."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from smartcart.contract import WebhookStanding


class Webhook(Collector):
    """Without figures, rather than with old ones, when the marketplace did not say."""

    def __init__(self) -> None:
        self._standing: WebhookStanding | None = None

    def told(self, standing: WebhookStanding | None) -> None:
        """What the marketplace says now; None when it could not be asked."""
        self._standing = standing

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if (told := self._standing) is None:
            return
        yield GaugeMetricFamily(
            "smartcart_webhook_failing",
            "1 when the marketplace says that this shop's webhook fails.",
            value=told.failing_since is not None,
        )
        yield GaugeMetricFamily(
            "smartcart_webhook_waiting",
            "Events that the marketplace has still to deliver to this shop.",
            value=told.waiting,
        )
        yield GaugeMetricFamily(
            "smartcart_webhook_exhausted",
            "Events that the marketplace has given up and not sent again.",
            value=told.exhausted,
        )
