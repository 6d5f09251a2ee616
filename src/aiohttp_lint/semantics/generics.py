"""Type variables: what they stand for in a call, in an instance of a generic class, and in its bases."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.classes import class_named
from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.protocols import awaited, element, entered
from aiohttp_lint.semantics.types import (
    NONE_VALUE,
    SELF,
    UNKNOWN,
    ClassObject,
    FunctionObject,
    Instance,
    Member,
    Types,
    Variable,
    has_variables,
    instance,
    union,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp_lint.semantics.inference import Inference

Solution = dict[Variable, Types]
"""What type variables stand for."""

_PARAMETER_LISTS = frozenset(
    f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("Generic", "Protocol")
)


def substituted(types: Types, solution: Mapping[Variable, Types]) -> Types:
    """Put what is known of the type variables in their place; the others become what they are bound to."""
    if not has_variables(types):
        return types
    result = union(_substituted(member, solution) for member in types.members)
    return result | UNKNOWN if types.is_open else result


def _substituted(member: Member, solution: Mapping[Variable, Types]) -> Types:
    if isinstance(member, Variable):
        return solution.get(member, member.bound)
    if not isinstance(member, Instance) or not member.arguments:
        return Types(frozenset({member}))
    arguments = tuple(substituted(argument, solution) for argument in member.arguments)
    if member.name == "type" and member.definition is None:
        classes = frozenset(
            ClassObject(value.name, value.definition, value.arguments)
            for value in arguments[0].members
            if isinstance(value, Instance)
        )
        return Types(classes, arguments[0].is_open or not classes)
    return Types(frozenset({Instance(member.name, arguments, member.definition)}))


def solve(inference: Inference, pattern: Types, actual: Types, solution: Solution) -> None:
    """Find out what the variables of a declaration stand for, by the value that it is given.

    Args:
        inference: Of the file whose code gives the value.
        pattern: What is declared, with its variables.
        actual: What is known of the value.
        solution: What is found is added to it.
    """
    if NONE_VALUE in pattern.members:
        actual = actual.without_none()
    for member in pattern.members:
        if isinstance(member, Variable):
            known = solution.get(member)
            solution[member] = actual if known is None else known | actual
        elif isinstance(member, Instance) and any(map(has_variables, member.arguments)):
            for value in actual.members:
                _solve_parts(inference, member, value, solution)
            if actual.is_open:
                solve(inference, member.arguments[0], UNKNOWN, solution)


def _solve_parts(inference: Inference, pattern: Instance, value: Member, solution: Solution) -> None:
    alone = Types(frozenset({value}))
    first = pattern.arguments[0]
    if pattern.definition is None:
        if pattern.name in ("awaitable", "coroutine", "asyncio.Task"):
            return solve(inference, first, awaited(inference, alone), solution)
        if pattern.name in ("list", "set", "iterable"):
            return solve(inference, first, element(inference, alone, is_async=False), solution)
        if pattern.name == "async iterable":
            return solve(inference, first, element(inference, alone, is_async=True), solution)
        if pattern.name in ("context", "async context"):
            is_async = pattern.name == "async context"
            return solve(inference, first, entered(inference, alone, is_async=is_async), solution)
        if pattern.name == "callable":
            return solve(inference, first, inference.result(value), solution)
        if pattern.name == "type" and isinstance(value, ClassObject):
            made = instance(value.name, *value.arguments, definition=value.definition)
            return solve(inference, first, made, solution)
    if isinstance(value, Instance) and value.name == pattern.name and value.definition == pattern.definition:
        for part, actual in zip(pattern.arguments, value.arguments, strict=False):
            solve(inference, part, actual, solution)
    return None


def result_of_call(inference: Inference, callee: FunctionObject, node: ast.Call) -> Types:
    """Give what a call of a project function gives, with the variables of its declaration solved."""
    function = callee.function
    pattern = function.owner.inference.generic_result(function)
    if pattern is None:
        return inference.result_of(function)
    solution: Solution = {}
    if callee.receiver is not None:
        solution = solution_of_receiver(callee.receiver, function)
    solve_arguments(inference, function, node, solution, is_bound=callee.is_bound)
    return substituted(pattern, solution)


def solution_of_receiver(receiver: Instance | ClassObject, function: Function) -> Solution:
    """Give what is known of the variables of a method through what it is called on."""
    solution: Solution = {}
    if receiver.definition is not None and function.class_scope is not None:
        owner = function.owner.class_of(function.class_scope)
        solution = solution_in(receiver.definition, receiver.arguments, owner)
    solution[SELF] = instance(receiver.name, *receiver.arguments, definition=receiver.definition)
    return solution


def solve_arguments(
    inference: Inference, function: Function, node: ast.Call, solution: Solution, *, is_bound: bool
) -> None:
    """Solve the variables in the parameters of a function by the arguments of a call, as far as these are plain."""
    positional = function.positional[1:] if is_bound else function.positional
    named = {parameter.arg: parameter for parameter in (*positional, *function.node.args.kwonlyargs)}
    given: list[tuple[ast.arg, ast.expr]] = []
    for parameter, argument in zip(positional, node.args, strict=False):
        if isinstance(argument, ast.Starred):
            break
        given.append((parameter, argument))
    for keyword in node.keywords:
        if keyword.arg in named:
            given.append((named[keyword.arg], keyword.value))
    for parameter, argument in given:
        if parameter.annotation is not None:
            pattern = function.owner.inference.declared(parameter.annotation)
            if has_variables(pattern):
                solve(inference, pattern, inference.type_of(argument), solution)


def constructed(inference: Inference, made: ClassObject, node: ast.Call) -> Types:
    """Give what a call of a project class makes; of a generic one with its type arguments."""
    definition = made.definition
    assert definition is not None, "asked for classes of the project"
    arguments = made.arguments
    is_generic = bool(definition.node.bases or getattr(definition.node, "type_params", None))
    variables = type_parameters(definition) if is_generic and not arguments else ()
    constructor = definition.find_method("__init__") if variables else None
    if constructor is not None:
        solution: Solution = {}
        solve_arguments(inference, constructor, node, solution, is_bound=True)
        arguments = tuple(solution.get(variable, UNKNOWN) for variable in variables)
    return instance(made.name, *arguments, definition=definition)


def type_parameters(definition: Class) -> tuple[Variable, ...]:
    """Give the type variables of a generic class, in the order in which it takes arguments."""
    inference = definition.owner.inference
    own = [inference.type_parameter(parameter) for parameter in getattr(definition.node, "type_params", ())]
    if own:
        return tuple(variable for variable in own if variable is not None)
    found: list[Variable] = []
    for base in definition.node.bases:
        if isinstance(base, ast.Subscript):
            variables = [
                member
                for types in _base_arguments(inference, base)
                for member in types.members
                if isinstance(member, Variable)
            ]
            if definition.owner.qualified_name(base.value) in _PARAMETER_LISTS:
                return tuple(variables)
            found.extend(variables)
    return tuple(dict.fromkeys(found))


def solution_in(definition: Class, arguments: tuple[Types, ...], ancestor: Class) -> Solution:
    """Give what the variables of a class's ancestor stand for, in an instance with these type arguments."""
    own = dict(zip(type_parameters(definition), arguments, strict=False))
    if definition == ancestor:
        return own
    for base in definition.node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        found = class_named(definition.owner, plain)
        if found is not None and found != definition and ancestor in found.lineage():
            passed: list[Types] = []
            if isinstance(base, ast.Subscript):
                passed = [
                    substituted(part, own) for part in _base_arguments(definition.owner.inference, base)
                ]
            return solution_in(found, tuple(passed), ancestor)
    return {}


def _base_arguments(inference: Inference, base: ast.Subscript) -> list[Types]:
    items = base.slice.elts if isinstance(base.slice, ast.Tuple) else [base.slice]
    return [inference.declared(item) for item in items]
