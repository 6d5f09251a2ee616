"""A linter for aiohttp code: what it finds, and what it can repair."""

__version__ = "0.1.0"
