"""A run with every receiver away for an hour of traffic: what is kept, and how it is made good."""
