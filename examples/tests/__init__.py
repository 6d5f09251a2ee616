"""How an aiohttp service is tested: over real connections on the loopback interface, each test with its own."""
