"""The Webhook (contract §5): every event POSTed to the merchant's URL until it says 200."""
