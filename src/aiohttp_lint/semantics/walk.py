"""The one walk over a file: its scopes, what each binds, and the nodes that questions ask for by kind."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeAlias

from aiohttp_lint.semantics.passed_over import drop_bindings, is_type_checking
from aiohttp_lint.semantics.scopes import Binding, BindingKind, Scope, ScopeKind
from aiohttp_lint.semantics.syntax import CHILD_FIELDS, COMPREHENSIONS, FUNCTIONS, header

# What rules and the other questions ask for by kind; everything else is only walked through.
_COLLECTED = frozenset(
    {
        ast.Call, ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor,
        ast.While, ast.Raise, ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.Compare, ast.If,
        ast.Import, ast.ImportFrom, ast.Subscript, ast.Match, ast.Assert, ast.IfExp, ast.NamedExpr,
        ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp,
        ast.GeneratorExp, ast.Try, getattr(ast, "TryStar", ast.Try),
    }
)  # fmt: skip

_TYPE_ALIAS: type[ast.AST] | None = getattr(ast, "TypeAlias", None)


@dataclass(slots=True)
class Walk:
    """The facts of the one walk over a file."""

    module: Scope
    functions: list[Scope] = field(default_factory=list)
    classes: list[Scope] = field(default_factory=list)
    calls: dict[str, list[tuple[ast.Call, Scope]]] = field(default_factory=dict)
    attributes: list[ast.Attribute] = field(default_factory=list)
    imports: list[Binding] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """The names that are assigned what has a name already, with the last part of that."""
    has_star_imports: bool = False
    """Whether names are imported anywhere that the file doesn't spell."""
    scope_of: dict[ast.AST, Scope] = field(default_factory=dict)
    """Of each node that opens a scope, the scope."""
    scope_of_name: dict[ast.AST, Scope] = field(default_factory=dict)
    """Of the names that the walk met (not those of targets), the scope in which they are looked up."""


def walk_module(tree: ast.Module, package: tuple[str, ...] = ()) -> Walk:
    """Walk a file once and give its scopes, bindings and calls.

    `package` is the dotted package that holds the file, for relative imports; empty where it is unknown.
    Calls are indexed by the last name of what is called (`get` for `session.get(…)`).
    """
    module = Scope(ScopeKind.MODULE, tree, None)
    walk = Walk(module)
    walk.scope_of[tree] = module
    walker = _Walker(walk, package)
    walker.run(module, tree.body)
    if walker.passed_over:
        drop_bindings(walk, walker.passed_over)
    return walk


