"""What becomes of each string key: where its typed key is defined, under which name, and what is in the way."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from aiohttp_lint.findings import Related, Span
from aiohttp_lint.semantics.application_state import APPLICATION
from aiohttp_lint.semantics.import_graph import ImportGraph
from aiohttp_lint.semantics.import_styles import absolute_name, source_of
from aiohttp_lint.semantics.key_definitions import Key, can_define, definition
from aiohttp_lint.semantics.key_types import Import, key_type
from aiohttp_lint.semantics.state_keys import (
    FileKeys,
    Hindrance,
    KeyUse,
    doubts,
    is_missing,
    keys_of,
    typed_keys,
    typed_keys_exist,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.scopes import Binding

_CASTS = ("typing.cast", "typing_extensions.cast")
_MAXIMUM_SHOWN = 3
_WORD_END = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Conversion:
    """A string key and the typed key that takes its place. Paths are absolute."""

    name: str
    home: str
    """The file that defines it."""
    definition: str = ""
    """The statement that does; empty where it stands there already."""
    needs: tuple[Import, ...] = ()
    """What the definition needs to be imported."""
    after: str = ""
    """A class of the home that the definition has to stand below."""
    constant: str = ""
    """The name of the constant that is the string now, and becomes the key."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """The other files that say the string, and the module from which each of them imports the key."""
    is_sure: bool = True
    """Whether every place that may mean this key is known."""

    @property
    def changed(self) -> frozenset[str]:
        """The files that have to be changed together."""
        return frozenset({*self.imports, *([self.home] if self.definition else [])})


Entry: TypeAlias = Conversion | tuple[Related, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """By file and key: a conversion, or the places that are in its way; nothing for keys that no file stores."""

    entries: Mapping[str, Mapping[Key, Entry]]


def make_plan(
    modules: Mapping[str, Module],
    *,
    unread: Mapping[str, str] | None = None,
    templates: Mapping[str, str] | None = None,
    is_whole: bool = True,
    obstacle: str = "",
) -> Plan:
    """Settle what becomes of the string keys of some files that belong together.

    Args:
        modules: The files by their absolute paths.
        unread: The text of those that can't be parsed.
        templates: The text of the templates of pages.
        is_whole: Whether those are all the files that there are.
        obstacle: What is in the way of all the keys.
    """
    found = {path: keys_of(module) for path, module in modules.items() if _is_linted(module)}
    texts = {use.text for keys in found.values() for use in keys.uses if use.is_store}
    texts |= {text for path in found for _, text, _ in typed_keys(modules[path])}
    if not any(use.text in texts for keys in found.values() for use in keys.uses):
        return Plan({})
    for path, module in modules.items():
        if path not in found and _says(module.text.text, texts):
            found[path] = keys_of(module)
    planner = _Planner(
        modules, found, texts, unread or {}, templates or {}, is_whole=is_whole, obstacle=obstacle
    )
    return Plan(planner.entries())


def _is_linted(module: Module) -> bool:
    return "aiohttp" in module.text.text


def _says(text: str, strings: Iterable[str]) -> bool:
    return any(f'"{string}"' in text or f"'{string}'" in text for string in strings)


class _Planner:
    """The making of one plan."""

    def __init__(
        self,
        modules: Mapping[str, Module],
        found: Mapping[str, FileKeys],
        texts: set[str],
        unread: Mapping[str, str],
        templates: Mapping[str, str],
        *,
        is_whole: bool,
        obstacle: str,
    ) -> None:
        self._modules = modules
        self._found = found
        self._unread = unread
        self._templates = templates
        self._is_whole = is_whole
        self._obstacle = obstacle
        self._graph = ImportGraph(modules)
        self._names: dict[str, set[str]] = {}
        self._makers: dict[str, bool] = {}
        self._users: dict[Key, dict[str, list[KeyUse]]] = {}
        self._typed: dict[Key, list[tuple[str, str]]] = {}
        for path, keys in found.items():
            for use in keys.uses:
                if use.text in texts and typed_keys_exist(modules[path], use.keeper):
                    self._users.setdefault((use.keeper, use.text), {}).setdefault(path, []).append(use)
            for keeper, text, name in typed_keys(modules[path]):
                self._typed.setdefault((keeper, text), []).append((path, name))
        self._doubts = self._collect_doubts()

    def _collect_doubts(self) -> list[tuple[str, Hindrance]]:
        texts = frozenset(text for _, text in self._users)
        uses = [use for keys in self._found.values() for use in keys.uses]
        known: set[ast.AST | None] = {use.key if use.constant is None else use.constant.value for use in uses}
        return [
            (path, doubt)
            for path, module in self._modules.items()
            if path in self._found or _says(module.text.text, texts)
            for doubt in doubts(module, texts, known)
        ]

    def entries(self) -> dict[str, dict[Key, Entry]]:
        found: dict[str, dict[Key, Entry]] = {}
        for key in sorted(self._users, key=lambda key: (key[0].name, key[1])):
            groups, strays = self._groups(key)
            for path, stray in strays.items() if groups else ():
                found.setdefault(path, {})[key] = (stray,)
            for group in groups:
                hindrances = [*strays.values(), *self._hindrances(key, group)]
                settled = tuple(hindrances[:_MAXIMUM_SHOWN]) or self._conversion(key, group)
                homes = [settled.home] if isinstance(settled, Conversion) else []
                for path in (*group, *homes):
                    found.setdefault(path, {})[key] = settled
        return found

    # Which files share a key.

    def _groups(self, key: Key) -> tuple[list[list[str]], dict[str, Related]]:
        """Give the files that use a key, those together that run in one program; and the places that belong to none."""
        users = self._users[key]
        groups: list[list[str]] = []
        loaded = {path: self._loading(path) for path in users}
        ours = [path for path in users if not self._modules[path].is_test]
        for path in sorted(ours or users):
            joined = [group for group in groups if any(loaded[path] & loaded[other] for other in group)]
            groups = [group for group in groups if group not in joined]
            groups.append([*(other for group in joined for other in group), path])
        keeping = [group for group in groups if self._is_kept(key, group)]
        strays = [path for group in groups if group not in keeping for path in group]
        for path in sorted(users.keys() - set(ours) if ours else ()):
            reached = [
                group for group in keeping if any(path in self._graph.loaded_with(other) for other in group)
            ]
            candidates = reached or keeping
            if len(candidates) == 1:
                candidates[0].append(path)
            elif not candidates and self._is_kept(key, [path]):
                keeping.append([path])
            else:
                strays.append(path)
        reason = "it is not known whose key this is"
        return keeping, {path: self._related(path, users[path][0].key, reason) for path in strays}

    def _loading(self, path: str) -> set[str]:
        """Give the files that load this one: programs, tests aside."""
        loading = self._graph.loaded_with(path)
        return {other for other in loading if other == path or not self._modules[other].is_test}

    def _loading_any(self, group: Iterable[str]) -> set[str]:
        return set().union(*(self._loading(path) for path in group))

    def _may_meet(self, path: str, loading: set[str]) -> bool:
        """Tell whether a file may run in the programs of a key: it does, or it is not known where it runs."""
        own = self._loading(path)
        if self._modules[path].is_test or not own.isdisjoint(loading):
            return True
        return own == {path} and not self._makes_application(path)

    def _makes_application(self, path: str) -> bool:
        if path not in self._makers:
            self._makers[path] = any(self._modules[path].calls_to(APPLICATION))
        return self._makers[path]

    def _doubts_about(self, text: str, loading: set[str]) -> list[tuple[str, Hindrance]]:
        return [
            (path, doubt)
            for path, doubt in self._doubts
            if doubt.text == text and self._may_meet(path, loading)
        ]

    def _is_kept(self, key: Key, group: list[str]) -> bool:
        return any(use.is_store for path in group for use in self._users[key][path]) or bool(
            self._typed_homes(key, group)
        )

    def _typed_homes(self, key: Key, group: list[str]) -> list[tuple[str, str]]:
        """Give the file and the name of each typed key of the same text in the same program."""
        loading = self._loading_any(group)
        return [home for home in self._typed.get(key, ()) if self._loading(home[0]) & loading]

    # What is in the way.

    def _hindrances(self, key: Key, group: list[str]) -> Iterator[Related]:
        keeper, text = key
        if self._obstacle:
            yield self._related(group[0], self._users[key][group[0]][0].key, self._obstacle)
        loading = self._loading_any(group)
        for path, keys in self._found.items():
            for one in keys.hindrances:
                if (
                    one.text in (None, text)
                    and one.keeper in (None, keeper)
                    and self._may_meet(path, loading)
                ):
                    yield self._related(path, one.node, one.reason)
        for path, doubt in self._doubts_about(text, loading):
            if not doubt.is_doubt:
                yield self._related(path, doubt.node, doubt.reason)
        for path in group:
            if not _is_linted(self._modules[path]):
                reason = "the file does not speak of aiohttp, and is not linted"
                yield self._related(path, self._users[key][path][0].key, reason)
        for path, source in self._unread.items():
            if _says(source, [text]):
                yield _in_text(path, source, re.escape(text), "this file can't be parsed")
        for path, source in self._templates.items():
            pattern = rf"\b(?:app|request|config_dict)\b[^\n]{{0,80}}[.\"']{re.escape(text)}\b"
            if re.search(pattern, source):
                yield _in_text(path, source, pattern, "a template asks for it by its name")
        homes = self._typed_homes(key, group)
        is_stored = any(use.is_store for path in group for use in self._users[key][path])
        for path, _ in homes if is_stored or len(homes) > 1 else ():
            yield self._first_line(path, "a typed key of the same name is defined here")
        constants = self._constants(key, group)
        if len(constants) > 1:
            yield from (self._of(constant, "a constant for it, one of several") for constant in constants)
        for constant in constants:
            yield from self._other_uses(constant, group)

    def _constants(self, key: Key, group: list[str]) -> list[Binding]:
        found = {use.constant: None for path in group for use in self._users[key][path] if use.constant}
        return list(found)

    def _other_uses(self, constant: Binding, group: list[str]) -> Iterator[Related]:
        """Give the places where the name of a constant means something else than a key."""
        home = os.path.abspath(constant.scope.owner.path)
        if home not in group or constant.node not in self._modules[home].tree.body:
            yield self._of(constant, "the constant stands in a file that does not use it as a key")
            return
        keys = {use.key for keys in self._found.values() for use in keys.uses if use.constant is constant}
        for path, module in self._modules.items():
            if constant.name not in module.text.text:
                continue
            for node in ast.walk(module.tree):
                if isinstance(node, ast.alias) and node.name == constant.name and node.asname:
                    yield self._related(path, node, "the constant has another name here")
                name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", None)
                if (
                    name != constant.name
                    or node in keys
                    or not isinstance(getattr(node, "ctx", None), ast.Load)
                ):
                    continue
                if path == home or self._graph.imports(path, home):
                    yield self._related(path, node, "the constant is used for something else, too")

    # What it becomes.

    def _conversion(self, key: Key, group: list[str]) -> Entry:
        users = {path: self._users[key][path] for path in group}
        literal = [path for path in group if any(use.constant is None for use in users[path])]
        is_sure = self._is_sure(key, group)
        for constant in self._constants(key, group):
            home = os.path.abspath(constant.scope.owner.path)
            others = [path for path in literal if path != home]
            is_above = can_define(
                self._modules[home], key[0], (), self._modules[home].statement(constant.node)
            )
            if is_above and self._can_be_home(home, others):
                return self._settled(key, users, home, constant.name, others, is_sure, constant)
            return (self._of(constant, "the files that use this can't all import it from here"),)
        for home, name in self._typed_homes(key, group):
            others = [path for path in literal if path != home]
            if self._can_be_home(home, others):
                return Conversion(name, home, imports=self._imports(home, others), is_sure=is_sure)
            return (self._first_line(home, "the files that use the key can't all import it from here"),)
        names = self._free_names(key, group)
        homes = [path for path in self._by_fitness(key, users) if self._can_be_home(path, group)]
        if not names or not homes:
            reason = (
                "no file that uses the key can define it for the others"
                if names
                else "no name is free for it"
            )
            return (self._related(group[0], users[group[0]][0].key, reason),)
        for name in names:
            for home in homes:
                if f"{self._modules[home].name}.{name}" in self._graph.imported_names:
                    # A run that was broken off left the import there.
                    return self._settled(key, users, home, name, group, is_sure)
        return self._settled(key, users, homes[0], names[0], group, is_sure)

    def _is_sure(self, key: Key, group: list[str]) -> bool:
        """Tell whether everything is known that may mean a key: a library's keys are for others, too."""
        loading = self._loading_any(group)
        return self._is_whole and self._is_program(group, loading) and not self._doubts_about(key[1], loading)

    def _is_program(self, group: list[str], loading: set[str]) -> bool:
        """Tell whether one of the files that run with a key makes the application; in examples, an example does."""
        are_apart = not all(self._modules[path].is_test or self._modules[path].is_example for path in group)
        return any(
            self._makes_application(path)
            for path, module in self._modules.items()
            if not (are_apart and (module.is_test or module.is_example)) and self._loading(path) & loading
        )

    def _by_fitness(self, key: Key, users: Mapping[str, list[KeyUse]]) -> list[str]:
        """Give the files that may define a key: first where it is stored; tests are no files to import from."""
        able = [
            path
            for path, uses in users.items()
            if (len(users) == 1 or not self._modules[path].is_test)
            and can_define(self._modules[path], key[0], uses)
        ]
        return sorted(able, key=lambda path: (not any(use.is_store for use in users[path]), path))

    def _can_be_home(self, home: str, users: Iterable[str]) -> bool:
        module = self._modules[home]
        if home.endswith("__main__.py") or not all(part.isidentifier() for part in module.name.split(".")):
            return False
        return all(
            path == home or (self._source_of(path, home) and not self._graph.would_close_circle(path, home))
            for path in users
        )

    def _free_names(self, key: Key, group: Iterable[str]) -> list[str]:
        keeper, text = key
        base = _NO_WORD.sub("_", _WORD_END.sub("_", text)).strip("_").upper()
        if not base or not base.isascii():
            return []
        if not base[0].isalpha():
            base = f"KEY_{base}"
        taken = set().union(*(self._names_in(path) for path in group))
        candidates = (base, f"{base}_KEY", f"{base}_{keeper.name}_KEY")
        return [name for name in candidates if name not in taken]

    def _names_in(self, path: str) -> set[str]:
        if path not in self._names:
            module = self._modules[path]
            names = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
            names.update(name for scope in module.scope.descend() for name in scope.bindings)
            for name, bindings in module.scope.bindings.items():
                if any(binding.imported and is_missing(module, binding.imported) for binding in bindings):
                    names.discard(name)
            self._names[path] = names
        return self._names[path]

    def _settled(
        self,
        key: Key,
        users: Mapping[str, list[KeyUse]],
        home: str,
        name: str,
        group: Iterable[str],
        is_sure: bool,
        constant: Binding | None = None,
    ) -> Conversion:
        module = self._modules[home]
        imports = self._imports(home, (path for path in group if path != home))
        stores = [
            (self._modules[path], use.value) for path, uses in users.items() for use in uses if use.is_store
        ]
        loaded = self._graph.packages_loaded_by({home, *users})

        def is_loaded(name: str) -> bool:
            package = name.partition(".")[0]
            return package in loaded or package in sys.stdlib_module_names

        kept = key_type(module, stores, lambda owner: self._type_import(home, owner), is_loaded)
        if kept is None:
            claims = [claim for path, uses in users.items() for claim in _claims(self._modules[path], uses)]
            kept = key_type(
                module, claims, lambda owner: self._type_import(home, owner), is_loaded, are_types=True
            )
        for path in (home, *imports):
            self._names_in(path).add(name)
        statement, needs, after = definition(module, key, name, kept, users.get(home, []), constant)
        for needed, _ in needs:
            target = (
                None
                if module.project is None
                else module.project.file_of(absolute_name(needed, module), module)
            )
            if target is not None and target in self._modules:
                self._graph.add(home, target)
        constant_name = "" if constant is None else constant.name
        return Conversion(name, home, statement, needs, after, constant_name, imports, is_sure)

    def _imports(self, home: str, users: Iterable[str]) -> dict[str, str]:
        imports = {path: self._source_of(path, home) for path in users}
        for path in imports:
            self._graph.add(path, home)
        return imports

    def _type_import(self, home: str, owner: Module) -> str | None:
        path = os.path.abspath(owner.path)
        if path not in self._modules or (
            not self._graph.imports(home, path) and self._graph.would_close_circle(home, path)
        ):
            return None
        return self._source_of(home, path) or None

    def _source_of(self, importer: str, target: str) -> str:
        return source_of(self._modules[importer], self._modules[target], self._modules.values())

    # Places.

    def _related(self, path: str, node: ast.AST, reason: str) -> Related:
        return self._modules[path].related(node, reason)

    def _of(self, binding: Binding, reason: str) -> Related:
        return binding.scope.owner.related(binding.node, reason)

    def _first_line(self, path: str, reason: str) -> Related:
        return Related(self._modules[path].path, Span(1, 0, 1, 0), reason)


def _claims(module: Module, uses: Iterable[KeyUse]) -> Iterator[tuple[Module, ast.expr | None]]:
    """Give the types that a file itself says to get: `pool: Pool = app["pool"]`, `cast(Pool, app["pool"])`."""
    for use in uses:
        lookup = module.parent(use.key)
        match module.parent(lookup) if isinstance(lookup, ast.Subscript) else None:
            case ast.AnnAssign(annotation=annotation, value=value) if value is lookup:
                yield module, annotation
            case ast.Call(func=func, args=[claimed, _]) if module.qualified_name(func) in _CASTS:
                yield module, claimed


def _in_text(path: str, source: str, pattern: str, reason: str) -> Related:
    match = re.search(pattern, source)
    start = 0 if match is None else match.start()
    line = source.count("\n", 0, start) + 1
    column = start - (source.rfind("\n", 0, start) + 1)
    return Related(os.path.relpath(path), Span(line, column, line, column), reason)
