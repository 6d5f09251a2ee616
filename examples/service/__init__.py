"""A small aiohttp application in the shape of a production one: every module can be copied.

Practices: K1, K7, K8.
"""
