"""What a started task is for, where it is no harm that nobody waits for it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.syntax import walk_scope
from aiohttp_lint.semantics.tasks import LOOP, function_started, only_sleeps

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_FORGETTING = frozenset({"pop", "popitem", "popleft", "discard", "remove", "clear"})
_READING = frozenset({"get", "items", "keys", "values", "copy", "time", "monotonic"})
_PLAIN = frozenset(
    {
        "asyncio.sleep", "time.time", "time.monotonic", "builtins.list", "builtins.tuple", "builtins.len", "builtins.sorted",
        "builtins.set",
    }
)  # fmt: skip
_ENDING = frozenset({"sys.exit", "os._exit", "os.kill", "signal.raise_signal"})
_ENDS = frozenset({"builtins.SystemExit", "builtins.KeyboardInterrupt"})


def only_forgets(site: CallSite) -> bool:
    """Tell whether a started task does nothing but wait for a time and then take something out of the memory."""
    function = function_started(site)
    if function is None or not only_sleeps(site):
        return False
    module = function.owner
    nodes = list(walk_scope(*function.body))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    forgetting = [call for call in calls if _forgets(module, call)]
    stored = [
        node
        for node in nodes
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
    ]
    deleted = any(isinstance(node, ast.Delete) for node in nodes)
    return (
        (bool(forgetting) or deleted)
        and not stored
        and all(call in forgetting or _only_reads(module, call) for call in calls)
    )


def _forgets(module: Module, call: ast.Call) -> bool:
    is_method = isinstance(call.func, ast.Attribute) and call.func.attr in _FORGETTING
    return is_method and module.qualified_name(call.func) is None


def _only_reads(module: Module, call: ast.Call) -> bool:
    name = module.qualified_name(call.func)
    if name is not None:
        return name in _PLAIN
    return isinstance(call.func, ast.Attribute) and call.func.attr in _READING


def ends_program(site: CallSite) -> bool:
    """Tell whether a started task is the end of the program itself: nothing is left that could wait for it."""
    function = function_started(site)
    if function is None:
        return False
    module = function.owner
    for node in ast.walk(function.node):
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = module.qualified_name(raised) or ""
            if name in _ENDS or (name.startswith("aiohttp.") and name.endswith(".GracefulExit")):
                return True
        elif isinstance(node, ast.Call):
            if module.qualified_name(node.func) in _ENDING or module.call_site(node).calls_only(
                f"{LOOP}.stop"
            ):
                return True
    return False
