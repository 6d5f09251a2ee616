"""Broad `except` clauses that swallow the HTTP exceptions of the handler below them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.authorization import CHECKS
from aiohttp_lint.semantics.classes import class_named
from aiohttp_lint.semantics.handlers import HTTP_EXCEPTION, delegations, handlers_under
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.swallowing import swallows
from aiohttp_lint.semantics.syntax import DEFINITIONS, TRIES, walk_scope
from aiohttp_lint.semantics.types import ClassObject, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_BROAD = frozenset({"builtins.Exception", "builtins.BaseException"})
_GROUPS = frozenset(
    aiohttp_api.class_named(f"aiohttp.web.{name}").name
    for name in ("HTTPError", "HTTPSuccessful", "HTTPRedirection")
)
"""Together they are every HTTP exception."""
REDIRECTION = aiohttp_api.class_named("aiohttp.web.HTTPRedirection").name
ERROR = aiohttp_api.class_named("aiohttp.web.HTTPError").name
CLIENT_ERROR = aiohttp_api.class_named("aiohttp.web.HTTPClientError").name
_SERVER_ERROR = aiohttp_api.class_named("aiohttp.web.HTTPServerError").name
_REDIRECTING_MIDDLEWARE = aiohttp_api.callable_named("aiohttp.web.normalize_path_middleware").name.rpartition(
    "."
)[2]
_TOO_LARGE = aiohttp_api.class_named("aiohttp.web.HTTPRequestEntityTooLarge").name
_BODY_READERS = tuple(
    aiohttp_api.callable_named(f"aiohttp.web.BaseRequest.{name}").name
    for name in ("read", "text", "json", "post", "multipart")
)
_PREPARE = frozenset({"prepare"})
_LOGGING = frozenset(
    {
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "fatal",
        "log",
        "print",
        "print_exc",
    }
)
_TEXT_OF = frozenset({"builtins.str", "builtins.repr", "builtins.print", "builtins.type"})
_EXCEPTION_STATE = ("sys.exc_info", "sys.exception")


@dataclass(frozen=True, slots=True)
class Swallowed:
    """A clause that ends HTTP exceptions, and the node that raises them.

    `clause` is the `except` handler, the call of `suppress`, or the `return` of a `finally`.
    `is_only_size` tells that the exception is the 413 of a body that is too large, from reading it.
    `is_latent` tells that it ends what a decorator's handlers raise, of which none in sight raises any.
    `let_out` are the groups (errors, those of clients, redirections) that an earlier clause takes.
    """

    clause: ast.ExceptHandler | ast.expr | ast.Return
    source: ast.AST
    is_only_size: bool = False
    is_latent: bool = False
    let_out: frozenset[str] = frozenset()


_HandedOn: TypeAlias = dict[ast.AST, bool]
"""The calls of what a middleware or decorator was given, and whether nothing in sight is raised there."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Something that raises an HTTP exception: a class of them, or (None) any."""

    node: ast.AST
    raised: str | None


def swallowed_exceptions(module: Module) -> Iterator[Swallowed]:
    """Give the broad clauses that end an HTTP exception which their block surely lets out."""
    handed_on: _HandedOn = {}
    for function in module.functions():
        for call in delegations(module, function):
            handed_on[call] = _raise_nothing(module, function)
    for function in module.functions():
        for statement in function.scope.all_nodes(ast.Try):
            assert isinstance(statement, ast.Try)
            found = _swallowed_by(module, function, statement, handed_on)
            if found is not None:
                yield found
        for block in function.scope.all_nodes(ast.With):
            assert isinstance(block, ast.With)
            for item in block.items:
                if _suppresses_all(module, item):
                    source = next(_sources(module, block.body, handed_on), None)
                    if source is not None:
                        is_latent = handed_on.get(source.node, False)
                        yield Swallowed(item.context_expr, source.node, is_latent=is_latent)


def _raise_nothing(module: Module, function: Function) -> bool:
    """Tell whether a function decorates handlers none of which raises an HTTP exception as far as is in sight."""
    if Role.MIDDLEWARE in module.roles_of(function):
        return False
    seen: set[Function] = set()
    return not any(_answers_by_exception(handler, seen) for handler in handlers_under(module, function))


def _answers_by_exception(function: Function, seen: set[Function]) -> bool:
    """Tell whether a function, or one that it calls, raises an HTTP exception."""
    seen.add(function)
    module = function.owner
    for node in _parts(function.body):
        if isinstance(node, ast.Raise) and raised_class(module, node) is not None:
            return True
        if isinstance(node, ast.Call):
            site = module.call_site(node)
            if site.calls_only(*CHECKS):
                return True
            if any(callee not in seen and _answers_by_exception(callee, seen) for callee in site.functions):
                return True
    return False


