"""What one evaluation step of a function runs, and whether it can fail; asked of bare syntax."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FUNCTION_FIELDS = ("decorator_list", "args", "returns")

# The fields whose expressions run when a node of this type runs; every other type runs all its fields.
_RUNNING_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Constant: (),
    ast.Name: (),
    ast.FunctionDef: _FUNCTION_FIELDS,
    ast.AsyncFunctionDef: _FUNCTION_FIELDS,
    ast.Lambda: ("args",),
    ast.ClassDef: ("decorator_list", "bases", "keywords", "body"),
    ast.GeneratorExp: (),
}
if hasattr(ast, "TypeAlias"):
    _RUNNING_FIELDS[ast.TypeAlias] = ()

# A step that stands for a part of a compound node runs that part only.
_STEP_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.For: ("target",),
    ast.AsyncFor: ("target",),
    ast.ExceptHandler: ("type",),
    ast.match_case: ("pattern",),
    ast.Assert: ("msg",),
}

_FIELDS_WITHOUT_NODES = frozenset({"ctx", "op", "ops", "id", "attr", "arg", "kind", "type_comment"})

_QUIET_STATEMENTS = frozenset(
    statement_type
    for statement_type in (
        ast.Pass,
        ast.Break,
        ast.Continue,
        ast.Global,
        ast.Nonlocal,
        getattr(ast, "TypeAlias", ast.Pass),
    )
)


def running_nodes(step: ast.AST) -> list[ast.AST]:
    """List what runs in one evaluation step.

    Bodies of functions and lambdas don't run there. A generator expression runs its first iterable only,
    unless it is unpacked on the spot (`f(*(… for …))`). A class statement runs its body.

    Args:
        step: A simple statement, an expression, a `with` item, an `except` handler or a `case` (their type
            and pattern), a `for` statement (its target), or an `assert` (its message).

    Returns:
        The step itself and every syntax node in it that runs, outermost first.
    """
    found = [step]
    stack = _children(step, _STEP_FIELDS.get(type(step)) or _fields(type(step)))
    if isinstance(step, ast.GeneratorExp):
        stack.append(step.generators[0].iter)
    while stack:
        node = stack.pop()
        found.append(node)
        fields = _RUNNING_FIELDS.get(type(node))
        if fields is None:
            fields = _fields(type(node))
        if fields:
            stack += _children(node, fields)
            if type(node) is ast.Starred and type(node.value) is ast.GeneratorExp:
                stack.append(node.value.elt)
                stack += node.value.generators
        elif type(node) is ast.GeneratorExp:
            stack.append(node.generators[0].iter)
    return found


def suspends(step: ast.AST) -> bool:
    """Tell whether an `await` or an asynchronous comprehension runs in an evaluation step."""
    return any(
        type(node) is ast.Await or (type(node) is ast.comprehension and bool(node.is_async))
        for node in running_nodes(step)
    )


def statement_may_raise(statement: ast.stmt) -> bool:
    """Tell whether a simple statement can fail; compound statements always can.

    Names count as bound, and asking a plain name for its truth counts as safe: that a `__bool__` might
    raise is no evidence. Annotations of local variables aren't evaluated.
    """
    match statement:
        case ast.Expr(value=value):
            return expression_may_raise(value)
        case ast.Assign(targets=targets, value=value):
            return not _are_names(targets) or expression_may_raise(value)
        case ast.AnnAssign(target=ast.Name(), value=optional) | ast.Return(value=optional):
            return optional is not None and expression_may_raise(optional)
        case ast.Delete(targets=targets):
            return not _are_names(targets)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return bool(statement.decorator_list) or _defaults_may_raise(statement.args)
        case ast.ClassDef():
            return bool(statement.decorator_list or statement.bases or statement.keywords) or any(
                map(statement_may_raise, statement.body)
            )
    return type(statement) not in _QUIET_STATEMENTS


def expression_may_raise(expression: ast.expr) -> bool:
    """Tell whether an expression can fail: all but names, constants and what merely arranges them."""
    stack = [expression]
    while stack:
        match stack.pop():
            case ast.Call() | ast.Await() | ast.Attribute():
                return True
            case ast.Constant() | ast.Name():
                pass
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                stack.append(operand)
            case ast.BoolOp(values=values) | ast.JoinedStr(values=values):
                stack += values
            case ast.Compare(left=left, ops=operators, comparators=comparators):
                if not all(isinstance(operator, (ast.Is, ast.IsNot)) for operator in operators):
                    return True
                stack += (left, *comparators)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                stack += (test, body, orelse)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                stack += elements
            case ast.Dict(keys=keys, values=values):
                if not all(isinstance(key, ast.Constant) for key in keys):
                    return True
                stack += values
            case ast.NamedExpr(value=value):
                stack.append(value)
            case ast.Lambda(args=arguments):
                if _defaults_may_raise(arguments):
                    return True
            case _:
                return True
    return False


def pattern_may_raise(pattern: ast.pattern) -> bool:
    """Tell whether matching a pattern can fail: all but captures, wildcards, `None` and booleans."""
    match pattern:
        case ast.MatchSingleton() | ast.MatchAs(pattern=None):
            return False
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return pattern_may_raise(inner)
        case ast.MatchOr(patterns=patterns):
            return any(map(pattern_may_raise, patterns))
    return True


def pattern_is_irrefutable(pattern: ast.pattern) -> bool:
    """Tell whether a pattern matches every subject."""
    match pattern:
        case ast.MatchAs(pattern=inner):
            return inner is None or pattern_is_irrefutable(inner)
        case ast.MatchOr(patterns=patterns):
            return pattern_is_irrefutable(patterns[-1])
    return False


def exception_type_may_raise(expression: ast.expr | None) -> bool:
    """Tell whether the type of an `except` clause can fail to evaluate; (tuples of) dotted names can't."""
    match expression:
        case None | ast.Name():
            return False
        case ast.Attribute(value=value):
            return exception_type_may_raise(value)
        case ast.Tuple(elts=elements):
            return any(map(exception_type_may_raise, elements))
    return True


def iteration_may_raise(loop: ast.For | ast.AsyncFor) -> bool:
    """Tell whether taking the next item can fail; from a literal into a plain name it can't."""
    return not (isinstance(loop.iter, (ast.Tuple, ast.List)) and isinstance(loop.target, ast.Name))


def _are_names(targets: Iterable[ast.expr]) -> bool:
    return all(isinstance(target, ast.Name) for target in targets)


def _defaults_may_raise(arguments: ast.arguments) -> bool:
    return any(
        default is not None and expression_may_raise(default)
        for default in (*arguments.defaults, *arguments.kw_defaults)
    )


def _fields(node_type: type[ast.AST]) -> tuple[str, ...]:
    fields = _RUNNING_FIELDS.get(node_type)
    if fields is None:
        fields = tuple(field for field in node_type._fields if field not in _FIELDS_WITHOUT_NODES)
        _RUNNING_FIELDS[node_type] = fields
    return fields


def _children(node: ast.AST, fields: Iterable[str]) -> list[ast.AST]:
    children: list[ast.AST] = []
    for field in fields:
        value = getattr(node, field, None)
        if isinstance(value, ast.AST):
            children.append(value)
        elif isinstance(value, list):
            children += [item for item in value if isinstance(item, ast.AST)]
    return children
