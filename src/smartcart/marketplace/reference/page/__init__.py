"""The OpenAPI document for people: a page at `/docs`, rendered from nothing else."""
