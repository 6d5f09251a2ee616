"""A small shop: products, orders, login, and a support chat."""
