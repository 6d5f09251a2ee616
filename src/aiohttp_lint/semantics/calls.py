"""Call sites: what is called, which argument goes to which parameter, and what becomes of the result."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.types import ApiFunction, ClassObject, External, FunctionObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.aiohttp_api import ApiCallable
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Scope


class UseKind(Enum):
    """What becomes of the value of an expression."""

    AWAITED = auto()
    ENTERED = auto()
    """The context manager of an `async with`."""
    ENTERED_SYNC = auto()
    """The context manager of a plain `with`."""
    DISCARDED = auto()
    ASSIGNED = auto()
    RETURNED = auto()
    YIELDED = auto()
    ARGUMENT = auto()
    ATTRIBUTE = auto()
    CALLED = auto()
    SUBSCRIPTED = auto()
    ITERATED = auto()
    ITERATED_ASYNC = auto()
    TESTED = auto()
    COMPARED = auto()
    FORMATTED = auto()
    STORED = auto()
    """An element of a list, tuple, set or dict display, or of a comprehension."""
    OPERAND = auto()
    RAISED = auto()
    DECORATOR = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Use:
    """What becomes of a value, and the node that does it.

    `node` is the `ast.Await`, `ast.withitem`, statement, call… around the value. `targets` are the assignment
    targets of an `ASSIGNED` value.
    """

    kind: UseKind
    node: ast.AST
    targets: tuple[ast.expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Argument:
    """What a call gives for one parameter.

    `value` is the expression where the argument is written out. `is_unknown` says that `*args` or `**kwargs`
    may give it.
    """

    value: ast.expr | None = None
    is_unknown: bool = False

    @property
    def is_given(self) -> bool:
        """Whether the argument is written out."""
        return self.value is not None

    @property
    def is_missing(self) -> bool:
        """Whether the argument surely is not given."""
        return self.value is None and not self.is_unknown


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call, with all that it may call.

    `names` are the canonical names of the callees; `functions` those that the file defines, `callables` those
    of aiohttp's API. `is_certain` says that nothing else can be called here.
    """

    module: Module
    node: ast.Call
    names: frozenset[str]
    functions: tuple[Function, ...]
    callables: tuple[ApiCallable, ...]
    is_certain: bool

    @property
    def scope(self) -> Scope:
        """The scope in which the call's names are looked up."""
        return self.module.scope_at(self.node)

    @property
    def function(self) -> Function | None:
        """The function whose frame makes the call; None at module or class level."""
        return self.module.function_at(self.node)

    @property
    def receiver(self) -> ast.expr | None:
        """The expression before the dot of a method call."""
        return self.node.func.value if isinstance(self.node.func, ast.Attribute) else None

    @property
    def method_name(self) -> str:
        """The last name of what is called."""
        if isinstance(self.node.func, ast.Attribute):
            return self.node.func.attr
        return self.node.func.id if isinstance(self.node.func, ast.Name) else ""

    @property
    def has_unknown_arguments(self) -> bool:
        """Whether `*args` or `**kwargs` stand in the call."""
        return any(isinstance(argument, ast.Starred) for argument in self.node.args) or any(
            keyword.arg is None and not _is_literal_mapping(keyword.value) for keyword in self.node.keywords
        )

    def calls_only(self, *names: str) -> bool:
        """Tell whether nothing but these can be called here."""
        return self.is_certain and bool(self.names) and self.names <= frozenset(names)

    def argument(self, name: str, position: int | None = None) -> Argument:
        """Give the argument for a parameter.

        The position comes from aiohttp's signature where the callee is aiohttp's; for others say it (counted
        without `self`), or only the keyword is looked for.
        """
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return Argument(keyword.value)
            if keyword.arg is None and isinstance(keyword.value, ast.Dict):
                for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == name:
                        return Argument(value)
        if position is None:
            position = self._position_of(name)
        if position is not None:
            for index, argument in enumerate(self.node.args):
                if isinstance(argument, ast.Starred):
                    return Argument(is_unknown=True)
                if index == position:
                    return Argument(argument)
        unknown = any(
            keyword.arg is None and not _is_literal_mapping(keyword.value) for keyword in self.node.keywords
        )
        return Argument(is_unknown=unknown)

    def keyword(self, name: str) -> ast.keyword | None:
        """Give the `name=value` node of the call, if it is written so."""
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return keyword
        return None

    def _position_of(self, name: str) -> int | None:
        found: set[int | None] = set()
        for callable_ in self.callables:
            positional = [
                parameter.name
                for parameter in callable_.parameters
                if parameter.kind in ("positional_only", "positional_or_keyword")
            ]
            found.add(positional.index(name) if name in positional else None)
        return found.pop() if len(found) == 1 else None


