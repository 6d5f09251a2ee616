"""Tests of aiohttp applications and clients (AIO80x)."""
