"""TLS for a service that ends it by itself; most have a proxy in front that does.

Practices: 13.4.
"""

from __future__ import annotations

import ssl
from pathlib import Path


def server_tls(certificate: Path) -> ssl.SSLContext:
    """Load the certificate chain and its private key, one PEM file; the defaults refuse what is broken."""
    # Named from the peer's side: the context with which clients are authenticated, so a server's.
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context
