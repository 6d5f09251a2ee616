"""Where the instances of a service are now, as a registry says: the client knows only the service's name.

The registry here is a file that whoever starts and stops instances keeps up to date:
`{"documents.internal": ["10.0.0.7:8080", "10.0.0.8:8080"]}`. What asks Consul or the like is another `resolve`.

Practices: 15.8.
"""

from __future__ import annotations

import asyncio
import errno
import json
import socket
from typing import TYPE_CHECKING

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

if TYPE_CHECKING:
    from pathlib import Path

SECONDS_TRUSTED = 10
"""How long the connector goes by an answer, and so how long a new instance waits for its first request."""


class Instances(AbstractResolver):
    """Gives the addresses of a service; names that the registry does not have are looked up in the DNS.

    aiohttp takes turns with the addresses that it is given, and passes over those that don't answer. TLS still asks for
    a certificate of the service's name.
    """

    def __init__(self, registry: Path) -> None:
        """Take the file of the registry, which is read at each look-up."""
        self._registry = registry
        self._dns = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the instances of a name.

        Raises:
            OSError: The registry can't be read, or nobody knows the name.
        """
        try:
            known = json.loads(await asyncio.to_thread(self._registry.read_text, encoding="utf-8"))
            instances = [_result(host, address) for address in known.get(host, [])]
        except (ValueError, TypeError, AttributeError) as error:
            raise OSError(errno.EINVAL, f"{self._registry} is not a registry: {error}") from error
        return instances or await self._dns.resolve(host, port, family)

    async def close(self) -> None:
        """Nothing is open between two look-ups."""


def _result(host: str, address: str) -> ResolveResult:
    """Read one address; each has a port of its own."""
    ip, _, port = address.rpartition(":")
    return ResolveResult(
        hostname=host,
        host=ip.strip("[]"),
        port=int(port),
        family=socket.AF_INET6 if ip.startswith("[") else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
