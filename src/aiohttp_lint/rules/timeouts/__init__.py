"""Timeouts and the connection pool (AIO2xx)."""