class _Walker:
    """The walk's own stacks, one scope after the other; one instance for one file."""

    def __init__(self, walk: Walk, package: tuple[str, ...]) -> None:
        self.walk = walk
        self.package = package
        self.scope = walk.module
        self.stack: list[ast.AST] = []
        self.pending: list[tuple[Scope, list[ast.AST]]] = []
        self.passed_over: list[ast.stmt] = []

    def run(self, module: Scope, body: list[ast.stmt]) -> None:
        plan_of, scope_of_name, add_attribute = (
            _PLANS.get,
            self.walk.scope_of_name,
            self.walk.attributes.append,
        )
        name_kind, attribute_kind = ast.Name, ast.Attribute
        self.pending.append((module, list(reversed(body))))
        while self.pending:
            scope, stack = self.pending.pop()
            self.scope, self.stack = scope, stack
            nodes = scope.nodes
            while stack:
                node = stack.pop()
                while True:
                    kind = node.__class__
                    if kind is name_kind:
                        scope_of_name[node] = scope
                        break
                    if kind is attribute_kind:
                        add_attribute(node)  # type: ignore[arg-type]
                        node = node.value  # type: ignore[attr-defined]
                        continue
                    plan = plan_of(kind)
                    if plan is None:
                        break
                    is_collected, handle, only_child, children_of = plan
                    if is_collected:
                        same_kind = nodes.get(kind)
                        if same_kind is None:
                            nodes[kind] = [node]
                        else:
                            same_kind.append(node)
                    if only_child is not None:
                        node = only_child(node)
                        continue
                    if handle is not None:
                        handle(self, node, scope)
                    else:
                        for value in children_of(node):
                            if value.__class__ is list:
                                if value:
                                    stack.extend(value[::-1])
                            elif value is not None:
                                stack.append(value)
                    break

    def push(self, scope: Scope, *nodes: ast.AST | None) -> None:
        below = [node for node in reversed(nodes) if node is not None]
        if scope is self.scope:
            self.stack.extend(below)
        else:
            self.pending.append((scope, below))

    def bind(self, binding: Binding) -> None:
        scope, name = binding.scope, binding.name
        if not scope.global_names and not scope.nonlocal_names:
            home = scope
        elif name in scope.global_names:
            home = scope.module
        elif name in scope.nonlocal_names:
            home = scope
            outer = scope.parent
            while outer is not None:
                if outer.kind is not ScopeKind.CLASS and name in outer.bindings:
                    home = outer
                    break
                outer = outer.parent
        else:
            home = scope
        known = home.bindings.get(name)
        if known is None:
            home.bindings[name] = [binding]
        else:
            known.append(binding)

    def note_renaming(self, name: str, value: ast.expr | None) -> None:
        kind = value.__class__
        if kind is ast.Attribute:
            self.walk.renamed.append((name, value.attr))  # type: ignore[union-attr]
        elif kind is ast.Name:
            self.walk.renamed.append((name, value.id))  # type: ignore[union-attr]

    def bind_import(self, binding: Binding) -> None:
        self.walk.imports.append(binding)
        self.bind(binding)

    def bind_target(
        self,
        kind: BindingKind,
        target: ast.AST,
        node: ast.AST,
        scope: Scope,
        value: ast.expr | None,
        *,
        annotation: ast.expr | None = None,
        is_async: bool = False,
        position: int | None = None,
    ) -> None:
        if isinstance(target, ast.Name):
            if kind is BindingKind.ASSIGNMENT:
                self.note_renaming(target.id, value)
            self.bind(
                Binding(
                    kind,
                    target.id,
                    node,
                    scope,
                    value,
                    annotation,
                    target,
                    is_async=is_async,
                    position=position,
                )
            )
        elif isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else None
            if kind is BindingKind.ASSIGNMENT and values is not None and len(values) == len(target.elts):
                if not any(isinstance(item, ast.Starred) for item in (*values, *target.elts)):
                    for item, part in zip(target.elts, values, strict=True):
                        self.bind_target(kind, item, node, scope, part)
                    return
            nested = BindingKind.UNPACKING if kind is BindingKind.ASSIGNMENT else kind
            # A position counts in the value itself; deeper ones are not followed.
            whole = value if position is None else None
            for index, item in enumerate(target.elts):
                self.bind_target(nested, item, node, scope, whole, is_async=is_async, position=index)
        elif isinstance(target, ast.Starred):
            self.bind_target(BindingKind.UNPACKING, target.value, node, scope, None)
        else:
            self.push(scope, target)

    # One method for each kind of node that binds a name or opens a scope.

    def _if(self, node: ast.If, scope: Scope) -> None:
        test, stack = node.test, self.stack
        kind = test.__class__
        if kind is ast.Name or kind is ast.Attribute:
            if is_type_checking(test):
                self.passed_over.extend(node.orelse)
        elif isinstance(test, ast.UnaryOp) and is_type_checking(test.operand):
            self.passed_over.extend(node.body)
        if node.orelse:
            stack.extend(node.orelse[::-1])
        stack.extend(node.body[::-1])
        stack.append(test)

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            imported = alias.name if alias.asname else name
            self.bind_import(Binding(BindingKind.IMPORT, name, alias, scope, None, None, None, imported))

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        module = node.module or ""
        if node.level:
            kept = len(self.package) - node.level + 1
            base = ".".join(self.package[:kept]) if 0 < kept <= len(self.package) else "." * node.level
            module = base if not module else f"{base}{'' if base.endswith('.') else '.'}{module}"
        before = module if module.endswith(".") else module + "."
        for alias in node.names:
            if alias.name == "*":
                scope.star_imports += (module,)
                self.walk.has_star_imports = True
                continue
            name = alias.asname or alias.name
            imported = before + alias.name
            self.bind_import(Binding(BindingKind.IMPORT, name, alias, scope, None, None, None, imported))

    def _global(self, node: ast.Global, scope: Scope) -> None:
        scope.function.global_names |= frozenset(node.names)
        for name in node.names:
            scope.module.bindings.setdefault(name, [])

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        scope.function.nonlocal_names |= frozenset(node.names)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        value = node.value
        for target in node.targets:
            kind = target.__class__
            if kind is ast.Name:
                name: str = target.id  # type: ignore[attr-defined]
                self.bind(Binding(BindingKind.ASSIGNMENT, name, node, scope, value, None, target))
                self.note_renaming(name, value)
            elif kind is ast.Attribute:
                self.stack.append(target)
            else:
                self.bind_target(BindingKind.ASSIGNMENT, target, node, scope, value)
        self.stack.append(value)

    def _ann_assign(self, node: ast.AnnAssign, scope: Scope) -> None:
        target, value, annotation, stack = node.target, node.value, node.annotation, self.stack
        kind = BindingKind.DECLARATION if value is None else BindingKind.ASSIGNMENT
        if isinstance(target, ast.Name):
            self.bind(Binding(kind, target.id, node, scope, value, annotation, target))
            self.note_renaming(target.id, value)
        else:
            stack.append(target)
        if value is not None:
            stack.append(value)
        stack.append(annotation)

    def _aug_assign(self, node: ast.AugAssign, scope: Scope) -> None:
        self.bind_target(BindingKind.AUGMENTED, node.target, node, scope, None)
        self.push(scope, node.value)

    def _named_expr(self, node: ast.NamedExpr, scope: Scope) -> None:
        self.bind_target(BindingKind.ASSIGNMENT, node.target, node, scope.function, node.value)
        self.push(scope, node.value)

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.bind(Binding(BindingKind.DELETION, target.id, node, scope, target=target))
            else:
                self.push(scope, target)

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        is_async = isinstance(node, ast.AsyncFor)
        self.bind_target(BindingKind.LOOP, node.target, node, scope, node.iter, is_async=is_async)
        self.push(scope, node.iter, *node.body, *node.orelse)

    _async_for = _for

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        is_async = isinstance(node, ast.AsyncWith)
        for item in node.items:
            if item.optional_vars is not None:
                self.bind_target(
                    BindingKind.WITH, item.optional_vars, item, scope, item.context_expr, is_async=is_async
                )
        self.push(scope, *(item.context_expr for item in node.items), *node.body)

    _async_with = _with

    def _except_handler(self, node: ast.ExceptHandler, scope: Scope) -> None:
        if node.name is not None:
            self.bind(Binding(BindingKind.EXCEPT, node.name, node, scope, node.type))
        self.stack.extend(node.body[::-1])
        if node.type is not None:
            self.stack.append(node.type)

    def _match_as(self, node: ast.MatchAs, scope: Scope) -> None:
        if node.name is not None:
            self.bind(Binding(BindingKind.CAPTURE, node.name, node, scope))
        self.push(scope, node.pattern)

    def _match_star(self, node: ast.MatchStar, scope: Scope) -> None:
        if node.name is not None:
            self.bind(Binding(BindingKind.CAPTURE, node.name, node, scope))

    def _match_mapping(self, node: ast.MatchMapping, scope: Scope) -> None:
        if node.rest is not None:
            self.bind(Binding(BindingKind.CAPTURE, node.rest, node, scope))
        self.push(scope, *node.keys, *node.patterns)

    def _type_alias(self, node: ast.AST, scope: Scope) -> None:
        name, value = getattr(node, "name", None), getattr(node, "value", None)
        if isinstance(name, ast.Name):
            self.bind(Binding(BindingKind.TYPE_ALIAS, name.id, node, scope, value, target=name))

    def _function_def(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        self.bind(Binding(BindingKind.FUNCTION, node.name, node, scope))
        inner = self.open(ScopeKind.FUNCTION, node, scope)
        self.walk.functions.append(inner)
        annotations = self.bind_parameters(node.args, inner)
        self.pending.append((inner, node.body[::-1]))  # type: ignore[arg-type]
        stack = self.stack
        if node.returns is not None:
            stack.append(node.returns)
        stack.extend(annotations[::-1])
        if node.args.kwonlyargs:
            stack.extend([default for default in node.args.kw_defaults[::-1] if default is not None])
        if node.args.defaults:
            stack.extend(node.args.defaults[::-1])
        if node.decorator_list:
            stack.extend(node.decorator_list[::-1])

    _async_function_def = _function_def

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        inner = self.open(ScopeKind.LAMBDA, node, scope)
        self.walk.functions.append(inner)
        self.bind_parameters(node.args, inner)
        self.push(inner, node.body)
        self.push(scope, *header(node))

    def _class_def(self, node: ast.ClassDef, scope: Scope) -> None:
        self.bind(Binding(BindingKind.CLASS, node.name, node, scope))
        inner = self.open(ScopeKind.CLASS, node, scope)
        self.walk.classes.append(inner)
        self.push(inner, *node.body)
        self.push(scope, *header(node))

    def _list_comp(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope
    ) -> None:
        inner = self.open(ScopeKind.COMPREHENSION, node, scope)
        parts: list[ast.AST] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for index, clause in enumerate(node.generators):
            self.bind_target(
                BindingKind.LOOP, clause.target, clause, inner, clause.iter, is_async=bool(clause.is_async)
            )
            if index:
                parts.append(clause.iter)
            parts.extend(clause.ifs)
        self.push(inner, *parts)
        # The first iterable is evaluated outside.
        self.push(scope, node.generators[0].iter)

    _set_comp = _dict_comp = _generator_exp = _list_comp

    def _call(self, node: ast.Call, scope: Scope) -> None:
        function = node.func
        kind = function.__class__
        name: str = function.attr if kind is ast.Attribute else function.id if kind is ast.Name else ""  # type: ignore[attr-defined]
        calls = self.walk.calls
        same_name = calls.get(name)
        if same_name is None:
            calls[name] = [(node, scope)]
        else:
            same_name.append((node, scope))
        stack = self.stack
        if node.keywords:
            stack.extend([keyword.value for keyword in node.keywords[::-1]])
        if node.args:
            stack.extend(node.args[::-1])
        stack.append(function)

    def _yield(self, node: ast.Yield | ast.YieldFrom, scope: Scope) -> None:
        scope.function.is_generator = True
        self.push(scope, node.value)

    _yield_from = _yield

    def open(self, kind: ScopeKind, node: ast.AST, parent: Scope) -> Scope:
        scope = Scope(kind, node, parent)
        parent.children.append(scope)
        self.walk.scope_of[node] = scope
        return scope

    def bind_parameters(self, arguments: ast.arguments, scope: Scope) -> list[ast.expr]:
        """Bind the parameters of a function in its scope, and give their annotations."""
        # A parameter's name is new to its scope, and no declaration sends it elsewhere: nothing to look up.
        bindings, kind = scope.bindings, BindingKind.PARAMETER
        annotations: list[ast.expr] = []
        positional = arguments.args
        if arguments.posonlyargs:
            positional = [*arguments.posonlyargs, *positional]
        first_default = len(positional) - len(arguments.defaults)
        for index, parameter in enumerate(positional):
            default = arguments.defaults[index - first_default] if index >= first_default else None
            name, annotation = parameter.arg, parameter.annotation
            bindings[name] = [Binding(kind, name, parameter, scope, default, annotation)]
            if annotation is not None:
                annotations.append(annotation)
        if arguments.vararg is not None:
            annotations += self.bind_several(arguments.vararg, scope)
        if arguments.kwonlyargs:
            for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
                name, annotation = parameter.arg, parameter.annotation
                bindings[name] = [Binding(kind, name, parameter, scope, default, annotation)]
                if annotation is not None:
                    annotations.append(annotation)
        if arguments.kwarg is not None:
            annotations += self.bind_several(arguments.kwarg, scope)
        return annotations

    def bind_several(self, parameter: ast.arg, scope: Scope) -> list[ast.expr]:
        scope.bindings[parameter.arg] = [Binding(BindingKind.PARAMETER, parameter.arg, parameter, scope)]
        return [] if parameter.annotation is None else [parameter.annotation]


def _method_name(kind: type[ast.AST]) -> str:
    return re.sub("(?=[A-Z])", "_", kind.__name__).lower()


_SPECIAL: dict[type[ast.AST], Callable[[_Walker, Any, Scope], None]] = {
    kind: getattr(_Walker, _method_name(kind))
    for kind in (
        ast.If, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Assign, ast.AnnAssign, ast.AugAssign,
        ast.NamedExpr, ast.Delete, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.ExceptHandler, ast.MatchAs,
        ast.MatchStar, ast.MatchMapping, ast.ClassDef, ast.Call, ast.Yield, ast.YieldFrom, *FUNCTIONS, *COMPREHENSIONS,
        *([_TYPE_ALIAS] if _TYPE_ALIAS is not None else []),
    )
}  # fmt: skip


_Plan: TypeAlias = tuple[
    bool,
    Callable[[_Walker, Any, Scope], None] | None,
    Callable[[Any], Any] | None,
    Callable[[Any], tuple[Any, ...]],
]
"""What the walk does with nodes of a kind: keep them by kind, then one way to go on to what they hold.

That is a handler, the getter of an only child, or the getter of all children. Plain tuples are unpacked fastest.
"""

# What holds just one node, or none.
_ONE_CHILD = {
    ast.Attribute: "value", ast.Expr: "value", ast.Await: "value", ast.Return: "value", ast.Starred: "value",
    ast.keyword: "value", ast.UnaryOp: "operand",
}  # fmt: skip


def _plan(kind: type[ast.AST], fields: tuple[str, ...]) -> _Plan:
    # Getting all fields of a node in one step is what makes the walk cheap; from the end, for a stack.
    get = attrgetter(*fields[::-1])
    return (
        kind in _COLLECTED,
        _SPECIAL.get(kind),
        attrgetter(_ONE_CHILD[kind]) if kind in _ONE_CHILD else None,
        get if len(fields) > 1 else lambda node: (get(node),),
    )


_PLANS = {
    kind: _plan(kind, CHILD_FIELDS.get(kind) or kind._fields)
    for kind in (*CHILD_FIELDS, *_SPECIAL)
    if CHILD_FIELDS.get(kind) or kind in _SPECIAL
}
