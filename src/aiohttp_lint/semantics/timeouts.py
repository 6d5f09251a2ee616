"""Questions about timeouts: what stands for one and what it limits."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.syntax import FUNCTIONS
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import Argument, CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

CLIENT_TIMEOUT = aiohttp_api.class_named("aiohttp.ClientTimeout").name
WEBSOCKET_TIMEOUT = aiohttp_api.class_named("aiohttp.ClientWSTimeout").name
AIOHTTP_4 = (4, 0, 0)

_SECONDS = ("builtins.int", "builtins.float", "builtins.bool")
_OTHERS = (
    "builtins.str", "builtins.tuple", "builtins.list", "builtins.dict", "tuple", "list", "dict", "datetime.timedelta",
    "asyncio.timeout", "asyncio.timeout_at", "asyncio.Timeout", "async_timeout.timeout", "async_timeout.Timeout",
)  # fmt: skip
_DEADLINES = frozenset(
    {
        "asyncio.timeout", "asyncio.timeout_at", "async_timeout.timeout", "async_timeout.timeout_at", "asyncio.wait_for",
        "anyio.fail_after", "anyio.move_on_after",
    }
)  # fmt: skip
_COPIERS = frozenset({"attr.evolve", "attrs.evolve", "dataclasses.replace"})
_MAXIMUM_ALIAS_DEPTH = 10
_REFUSED_SINCE = (3, 9, 2)
"""The aiohttp from which on a wrong timeout of a session fails at once."""


class TimeoutKind(Enum):
    """What a value is that is given for a timeout."""

    SECONDS = auto()
    CLIENT = auto()
    """A `ClientTimeout`."""
    WEBSOCKET = auto()
    """A `ClientWSTimeout`."""
    OTHER = auto()
    """What aiohttp takes nowhere for a timeout: a string, a tuple, a `timedelta`, an `asyncio.timeout()`."""


def kind_of(module: Module, node: ast.expr) -> TimeoutKind | None:
    """Tell what an expression surely is as a timeout, when it is not None; None where that isn't known."""
    types = module.type_of(node)
    kinds = {
        TimeoutKind.SECONDS: _SECONDS,
        TimeoutKind.CLIENT: (CLIENT_TIMEOUT,),
        TimeoutKind.WEBSOCKET: (WEBSOCKET_TIMEOUT,),
        TimeoutKind.OTHER: _OTHERS,
    }
    return next((kind for kind, names in kinds.items() if types.is_only(*names)), None)


def alternatives(module: Module, node: ast.expr) -> Iterator[ast.expr]:
    """Give the expressions whose value can be that of a conditional or of an `or`; else the expression itself.

    What a condition asks the class of is left out: its type is narrower than what is known of it.
    """
    if isinstance(node, ast.IfExp):
        asked = {inner.id for inner in ast.walk(node.test) if isinstance(inner, ast.Name)}
        for branch in (node.body, node.orelse):
            if not isinstance(branch, ast.Name) or branch.id not in asked:
                yield from alternatives(module, branch)
    elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        for value in node.values:
            yield from alternatives(module, value)
    else:
        yield node


def kind_name(module: Module, node: ast.expr) -> str:
    """Give the name of an expression's class, for a message."""
    names = {member.name for member in module.type_of(node).values if isinstance(member, Instance)}
    return " or ".join(sorted(name.removeprefix("builtins.") for name in names))


