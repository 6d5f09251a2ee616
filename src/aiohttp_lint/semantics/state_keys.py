"""The plain strings under which applications, requests and responses keep things: where a file uses them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.application_state import (
    APPLICATION,
    CONFIG,
    KEYS,
    REQUEST,
    RESPONSE,
    late_changes,
)
from aiohttp_lint.semantics.declared import bindings_named
from aiohttp_lint.semantics.failures import warns_on_purpose
from aiohttp_lint.semantics.scopes import BindingKind, ScopeKind
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding

_KEYED_METHODS = ("get", "pop", "setdefault")
_LOOKS_KEYED = ("app", "application", "request", "req", "config_dict")


class Keeper(Enum):
    """What keeps things under keys, by the class of its typed keys."""

    APPLICATION = KEYS[0]
    REQUEST = KEYS[1]
    RESPONSE = KEYS[2]


# What packages look for under a string: a typed key of the application's own would hide it from them.
_READ_BY_PACKAGES = frozenset({
    "static_root_url", "aiohttp_jinja2_environment", "aiohttp_jinja2_context_processors", "aiohttp_jinja2_context",
    "AIOHTTP_SESSION", "AIOHTTP_SESSION_STORAGE", "aiohttp_security_identity_policy", "aiohttp_security_autz_policy",
    "AIOJOBS_SCHEDULER", "swagger_dict",
})  # fmt: skip

_SINCE = {Keeper.APPLICATION: (3, 9, 0), Keeper.REQUEST: (3, 14, 0), Keeper.RESPONSE: (3, 14, 0)}


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A place where something is kept, or looked for, under a string.

    `key` is the expression of the string; where that is the name of a constant, `constant` is what binds it, in this
    file or in another one.
    """

    keeper: Keeper
    text: str
    key: ast.expr
    constant: Binding | None = None
    value: ast.expr | None = None
    """What is stored; None where nothing is, or where that can't be read."""
    is_store: bool = False


@dataclass(frozen=True, slots=True)
class Hindrance:
    """A place that would go on with the string if everything else used a typed key.

    `text` and `keeper` are those of the keys that it hinders, None for any. `is_doubt` says that it may just as well have
    nothing to do with them.
    """

    node: ast.AST
    reason: str
    text: str | None = None
    keeper: Keeper | None = None
    is_doubt: bool = False


@dataclass(slots=True)
class FileKeys:
    """The string keys of one file, and what there hinders a conversion, whichever keys are converted."""

    uses: list[KeyUse] = field(default_factory=list)
    hindrances: list[Hindrance] = field(default_factory=list)


def keys_of(module: Module) -> FileKeys:
    """Give the uses of string keys that surely are keys of an application, a request or a response, in source order."""
    found = FileKeys()
    late = {change.node for change in late_changes(module)}
    for place, holder, key, is_store, value in _lookups(module):
        literal = key if isinstance(key, ast.Constant) else None
        if literal is not None and not isinstance(literal.value, str):
            continue
        keeper = keeper_of(module, holder)
        if keeper is None:
            continue
        constant = None if literal is not None else _constant_of(module, key)
        if constant is not None:
            literal = constant.value if isinstance(constant.value, ast.Constant) else None
        if literal is None or not isinstance(literal.value, str):
            if not _is_no_string(module, key):
                found.hindrances.append(Hindrance(key, "the key is computed", keeper=keeper))
            continue
        text = literal.value
        if text in _READ_BY_PACKAGES:
            continue
        found.uses.append(KeyUse(keeper, text, key, constant, value, is_store))
        reason = "this changes the application while it runs" if place in late else _left_alone(module, key)
        if reason:
            found.hindrances.append(Hindrance(key, reason, text, keeper))
    found.hindrances.extend(_updates(module))
    found.uses.sort(key=lambda use: (use.key.lineno, use.key.col_offset))
    return found


def typed_keys_exist(module: Module, keeper: Keeper) -> bool:
    """Tell whether every aiohttp that the project allows has the typed keys."""
    return module.target.all_at_least(_SINCE[keeper])


