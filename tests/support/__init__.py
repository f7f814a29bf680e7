"""What tests and benchmarks need to stand on, and programs do not."""
