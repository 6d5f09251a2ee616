"""Values of timeouts, through conditions and names."""

from __future__ import annotations

import math

import pytest

from aiohttp_lint.semantics.timeouts import alternatives, seconds
from tests.semantics.modules import call, module_of


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("5", ["5"]),
        ("5 if flag else None", ["5", "None"]),
        ("given if isinstance(given, int) else 5", ["5"]),
        ("given or 5 or other", ["given", "5", "other"]),
        ("(1 if flag else 2) or 3", ["1", "2", "3"]),
        ("given and 5", ["given and 5"]),
    ],
)
def test_alternatives(value: str, found: list[str]) -> None:
    module = module_of(f"use({value})")
    node = call(module, f"use({value})").args[0]
    assert [module.segment(alternative) for alternative in alternatives(module, node)] == found


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("5", 5.0),
        ("-5", -5.0),
        ("-given", None),
        ("LIMIT", 30.0),
        ("math.inf", math.inf),
        ("float('inf')", math.inf),
        ("float('5')", None),
        ("float(given)", None),
        ("'5'", None),
    ],
)
def test_seconds(value: str, number: float | None) -> None:
    module = module_of(f"import math\nLIMIT = 30\ndef f(given):\n    use({value})")
    assert seconds(module, call(module, f"use({value})").args[0]) == number
