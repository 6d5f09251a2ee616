"""What ends an exception: context managers that swallow it, and `except` clauses meant for every failure."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_BROAD_EXCEPTIONS = frozenset({"builtins.Exception", "builtins.BaseException"})
SWALLOWING_CONTEXTS = frozenset({"contextlib.suppress", "pytest.raises", "pytest.warns"})


def swallows(module: Module, item: ast.withitem) -> bool:
    """Tell whether leaving this context manager can end an exception."""
    call = item.context_expr
    name = module.qualified_name(call.func) if isinstance(call, ast.Call) else None
    if name in SWALLOWING_CONTEXTS:
        return True
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("assertRaises", "assertRaisesRegex")
    )


def catches_everything(module: Module, handler: ast.ExceptHandler) -> bool:
    """Tell whether an `except` clause is meant for every failure: bare, or `Exception` among its types."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(module.qualified_name(kind) in _BROAD_EXCEPTIONS for kind in kinds)
