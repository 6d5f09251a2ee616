"""Which contexts surely verify nothing, and what makes that unknown."""

from __future__ import annotations

import pytest

from aiohttp_lint.semantics.tls import Unverified, holes
from tests.semantics.modules import module_of

OFF = "context.check_hostname = False\ncontext.verify_mode = ssl.CERT_NONE"
MAKE = "context = ssl.create_default_context()"
TAKE = "aiohttp.TCPConnector(ssl=context)"
CASES = {
    "switched off": (f"{MAKE}\n{OFF}\n{TAKE}", Unverified.MODE),
    "switched off in the wrong order": (
        f"{MAKE}\ncontext.verify_mode = ssl.CERT_NONE\n{TAKE}",
        Unverified.REFUSED,
    ),
    "never on": ("context = ssl._create_unverified_context()\n" + TAKE, Unverified.BARE),
    "never on, on the spot": ("aiohttp.TCPConnector(ssl=ssl.SSLContext())", Unverified.BARE),
    "on the spot under a condition": ("if other.flag:\n    aiohttp.TCPConnector(ssl=ssl.SSLContext())", None),
    "a default one on the spot": ("aiohttp.TCPConnector(ssl=ssl.create_default_context())", None),
    "an attribute": ("aiohttp.TCPConnector(ssl=other.context)", None),
    "one of two": (f"{MAKE}\nif other.flag:\n    context = None\n{OFF}\n{TAKE}", None),
    "an unknown maker": (f"context = other.context()\n{OFF}\n{TAKE}", None),
    "given to other code": (f"{MAKE}\nother.configure(context)\n{OFF}\n{TAKE}", None),
    "given to other code by keyword": (f"{MAKE}\nother.configure(context=context)\n{OFF}\n{TAKE}", None),
    "kept": (f"{MAKE}\nkept = context\n{OFF}\n{TAKE}", None),
    "configured in a nested function": (
        f"{MAKE}\ndef later():\n    context.verify_mode = ssl.CERT_NONE\n{TAKE}",
        None,
    ),
    "another mode": (f"{MAKE}\n{OFF}\ncontext.verify_mode = ssl.CERT_REQUIRED\n{TAKE}", None),
    "an unknown host check": (f"{MAKE}\ncontext.check_hostname = other.flag\n{TAKE}", None),
    "after an early return": (f"if other.flag:\n    return\n{MAKE}\n{OFF}\n{TAKE}", None),
    "after an early answer of nothing": (f"if other.flag:\n    pass\n{MAKE}\n{OFF}\n{TAKE}", Unverified.MODE),
    "a parameter": (f"{OFF.replace('context', 'given')}\n{TAKE.replace('context', 'given')}", None),
}


@pytest.mark.parametrize("title", CASES)
def test_contexts(title: str) -> None:
    body, kind = CASES[title]
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    module = module_of(f"import ssl\nimport aiohttp\nimport other\ndef connect(given):\n{lines}")
    assert [hole.kind for hole in holes(module, also_doubtful=False)] == ([] if kind is None else [kind])


def test_contexts_of_a_module() -> None:
    module = module_of(
        f"import ssl\nimport aiohttp\n{MAKE}\n{OFF}\n{TAKE}\naiohttp.TCPConnector(ssl=ssl.SSLContext())\n"
    )
    assert sorted(hole.kind.name for hole in holes(module, also_doubtful=False)) == ["BARE", "MODE"]
