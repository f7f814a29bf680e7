"""What smartcart claims about speed, measured beside a baseline in the same run."""
