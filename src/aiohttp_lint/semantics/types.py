"""What is known of a value: the lattice that inference works in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.aiohttp_api import ApiCallable
from aiohttp_lint.semantics.definitions import Class, Function


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class: aiohttp's (canonical name), the file's own (`definition`), or another package's.

    For other packages the name is the dotted name of what was called or annotated. `arguments` are the type
    arguments where they are known: `list` has its element, `dict` its key and value, `coroutine` its result,
    `callable` its result and the parameters that its declaration names.
    """

    name: str
    arguments: tuple[Types, ...] = ()
    definition: Class | None = None


@dataclass(frozen=True, slots=True)
class ClassObject:
    """A class itself."""

    name: str
    definition: Class | None = None
    arguments: tuple[Types, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionObject:
    """A function of the file, bound to an instance or a class (its first parameter is taken) or not."""

    function: Function
    is_bound: bool = False
    receiver: Instance | ClassObject | None = None


@dataclass(frozen=True, slots=True)
class ApiFunction:
    """A function or method of aiohttp's API."""

    callable: ApiCallable
    receiver: Instance | None = None


@dataclass(frozen=True, slots=True)
class External:
    """A name of a module that is not in sight: `time.sleep`, or a module itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A type variable in a declaration; `bound` is what it stands for where nothing more is known."""

    name: str
    bound: Types


Member: TypeAlias = Instance | ClassObject | FunctionObject | ApiFunction | External | Variable


@dataclass(frozen=True, slots=True)
class Types:
    """The kinds of value that an expression can have.

    `members` are those with evidence. `is_open` says that there may be others that nothing is known of.
    """

    members: frozenset[Member] = frozenset()
    is_open: bool = False

    def __or__(self, other: Types) -> Types:
        if self == other:
            return self
        return Types(self.members | other.members, self.is_open or other.is_open)

    @property
    def values(self) -> frozenset[Member]:
        """The members without `None`: what an attribute access or a call can succeed on."""
        return frozenset(member for member in self.members if member != NONE_VALUE)

    @property
    def is_known(self) -> bool:
        """Whether every kind of value is known."""
        return not self.is_open and bool(self.members)

    @property
    def may_be_none(self) -> bool:
        """Whether `None` is among the values."""
        return self.is_open or NONE_VALUE in self.members

    def without_none(self) -> Types:
        """Give the types that remain where the value is known not to be None."""
        return Types(self.values, self.is_open)

    def is_only(self, *names: str) -> bool:
        """Tell whether every value other than None is surely an instance of one of these classes.

        Subclasses count: of aiohttp's own by the API data, of the file's classes by their resolved bases.
        """
        values = self.values
        return (
            not self.is_open
            and bool(values)
            and all(isinstance(value, Instance) and is_instance_of(value, names) for value in values)
        )

    def may_be(self, *names: str) -> bool:
        """Tell whether some value with evidence is an instance of one of these classes."""
        return any(isinstance(value, Instance) and is_instance_of(value, names) for value in self.members)


NOTHING = Types()
UNKNOWN = Types(is_open=True)
NONE_VALUE = Instance("None")
NONE = Types(frozenset({NONE_VALUE}))
SELF = Variable("Self", UNKNOWN)
"""`typing.Self`: the class of the receiver."""


def instance(name: str, *arguments: Types, definition: Class | None = None) -> Types:
    """Give the types of a value that is one object of a class."""
    return Types(frozenset({Instance(name, arguments, definition)}))


def union(parts: Iterable[Types]) -> Types:
    """Give what a value can be that comes from one of several places; UNKNOWN for no place at all."""
    result: Types | None = None
    for part in parts:
        result = part if result is None else result | part
    return UNKNOWN if result is None else result


def has_variables(types: Types) -> bool:
    """Tell whether type variables are left in the types."""
    return any(
        isinstance(member, Variable)
        or (isinstance(member, Instance) and any(map(has_variables, member.arguments)))
        for member in types.members
    )


def in_order(members: Iterable[Member]) -> list[Member]:
    """Give members in an order that is the same in every run: by kind, name and place."""
    return sorted(members, key=_rank)


def _rank(member: Member) -> tuple[str, str, str, int, int]:
    if isinstance(member, FunctionObject):
        name, definition = member.function.name, member.function
    elif isinstance(member, ApiFunction):
        name, definition = member.callable.name, None
    else:
        name, definition = member.name, getattr(member, "definition", None)
    if definition is None:
        return (type(member).__name__, name, "", 0, 0)
    place = definition.node
    return (type(member).__name__, name, definition.owner.path, place.lineno, place.col_offset)


def is_instance_of(value: Instance, names: tuple[str, ...]) -> bool:
    """Tell whether an instance surely is of one of the named classes."""
    if value.name in names:
        return True
    if value.definition is not None:
        return any(base in names for base in value.definition.outside_bases)
    known = aiohttp_api.find_class(value.name)
    return known is not None and any(base in names for base in known.mro)
