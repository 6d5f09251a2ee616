"""Functions, methods and properties: their parameters, results and deprecations."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from api_data.sources import Function, Record, decorators
from api_data.tables import PROPERTY_DECORATORS
from api_data.type_expressions import type_expression

if TYPE_CHECKING:
    from api_data.sources import Package


def parameter_record(argument: ast.arg, kind: str, default: ast.expr | None) -> Record:
    """Describe one parameter."""
    record: Record = {"name": argument.arg}
    if kind != "positional_or_keyword":
        record["kind"] = kind
    if default is not None:
        record["default"] = ast.unparse(default)
    if argument.annotation is not None:
        record["annotation"] = ast.unparse(argument.annotation).strip("'\"")
    return record


def parameters_of(function: Function, is_bound: bool) -> list[Record]:
    """Describe the parameters of a function, without the one that the instance or class fills."""
    signature = function.args
    positional = [(argument, "positional_only") for argument in signature.posonlyargs]
    positional += [(argument, "positional_or_keyword") for argument in signature.args]
    defaults = [None] * (len(positional) - len(signature.defaults)) + list(signature.defaults)
    found = [
        parameter_record(argument, kind, default)
        for (argument, kind), default in zip(positional, defaults, strict=True)
    ]
    if is_bound:
        found = found[1:]
    if signature.vararg:
        found.append(parameter_record(signature.vararg, "var_positional", None))
    for argument, default in zip(signature.kwonlyargs, signature.kw_defaults, strict=True):
        found.append(parameter_record(argument, "keyword_only", default))
    if signature.kwarg:
        found.append(parameter_record(signature.kwarg, "var_keyword", None))
    return found


def deprecations_of(function: Function, names: set[str]) -> dict[str | None, str]:
    """Find what a function warns about: parameter name, or None for the function itself, to the message."""
    found: dict[str | None, str] = {}
    strings = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def visit(statements: list[ast.stmt], subject: str | None, certain: bool) -> None:
        for statement in statements:
            if isinstance(statement, ast.If):
                visit(statement.body, given_parameter(statement.test, names, ast.IsNot), False)
                visit(statement.orelse, given_parameter(statement.test, names, ast.Is), False)
            elif isinstance(statement, ast.With | ast.Try):
                visit(statement.body, subject, certain)
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                call = statement.value
                if ast.unparse(call.func) == "warnings.warn" and "DeprecationWarning" in ast.unparse(call):
                    message = call.args[0]
                    if isinstance(message, ast.Name):
                        message = strings.get(message.id, message)
                    if (subject or certain) and subject not in found:
                        found[subject] = message_text(message)

    visit(function.body, None, True)
    return found


def given_parameter(test: ast.expr, names: set[str], operator: type[ast.cmpop]) -> str | None:
    """Name the parameter whose mere presence decides a test: `x`, `x is not None`, or the reverse with `ast.Is`."""
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], operator):
        test = test.left
    elif operator is ast.Is:
        return None
    return test.id if isinstance(test, ast.Name) and test.id in names else None


def message_text(node: ast.expr) -> str:
    """Give the text of a message; what is filled in at run time stands as `{...}`."""
    if isinstance(node, ast.JoinedStr):
        return "".join(message_text(part) for part in node.values)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return f"{{{ast.unparse(node)}}}"


def callable_record(package: Package, function: Function, module: str, owner: str | None) -> Record:
    """Describe a function, method or property."""
    marks = decorators(function)
    parameters = parameters_of(function, owner is not None and "staticmethod" not in marks)
    kind = "async" if isinstance(function, ast.AsyncFunctionDef) else "function"
    if kind == "async" and any(isinstance(node, ast.Yield) for node in ast.walk(function)):
        kind = "async_generator"
    if PROPERTY_DECORATORS & set(marks):
        kind = "property"
    result = type_expression(package, function.returns, module)
    first = function.args.args[0] if owner and function.args.args else None
    if first is not None and first.annotation is not None and function.returns is not None:
        # `def __aiter__(self: T) -> T`
        same = ast.unparse(first.annotation) == ast.unparse(function.returns)
        result = "Self" if same else result
    if result == owner and function.name in ("__aenter__", "__enter__", "__aiter__"):
        result = "Self"
    record: Record = {"kind": kind, "result": result}
    warned = deprecations_of(function, {parameter["name"] for parameter in parameters})
    for parameter in parameters:
        if parameter["name"] in warned:
            parameter["deprecated"] = warned[parameter["name"]]
    if None in warned:
        record["deprecated"] = warned[None]
    record["parameters"] = parameters
    return record


def forward_keywords(record: Record, target: Function) -> None:
    """Replace `**kwargs` by the keyword-only parameters of the function that they are handed to."""
    forwarded = parameters_of(target, True)
    own = [parameter for parameter in record["parameters"] if parameter.get("kind") != "var_keyword"]
    if len(own) < len(record["parameters"]):
        known = {parameter["name"] for parameter in own}
        own += [
            item for item in forwarded if item.get("kind") == "keyword_only" and item["name"] not in known
        ]
    warned = deprecations_of(target, {parameter["name"] for parameter in forwarded})
    for parameter in own:
        if parameter["name"] in warned:
            parameter["deprecated"] = warned[parameter["name"]]
    record["parameters"] = own
