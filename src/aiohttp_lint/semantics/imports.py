"""From an imported name to what defines it: the modules of a project, parsed when an import leads to them."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from aiohttp_lint.options import DEFAULT_OPTIONS, RuleOptions
from aiohttp_lint.semantics import aiohttp_api, declared, exports
from aiohttp_lint.semantics.aiohttp_versions import DEFAULT_TARGET, Target
from aiohttp_lint.semantics.consulted import Asker, Consulted, GivenRoles, Record, Seen
from aiohttp_lint.semantics.folders import Folders
from aiohttp_lint.semantics.inheritance import Heirs
from aiohttp_lint.semantics.key_plans import Plans
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.registrations import Registrations
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.search_path import Installed, SearchPath
from aiohttp_lint.semantics.types import UNKNOWN, Types

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.scopes import Binding

_MAXIMUM_HOPS = 20
# Names of questions that no module can have.
_STUB = "<stub>"
_CONFTEST = "<conftest>"
_EVERY_FILE = ("<every file>",)


class Project:
    """The modules that one run may look into, by the folders in which imports are looked up.

    Nothing is imported or executed. A module that is missing, can't be read or can't be parsed is unknown.

    Every question is asked for a module and kept with it (`consulted`), so that a cache can tell what an answer
    rests on: whatever else is asked of other files has to be kept there, too.
    """

    def __init__(
        self,
        roots: Sequence[str],
        read: Callable[[str], bytes | None],
        *,
        target: Target = DEFAULT_TARGET,
        python_minimum: tuple[int, int] = (3, 9),
        options: RuleOptions = DEFAULT_OPTIONS,
        place_of: Callable[[str], str] = os.path.relpath,
        given: Sequence[str] = (),
        linted: frozenset[str] | None = None,
        installed: Installed | None = None,
    ) -> None:
        self._read = read
        self._record = Record(read)
        self._search = SearchPath(roots, self._record.read, installed)
        self._place_of = place_of
        self.folders = Folders(self._search.listing, given, linted)
        self._target = target
        self._python_minimum = python_minimum
        self._options = options
        self._modules: dict[str, Module | None] = {}
        self._askers: dict[Module, Asker] = {}
        self._trees: dict[str, tuple[str, ast.Module]] = {}
        self._opened: dict[str, tuple[str, ast.Module]] = {}
        self._relevant: dict[str, bool] = {}
        self._glanced: dict[str, bytes | None] = {}
        self._rested_on: set[str] = set()
        self._definitions: dict[tuple[Module, str, bool], tuple[Module, list[str]] | None] = {}
        self._canonical: dict[tuple[Module, str], str] = {}
        self._behind: dict[tuple[Module, str], str | None] = {}
        self.registrations = Registrations(self)
        self._registrar: Module | None = None
        self.is_beside = False
        """Whether it is one in which each file proves roles by its own registrations alone."""
        self._resolving: set[object] = set()
        self.heirs = Heirs(self)
        self.key_plans = Plans(self)

    def known_tree(self, source: str, path: str) -> ast.Module | None:
        """Give the tree of a file that an import led to already, if it has this text still."""
        absolute = os.path.abspath(path)
        known = self._modules.get(absolute)
        if known is not None:
            return known.tree if known.text.text == source else None
        text, tree = self._trees.pop(absolute, (None, None))
        return tree if text == source else None

    def note(self, source: str, path: str, tree: ast.Module) -> None:
        """Know a file under its path by this text from now on, whatever stands on the disk."""
        absolute = os.path.abspath(path)
        if absolute in self._modules:
            known = self._modules[absolute]
            if known is not None and known.text.text == source:
                return
            self._forget()
        self._opened[absolute] = (source, tree)

    def _forget(self) -> None:
        """Drop what rests on the texts of files, because one of them is another now."""
        self._modules.clear()
        self._askers.clear()
        self._glanced.clear()
        self._definitions.clear()
        self._canonical.clear()
        self._behind.clear()
        self._rested_on.clear()
        self.registrations.forget()
        self.heirs.forget()

    def open(self, source: str, path: str, tree: ast.Module, place: str | None = None) -> Module:
        """Make the module of a file that is being linted, and know it from now on under its path.

        Text that differs from what was known of the file makes everything unknown that rests on it.
        """
        self.note(source, path, tree)
        absolute = os.path.abspath(path)
        known = self._modules.get(absolute)
        if known is not None:
            known.path, known.place = path, path if place is None else place
            return known
        module = self._make(source, path, tree, place)
        self._modules[absolute] = module
        return module

    def _make(self, source: str, path: str, tree: ast.Module, place: str | None = None) -> Module:
        absolute = os.path.abspath(path)
        root, package = self._search.home_of(os.path.dirname(absolute))
        module = Module(
            source,
            path,
            tree,
            place=place,
            target=self._target,
            python_minimum=self._python_minimum,
            options=self._options,
            package=package,
            project=self,
        )
        self._askers[module] = self._record.asker(absolute, root, package)
        return module

    def types_of(self, name: str, asker: Module) -> Types | None:
        """Give what a dotted name of the project means to a module; None where the project does not define it."""
        found = self.definition(name, asker)
        if found is None:
            return None
        module, attributes = found
        if name in self._resolving:
            return None
        if len(self._resolving) >= _MAXIMUM_HOPS:
            return UNKNOWN
        self._resolving.add(name)
        try:
            if self._is_installed(module):
                if not declared.are_public(attributes):
                    return None
                return declared.seen_by(asker, declared.value_of(declared.bindings_named(name, asker)))
            if exports.is_made_when_asked(module, attributes[0]):
                submodule = name.removesuffix("".join(f".{part}" for part in attributes[1:]))
                if self._lookup(submodule, module) is None:
                    return UNKNOWN
            return exports.value_of(module, attributes)
        finally:
            self._resolving.discard(name)

    def alias(self, name: str, asker: Module) -> Binding | None:
        """Give the one binding by which a file of the project gives a name to a type expression; None where it does not."""
        found = self.definition(name, asker)
        if found is None or len(found[1]) != 1 or self._is_installed(found[0]):
            return None
        return exports.alias_in(found[0], found[1][0])

    def result_of(self, function: Function) -> Types:
        """Give what a call of a function gives to another file; unknown at the end of a long way through files."""
        if function in self._resolving:
            return function.owner.inference.result_of(function)
        if len(self._resolving) >= _MAXIMUM_HOPS:
            return UNKNOWN
        self._resolving.add(function)
        try:
            return function.owner.inference.result_of(function)
        finally:
            self._resolving.discard(function)

    def function_named(self, name: str, asker: Module) -> Function | None:
        """Give the function or method that a dotted name of the project surely means, decorated or not."""
        found = self.definition(name, asker)
        if found is None or self._is_installed(found[0]):
            return None
        return exports.function_in(*found)

    def text_behind(self, name: str, asker: Module) -> bytes | None:
        """Give the text of the file that a dotted name goes through, without looking into it; None where it is out of sight."""
        question = (asker, name)
        if question not in self._behind:
            self._behind[question] = self.file_of(name.rpartition(".")[0], asker)
        path = self._behind[question]
        return None if path is None else self.read(path)

    def module_named(self, name: str, asker: Module) -> Module | None:
        """Give the module that a dotted name means to another one, where it can be looked into."""
        path = None if name.startswith(".") else self._lookup(name, asker)
        return None if path is None else self.module_at(path)

    def file_of(self, name: str, asker: Module) -> str | None:
        """Give the file that a dotted name leads a module to: the module of this name, or the one that has it."""
        while name and not name.startswith("."):
            path = self._lookup(name, asker)
            if path is not None:
                # What an answer leads through is known to the cache by its content.
                self._record.see(path)
                return path
            name = name.rpartition(".")[0]
        return None

    def stub_of(self, module: Module) -> Module | None:
        """Give the stub that declares types for a module of the project."""
        home = self._askers[module]
        path = home.lookups[_STUB] = self._search.stub_of(home.path, home.package, home.root)
        return None if path is None else self.module_at(path)

    def conftest_above(self, module: Module) -> Module | None:
        """Give the `conftest.py` whose fixtures a file sees next: in its folder, or for one itself in those above."""
        home = self._askers[module]
        path = home.lookups[_CONFTEST] = self.folders.conftest_above(
            home.path, self._search.limit_of(home.path)
        )
        return None if path is None else self.module_at(path)

    # Installed packages: by what they declare.

    def declared_result(self, name: str, asker: Module) -> Types | None:
        """Give what a call of an installed package's function or method is declared to give, if that is our business."""
        found = self.definition(name, asker)
        if found is None or name in self._resolving or not self._is_installed(found[0]):
            return None
        if not declared.are_public(found[1]):
            return None
        self._resolving.add(name)
        try:
            return declared.seen_by(asker, declared.result_of(declared.bindings_named(name, asker)))
        finally:
            self._resolving.discard(name)

    def _is_installed(self, module: Module) -> bool:
        return self._search.is_installed(self._askers[module].path)

    def canonical(self, name: str, asker: Module) -> str:
        """Follow re-exports from a dotted name to the one that it stands for, aiohttp's in canonical form."""
        question = (asker, name)
        if question not in self._canonical:
            self._canonical[question] = self._follow(name, asker)
        return self._canonical[question]

    def _follow(self, name: str, asker: Module) -> str:
        kept: str | None = None
        for _ in range(_MAXIMUM_HOPS):
            known = aiohttp_api.canonical(name)
            if known is not None:
                return known
            found = self.definition(name, asker, only_if_relevant=True)
            if found is None:
                break
            asker, attributes = found
            if kept is None and self._is_installed(asker):
                # What is installed goes by the name under which it was imported, unless it is aiohttp's.
                kept = name
            bindings = asker.scope.bindings.get(attributes[0], [])
            imported = {binding.imported for binding in bindings if binding.kind is BindingKind.IMPORT}
            if not bindings:
                target = asker.starred_name(attributes[0])
            elif len(bindings) == len(imported) == 1:
                (target,) = imported
            else:
                break
            if target is None or target == name:
                break
            name = ".".join([target, *attributes[1:]])
        return kept or name

    def definition(
        self, name: str, asker: Module, *, only_if_relevant: bool = False
    ) -> tuple[Module, list[str]] | None:
        """Give the module that a dotted name goes through, and what follows in it.

        `only_if_relevant` leaves modules alone that never speak of aiohttp: they re-export nothing of it.
        """
        question = (asker, name, only_if_relevant)
        if question not in self._definitions:
            self._definitions[question] = self._define(*question)
        return self._definitions[question]

    def _define(self, asker: Module, name: str, only_if_relevant: bool) -> tuple[Module, list[str]] | None:
        parts = name.split(".")
        if name.startswith("."):
            return None
        home = self._askers[asker]
        if not self._search.may_hold(parts[0], home.root):
            home.lookups[_anything_in(parts[0])] = None
            return None
        for length in range(len(parts) - 1, 0, -1):
            prefix = ".".join(parts[:length])
            path = self._lookup(prefix, asker)
            if path is None:
                continue
            if only_if_relevant and not self._speaks_of_aiohttp(path):
                return None
            module = self.module_at(path)
            if module is not None:
                return module, parts[length:]
        return None

    # Files.

    def _lookup(self, name: str, asker: Module) -> str | None:
        home = self._askers[asker]
        path = home.lookups[name] = self._search.find(name, home.root)
        return path

    def _speaks_of_aiohttp(self, path: str) -> bool:
        known = self._relevant.get(path)
        if known is None:
            data = self.read(path)
            known = self._relevant[path] = data is not None and b"aiohttp" in data
        return known

    def read(self, path: str) -> bytes | None:
        """Give the bytes of a file that an answer rests on, None where it can't be read."""
        data = self.glance(path)
        if path not in self._rested_on:
            self._rested_on.add(path)
            self._record.note(path, data)
        return data

    def glance(self, path: str) -> bytes | None:
        """Give the bytes of a file for a look that every run takes anew, cache or not."""
        if path not in self._glanced:
            self._glanced[path] = self._read(path)
        return self._glanced[path]

    def module_at(self, path: str) -> Module | None:
        """Give the module of a file; None where it can't be read or parsed."""
        if path not in self._modules:
            self._modules[path] = None
            self._modules[path] = self._parse(path)
        return self._modules[path]

    def _parse(self, path: str) -> Module | None:
        if path in self._opened:
            source, tree = self._opened[path]
            return self._make(source, os.path.relpath(path), tree, self._place_of(path))
        data = self.read(path)
        if data is None:
            return None
        try:
            source = data.decode("utf-8-sig", errors="replace")
            tree = self.known_tree(source, path) or _parsed(data, path)
            if self.is_beside:
                # Whoever lints the project next to this one needs it again.
                self._trees[path] = (source, tree)
            return self._make(source, os.path.relpath(path), tree, self._place_of(path))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    # What the whole project says.

    def path_of(self, module: Module) -> str:
        """Give the absolute path of a module's file."""
        return self._askers[module].path

    def files_saying(self, module: Module, *texts: str, heirs_of: str = "") -> list[str] | None:
        """Find the other files of a module's project folder that have one of some texts.

        Args:
            module: The module that asks.
            texts: The texts.
            heirs_of: A class of the module: only files count that may derive from it.

        Returns:
            Their paths, sorted; None where there are too many to look into.
        """
        asker = self._askers[module]
        question = (heirs_of, *texts)
        answer = asker.searches[question] = self.heirs.search(asker.path, *question)
        return answer

    def every_file(self, module: Module) -> list[str] | None:
        """Give all files of a module's repository, templates of pages after the modules, because all of them count.

        Returns:
            Their paths; None where there are too many, or no folder is known.
        """
        asker = self._askers[module]
        answer = asker.searches[_EVERY_FILE] = self.folders.every_file_around(asker.path)
        return answer

    def _search_again(self, path: str, question: tuple[str, ...]) -> list[str] | None:
        return (
            self.folders.every_file_around(path)
            if question == _EVERY_FILE
            else self.heirs.search(path, *question)
        )

    def is_changed_with(self, module: Module, paths: Iterable[str]) -> bool:
        """Tell whether a run that fixes a module fixes some other files, too."""
        own = self._askers[module].path
        return all(path == own or self.folders.is_given(path) for path in paths)

    def folder_of(self, module: Module) -> str | None:
        """Give the folder of the project that a module belongs to; None where none is known."""
        return self.folders.of(self._askers[module].path)

    def is_whole(self, module: Module) -> bool:
        """Tell whether the run was given the whole project of a module: its folder, or one around that."""
        folder = self.folder_of(module)
        return folder is not None and self.folders.is_whole(folder)

    def beside(self) -> Project:
        """Give a project of the same files, in which nothing is proven but by the file that `proven_by` looks at."""
        other = Project(
            (),
            self._read,
            target=self._target,
            python_minimum=self._python_minimum,
            options=self._options,
            place_of=self._place_of,
        )
        other.is_beside = True
        other._record, other._search, other._trees = self._record, self._search, self._trees
        other._opened = self._opened
        other._relevant = self._relevant
        other._glanced, other.folders, other.heirs = self._glanced, self.folders, self.heirs
        return other

    def proven_by(self, path: str) -> GivenRoles:
        """Give what a file proves for functions of other files, by its own registrations alone."""
        module = self.module_at(path)
        if module is None:
            return ()
        self._registrar = module
        proven = {
            (self._askers[function.owner].path, function.node.lineno, function.node.col_offset, str(proof))
            for function, proof in module.roles.given_to_project()
        }
        self._registrar = None
        for known in self._modules.values():
            if known is not None:
                known.forget_types()
        return tuple(sorted(proven))

    def lets_prove(self, module: Module) -> bool:
        """Tell whether the registrations of a module count."""
        return not self.is_beside or module is self._registrar

    # What it all rests on.

    def news(self) -> Seen:
        """Give what was seen since this was asked last; a file of which more is known now, in full."""
        return self._record.news(self.registrations)

    def would_see_again(self, path: str, seen: Consulted) -> bool:
        """Tell whether all that was asked for a file would be answered as it was, whatever the files say."""
        if seen.package is None:
            return True
        root, package = self._search.home_of(os.path.dirname(path))
        if package != seen.package:
            return False
        return all(
            self._led_to(name, path, root, package) == target for name, target in seen.lookups.items()
        ) and all(self._search_again(path, question) == files for question, files in seen.searches.items())

    def _led_to(self, name: str, path: str, root: str, package: tuple[str, ...]) -> str | None:
        if name == _STUB:
            return self._search.stub_of(path, package, root)
        if name == _CONFTEST:
            return self.folders.conftest_above(path, self._search.limit_of(path))
        top = name.partition(".")[0]
        if name == _anything_in(top):
            return top if self._search.may_hold(top, root) else None
        return self._search.find(name, root)


def _parsed(data: bytes, path: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(data, path)


def _anything_in(top: str) -> str:
    """Name the question whether there may be a package or module of this name, whatever is in it."""
    return f"{top}.*"
