"""Starting and running servers in production (AIO85x)."""
