"""The webhook's receiving end (contract §5): keep the event, answer 200, think later."""
