"""Blocking calls on the event loop (AIO40x)."""
