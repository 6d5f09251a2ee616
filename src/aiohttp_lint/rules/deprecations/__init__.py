"""Deprecated and removed API (AIO9xx)."""
