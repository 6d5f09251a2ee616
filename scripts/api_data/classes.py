"""Classes: their bases, methods, attributes, members and protocols."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from api_data.callables import callable_record, parameter_record
from api_data.sources import Function, Record, decorators, flatten
from api_data.tables import ATTRIBUTES, ITERATES, RESULTS, SPECIAL_METHODS
from api_data.type_expressions import type_expression

if TYPE_CHECKING:
    from api_data.sources import Package


def is_special(name: str) -> bool:
    """Tell whether a method name is private, or a special method that says nothing to a linter."""
    return name.startswith("_") and name not in SPECIAL_METHODS


def fields_of(package: Package, node: ast.ClassDef, module: str) -> list[Record] | None:
    """Describe the fields of a dataclass, attrs class or named tuple as constructor parameters; None for others."""
    marks = {ast.unparse(item).partition("(")[0] for item in node.decorator_list}
    for base in node.bases:
        source: ast.expr = base
        if isinstance(base, ast.Name):
            bound = package.definition(f"{module}.{base.id}")
            if isinstance(bound, ast.Assign):
                source = bound.value
        if isinstance(source, ast.Call) and ast.unparse(source.func).rpartition(".")[2] in (
            "NamedTuple",
            "namedtuple",
        ):
            names = source.args[1]
            if not isinstance(names, ast.List | ast.Tuple):
                return None
            elements = (item.elts[0] if isinstance(item, ast.Tuple) else item for item in names.elts)
            return [{"name": item.value} for item in elements if isinstance(item, ast.Constant)]
    is_tuple = any(ast.unparse(base).rpartition(".")[2] == "NamedTuple" for base in node.bases)
    if not is_tuple and not marks & {
        "attr.s",
        "attr.dataclass",
        "attrs.define",
        "dataclass",
        "dataclasses.dataclass",
    }:
        return None
    found = []
    for statement in node.body:
        default, annotation, name = None, None, None
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name, annotation, default = statement.target.id, statement.annotation, statement.value
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            if not isinstance(statement.value, ast.Call) or ast.unparse(statement.value.func) != "attr.ib":
                continue
            name, default = statement.targets[0].id, statement.value
        if name is None or (annotation is not None and "ClassVar" in ast.unparse(annotation)):
            continue
        if isinstance(default, ast.Call) and ast.unparse(default.func) in (
            "attr.ib",
            "field",
            "dataclasses.field",
        ):
            keywords = {keyword.arg: keyword.value for keyword in default.keywords}
            annotation = annotation or keywords.get("type")
            default = keywords.get("default", keywords.get("factory", keywords.get("default_factory")))
        found.append(parameter_record(ast.arg(name, annotation), "positional_or_keyword", default))
    return found


def attributes_of(package: Package, node: ast.ClassDef, module: str) -> dict[str, str | None]:
    """Find the public attributes of a class and their types."""
    found: dict[str, str | None] = {}

    def note(name: str, expression: str | None) -> None:
        if not name.startswith("_") and found.get(name) is None:
            found[name] = expression

    for statement, _ in flatten(node.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            # `method: str = None` says "not yet set", and is typed by what it will hold.
            note(statement.target.id, type_expression(package, statement.annotation, module))
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            value = statement.value
            content = value.value if isinstance(value, ast.Constant) else None
            note(statement.targets[0].id, None if content is None else type(content).__name__)
        elif isinstance(statement, Function) and statement.args.args:
            annotations = {argument.arg: argument.annotation for argument in statement.args.args}
            annotations |= {argument.arg: argument.annotation for argument in statement.args.kwonlyargs}
            own = statement.args.args[0].arg
            for inner in ast.walk(statement):
                if not isinstance(inner, ast.Assign | ast.AnnAssign):
                    continue
                target = inner.targets[0] if isinstance(inner, ast.Assign) else inner.target
                if not (isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)):
                    continue
                if target.value.id != own:
                    continue
                annotation = inner.annotation if isinstance(inner, ast.AnnAssign) else None
                if annotation is None and isinstance(inner.value, ast.Name) and statement.name == "__init__":
                    annotation = annotations.get(inner.value.id)
                note(target.attr, type_expression(package, annotation, module))
    return found


def members_of(node: ast.ClassDef) -> dict[str, int | str]:
    """Find the members of an enumeration with their values."""
    found: dict[str, int | str] = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            value = statement.value
            if isinstance(value, ast.Constant) and isinstance(value.value, int | str):
                found[statement.targets[0].id] = value.value
            elif isinstance(value, ast.Name) and value.id in found:
                found[statement.targets[0].id] = found[value.id]
    return found


def class_record(
    package: Package, node: ast.ClassDef, module: str, canonical: str
) -> tuple[Record, dict[str, Record]]:
    """Describe a class, and its methods and properties."""
    bases = []
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        expression = type_expression(package, plain, module)
        full_name = package.resolve_expression(plain, module)
        if expression is not None or full_name not in (None, "typing.Generic", "typing.Protocol", "object"):
            bases.append((expression or str(full_name)).partition("[")[0])
    methods: dict[str, Record] = {}
    nodes: dict[str, Function] = {}
    for statement, stays in flatten(node.body):
        if isinstance(statement, Function):
            name = statement.name
            if (
                "setter" in decorators(statement)
                or "deleter" in decorators(statement)
                or (stays and name in nodes)
            ):
                continue
            nodes[name] = statement
            if not is_special(name):
                methods[name] = callable_record(package, statement, module, canonical)
    if "__init__" not in methods:
        fields = fields_of(package, node, module)
        if "__new__" in nodes:
            methods["__init__"] = callable_record(package, nodes["__new__"], module, canonical) | {
                "result": "None"
            }
        elif fields is not None:
            methods["__init__"] = {"kind": "function", "result": "None", "parameters": fields}
    for name, method in methods.items():
        full_name = f"{canonical}.{name}"
        if full_name in RESULTS:
            method["result"] = RESULTS[full_name]
    attributes = attributes_of(package, node, module) | ATTRIBUTES.get(canonical, {})
    record: Record = {
        "bases": bases,
        "attributes": {name: expression for name, expression in attributes.items() if name not in methods},
    }
    if any(base in ("enum.Enum", "enum.IntEnum") for base in bases):
        record["attributes"] = {}
        record["members"] = members_of(node)
    record |= protocols_of(package, nodes, methods, module)
    if canonical in ITERATES:
        record["iterates"] = ITERATES[canonical]
    return record, methods


def protocols_of(
    package: Package, nodes: dict[str, Function], methods: dict[str, Record], module: str
) -> dict[str, str]:
    """Find what `await`, `async with`, `with` and `async for` on an instance give."""
    found = {}
    if "__await__" in nodes:
        returns = nodes["__await__"].returns
        if isinstance(returns, ast.Subscript) and isinstance(returns.slice, ast.Tuple):
            found["awaits"] = type_expression(package, returns.slice.elts[-1], module)
    if "__aenter__" in methods:
        found["enters"] = methods["__aenter__"]["result"]
    # A `__enter__` that only raises is there to say "use async with".
    if "__enter__" in methods and not isinstance(nodes["__enter__"].body[0], ast.Raise):
        found["sync_enters"] = methods["__enter__"]["result"]
    if "__anext__" in methods:
        found["iterates"] = methods["__anext__"]["result"]
    return {name: expression for name, expression in found.items() if expression is not None}
