"""`python -m aiohttp_lint`."""

from __future__ import annotations

from aiohttp_lint.cli import main

if __name__ == "__main__":
    main()
