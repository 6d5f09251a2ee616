"""How the type of what is kept under a key is written in the file that defines the key."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import NONE_VALUE, Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Class
    from aiohttp_lint.semantics.module import Module

_DISPLAYS: dict[type[ast.AST], str] = {
    ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set", ast.SetComp: "set",
    ast.Tuple: "tuple",
}  # fmt: skip
_CONTAINERS = frozenset({"list", "dict", "set", "tuple", "frozenset"})
_CLASS_NAME = re.compile(r"[A-Z]\w*[a-z]\w*")
"""What a package that is out of sight calls a class, and not a function that gives something."""
_MAXIMUM_ALIASES = 5

Import = tuple[str, str | None]
"""A module, and the name that is imported from it."""


@dataclass(frozen=True, slots=True)
class KeyType:
    """The type as source, what has to be imported for it, and the class of the same file that has to stand above."""

    source: str
    needs: tuple[Import, ...] = ()
    after: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    """A class by its dotted name, or one of the project."""

    name: str
    definition: Class | None = None


def key_type(
    home: Module,
    stores: Iterable[tuple[Module, ast.expr | None]],
    import_from: Callable[[Module], str | None],
    is_loaded: Callable[[str], bool],
    *,
    are_types: bool = False,
) -> KeyType | None:
    """Give the type of all that is stored under a key; None where that can't be told, or not in one name.

    Args:
        home: The file that is to define the key.
        stores: The values, each with the file that stores it.
        import_from: Gives what the home may import another file of the project as; None where it may not.
        is_loaded: Tells whether the program loads a package anyway: one that only type checkers load may be missing.
        are_types: Whether the values are type expressions that say what is stored.
    """
    kinds: set[_Named] = set()
    for module, value in stores:
        named = None if value is None else _kinds_of(module, value, is_type=are_types)
        if named is None:
            return None
        kinds |= named
    is_optional = _Named(NONE_VALUE.name) in kinds
    kinds.discard(_Named(NONE_VALUE.name))
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    if kind.definition is not None:
        return _of_project(home, kind.definition, import_from, is_optional)
    source, needed = _spelled(home, kind.name)
    if needed is not None and (_is_taken(home, source.partition(".")[0]) or not is_loaded(needed[0])):
        return None
    return KeyType(source, () if needed is None else (needed,), is_optional=is_optional)


def _spelled(home: Module, name: str) -> tuple[str, Import | None]:
    if name.startswith("builtins."):
        return name.removeprefix("builtins."), None
    return home.name_for(name)


def _of_project(
    home: Module, definition: Class, import_from: Callable[[Module], str | None], is_optional: bool
) -> KeyType | None:
    if definition.node not in definition.owner.tree.body:
        return None
    if definition.owner is home:
        return KeyType(definition.name, after=definition.name, is_optional=is_optional)
    source, needed = home.name_for(f"{definition.owner.name}.{definition.name}")
    if needed is None:
        return KeyType(source, is_optional=is_optional)
    module = import_from(definition.owner)
    if module is None or _is_taken(home, definition.name):
        return None
    return KeyType(definition.name, ((module, definition.name),), is_optional=is_optional)


def _is_taken(home: Module, name: str) -> bool:
    return any(name in scope.bindings for scope in home.scope.descend())


def _kinds_of(module: Module, value: ast.expr, *, is_type: bool) -> set[_Named] | None:
    container = None if is_type else _container(module, value)
    if container is not None:
        return {_Named(f"builtins.{container}")}
    types = module.inference.annotated(value) if is_type else module.type_of(value)
    if not types.is_known:
        return None
    kinds = [_kind(member) if isinstance(member, Instance) else None for member in types.members]
    known = {kind for kind in kinds if kind is not None}
    return known if len(known) == len(kinds) else None


def _container(module: Module, value: ast.expr) -> str | None:
    """Tell which plain container a value is, where its expression says so; the types know them by their use only."""
    for _ in range(_MAXIMUM_ALIASES):
        if type(value) in _DISPLAYS:
            return _DISPLAYS[type(value)]
        if isinstance(value, ast.Call):
            package, _, name = (module.qualified_name(value.func) or "").rpartition(".")
            return name if package == "builtins" and name in _CONTAINERS else None
        binding = module.only_binding(value, BindingKind.ASSIGNMENT)
        if (
            binding is None
            or binding.annotation
            or binding.value is None
            or binding.scope.owner is not module
        ):
            return None
        value = binding.value
    return None


def _kind(member: Instance) -> _Named | None:
    if member == NONE_VALUE:
        return _Named(member.name)
    if member.definition is not None:
        return _Named(member.definition.name, member.definition)
    package, _, name = member.name.rpartition(".")
    if package == "builtins":
        return _Named(member.name) if isinstance(getattr(builtins, name, None), type) else None
    if member.name in _CONTAINERS or not package:
        return None
    is_class = aiohttp_api.find_class(member.name) is not None or _CLASS_NAME.fullmatch(name)
    return _Named(member.name) if is_class else None
