"""What Python code means, and what aiohttp is; knows nothing of rules."""
