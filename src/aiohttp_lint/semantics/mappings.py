"""Questions about mappings that are written out: which keys and values an argument surely holds."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.types import Instance

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.types import Member

_MAKERS = frozenset(
    {
        "builtins.dict", "multidict.MultiDict", "multidict.CIMultiDict", "multidict.MultiDictProxy",
        "multidict.CIMultiDictProxy", "types.MappingProxyType",
    }
)  # fmt: skip
_LOOKING = frozenset({"get", "items", "keys", "values", "copy"})
"""Methods that leave a mapping as it is."""
_READERS = ("builtins.", "json.", "logging.", "pprint.", "aiohttp.")
_LOOKS = frozenset({UseKind.FORMATTED, UseKind.COMPARED, UseKind.TESTED, UseKind.ITERATED})


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with its value, and the dict display that holds the two (None where none does)."""

    key: ast.expr
    value: ast.expr
    display: ast.Dict | None


@dataclass(frozen=True, slots=True)
class Mapping:
    """The entries of a mapping; `is_complete` tells that there are surely no others."""

    entries: tuple[Entry, ...]
    is_complete: bool

    def value_of(self, module: Module, name: str) -> ast.expr | None:
        """Give the value of a key, in any case of its letters, where it is written out."""
        values = [entry.value for entry in self.entries if key_text(module, entry.key) == name.lower()]
        return values[-1] if values else None

    def has_key(self, module: Module, name: str) -> bool:
        """Tell whether a key is written out, in any case of its letters."""
        return self.value_of(module, name) is not None

    def lacks_key(self, module: Module, name: str) -> bool:
        """Tell whether a key surely is missing, in any case of its letters."""
        keys = [key_text(module, entry.key) for entry in self.entries]
        return self.is_complete and None not in keys and name.lower() not in keys


def key_text(module: Module, node: ast.expr) -> str | None:
    """Give a key in lower case: a literal, or one of aiohttp's names of headers."""
    literal = module.constant(node)
    if literal is not None:
        return literal.value.lower() if isinstance(literal.value, str) else None
    module_name, _, name = (module.qualified_name(node) or "").rpartition(".")
    return name.replace("_", "-").lower() if module_name == "aiohttp.hdrs" else None


def _text(key: ast.expr) -> str | None:
    return key.value.lower() if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def written_mapping(module: Module, node: ast.expr) -> Mapping | None:
    """Read a mapping that is written out: a display, a list of pairs, `dict(…)`, or the only value of a local name.

    Entries that other code may replace or take away are left out.
    """
    if isinstance(node, ast.Name):
        return _named_mapping(module, node)
    if isinstance(node, ast.Dict):
        return _display(module, node)
    if isinstance(node, ast.List | ast.Tuple):
        pairs = [item for item in node.elts if isinstance(item, ast.Tuple) and len(item.elts) == 2]
        entries = tuple(Entry(pair.elts[0], pair.elts[1], None) for pair in pairs)
        return Mapping(entries, len(pairs) == len(node.elts))
    if isinstance(node, ast.Call) and module.qualified_name(node.func) in _MAKERS and len(node.args) <= 1:
        first = written_mapping(module, node.args[0]) if node.args else Mapping((), is_complete=True)
        named = tuple(
            Entry(ast.Constant(keyword.arg), keyword.value, None)
            for keyword in node.keywords
            if keyword.arg is not None
        )
        if first is None:
            return Mapping(named, is_complete=False)
        names = {keyword.arg for keyword in node.keywords}
        kept = tuple(entry for entry in first.entries if None not in names and _text(entry.key) not in names)
        return Mapping((*kept, *named), first.is_complete and len(named) == len(node.keywords))
    return None


def _display(module: Module, node: ast.Dict) -> Mapping:
    entries: list[Entry] = []
    is_complete = True
    for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
        if key is not None:
            # What a later key or `**` may replace is not surely there.
            if not any(_may_replace(key, later) for later in node.keys[index + 1 :]):
                entries.append(Entry(key, value, node))
            continue
        inner = written_mapping(module, value)
        is_complete = is_complete and inner is not None and inner.is_complete
        # What an inner mapping holds is judged where that mapping is used itself.
        entries.extend(Entry(entry.key, entry.value, None) for entry in (inner.entries if inner else ()))
    return Mapping(tuple(entries), is_complete)


def _may_replace(key: ast.expr, later: ast.expr | None) -> bool:
    if later is None:
        return True
    return isinstance(key, ast.Constant) and isinstance(later, ast.Constant) and key.value == later.value


def _named_mapping(module: Module, node: ast.Name) -> Mapping | None:
    binding = module.only_binding(node, BindingKind.ASSIGNMENT)
    value = None if binding is None else binding.value
    if binding is None or value is None or isinstance(value, ast.Name):
        return None
    scope = module.scope_at(node)
    if binding.scope.function is not scope.function:
        return None
    mapping = written_mapping(module, value)
    written = written_keys(module, node)
    if mapping is None or written is None:
        return None
    entries = tuple(entry for entry in mapping.entries if _text(entry.key) not in written)
    return Mapping(entries, mapping.is_complete and not written)


def written_keys(module: Module, node: ast.Name) -> frozenset[str] | None:
    """Give the keys (lower case) that code sets on the mapping of a local name; None: it may do anything to it."""
    scope = module.scope_at(node).binding_scope(node.id)
    if scope is None:
        return None
    written: set[str] = set()
    for use in module.uses(scope, node.id):
        what = module.use_of(use)
        parent = module.parent(use)
        if isinstance(parent, ast.Subscript) and use is parent.value:
            key = _text(parent.slice)
            if isinstance(parent.ctx, ast.Store) and key is not None:
                written.add(key)
            elif not isinstance(parent.ctx, ast.Load):
                return None
        elif what.kind is UseKind.ARGUMENT:
            call = module.parent(what.node) if isinstance(what.node, ast.keyword) else what.node
            if not isinstance(call, ast.Call) or not _only_reads(module, call):
                return None
        elif what.kind is UseKind.ATTRIBUTE:
            if not isinstance(parent, ast.Attribute) or parent.attr not in _LOOKING:
                return None
        elif what.kind not in _LOOKS and not _is_unpacked(parent, use):
            return None
    return frozenset(written)


def _is_unpacked(parent: ast.AST | None, use: ast.Name) -> bool:
    return isinstance(parent, ast.Dict) and parent.keys[parent.values.index(use)] is None


def _only_reads(module: Module, call: ast.Call) -> bool:
    site = module.call_site(call)
    return site.is_certain and bool(site.names) and all(name.startswith(_READERS) for name in site.names)


def members_of(module: Module, node: ast.expr) -> frozenset[Member]:
    """Give every kind of value that an expression can have; nothing where some are unknown."""
    types = module.type_of(node)
    return frozenset() if types.is_open else types.members


def is_surely(module: Module, node: ast.expr, names: frozenset[str]) -> bool:
    """Tell whether every value of an expression is of one of these classes themselves; `None` is none of them."""
    members = members_of(module, node)
    return bool(members) and all(
        isinstance(member, Instance) and member.definition is None and member.name in names
        for member in members
    )


def without_entry(module: Module, entry: Entry) -> str | None:
    """Give the source of the display that holds an entry, without that entry; None where that is not on one line."""
    display = entry.display
    if display is None or display.lineno != display.end_lineno:
        return None
    kept = []
    for key, value in zip(display.keys, display.values, strict=True):
        if value is not entry.value:
            name = "**" if key is None else f"{module.segment(key)}: "
            kept.append(name + module.segment(value))
    return "{" + ", ".join(kept) + "}"
