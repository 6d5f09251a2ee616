"""Which functions never return: those that say so, and those that raise on every way through their statements."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.decorators import function_named
from aiohttp_lint.semantics.inheritance import overrides
from aiohttp_lint.semantics.swallowing import swallows
from aiohttp_lint.semantics.syntax import TRIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

NEVER_RETURNING = frozenset(
    {"sys.exit", "os._exit", "os.abort", "builtins.exit", "builtins.quit", "pytest.fail", "pytest.skip"}
)
_NEVER = frozenset(
    {"typing.NoReturn", "typing.Never", "typing_extensions.NoReturn", "typing_extensions.Never"}
)


class Endings:
    """The functions of a file that never return, each settled when it is first asked for."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._known: dict[Function, bool] = {}

    def never_returns(self, call: ast.Call) -> bool:
        """Tell whether a call is known to raise or to end the program; asked while graphs are built, so of no graph."""
        if self._module.qualified_name(call.func) in NEVER_RETURNING:
            return True
        function = function_named(self._module, call.func)
        if function is None or function.is_async != isinstance(self._module.parent(call), ast.Await):
            return False
        return function.owner.endings.always_raises(function)

    def always_raises(self, function: Function) -> bool:
        """Tell whether a function of this file surely raises when it runs, in whatever heir of its class."""
        if function not in self._known:
            # Who calls itself on the way is taken to return.
            self._known[function] = False
            self._known[function] = self._always_raises(function)
        return self._known[function]

    def _always_raises(self, function: Function) -> bool:
        module = self._module
        if isinstance(function.node, ast.Lambda) or function.is_generator or function.is_stub:
            return False
        if not all(map(module.inference.is_transparent, function.decorators)):
            return False
        returns = function.node.returns
        is_declared = returns is not None and module.qualified_name(returns) in _NEVER
        if not is_declared and (function.scope.nodes.get(ast.Return) or not self._raise(function.body)):
            return False
        return (
            function.class_scope is None
            or overrides(module.class_of(function.class_scope), function.name) == []
        )

    def _raise(self, statements: Sequence[ast.stmt]) -> bool:
        return any(map(self._raises, statements))

    def _raises(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.Raise):
            return True
        if isinstance(statement, ast.Expr):
            value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
            return isinstance(value, ast.Call) and self.never_returns(value)
        if isinstance(statement, ast.If):
            return self._raise(statement.body) and self._raise(statement.orelse)
        if isinstance(statement, ast.With | ast.AsyncWith):
            return self._raise(statement.body) and not any(
                map(partial(swallows, self._module), statement.items)
            )
        if isinstance(statement, TRIES):
            assert isinstance(statement, ast.Try)
            ends = self._raise(statement.body) or self._raise(statement.orelse)
            return self._raise(statement.finalbody) or (
                ends and all(self._raise(handler.body) for handler in statement.handlers)
            )
        return False
