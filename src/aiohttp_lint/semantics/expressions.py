"""What each kind of expression gives, by what is known of its parts."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp_lint.semantics.attributes import member_attribute
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.generics import constructed, result_of_call
from aiohttp_lint.semantics.known_results import called
from aiohttp_lint.semantics.protocols import awaited, element, subscripted
from aiohttp_lint.semantics.scopes import MAXIMUM_BINDINGS
from aiohttp_lint.semantics.types import (
    NONE,
    NOTHING,
    UNKNOWN,
    ClassObject,
    FunctionObject,
    Instance,
    Member,
    Types,
    instance,
    union,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.inference import Inference

_PATH = "pathlib.Path"
_LITERAL_DISPLAYS: dict[type[ast.AST], str] = {
    ast.List: "list",
    ast.Set: "set",
    ast.ListComp: "list",
    ast.SetComp: "set",
}


def _name(inference: Inference, node: ast.Name) -> Types:
    bindings = inference.module.reaching(node)
    if not bindings:
        name = inference.module.qualified_name(node)
        return UNKNOWN if name is None else inference.named(name)
    if len(bindings) > MAXIMUM_BINDINGS:
        return UNKNOWN
    return inference.narrowing.of_name(node, bindings)


def _attribute(inference: Inference, node: ast.Attribute) -> Types:
    name = inference.module.qualified_name(node)
    if name is not None:
        return inference.named(name)
    receiver = inference.type_of(node.value)
    types = union(member_attribute(inference, member, node.attr) for member in receiver.values)
    return types | UNKNOWN if receiver.is_open else types


def _call(inference: Inference, node: ast.Call) -> Types:
    callee = inference.type_of(node.func)
    factories = inference.module.options.own_names.session_factories
    if factories and inference.module.dotted_name(node.func) in factories:
        session = instance("aiohttp.ClientSession")
        is_awaited = isinstance(inference.module.parent(node), ast.Await)
        return instance("awaitable", session) if is_awaited else session
    special = called(inference, node, callee)
    if special is not None:
        return special
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        return _super(inference, node)
    types = union(_result_of_call(inference, member, node) for member in callee.values)
    return types | UNKNOWN if callee.is_open else types


def _result_of_call(inference: Inference, member: Member, node: ast.Call) -> Types:
    if isinstance(member, FunctionObject):
        return result_of_call(inference, member, node)
    if isinstance(member, ClassObject) and member.definition is not None:
        return constructed(inference, member, node)
    return inference.result(member)


def _super(inference: Inference, node: ast.Call) -> Types:
    """Give an object of the only base of the class around; of several, which one has what is open."""
    function = inference.module.function_at(node)
    definition = None if function is None else function.class_around
    if definition is None or not definition.is_complete or len(definition.node.bases) != 1:
        return UNKNOWN
    if definition.bases:
        return instance(definition.bases[0].name, definition=definition.bases[0])
    return instance(definition.outside_bases[0]) if definition.outside_bases else UNKNOWN


def _await(inference: Inference, node: ast.Await) -> Types:
    return awaited(inference, inference.type_of(node.value))


def _or(inference: Inference, node: ast.BoolOp) -> Types:
    parts = [inference.type_of(value) for value in node.values]
    if isinstance(node.op, ast.Or):
        parts = [part.without_none() for part in parts[:-1]] + parts[-1:]
    known = [part for part in parts if part != NOTHING]
    return union(known) if known else NOTHING


def _conditional(inference: Inference, node: ast.IfExp) -> Types:
    return inference.type_of(node.body) | inference.type_of(node.orelse)


def _walrus(inference: Inference, node: ast.NamedExpr) -> Types:
    return inference.type_of(node.value)


def _constant(inference: Inference, node: ast.Constant) -> Types:
    return NONE if node.value is None else instance(f"builtins.{type(node.value).__name__}")


def _string(inference: Inference, node: ast.JoinedStr) -> Types:
    return instance("builtins.str")


def _display(inference: Inference, node: ast.List | ast.Set) -> Types:
    elements = union(map(partial(_displayed, inference), node.elts)) if node.elts else NOTHING
    return instance(_LITERAL_DISPLAYS[type(node)], elements)


def _displayed(inference: Inference, item: ast.expr) -> Types:
    if isinstance(item, ast.Starred):
        return element(inference, inference.type_of(item.value), is_async=False)
    return inference.type_of(item)


def _tuple(inference: Inference, node: ast.Tuple) -> Types:
    if any(isinstance(item, ast.Starred) for item in node.elts):
        return instance("list", union(map(partial(_displayed, inference), node.elts)))
    return instance("tuple", *(inference.type_of(item) for item in node.elts))


def _comprehension(inference: Inference, node: ast.ListComp | ast.SetComp) -> Types:
    return instance(_LITERAL_DISPLAYS[type(node)], inference.type_of(node.elt))


def _generator(inference: Inference, node: ast.GeneratorExp) -> Types:
    return instance("iterable", inference.type_of(node.elt))


def _dict(inference: Inference, node: ast.Dict) -> Types:
    if not node.keys:
        return instance("dict")
    keys: list[Types] = []
    values: list[Types] = []
    for key, value in zip(node.keys, node.values, strict=True):
        types = inference.type_of(value)
        if key is not None:
            keys.append(inference.type_of(key))
            values.append(types)
            continue
        # `**other`
        for member in types.members:
            if not (isinstance(member, Instance) and member.name == "dict" and len(member.arguments) == 2):
                return instance("dict")
            keys.append(member.arguments[0])
            values.append(member.arguments[1])
        if types.is_open:
            return instance("dict")
    return instance("dict", union(keys), union(values))


def _dict_comprehension(inference: Inference, node: ast.DictComp) -> Types:
    return instance("dict", inference.type_of(node.key), inference.type_of(node.value))


def _lambda(inference: Inference, node: ast.Lambda) -> Types:
    return Types(frozenset({FunctionObject(Function(node, inference.module.facts.scope_of[node]))}))


def _operation(inference: Inference, node: ast.BinOp) -> Types:
    left, right = inference.type_of(node.left), inference.type_of(node.right)
    numbers = ("builtins.int", "builtins.float")
    if left.is_only(*numbers) and right.is_only(*numbers):
        return left | right
    if isinstance(node.op, ast.Add | ast.BitOr) and left.is_only("list", "set", "dict") and left.is_known:
        return left | right if right.is_only("list", "set", "dict") else UNKNOWN
    if isinstance(node.op, ast.Div) and left.is_only(_PATH):
        return left
    if isinstance(node.op, ast.Div) and left.is_only("builtins.str") and right.is_only(_PATH):
        return right
    if left.is_only("builtins.str") and isinstance(node.op, ast.Add | ast.Mod | ast.Mult):
        return left
    return UNKNOWN


def _negation(inference: Inference, node: ast.UnaryOp) -> Types:
    return instance("builtins.bool") if isinstance(node.op, ast.Not) else inference.type_of(node.operand)


def _comparison(inference: Inference, node: ast.Compare) -> Types:
    return instance("builtins.bool")


EXPRESSIONS: dict[type[ast.expr], Callable[[Inference, Any], Types]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Await: _await,
    ast.Subscript: subscripted,
    ast.BoolOp: _or,
    ast.IfExp: _conditional,
    ast.NamedExpr: _walrus,
    ast.Constant: _constant,
    ast.JoinedStr: _string,
    ast.List: _display,
    ast.Set: _display,
    ast.Tuple: _tuple,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _generator,
    ast.Dict: _dict,
    ast.DictComp: _dict_comprehension,
    ast.Lambda: _lambda,
    ast.BinOp: _operation,
    ast.UnaryOp: _negation,
    ast.Compare: _comparison,
}
"""How the types of an expression are found, by its syntax."""
