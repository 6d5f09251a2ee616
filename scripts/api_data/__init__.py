"""aiohttp's API read from its sources: what `generate_api_data.py` is made of."""
