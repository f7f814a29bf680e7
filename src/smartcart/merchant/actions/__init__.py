"""Load, decide, commit: a file for each noun. Handlers of the outbox's entries are here too."""
