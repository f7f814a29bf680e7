"""Documents that cannot go stale: some are generated, the rest are checked."""