def parameter_given(module: Module, call: ast.Call, argument: ast.expr, function: Function) -> str | None:
    """Give the parameter that an argument of a call goes to; None where that is unknown."""
    keyword = module.parent(argument)
    if isinstance(keyword, ast.keyword):
        names = [parameter.arg for parameter in (*function.positional, *function.node.args.kwonlyargs)]
        return keyword.arg if keyword.arg in names else None
    positional = [parameter.arg for parameter in function.positional]
    if function.class_scope is not None and isinstance(call.func, ast.Attribute):
        decorators = {function.owner.qualified_name(decorator) for decorator in function.decorators}
        if "builtins.staticmethod" not in decorators:
            positional = positional[1:]
    for index, given in enumerate(call.args):
        if isinstance(given, ast.Starred):
            return None
        if given is argument:
            return positional[index] if index < len(positional) else None
    return None


def _is_literal_mapping(node: ast.expr) -> bool:
    return isinstance(node, ast.Dict) and all(
        isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.keys
    )


def call_site(module: Module, node: ast.Call) -> CallSite:
    """Resolve a call."""
    types = module.type_of(node.func)
    names: set[str] = set()
    functions: list[Function] = []
    callables: list[ApiCallable] = []
    is_certain = not types.is_open
    for member in types.values:
        if isinstance(member, ApiFunction):
            names.add(member.callable.name)
            callables.append(member.callable)
        elif isinstance(member, ClassObject):
            names.add(member.name)
            known = aiohttp_api.find_class(member.name) if member.definition is None else None
            if known is not None and known.constructor is not None:
                callables.append(known.constructor)
        elif isinstance(member, FunctionObject):
            names.add(member.function.name)
            functions.append(member.function)
        elif isinstance(member, External):
            names.add(member.name)
        else:
            is_certain = False
            if isinstance(member, Instance) and member.definition is None:
                names.add(f"{member.name}.__call__")
    callables.sort(key=lambda callable_: callable_.name)
    functions.sort(key=lambda function: (function.node.lineno, function.node.col_offset))
    return CallSite(module, node, frozenset(names), tuple(functions), tuple(callables), is_certain)


def calls_to(module: Module, names: frozenset[str]) -> Iterator[CallSite]:
    """Give the calls that surely go to one of the named callees, in source order."""
    names = module.at_hand.among(names)
    for node in module.calls_of(last_names(names)):
        site = module.call_site(node)
        if site.is_certain and site.names and site.names <= names:
            yield site


@cache
def last_names(names: frozenset[str]) -> frozenset[str]:
    """Give the names without what stands before their last dot: what a call of them is written with."""
    return frozenset(name.rpartition(".")[2] for name in names)


def called_names(module: Module) -> dict[str, set[str]]:
    """Map what may be called in this file, by its last name elsewhere, to the names under which it is called here."""
    called = module.facts.calls
    found = {name: {name} for name in called}
    for last, spellings in module.aliases.items():
        spoken = spellings & called.keys()
        if spoken:
            found.setdefault(last, set()).update(spoken)
    return found


def aliases(module: Module) -> dict[str, set[str]]:
    """Map the last name of imported and aliased things to the names that this file gives them."""
    found: dict[str, set[str]] = {}
    facts = module.facts
    imported = [(b.name, b.imported.rpartition(".")[2]) for b in facts.imports if b.imported is not None]
    for local, last in (*imported, *facts.renamed):
        if last != local:
            found.setdefault(last, set()).add(local)
    # An alias of an alias counts for the first name too.
    for last in list(found):
        for local in list(found[last]):
            found[last] |= found.get(local, set())
    return found


