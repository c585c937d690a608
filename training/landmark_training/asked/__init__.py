"""Questions that we wrote with the lines that answer them, and what is run for them."""
