"""Arguments of requests, and what is done with responses."""
