"""What the marketplace says of itself: an OpenAPI document, and a page made of it."""
