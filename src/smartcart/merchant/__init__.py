"""The merchant: receives webhooks, decides, answers through the Orders API, prints vouchers."""
