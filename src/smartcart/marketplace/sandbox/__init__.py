"""Orders to try an integration on: they answer to every shop and are never kept (contract §6)."""
