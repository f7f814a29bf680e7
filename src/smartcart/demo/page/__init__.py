"""The live page: rendered here, made live by server-sent events, useful without script."""