def _swallowed_by(
    module: Module, function: Function, statement: ast.Try, handed_on: _HandedOn
) -> Swallowed | None:
    broad = next((clause for clause in statement.handlers if is_broad(module, clause)), None)
    ending = next((part for part in statement.finalbody if isinstance(part, ast.Return)), None)
    if broad is None:
        if ending is None:
            return None
        source = next(_sources(module, [*statement.body, *statement.orelse], handed_on), None)
        if source is None:
            return None
        return Swallowed(ending, source.node, is_latent=handed_on.get(source.node, False))
    covered: set[str] = set()
    for clause in statement.handlers[: statement.handlers.index(broad)]:
        classes = classes_caught(module, clause.type)
        if classes is None:
            return None
        covered |= classes
    if covers(covered, None) or not ends_exceptions(module, broad):
        return None
    replacement = _replacement(module, broad)
    latent: Swallowed | None = None
    for source in _sources(module, statement.body, handed_on):
        if not covers(covered, source.raised) and (source.raised is None or source.raised not in replacement):
            if source.raised is None and not _are_raised_beyond(module, covered):
                continue
            is_latent = handed_on.get(source.node, False)
            found = Swallowed(
                broad, source.node, is_latent=is_latent, let_out=(_GROUPS | {CLIENT_ERROR}) & covered
            )
            if not is_latent:
                return found
            latent = latent or found
    if latent is not None:
        return latent
    # That redirections are let out says that what is called answers by exception; its errors end here.
    if REDIRECTION in covered and not any(map(_is_error, covered)):
        call = _unseen_delegate(module, function, statement)
        if call is not None:
            return Swallowed(broad, call, let_out=_GROUPS & covered)
    if Role.HANDLER in module.roles_of(function) and not covers(covered, _TOO_LARGE):
        for node in _parts(statement.body):
            if isinstance(node, ast.Call) and module.call_site(node).calls_only(*_BODY_READERS):
                return Swallowed(broad, node, is_only_size=True)
    return None


def _are_raised_beyond(module: Module, covered: set[str]) -> bool:
    """Tell whether a handler may raise what is left by clauses for errors, or for those of clients.

    What aiohttp raises by itself (404, 405, 413) are errors of clients; the others some file of the project names.
    """
    if ERROR not in covered and CLIENT_ERROR not in covered:
        return True
    project = module.project
    if project is None:
        return True
    groups = [group for group in (REDIRECTION, _SERVER_ERROR) if not covers(covered, group)]
    names = [name.rpartition(".")[2] for group in groups for name in aiohttp_api.subclasses_of(group)]
    texts = (*names, _REDIRECTING_MIDDLEWARE)
    others = project.files_saying(module, *texts)
    return others is None or bool(others) or any(text in module.text.text for text in texts)


def may_be_caught(module: Module, node: ast.AST, value: ast.expr) -> bool:
    """Tell whether a function's own `except` or `suppress` may end an HTTP exception, if a node in it raised that value."""
    raised = _class_of(module, value)
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, (*DEFINITIONS, ast.Lambda)):
            return False
        if isinstance(ancestor, TRIES) and came_from in getattr(ancestor, "body", ()):
            for clause in getattr(ancestor, "handlers", ()):
                classes = classes_caught(module, clause.type)
                if classes is None or covers(classes, raised) or (raised is None and _names_answers(classes)):
                    if _ways(module, clause.body, clause.name) != {_Way.PASSES}:
                        return True
                    break
        elif isinstance(ancestor, ast.With) and any(map(partial(swallows, module), ancestor.items)):
            return True
        came_from = ancestor
    return False


def _names_answers(classes: set[str]) -> bool:
    """Tell whether a clause names a class of HTTP exceptions."""
    found = (aiohttp_api.find_class(name) for name in classes)
    return any(known is not None and HTTP_EXCEPTION in known.mro for known in found)


def is_broad(module: Module, clause: ast.ExceptHandler) -> bool:
    """Tell whether a clause catches every `Exception`."""
    if clause.type is None:
        return True
    kinds = clause.type.elts if isinstance(clause.type, ast.Tuple) else [clause.type]
    return any(module.qualified_name(kind) in _BROAD for kind in kinds)


