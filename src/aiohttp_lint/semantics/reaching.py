"""Which bindings a use of a name can mean, along the paths of the function."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.dataflow import ReachingDefinitions, reaching_definitions
from aiohttp_lint.semantics.graph import Node, NodeKind
from aiohttp_lint.semantics.scopes import Binding, BindingKind, Scope, ScopeKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_FRAMES = (ScopeKind.FUNCTION, ScopeKind.MODULE)


class Reaching:
    """The reaching definitions of a file's scopes, each solved when it is first asked for."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._plain: dict[tuple[Scope, str], bool] = {}
        self._solved: dict[
            Scope, tuple[ReachingDefinitions, dict[tuple[Node, str], list[Binding]]] | None
        ] = {}
        self._known: dict[ast.Name, list[Binding]] = {}

    def bindings(self, name: ast.Name) -> list[Binding]:
        """Give the bindings that can be in force where a name is used; all of them where paths can't tell."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._find(name)
        return known

    def _find(self, name: ast.Name) -> list[Binding]:
        scope = self._module.scope_at(name)
        home = scope.binding_scope(name.id)
        if home is None:
            return []
        bindings = home.bindings.get(name.id, [])
        if len(bindings) < 2 or home.kind not in _FRAMES or scope.function is not home:
            return bindings
        if not self._is_plain(home, name.id, bindings):
            return bindings
        if home not in self._solved:
            self._solved[home] = self._solve(home)
        solved = self._solved[home]
        graph = self._module.graph_of(home)
        if solved is None or graph is None:
            return bindings
        definitions, made = solved
        found: list[Binding] = []
        steps = graph.nodes_evaluating(name)
        if not steps:
            # Evaluated later, or in a nested function: any of them.
            return bindings
        for node in steps:
            for definition in definitions.at(node, name.id):
                if definition is graph.entry:
                    found.extend(binding for binding in bindings if binding.kind is BindingKind.PARAMETER)
                else:
                    found.extend(made.get((definition, name.id), ()))
        return list(dict.fromkeys(found))

    def _is_plain(self, home: Scope, name: str, bindings: list[Binding]) -> bool:
        """Tell whether every binding of a name stands in the frame that is asked about, as a statement."""
        known = self._plain.get((home, name))
        if known is None:
            known = self._plain[home, name] = not any(
                binding.scope is not home or isinstance(binding.node, ast.NamedExpr) for binding in bindings
            )
        return known

    def _solve(
        self, scope: Scope
    ) -> tuple[ReachingDefinitions, dict[tuple[Node, str], list[Binding]]] | None:
        graph = self._module.graph_of(scope)
        if graph is None:
            return None
        by_syntax: dict[ast.AST, list[Binding]] = {}
        for bindings in scope.bindings.values():
            for binding in bindings:
                by_syntax.setdefault(binding_syntax(self._module, binding), []).append(binding)
        made: dict[tuple[Node, str], list[Binding]] = {}

        def names_bound(node: Node) -> dict[str, list[Binding]]:
            if node.kind is NodeKind.LEAVE:
                return {}
            names: dict[str, list[Binding]] = {}
            for binding in by_syntax.get(node.ast, ()):
                names.setdefault(binding.name, []).append(binding)
            for name, bound in names.items():
                made[node, name] = bound
            return names

        definitions = reaching_definitions(graph, names_bound)
        return None if definitions is None else (definitions, made)


def binding_syntax(module: Module, binding: Binding) -> ast.AST:
    """Give the syntax that the graph's node for a binding carries."""
    node = binding.node
    if isinstance(node, ast.alias):
        return module.parent_of_alias(node)
    if binding.kind is BindingKind.CAPTURE:
        for ancestor in module.ancestors(node):
            if isinstance(ancestor, ast.match_case):
                return ancestor
    return node
