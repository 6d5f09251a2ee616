"""WebSockets (AIO6xx)."""
