"""Responses of the client (AIO3xx)."""