def classes_caught(module: Module, node: ast.expr | None) -> set[str] | None:
    """Give the classes that an `except` clause names; None where one of them can't be told."""
    if node is None:
        return set(_BROAD)
    found: set[str] = set()
    for kind in node.elts if isinstance(node, ast.Tuple) else [node]:
        name = module.qualified_name(kind)
        definition = class_named(module, kind)
        if definition is not None:
            name = definition.name
        last = "" if name is None else name.rpartition(".")[2]
        if name is None or not last[:1].isupper() or last.isupper():
            return None
        found.add(name)
    return found


def covers(classes: set[str], raised: str | None) -> bool:
    """Tell whether clauses for some classes catch an HTTP exception, or (None) any."""
    if raised is None:
        return HTTP_EXCEPTION in classes or classes >= _GROUPS or not classes.isdisjoint(_BROAD)
    known = aiohttp_api.find_class(raised)
    return not classes.isdisjoint(known.mro if known is not None else (raised,)) or covers(classes, None)


def _is_error(name: str) -> bool:
    known = aiohttp_api.find_class(name)
    return known is not None and ERROR in known.mro


def _parts(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        if not isinstance(statement, (*DEFINITIONS, ast.ClassDef)):
            yield from walk_scope(statement)


def _sources(module: Module, body: list[ast.stmt], handed_on: _HandedOn) -> Iterator[_Source]:
    """Give what raises HTTP exceptions out of these statements, past the `try` statements among them."""
    for node in _parts(body):
        source: _Source | None = None
        if isinstance(node, ast.Raise):
            raised = raised_class(module, node)
            source = _Source(node, raised) if raised is not None else None
        elif isinstance(node, ast.Call) and node in handed_on:
            source = _Source(node, None)
        if source is None or _is_caught_below(module, node, body, source.raised):
            continue
        if not _may_be_prepared_before(module, node):
            yield source


def _may_be_prepared_before(module: Module, node: ast.AST) -> bool:
    """Tell whether an answer may be prepared before a node runs: then no other one can reach the client."""
    function = module.function_at(node)
    graph = None if function is None else module.graph_of(function.scope)
    if graph is None:
        return False
    goals = graph.nodes_of(module.statement(node))
    return any(
        graph.paths_avoiding(start, lambda _: False, goals) is not None
        for call in module.calls_of(_PREPARE)
        if module.function_at(call) == function and _prepares(module.call_site(call))
        for start in graph.nodes_evaluating(call)
    )


def _prepares(call: CallSite) -> bool:
    return not call.is_certain or any(name.startswith("aiohttp.web.") for name in call.names)


def raised_class(module: Module, statement: ast.Raise) -> str | None:
    """Give the class of aiohttp's HTTP exceptions that a `raise` surely raises."""
    return None if statement.exc is None else _class_of(module, statement.exc)


def _class_of(module: Module, value: ast.expr) -> str | None:
    """Give the class of aiohttp's HTTP exceptions that a value surely is, or is an instance of."""
    types = module.type_of(value)
    names = {member.name for member in types.members if isinstance(member, ClassObject | Instance)}
    if not types.is_known or len(names) != 1 or len(types.members) != 1:
        return None
    (name,) = names
    known = aiohttp_api.find_class(name)
    return name if known is not None and HTTP_EXCEPTION in known.mro else None


def _is_caught_below(module: Module, node: ast.AST, body: list[ast.stmt], raised: str | None) -> bool:
    """Tell whether a `try` or `suppress` inside the block, around the node, may catch the exception."""
    if node in body:
        return False
    came_from = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.Try) and came_from in ancestor.body:
            covered: set[str] = set()
            for clause in ancestor.handlers:
                classes = classes_caught(module, clause.type)
                if classes is None:
                    return True
                if classes.isdisjoint(_BROAD) or ends_exceptions(module, clause):
                    covered |= classes
            if covers(covered, raised):
                return True
        elif isinstance(ancestor, ast.With) and any(map(partial(swallows, module), ancestor.items)):
            return True
        if ancestor in body:
            return False
        came_from = ancestor
    return False


def _suppresses_all(module: Module, item: ast.withitem) -> bool:
    call = item.context_expr
    if not isinstance(call, ast.Call) or module.qualified_name(call.func) != "contextlib.suppress":
        return False
    return any(module.qualified_name(argument) in _BROAD for argument in call.args)


