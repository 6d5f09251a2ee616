"""Modules made from source for the tests of the semantics, and a way to point at nodes in them."""

from __future__ import annotations

import ast
import re
from textwrap import dedent

from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.types import ApiFunction, Instance, Types


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


def described(types: Types) -> str:
    """Name what is known of a value: `?` for what is open, then classes and functions of the API."""
    names = []
    for member in types.members:
        if isinstance(member, ApiFunction):
            names.append(member.callable.name)
        else:
            assert isinstance(member, Instance), member
            names.append(member.name)
    return " ".join(["?"] * types.is_open + sorted(names))


def check_revealed(source: str) -> None:
    """Compare each `reveal(expression)` with the types that the line's comment names."""
    module = Module(source, "module.py", ast.parse(source))
    lines = source.splitlines()
    revealed = 0
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reveal":
            match = re.search(r"# (.*)$", lines[node.lineno - 1])
            assert match is not None
            types = module.type_of(node.args[0])
            assert (node.lineno, described(types) or "?") == (node.lineno, match[1])
            revealed += 1
    assert revealed == source.count("reveal(")