def seconds(module: Module, node: ast.expr) -> float | None:
    """Give the number that an expression surely is; `float("inf")` and `math.inf` count."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = seconds(module, node.operand)
        return None if number is None else -number
    if module.qualified_name(node) == "math.inf":
        return math.inf
    if isinstance(node, ast.Call) and module.qualified_name(node.func) == "builtins.float" and node.args:
        text = node.args[0]
        if isinstance(text, ast.Constant) and str(text.value).strip().lower() in ("inf", "+inf", "infinity"):
            return math.inf
    literal = module.constant(node)
    if literal is not None and isinstance(literal.value, int | float):
        return float(literal.value)
    return None


def is_none_for_sure(module: Module, node: ast.expr) -> bool:
    """Tell whether an expression is `None`: the literal, or a name that means nothing else."""
    literal = module.constant(node)
    return literal is not None and literal.value is None


def is_off(module: Module, node: ast.expr) -> bool:
    """Tell whether a limit is surely none: `None`, 0 (before aiohttp 4), or a negative number."""
    number = seconds(module, node)
    return is_none_for_sure(module, node) or (number is not None and number <= 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that a `ClientTimeout(…)` call sets."""

    call: CallSite
    total: Argument
    connect: Argument
    sock_read: Argument
    sock_connect: Argument

    @property
    def is_certain(self) -> bool:
        """Whether all that the call gives is written out."""
        return not self.call.has_unknown_arguments

    @property
    def is_empty(self) -> bool:
        """Whether the call gives nothing."""
        return not self.call.node.args and not self.call.node.keywords

    @property
    def lacks_total(self) -> bool:
        """Whether the total limit surely is none."""
        module = self.call.module
        return self.is_certain and (self.total.value is None or is_off(module, self.total.value))

    @property
    def has_none(self) -> bool:
        """Whether surely no limit at all is set."""
        module = self.call.module
        others = (self.connect.value, self.sock_read.value, self.sock_connect.value)
        return self.lacks_total and all(value is None or is_off(module, value) for value in others)


def limits_of(call: CallSite) -> Limits:
    """Read a `ClientTimeout(…)` call."""
    arguments = (call.argument(name) for name in ("total", "connect", "sock_read", "sock_connect"))
    return Limits(call, *arguments)


def written_limits(module: Module, node: ast.expr) -> Limits | None:
    """Give the `ClientTimeout(…)` that an expression is: itself, or the only value of a name."""
    for _ in range(_MAXIMUM_ALIAS_DEPTH):
        if isinstance(node, ast.Call):
            call = module.call_site(node)
            return limits_of(call) if call.calls_only(CLIENT_TIMEOUT) else None
        if not isinstance(node, ast.Name):
            return None
        value = module.only_value(node)
        if value is None:
            return None
        node = value
    return None


def is_copied_with_changes(module: Module, call: CallSite) -> bool:
    """Tell whether a `ClientTimeout(…)` is only what `attr.evolve` starts from."""
    parent = module.parent(call.node)
    return isinstance(parent, ast.Call) and module.qualified_name(parent.func) in _COPIERS


def is_under_deadline(module: Module, node: ast.AST) -> bool:
    """Tell whether `asyncio.timeout`, `wait_for` or the like around a node limits it within its function."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, FUNCTIONS):
            return False
        if isinstance(ancestor, ast.Call) and module.qualified_name(ancestor.func) in _DEADLINES:
            return True
        if isinstance(ancestor, ast.With | ast.AsyncWith):
            for item in ancestor.items:
                entered = item.context_expr
                if isinstance(entered, ast.Call) and module.qualified_name(entered.func) in _DEADLINES:
                    return True
    return False


def has_other_limits(module: Module, call: CallSite) -> bool:
    """Tell whether a file limits what it waits for by other means than one `ClientTimeout(…)`."""
    others = (other for other in module.calls_to(CLIENT_TIMEOUT) if other.node is not call.node)
    return any(limits_of(other).total.is_given for other in others) or any(
        True for _ in module.calls_to(*_DEADLINES)
    )


def streams_bodies(function: Function) -> bool:
    """Tell whether a function has to do with a body piece by piece: then only its author knows how long."""
    return any(
        (isinstance(inner, ast.Attribute) and inner.attr in ("content", "StreamResponse", "prepare"))
        or (isinstance(inner, ast.Name) and inner.id == "StreamResponse")
        for inner in ast.walk(function.node)
    )


def failure_of_session(module: Module, call: CallSite) -> str:
    """Say what a session, or `aiohttp.request()`, does with a wrong timeout in the aiohttp that the project allows."""
    is_session = call.calls_only(SESSION)
    older = "the first request raises AttributeError" if is_session else "the call raises AttributeError"
    if module.target.below <= _REFUSED_SINCE:
        return older
    if module.target.declares_below(_REFUSED_SINCE):
        return f"the call raises ValueError (before 3.9.2, {older})"
    return "the call raises ValueError"
