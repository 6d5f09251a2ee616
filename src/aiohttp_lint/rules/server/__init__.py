"""Handlers, middlewares, responses of the server (AIO7xx)."""