def keeper_of(module: Module, holder: ast.expr) -> Keeper | None:
    """Tell what an expression surely is, of the things that keep others under keys."""
    types = module.type_of(holder)
    if types.is_only(APPLICATION, CONFIG):
        return Keeper.APPLICATION
    if types.is_only(REQUEST):
        return Keeper.REQUEST
    return Keeper.RESPONSE if types.is_only(RESPONSE) else None


def _lookups(module: Module) -> Iterator[tuple[ast.AST, ast.expr, ast.expr, bool, ast.expr | None]]:
    """Give what looks up or stores: the place, the mapping, the key, whether it stores, and what."""
    stored: dict[ast.AST, ast.expr | None] = {}
    for scope in module.scope.descend():
        for statement in scope.all_nodes(ast.Assign, ast.AnnAssign):
            for target in getattr(statement, "targets", None) or [getattr(statement, "target", None)]:
                if isinstance(target, ast.Subscript):
                    stored[target] = getattr(statement, "value", None)
    for scope in module.scope.descend():
        for node in scope.nodes.get(ast.Subscript, ()):
            assert isinstance(node, ast.Subscript)
            is_store = isinstance(node.ctx, ast.Store) and not isinstance(module.parent(node), ast.AugAssign)
            yield node, node.value, node.slice, is_store, stored.get(node)
        for node in scope.nodes.get(ast.Compare, ()):
            assert isinstance(node, ast.Compare)
            if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
                yield node, node.comparators[0], node.left, False, None
    for name in _KEYED_METHODS:
        for call, _ in module.facts.calls.get(name, ()):
            if isinstance(call.func, ast.Attribute) and call.args:
                is_store = name == "setdefault"
                value = call.args[1] if is_store and len(call.args) == 2 else None
                yield call, call.func.value, call.args[0], is_store, value


def _constant_of(module: Module, key: ast.expr) -> Binding | None:
    """Give what binds the name of a constant, of this file or of another one of the project."""
    if not isinstance(key, ast.Name | ast.Attribute):
        return None
    bindings: list[Binding] = []
    if isinstance(key, ast.Name):
        bindings = module.scope_at(key).lookup(key.id)
    name = None
    if not bindings or bindings[0].kind is BindingKind.IMPORT:
        name = module.qualified_name(key)
        bindings = []
    if name is not None and module.project is not None:
        bindings = bindings_named(name, module)
    if len(bindings) != 1 or bindings[0].kind is not BindingKind.ASSIGNMENT:
        return None
    binding = bindings[0]
    return binding if binding.scope.kind is ScopeKind.MODULE and _is_text(binding.value) else None


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_no_string(module: Module, key: ast.expr) -> bool:
    """Tell whether a key surely is none of the project's strings: a typed one, or one that a package brings along."""
    if module.is_instance(key, *KEYS) or (
        isinstance(key, ast.Call) and module.call_site(key).calls_only(*KEYS)
    ):
        return True
    name = module.qualified_name(key)
    if name is None or module.project is None:
        return name is not None
    return module.project.file_of(name, module) is None or is_missing(module, name)


def is_missing(module: Module, name: str) -> bool:
    """Tell whether a file of the project lacks a name that a module imports from it: what a run left that was broken off."""
    project = module.project
    path = None if project is None else project.file_of(name, module)
    home = None if project is None or path is None else project.module_at(path)
    holder, _, last = name.rpartition(".")
    return home is not None and home.name == holder and not home.scope.bindings.keys() & {last, "__getattr__"}


def _left_alone(module: Module, key: ast.expr) -> str:
    """Say why a use can't be changed by a fix; empty where it can be."""
    lines = module.text.lines[key.lineno - 1 : key.end_lineno]
    if any("noqa" in line.lower() for line in lines) or "flake8: noqa" in module.text.text:
        return "a comment asks to leave this alone"
    if warns_on_purpose(module, key):
        return "the code around it waits for a warning"
    if isinstance(key, ast.Constant) and len(lines) > 1:
        return "the key goes over several lines"
    if any(isinstance(ancestor, ast.JoinedStr) for ancestor in module.ancestors(key)):
        return "it stands in an f-string"
    return ""


