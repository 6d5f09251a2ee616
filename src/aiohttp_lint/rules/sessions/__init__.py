"""Sessions: how a client session lives (AIO1xx)."""
