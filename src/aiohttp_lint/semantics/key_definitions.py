"""The statement that defines a typed key, and where it stands in its file."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics.key_types import Import, KeyType
from aiohttp_lint.semantics.state_keys import Keeper, KeyUse

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding

Key: TypeAlias = tuple[Keeper, str]
"""Of what it is a key, and its text."""

_PLAIN_STRING = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DEFINING = (*_DEFINITIONS, ast.Import, ast.ImportFrom)


def definition(
    module: Module,
    key: Key,
    name: str,
    kept: KeyType | None,
    uses: list[KeyUse],
    constant: Binding | None,
) -> tuple[str, tuple[Import, ...], str]:
    """Give the statement that defines a key, what it needs to be imported, and the class that it has to stand below."""
    keeper, text = key
    written = next((module.segment(use.key) for use in uses if use.constant is None), "")
    if constant is not None and constant.value is not None:
        written = module.segment(constant.value)
    if not _PLAIN_STRING.fullmatch(written):
        written = repr(text)
    called, needed = module.name_for(keeper.value)
    needs = [needed]
    place = place_below(module, uses) if constant is None else module.statement(constant.node)
    assert place is not None, "asked where a key can be defined"
    if kept is None:
        declared, needed = module.name_for("typing.Any")
        if needed is not None and "Any" not in module.scope.bindings:
            declared, needed = "Any", ("typing", "Any")
        elif not _is_known_at(module, declared, place):
            declared = f'"{declared}"'
        needs.append(needed)
        after = ""
    else:
        declared, after = "", kept.after
        needs.extend(kept.needs)
        if kept.is_optional:
            declared, after = f'"{kept.source} | None"', ""
        elif after and constant is None and place_below(module, uses, after) is not None:
            pass
        elif after or not _is_known_at(module, kept.source, place):
            declared, after = f'"{kept.source}"', ""
    typed = f"{name}: {called}[{declared}] = {called}({written})"
    plain = "" if kept is None else f"{name} = {called}({written}, {kept.source})"
    return typed if declared else plain, tuple(one for one in needs if one is not None), after


def can_define(module: Module, keeper: Keeper, uses: Iterable[KeyUse], place: ast.stmt | None = None) -> bool:
    """Tell whether a key can be defined at a place, or where `place_below` would have it: the class of keys is known there."""
    place = place or place_below(module, uses)
    return place is not None and _is_known_at(module, module.name_for(keeper.value)[0], place)


def _is_known_at(module: Module, source: str, place: ast.stmt) -> bool:
    """Tell whether the name that a dotted one begins with is imported above a statement, or will be."""
    bindings = module.scope.bindings.get(source.partition(".")[0], ())
    return all(
        getattr(binding.node, "lineno", 0) <= (place.end_lineno or place.lineno) for binding in bindings
    )


def place_below(module: Module, uses: Iterable[KeyUse], after: str = "") -> ast.stmt | None:
    """Give the statement below which a key can be defined: before anything uses it, and below a class of the file.

    Args:
        module: The file.
        uses: What uses the key there.
        after: The name of the class; without one, the imports at the head are what the key stands below.
    """
    body = module.tree.body
    using = {_top_level(module, use.key) for use in uses}
    first = next((index for index, statement in enumerate(body) if statement in using), len(body))
    if after:
        index = next(
            (i for i, one in enumerate(body) if isinstance(one, ast.ClassDef) and one.name == after), -1
        )
        is_in_time = all(isinstance(one, _DEFINING) for one in body[first:index])
        return body[index] if index >= 0 and is_in_time else None
    head = list(itertools.takewhile(lambda one: not isinstance(one, _DEFINITIONS), body[:first]))
    imports = [one for one in head if isinstance(one, ast.Import | ast.ImportFrom)]
    return imports[-1] if imports and _stands_alone(module, imports[-1]) else None


def _stands_alone(module: Module, statement: ast.stmt) -> bool:
    return ";" not in module.text.lines[(statement.end_lineno or statement.lineno) - 1]


def _top_level(module: Module, node: ast.AST) -> ast.AST:
    return [node, *module.ancestors(node)][-2]
