"""What a type checker passes over, `else:` of `if TYPE_CHECKING:`, and what of the walk is forgotten with it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.scopes import Binding
    from aiohttp_lint.semantics.walk import Walk


def drop_bindings(walk: Walk, passed_over: list[ast.stmt]) -> None:
    """Forget what is bound where a type checker does not look, if the name is bound elsewhere as well."""
    lines = {
        line for node in passed_over for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    dropped: set[Binding] = set()
    for scope in walk.module.descend():
        for name, bindings in scope.bindings.items():
            if len(bindings) > 1:
                kept = [binding for binding in bindings if getattr(binding.node, "lineno", 0) not in lines]
                if kept:
                    dropped.update(bindings)
                    dropped.difference_update(kept)
                    scope.bindings[name] = kept
    walk.imports = [binding for binding in walk.imports if binding not in dropped]


def is_type_checking(test: ast.expr) -> bool:
    """Tell whether a test is `TYPE_CHECKING`."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
