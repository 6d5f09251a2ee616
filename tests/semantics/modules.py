"""Modules made from source for the tests of the semantics, and a way to point at nodes in them."""

from __future__ import annotations

import ast
from textwrap import dedent

from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.module import Module


def module_of(source: str, path: str = "service/module.py") -> Module:
    """Parse indented source."""
    text = dedent(source)
    return Module(text, path, ast.parse(text))


def function_named(module: Module, name: str) -> Function:
    """Give the only function of this name."""
    (found,) = [function for function in module.functions() if function.name == name]
    return found


def expression(module: Module, segment: str) -> ast.expr:
    """Give the first expression in the source that reads exactly so."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.expr) and module.segment(node) == segment:
            return node
    raise AssertionError(f"no expression {segment!r}")


def call(module: Module, segment: str) -> ast.Call:
    """Give the first call in the source that reads exactly so."""
    node = expression(module, segment)
    assert isinstance(node, ast.Call)
    return node
