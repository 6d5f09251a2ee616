"""Questions about what a server tells its clients of its errors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.cookies import APPLICATION, words_of
from aiohttp_lint.semantics.handlers import HTTP_EXCEPTION
from aiohttp_lint.semantics.mappings import written_mapping
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import DEFINITIONS
from aiohttp_lint.semantics.timeouts import AIOHTTP_4

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_RESPONSES = (
    aiohttp_api.class_named("aiohttp.web.Response").name,
    aiohttp_api.callable_named("aiohttp.web.json_response").name,
)
ANSWERS = (*_RESPONSES, *aiohttp_api.subclasses_of(HTTP_EXCEPTION))
"""What is made to be sent to a client."""
_CONTENTS = ("text", "body", "data", "reason")
_TRACEBACKS = frozenset(
    {"traceback.format_exc", "traceback.format_exception", "traceback.format_tb", "traceback.format_stack"}
)
# What gives out what it is given, in another form.
_PASSING = frozenset(
    {
        "builtins.str",
        "builtins.repr",
        "builtins.list",
        "builtins.dict",
        "html.escape",
        "json.dumps",
        "builtins.bytes",
    }
)
_PASSING_METHODS = frozenset(
    {"join", "format", "encode", "strip", "rstrip", "lstrip", "replace", "split", "splitlines"}
)
_DEBUG_WORDS = frozenset({"debug", "debugger", "debugging", "dev", "development", "test", "testing"})
_MAXIMUM_DEPTH = 10


def debugging_applications(module: Module) -> Iterator[tuple[CallSite, ast.expr, bool]]:
    """Give the applications that are made for debugging, with the `True` that says so.

    The last part tells whether that is an argument of the call itself.
    """
    if module.target.all_at_least(AIOHTTP_4):
        return
    for call in module.calls_to(APPLICATION):
        own = call.argument("debug").value
        inner = call.argument("handler_args").value
        mapping = written_mapping(module, inner) if inner is not None else None
        given = mapping.value_of(module, "debug") if mapping is not None else None
        for value, is_own in ((own, True), (given, False)):
            if isinstance(value, ast.Constant) and value.value is True and not is_chosen(module, value):
                yield call, value, is_own


def tracebacks_answered(module: Module) -> Iterator[ast.expr]:
    """Give the arguments of responses that surely hold the text of a traceback."""
    for call in module.calls_to(*ANSWERS):
        for name in _CONTENTS:
            value = call.argument(name).value
            if value is not None and not is_chosen(module, value) and _holds_traceback(module, value):
                yield value


def _holds_traceback(module: Module, node: ast.expr, depth: int = 0) -> bool:
    if depth > _MAXIMUM_DEPTH:
        return False
    parts: list[ast.expr] = []
    if isinstance(node, ast.Name):
        value = module.only_value(node)
        if value is None or is_chosen(module, value):
            return False
        parts = [value]
    elif isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Dict):
        parts = node.values
    elif isinstance(node, ast.List | ast.Tuple):
        parts = node.elts
    elif isinstance(node, ast.Call):
        name = module.qualified_name(node.func)
        if name in _TRACEBACKS:
            return True
        if name in _PASSING:
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _PASSING_METHODS and name is None:
            parts = [node.func.value, *node.args]
    return any(_holds_traceback(module, part, depth + 1) for part in parts)


def is_chosen(module: Module, node: ast.AST, apart_from: str | None = None) -> bool:
    """Tell whether a node only runs where an option says so: under a condition on something from outside.

    That is a name that the function doesn't give a value itself, an attribute, a plain flag, or a word for
    debugging; a function or class that is called so counts as well. Whether the name `apart_from` is true is no option.
    """
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.If | ast.IfExp | ast.While) and came_from is not ancestor.test:
            is_option = not (isinstance(ancestor.test, ast.Name) and ancestor.test.id == apart_from)
            if is_option and _asks_option(module, ancestor.test):
                return True
        elif isinstance(ancestor, (*DEFINITIONS, ast.ClassDef)) and not _DEBUG_WORDS.isdisjoint(
            words_of(ancestor.name)
        ):
            return True
        came_from = ancestor
    return False


def _asks_option(module: Module, test: ast.expr) -> bool:
    operand = test.operand if isinstance(test, ast.UnaryOp) else test
    if isinstance(operand, ast.BoolOp):
        return any(_asks_option(module, value) for value in operand.values)
    if isinstance(operand, ast.Name | ast.Attribute):
        return True
    for part in ast.walk(operand):
        text = (
            part.value if isinstance(part, ast.Constant) else getattr(part, "attr", getattr(part, "id", None))
        )
        if isinstance(text, str) and not _DEBUG_WORDS.isdisjoint(words_of(text)):
            return True
        if isinstance(part, ast.Name) and _is_from_outside(module, part):
            return True
    return False


def _is_from_outside(module: Module, name: ast.Name) -> bool:
    """Tell whether a name is a value of the file, of the object, or of the function around."""
    if name.id in ("self", "cls"):
        return True
    bindings = module.scope_at(name).lookup(name.id)
    own = module.scope_at(name).function
    return any(
        binding.kind not in (BindingKind.IMPORT, BindingKind.CLASS, BindingKind.FUNCTION)
        and binding.scope.function is not own
        for binding in bindings
    )
