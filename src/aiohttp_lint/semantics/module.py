"""A parsed file, and the door to every question about it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from aiohttp_lint.findings import Related, Span
from aiohttp_lint.options import DEFAULT_OPTIONS, RuleOptions
from aiohttp_lint.semantics import (
    aiohttp_api,
    calls,
    fixtures,
    inference,
    purposes,
    roles,
    routing,
    spelling,
    stars,
)
from aiohttp_lint.semantics.aiohttp_versions import DEFAULT_TARGET, Target
from aiohttp_lint.semantics.at_hand import AtHand
from aiohttp_lint.semantics.classes import with_bases
from aiohttp_lint.semantics.conditions import Conditions
from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.endings import Endings
from aiohttp_lint.semantics.flow import Graph, Policy, build_graph
from aiohttp_lint.semantics.names import meant_name
from aiohttp_lint.semantics.parents import Parents
from aiohttp_lint.semantics.places import beginning, scope_around
from aiohttp_lint.semantics.purposes import is_or_holds
from aiohttp_lint.semantics.reaching import Reaching
from aiohttp_lint.semantics.scopes import (
    MAXIMUM_BINDINGS,
    Binding,
    BindingKind,
    Scope,
)
from aiohttp_lint.semantics.sessions_by_use import sessions_by_use
from aiohttp_lint.semantics.source import SourceText
from aiohttp_lint.semantics.swallowing import catches_everything, swallows
from aiohttp_lint.semantics.syntax import FUNCTIONS, loads
from aiohttp_lint.semantics.taint import Taint
from aiohttp_lint.semantics.types import External, FunctionObject
from aiohttp_lint.semantics.walk import walk_module

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite, Use
    from aiohttp_lint.semantics.imports import Project
    from aiohttp_lint.semantics.roles import Registration, Role
    from aiohttp_lint.semantics.routing import Route
    from aiohttp_lint.semantics.types import Types

_MAXIMUM_NODES = 3_000
"""Of a graph: what is asked of the paths of a larger one takes too long, so its flow is unknown."""


class Module:
    """One file, parsed. Questions are answered on demand and remembered; a module never changes.

    `path` is what findings name; `place` is the path within the project, which tells tests and examples, and
    `package` the dotted package that holds the file.
    """

    def __init__(
        self,
        source: str,
        path: str,
        tree: ast.Module,
        *,
        target: Target = DEFAULT_TARGET,
        python_minimum: tuple[int, int] = (3, 9),
        options: RuleOptions = DEFAULT_OPTIONS,
        place: str | None = None,
        package: tuple[str, ...] = (),
        project: Project | None = None,
    ) -> None:
        self.path = path
        self.place = path if place is None else place
        self.text = SourceText(source)
        self.tree = tree
        self.target = target
        self.python_minimum = python_minimum
        self.options = options
        self.project = project
        self.facts = walk_module(tree, package)
        self.scope = self.facts.module
        self.scope.file = self
        self._parents = Parents(tree)
        self._names: dict[ast.AST, str | None] = {}
        self._function_of: dict[Scope, Function] = {}
        self._classes: dict[Scope, Class] = {}
        self._classes_under_way: set[Scope] = set()
        self._graphs: dict[Scope, Graph | None] = {}
        self._conditions: dict[Scope, Conditions] = {}
        self._call_sites: dict[ast.Call, CallSite] = {}
        self._import_of: dict[ast.AST, ast.AST] | None = None
        self._loads: dict[Scope, dict[str, list[ast.Name]]] = {}
        self._reaching = Reaching(self)
        self._sessions_by_use: frozenset[Binding] | None = None
        self.inference = inference.Inference(self)
        self.roles = roles.Roles(self)
        self.endings = Endings(self)
        self.package = package

    # Places.

    def span(self, node: ast.AST) -> Span:
        """Give the exact span of a node."""
        return self.text.span(node)

    def header_span(self, node: ast.AST) -> Span:
        """Give the span of a compound statement's first line (to the end of that line, without comment)."""
        return self.text.header_span(node)

    def segment(self, node: ast.AST) -> str:
        """Give the source of a node as it stands in the file."""
        return self.text.segment(node)

    def related(self, node: ast.AST, message: str) -> Related:
        """Name a place of this file that explains a finding; of a compound statement, its first line."""
        return Related(self.path, self.header_span(node), message)

    @cached_property
    def is_test(self) -> bool:
        """Whether the file is a test, by its path in the project or by what it imports at the top."""
        return purposes.is_test(self)

    @cached_property
    def is_example(self) -> bool:
        """Whether the file's path in the project says that it is an example, a benchmark or a script."""
        return purposes.is_example(self)

    def imports(self, module: str) -> bool:
        """Tell whether the file imports a module, or something of it, anywhere."""
        return any(is_or_holds(module, imported) for imported in self._imported)

    @cached_property
    def imported_packages(self) -> frozenset[str]:
        """The top-level packages that the file imports, or imports something of, anywhere."""
        return frozenset(imported.partition(".")[0] for imported in self._imported)

    @cached_property
    def at_hand(self) -> AtHand:
        """What of aiohttp's API can be in the file at all."""
        return AtHand(self)

    def can_hold(self, *names: str) -> bool:
        """Tell whether the file can hold an object of one of these classes at all: asked before its types are."""
        return not self.at_hand.is_limited or bool(self.at_hand.among(frozenset(names)))

    @cached_property
    def _imported(self) -> frozenset[str]:
        return frozenset(binding.imported for binding in self.facts.imports if binding.imported is not None)

    @property
    def runs_in_loop(self) -> bool:
        """Whether top-level code itself awaits or stands in cells: a notebook, where a loop runs already."""
        return purposes.runs_in_loop(self)

    # Surroundings of a node.

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Give the node that holds this one; None for the module."""
        return self._parents.of(node)

    def parent_of_alias(self, alias: ast.alias) -> ast.AST:
        """Give the import statement that an imported name stands in."""
        if self._import_of is None:
            self._import_of = {
                name: statement
                for scope in self.scope.descend()
                for statement in scope.all_nodes(ast.Import, ast.ImportFrom)
                for name in getattr(statement, "names", ())
            }
        return self._import_of[alias]

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Give the nodes around this one, from the inside."""
        parent_of = self._parents.of
        current = parent_of(node)
        while current is not None:
            yield current
            current = parent_of(current)

    def statement(self, node: ast.AST) -> ast.stmt:
        """Give the statement in whose evaluation the node takes part (itself where it is one)."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            current = self.parent(current)
        assert isinstance(current, ast.stmt), "every expression stands in a statement"
        return current

    def scope_at(self, node: ast.AST) -> Scope:
        """Give the scope in which the names of an expression are looked up."""
        met = self.facts.scope_of_name.get(beginning(node))
        if met is not None:
            return met
        return scope_around(node, self.facts, self._parents)

    def is_met(self, node: ast.AST) -> bool:
        """Tell whether the walk met the name that an expression begins with: then it stands in this file's tree."""
        return beginning(node) in self.facts.scope_of_name

    def function_at(self, node: ast.AST) -> Function | None:
        """Give the innermost function whose frame evaluates the node; None at module or class level."""
        scope = self.scope_at(node).function
        return self.function_of(scope)

    def function_of(self, scope: Scope) -> Function | None:
        """Give the function that a scope is the frame of; comprehensions belong to what is around them."""
        scope = scope.function
        known = self._function_of.get(scope)
        if known is None and isinstance(scope.node, FUNCTIONS):
            known = self._function_of[scope] = Function(scope.node, scope)
        return known

    # Definitions.

    def functions(self) -> Iterator[Function]:
        """Give every function of the file, lambdas and nested ones included."""
        yield from self._functions

    @cached_property
    def _functions(self) -> list[Function]:
        found = map(self.function_of, self.facts.functions)
        return [function for function in found if function is not None]

    def classes(self) -> Iterator[Class]:
        """Give every class of the file."""
        for scope in self.facts.classes:
            yield self.class_of(scope)

    def class_of(self, scope: Scope) -> Class:
        """Give the class of a class scope, with its bases resolved."""
        known = self._classes.get(scope)
        if known is not None:
            return known
        assert isinstance(scope.node, ast.ClassDef), "a class scope has a class"
        if scope in self._classes_under_way:
            return Class(scope.node, scope, is_complete=False)
        self._classes_under_way.add(scope)
        result = self._classes[scope] = with_bases(self, scope.node, scope)
        self._classes_under_way.discard(scope)
        return result

    # Names.

    def qualified_name(self, node: ast.AST) -> str | None:
        """Give the dotted name that an expression means through imports and plain aliases.

        aiohttp's names are canonical (`aiohttp.web.Response`, however it was imported); builtins are
        `builtins.open`. None where the name is bound to anything else, or to different things.
        """
        if node not in self._names:
            self._names[node] = None
            self._names[node] = meant_name(self, node)
        return self._names[node]

    def starred_name(self, name: str) -> str | None:
        """Give the dotted name of what the file's star imports bind a name to."""
        return stars.starred(self.scope, name)

    @cached_property
    def exported_names(self) -> tuple[frozenset[str], bool] | None:
        """The names in `__all__`, and whether those are all of them; None without one."""
        return stars.collect_exported_names(self)

    @cached_property
    def own_fixtures(self) -> dict[str, list[Function]]:
        """The pytest fixtures that the file defines at its top level, by the names under which tests ask for them."""
        return fixtures.collect_fixtures(self)

    @cached_property
    def stub(self) -> Module | None:
        """The stub that declares types for this file."""
        return None if self.project is None else self.project.stub_of(self)

    def canonical(self, name: str) -> str:
        """Give the canonical form of a dotted name, as it was imported: through re-exports, as far as is known."""
        known = aiohttp_api.canonical(name)
        if known is not None:
            return known
        return name if self.project is None else self.project.canonical(name, self)

    def dotted_name(self, node: ast.expr) -> str | None:
        """Give the full dotted name of what an expression means, what this file defines included."""
        name = self.qualified_name(node)
        if name is not None:
            return name
        members = self.type_of(node).members
        if len(members) != 1:
            return None
        (member,) = members
        if isinstance(member, FunctionObject):
            return member.function.dotted_name
        return member.name if isinstance(member, External) else None

    @cached_property
    def name(self) -> str:
        """The dotted name under which the file is imported, as far as its folder tells."""
        stem = PurePath(self.path).stem
        return ".".join(self.package if stem == "__init__" else (*self.package, stem))

    @cached_property
    def taint(self) -> Taint:
        """What clients send and where it goes."""
        return Taint(self)

    def name_for(self, name: str) -> tuple[str, tuple[str, str | None] | None]:
        """Give the source that spells a canonical name in this file, and the import that it still needs.

        The spelling follows what the file imports already at module level: `aiohttp.ClientTimeout` after
        `import aiohttp`, `ClientTimeout` after `from aiohttp import ClientTimeout`. The import is
        `(module, name)`, with None for a plain `import module`.
        """
        return spelling.name_for(self, name)

    @property
    def sessions_by_use(self) -> frozenset[Binding]:
        """The parameters without annotation that can only be client sessions."""
        if self._sessions_by_use is None:
            # What is asked on the way is answered without.
            self._sessions_by_use = frozenset()
            self._sessions_by_use = sessions_by_use(self)
        return self._sessions_by_use

    # Flow.

    def graph(self, function: Function) -> Graph | None:
        """Give the control-flow graph of a function; None where it is too large to settle."""
        return function.owner.graph_of(function.scope)

    def graph_of(self, scope: Scope) -> Graph | None:
        """Give the control-flow graph of a function's or the module's code."""
        if scope not in self._graphs:
            function = self.function_of(scope)
            body: list[ast.stmt] | ast.expr
            if function is None:
                body = self.tree.body
            else:
                body = function.node.body
            policy = Policy(partial(swallows, self), self.never_returns, partial(catches_everything, self))
            is_settled = all(len(bindings) <= MAXIMUM_BINDINGS for bindings in scope.bindings.values())
            self._graphs[scope] = (
                build_graph(body, policy=policy, limit=_MAXIMUM_NODES) if is_settled else None
            )
        return self._graphs[scope]

    def conditions_of(self, scope: Scope, graph: Graph) -> Conditions:
        """Give what goes together in the tests of a function, whose graph this is."""
        if scope not in self._conditions:
            self._conditions[scope] = Conditions(self, scope, graph)
        return self._conditions[scope]

    def never_returns(self, call: ast.Call) -> bool:
        """Tell whether a call is known to raise or to end the program."""
        return self.endings.never_returns(call)

    def reaching(self, name: ast.Name) -> list[Binding]:
        """Give the bindings that can have given a name the value that it has at this use.

        Along the paths of the function where that is decidable; else all bindings of the name.
        """
        return self._reaching.bindings(name)

    def only_binding(self, node: ast.expr | None, *kinds: BindingKind) -> Binding | None:
        """Give the binding that a name surely means at this use, if it is of one of these kinds."""
        bindings = self.reaching(node) if isinstance(node, ast.Name) else []
        return bindings[0] if len(bindings) == 1 and bindings[0].kind in kinds else None

    def only_value(self, node: ast.expr | None) -> ast.expr | None:
        """Give what a name surely was assigned where it is used."""
        binding = self.only_binding(node, BindingKind.ASSIGNMENT)
        return None if binding is None else binding.value

    # Calls and values.

    def type_of(self, node: ast.expr) -> Types:
        """Give what is known of an expression's value."""
        return self.inference.type_of(node)

    def is_instance(self, node: ast.expr, *names: str) -> bool:
        """Tell whether an expression surely is an instance of one of these classes (or None)."""
        return self.can_hold(*names) and self.type_of(node).is_only(*names)

    def constant(self, node: ast.expr) -> ast.Constant | None:
        """Give the literal that an expression surely is: itself, or the only value of a name."""
        return self.inference.constant(node)

    def call_site(self, node: ast.Call) -> CallSite:
        """Give what is called, and with what."""
        site = self._call_sites.get(node)
        if site is None:
            site = self._call_sites[node] = calls.call_site(self, node)
        return site

    def calls_to(self, *names: str) -> Iterator[CallSite]:
        """Give the calls whose callee surely is one of these canonical names, in source order.

        A method is named by the class that defines it (`aiohttp.web.StreamResponse.set_cookie`) and is found
        on every subclass; a constructor by its class.
        """
        return calls.calls_to(self, frozenset(names))

    def calls_of(self, last_names: frozenset[str]) -> list[ast.Call]:
        """Give the calls of what is called by one of these names elsewhere, in source order.

        Next to nothing for names that are not called here: the first question of whatever looks for calls.
        """
        called = self._called
        if called.keys().isdisjoint(last_names):
            return []
        spellings = set().union(*(called[name] for name in last_names & called.keys()))
        found = [node for spelling in spellings for node, _ in self.facts.calls[spelling]]
        found.sort(key=_position)
        return found

    @cached_property
    def _called(self) -> dict[str, set[str]]:
        return calls.called_names(self)

    @cached_property
    def aliases(self) -> dict[str, set[str]]:
        """The names that this file gives to imported and aliased things, by their last name elsewhere."""
        return calls.aliases(self)

    def all_calls(self) -> Iterator[CallSite]:
        """Give every call of the file, in source order."""
        nodes = [node for entries in self.facts.calls.values() for node, _ in entries]
        for node in sorted(nodes, key=_position):
            yield self.call_site(node)

    def attributes_named(self, *names: str) -> list[ast.Attribute]:
        """Give the accesses to attributes of these names, whatever they are of, in source order."""
        found = [node for name in names for node in self._attributes.get(name, ())]
        return sorted(found, key=_position)

    @cached_property
    def _attributes(self) -> dict[str, list[ast.Attribute]]:
        return calls.attributes(self)

    @cached_property
    def awaited(self) -> frozenset[ast.AST]:
        """What stands behind an `await` by itself: a cheap answer to what becomes of most coroutines."""
        return calls.awaited(self)

    def use_of(self, node: ast.AST) -> Use:
        """Tell what becomes of the value of an expression."""
        return calls.use_of(self, node)

    def local_aliases(self, last_name: str) -> set[str]:
        """Give the names under which something called `last_name` elsewhere may be called in this file."""
        known = self.aliases.get(last_name)
        return known | {last_name} if known else {last_name}

    def loads(self, function_scope: Scope) -> dict[str, list[ast.Name]]:
        """Give the uses (loads) of each name below a scope, nested scopes included."""
        known = self._loads.get(function_scope)
        if known is None:
            known = self._loads[function_scope] = loads(function_scope.node)
        return known

    def uses(self, binding_scope: Scope, name: str) -> list[ast.Name]:
        """Give every load that refers to a name bound in this scope, closures included, in source order."""
        return [
            node
            for node in self.loads(binding_scope).get(name, ())
            if self.scope_at(node).binding_scope(name) is binding_scope
        ]

    def forget_types(self) -> None:
        """Drop what was inferred so far, because more is proven about parameters now."""
        self.inference.forget()
        self._call_sites.clear()
        self.__dict__.pop("taint", None)

    # Roles.

    def roles_of(self, function: Function) -> frozenset[Role]:
        """Give what the program uses the function for, as far as this file proves it."""
        return function.owner.roles.of(function)

    def registrations(self) -> list[Registration]:
        """Give the routes that this file registers with an aiohttp application or route table."""
        return self.roles.registrations

    @cached_property
    def routes(self) -> list[Route]:
        """The same, with their patterns and names as text, and what they are added to."""
        return routing.routes(self)


def _position(node: ast.AST) -> tuple[int, int]:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