def _unseen_delegate(module: Module, function: Function, statement: ast.Try) -> ast.Call | None:
    """Give an awaited call of code out of sight that is given what the function was given."""
    for node in _parts(statement.body):
        if not isinstance(node, ast.Await) or not isinstance(node.value, ast.Call):
            continue
        site = module.call_site(node.value)
        in_sight = {callee.name for callee in site.functions}
        if site.callables or (site.is_certain and site.names <= in_sight):
            continue
        for argument in node.value.args:
            binding = module.only_binding(argument, BindingKind.PARAMETER)
            if binding is not None and binding.scope is function.scope:
                return node.value
    return None


# What a clause does with the exception.


def ends_exceptions(module: Module, clause: ast.ExceptHandler) -> bool:
    """Tell whether some way through a clause surely ends the exception, whatever exception it is.

    Not so where the clause looks at the exception, hands it to other code or raises something that is not
    an HTTP exception: then it may well be treated as it is meant to be.
    """
    return not _consults(module, clause) and _Way.ENDS in _ways(module, clause.body, clause.name)


class _Way(Enum):
    """How statements can be left, with an exception that a clause has caught."""

    ENDS = auto()
    """Without it, or with an HTTP exception in its place."""
    PASSES = auto()
    """It goes on."""
    OTHER = auto()
    FALLS = auto()
    """The next statement runs."""


def _ways(module: Module, body: list[ast.stmt], name: str | None) -> set[_Way]:
    """Give how the body of a clause can be left."""
    ways = _ways_through(module, body, name)
    return ways - {_Way.FALLS} | {_Way.ENDS} if _Way.FALLS in ways else ways


def _ways_through(module: Module, body: list[ast.stmt], name: str | None) -> set[_Way]:
    found: set[_Way] = set()
    for statement in body:
        ways = _ways_of(module, statement, name)
        found |= ways - {_Way.FALLS}
        if _Way.FALLS not in ways:
            return found
    return found | {_Way.FALLS}


def _ways_of(module: Module, statement: ast.stmt, name: str | None) -> set[_Way]:
    if isinstance(statement, ast.Return | ast.Continue | ast.Break):
        return {_Way.ENDS}
    if isinstance(statement, ast.Raise):
        if statement.exc is None or (isinstance(statement.exc, ast.Name) and statement.exc.id == name):
            return {_Way.PASSES}
        return {_Way.OTHER if raised_class(module, statement) is None else _Way.ENDS}
    if isinstance(statement, ast.If):
        return _ways_through(module, statement.body, name) | _ways_through(module, statement.orelse, name)
    if isinstance(statement, ast.With | ast.AsyncWith):
        return _ways_through(module, statement.body, name)
    if isinstance(statement, ast.Try | ast.Match | ast.For | ast.While | ast.AsyncFor):
        leaves = any(isinstance(node, ast.Raise | ast.Return) for node in _parts([statement]))
        return {_Way.OTHER} if leaves else {_Way.FALLS}
    value = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(value, ast.Call) and module.never_returns(value):
        return {_Way.OTHER}
    return {_Way.FALLS}


def _consults(module: Module, clause: ast.ExceptHandler) -> bool:
    for node in _parts(clause.body):
        if isinstance(node, ast.Call) and module.qualified_name(node.func) in _EXCEPTION_STATE:
            return True
        if isinstance(node, ast.Name) and node.id == clause.name and not _only_shows(module, node):
            return True
    return False


def _only_shows(module: Module, use: ast.Name) -> bool:
    """Tell whether a use of the exception makes text of it, logs it, or names it as a cause."""
    parent = module.parent(use)
    if isinstance(parent, ast.FormattedValue):
        return True
    if isinstance(parent, ast.Raise):
        return True
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mod):
        return True
    if isinstance(parent, ast.Tuple) and isinstance(module.parent(parent), ast.BinOp):
        return True
    if isinstance(parent, ast.keyword):
        return parent.arg == "exc_info"
    if isinstance(parent, ast.Attribute):
        return parent.attr in ("__class__", "args")
    if not isinstance(parent, ast.Call) or use not in parent.args:
        return False
    if module.qualified_name(parent.func) in _TEXT_OF:
        return True
    name = parent.func.attr if isinstance(parent.func, ast.Attribute) else ""
    return name in (*_LOGGING, "format") and not module.call_site(parent).functions


def _replacement(module: Module, clause: ast.ExceptHandler) -> set[str]:
    """Give the HTTP exceptions that a clause raises itself: the same class again loses nothing."""
    return {
        raised
        for node in _parts(clause.body)
        if isinstance(node, ast.Raise) and (raised := raised_class(module, node)) is not None
    }
