"""What is done to the marketplace's orders: load, decide, commit. A file for each noun."""
