"""`python -m smartcart`."""

from smartcart.cli import main

if __name__ == "__main__":
    main()
