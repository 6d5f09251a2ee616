"""Tasks, cancellation and forgotten awaits (AIO41x)."""
