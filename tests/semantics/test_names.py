"""Names whose bindings lead back to themselves."""

from __future__ import annotations

import ast

import pytest

from .modules import module_of


def test_bindings_that_lead_back_are_settled_at_once() -> None:
    steps = "".join(f"    if test:\n        node = node.part{number}\n" for number in range(60))
    module = module_of(f"import os\n\n\ndef climb(node, test):\n{steps}    return node.end\n")
    (end,) = [
        node for node in ast.walk(module.tree) if isinstance(node, ast.Attribute) and node.attr == "end"
    ]
    assert module.qualified_name(end) is None


def test_the_same_import_again_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of("from aiohttp import web\n" * 500 + "web.Response()\n")
    asked: list[str] = []
    canonical = module.canonical
    monkeypatch.setattr(module, "canonical", lambda name: asked.append(name) or canonical(name))
    (name,) = [node for node in ast.walk(module.tree) if isinstance(node, ast.Name)]
    assert module.qualified_name(name) == "aiohttp.web"
    assert asked == ["aiohttp.web"]
