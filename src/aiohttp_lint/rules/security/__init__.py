"""Cookies, sessions, TLS (AIO5xx)."""