def attributes(module: Module) -> dict[str, list[ast.Attribute]]:
    """Map the names of attributes to the accesses."""
    found: dict[str, list[ast.Attribute]] = {}
    for node in module.facts.attributes:
        found.setdefault(node.attr, []).append(node)
    return found


def awaited(module: Module) -> frozenset[ast.AST]:
    """Give what stands behind an `await` by itself."""
    return frozenset(
        node.value
        for scope in module.scope.descend()
        for node in scope.nodes.get(ast.Await, ())
        if isinstance(node, ast.Await)
    )


def use_of(module: Module, node: ast.AST) -> Use:
    """Tell what becomes of the value of an expression, through parentheses, `or` and conditionals."""
    while True:
        parent = module.parent(node)
        if isinstance(parent, ast.IfExp) and node is not parent.test:
            node = parent
        elif (isinstance(parent, ast.BoolOp) and node is parent.values[-1]) or isinstance(
            parent, ast.NamedExpr
        ):
            if isinstance(parent, ast.NamedExpr):
                return Use(UseKind.ASSIGNED, parent, (parent.target,))
            node = parent
        else:
            break
    assert parent is not None, "an expression stands in something"
    kind, targets = _use(node, parent, module)
    return Use(kind, parent, targets)


_SIMPLE_USES: dict[type[ast.AST], UseKind] = {
    ast.Await: UseKind.AWAITED,
    ast.Expr: UseKind.DISCARDED,
    ast.Return: UseKind.RETURNED,
    ast.Yield: UseKind.YIELDED,
    ast.YieldFrom: UseKind.YIELDED,
    ast.Starred: UseKind.ARGUMENT,
    ast.Attribute: UseKind.ATTRIBUTE,
    ast.FormattedValue: UseKind.FORMATTED,
    ast.Compare: UseKind.COMPARED,
    ast.Raise: UseKind.RAISED,
    ast.BoolOp: UseKind.TESTED,
    ast.Assert: UseKind.TESTED,
    ast.Match: UseKind.COMPARED,
    ast.BinOp: UseKind.OPERAND,
    ast.List: UseKind.STORED,
    ast.Tuple: UseKind.STORED,
    ast.Set: UseKind.STORED,
    ast.Dict: UseKind.STORED,
    ast.ListComp: UseKind.STORED,
    ast.SetComp: UseKind.STORED,
    ast.DictComp: UseKind.STORED,
    ast.GeneratorExp: UseKind.STORED,
    ast.keyword: UseKind.ARGUMENT,
    ast.Lambda: UseKind.RETURNED,
}


def _use(node: ast.AST, parent: ast.AST, module: Module) -> tuple[UseKind, tuple[ast.expr, ...]]:
    if isinstance(parent, ast.Assign):
        return UseKind.ASSIGNED, tuple(parent.targets)
    if isinstance(parent, ast.AnnAssign | ast.AugAssign):
        return UseKind.ASSIGNED, (parent.target,)
    if isinstance(parent, ast.Call):
        return (UseKind.CALLED if node is parent.func else UseKind.ARGUMENT), ()
    if isinstance(parent, ast.withitem):
        holder = module.parent(parent)
        return (UseKind.ENTERED if isinstance(holder, ast.AsyncWith) else UseKind.ENTERED_SYNC), ()
    if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension):
        if node is parent.iter:
            is_async = isinstance(parent, ast.AsyncFor) or bool(getattr(parent, "is_async", False))
            return (UseKind.ITERATED_ASYNC if is_async else UseKind.ITERATED), ()
        return UseKind.TESTED, ()
    if isinstance(parent, ast.Subscript):
        return (UseKind.SUBSCRIPTED if node is parent.value else UseKind.OPERAND), ()
    if isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert):
        return UseKind.TESTED, ()
    if isinstance(parent, ast.UnaryOp):
        return (UseKind.TESTED if isinstance(parent.op, ast.Not) else UseKind.OPERAND), ()
    if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return UseKind.DECORATOR, ()
    return _SIMPLE_USES.get(type(parent), UseKind.OTHER), ()
