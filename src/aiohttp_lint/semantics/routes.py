"""Which part of a path reaches a handler: the patterns of the routes that it is registered for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

_CLASSES_WITH_PERCENT = "SDW"


def route_patterns(module: Module, function: Function) -> tuple[str | None, ...]:
    """Give the paths that a handler is registered for; None among them for one that can't be read."""
    found = list(module.roles.paths_of(function))
    if module.project is not None:
        found += module.project.registrations.paths_of(function)
    return tuple(found)


def lets_everything_through(path: str | None, name: str) -> bool:
    """Tell whether a variable part of a route can hold any text.

    A route's regular expression sees the path as it was sent: what can match `%` lets every character
    through, as `%2F`. Of a path that can't be read nothing is known.
    """
    if path is None:
        return False
    expression = _expression_of(path, name)
    return expression is None or _matches_percent(expression)


def _expression_of(path: str, name: str) -> str | None:
    """Give the regular expression of `{name:…}` in a path; None for a plain `{name}`."""
    start = path.find("{" + name + ":")
    if start < 0:
        return None
    begin = start + len(name) + 2
    depth = 1
    for index in range(begin, len(path)):
        depth += {"{": 1, "}": -1}.get(path[index], 0)
        if not depth:
            return path[begin:index]
    return None


def _matches_percent(expression: str) -> bool:
    """Tell whether some part of a regular expression that stands for several characters can be `%` or `/`."""
    index = 0
    while index < len(expression):
        character = expression[index]
        if character == "\\":
            if expression[index + 1 : index + 2] in _CLASSES_WITH_PERCENT:
                return True
            index += 2
        elif character == ".":
            return True
        elif character == "[":
            end = _end_of_class(expression, index)
            try:
                members = re.compile(expression[index:end])
            except re.error:
                return False
            if members.fullmatch("%") or members.fullmatch("/"):
                return True
            index = end
        else:
            index += 1
    return False


def _end_of_class(expression: str, start: int) -> int:
    index = start + 1
    if expression[index : index + 1] == "^":
        index += 1
    if expression[index : index + 1] == "]":
        index += 1
    while index < len(expression) and expression[index] != "]":
        index += 2 if expression[index] == "\\" else 1
    return index + 1
