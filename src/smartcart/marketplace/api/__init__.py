"""The Orders API (contract §2, §3): requests in, actions called, answers out."""