def _updates(module: Module) -> Iterator[Hindrance]:
    """Give what `app.update(…)` stores."""
    for call, _ in module.facts.calls.get("update", ()):
        keeper = keeper_of(module, call.func.value) if isinstance(call.func, ast.Attribute) else None
        if keeper is None:
            continue
        given: list[str | None] = [keyword.arg for keyword in call.keywords]
        for argument in call.args:
            keys = argument.keys if isinstance(argument, ast.Dict) else [None]
            texts = (key.value if isinstance(key, ast.Constant) else None for key in keys)
            given.extend(text if isinstance(text, str) else None for text in texts)
        for text in given:
            yield Hindrance(call, "`update()` stores it", text, keeper)


def doubts(module: Module, texts: frozenset[str], known: Set[ast.AST | None]) -> Iterator[Hindrance]:
    """Give the places where a file says the text of a key and may mean that key.

    Args:
        module: The file.
        texts: The texts of the keys.
        known: The strings that are known to be keys.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and node.value in texts and node not in known:
            assert isinstance(node.value, str)
            is_doubt = _may_be_key(module, node)
            if is_doubt is not None:
                reason = (
                    "this may be the same key"
                    if is_doubt
                    else "this looks like the same key, but whose it is can't be told"
                )
                yield Hindrance(node, reason, node.value, is_doubt=is_doubt)


def _may_be_key(module: Module, node: ast.Constant) -> bool | None:
    """Tell whether a string that is no known key is one for all that is known: True for a doubt, None for surely not."""
    parent = module.parent(node)
    holder: ast.expr | None = None
    match parent:
        case ast.Subscript(value=value):
            holder = value
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[value]) if left is node:
            holder = value
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=[first, *_]) if first is node:
            holder = value if name in _KEYED_METHODS else None
        case ast.Dict():
            return _may_be_entry(module, parent)
        case ast.Compare() | ast.Expr() | ast.JoinedStr() | ast.FormattedValue():
            return None
    if holder is not None:
        return False if _looks_keyed(holder) else None if _is_other(module, holder) else True
    if isinstance(parent, ast.keyword):
        parent = module.parent(parent)
    if isinstance(parent, ast.Call):
        return _may_be_given_key(module, parent)
    return True


def _may_be_given_key(module: Module, call: ast.Call) -> bool | None:
    given = [*call.args, *(keyword.value for keyword in call.keywords), call.func]
    if module.call_site(call).calls_only(*KEYS):
        return None
    if any(_looks_keyed(part) or keeper_of(module, part) is not None for part in given):
        return False
    name = module.qualified_name(call.func)
    if name is not None and (module.project is None or module.project.file_of(name, module) is None):
        return None
    return True


def _may_be_entry(module: Module, table: ast.Dict) -> bool | None:
    """Tell whether a dictionary may stand for an application: in tests it often does."""
    parent = module.parent(table)
    names: list[ast.AST] = []
    if isinstance(parent, ast.keyword):
        names = [ast.Name(parent.arg or "", ast.Load())]
    elif isinstance(parent, ast.Assign | ast.AnnAssign):
        names = [*getattr(parent, "targets", []), getattr(parent, "target", parent)]
    if any(_looks_keyed(name) for name in names):
        return False
    return True if module.is_test else None


def _is_other(module: Module, holder: ast.expr) -> bool:
    """Tell whether an object surely is no application, nor one of the project that may stand for it."""
    types = module.type_of(holder)
    return types.is_known and all(
        isinstance(member, Instance) and member.definition is None for member in types.values
    )


def _looks_keyed(node: ast.AST) -> bool:
    if isinstance(node, ast.Call | ast.Await):
        return _looks_keyed(node.func if isinstance(node, ast.Call) else node.value)
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.lower().endswith(_LOOKS_KEYED)


def typed_keys(module: Module) -> Iterator[tuple[Keeper, str, str]]:
    """Give the typed keys that a file defines at its top level: of what, the text, and the name."""
    for keeper in Keeper:
        for call in module.calls_to(keeper.value):
            text = call.node.args[0] if call.node.args else None
            statement = module.parent(call.node)
            if statement not in module.tree.body or not isinstance(text, ast.Constant):
                continue
            targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
            if len(targets) == 1 and isinstance(targets[0], ast.Name) and isinstance(text.value, str):
                yield keeper, text.value, targets[0].id
