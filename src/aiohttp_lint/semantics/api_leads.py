"""From name to name through aiohttp's API: what is written with a word, and which classes a name leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from aiohttp_lint.semantics import aiohttp_api

_DOTTED = re.compile(r"[A-Za-z_][\w.]*")


@cache
def names_by_word() -> Mapping[str, frozenset[str]]:
    """Give the canonical names of what modules hold by the last part of each name that leads to it."""
    data = aiohttp_api.records()
    held = (*data["classes"], *data["constants"], *data["callables"])
    found: dict[str, set[str]] = {}
    for name, known in (*((name, name) for name in held), *data["aliases"].items()):
        holder, _, word = name.rpartition(".")
        if holder not in data["classes"]:
            found.setdefault(word, set()).add(known)
    return {word: frozenset(names) for word, names in found.items()}


class Leads(NamedTuple):
    """The classes that a class, function or constant leads to: by itself, and by each of its members."""

    by_itself: frozenset[str]
    by_member: Mapping[str, frozenset[str]]


@cache
def led_to(name: str) -> Leads:
    """Give the classes that a class, function or constant leads to."""
    data = aiohttp_api.records()
    record = data["classes"].get(name)
    if record is None:
        given = data["callables"].get(name, data["constants"].get(name, {}))
        classes = _classes_in(aiohttp_api.TYPE_ALIASES.get(name), given.get("result"), given.get("type"))
        return Leads(classes, {})
    protocols = (record.get(key) for key in ("awaits", "enters", "sync_enters", "iterates"))
    by_itself = set(_classes_in(*protocols, *aiohttp_api.class_named(name).mro))
    by_member: dict[str, frozenset[str]] = {}
    results = ((member, method.get("result")) for member, method in _methods_by_class().get(name, ()))
    for member, expression in (*record.get("attributes", {}).items(), *results):
        classes = _classes_in(expression)
        if member.startswith("__"):
            # What operators and protocols call needn't be written.
            by_itself |= classes
        elif classes:
            by_member[member] = by_member.get(member, frozenset()) | classes
    return Leads(frozenset(by_itself), by_member)


def _classes_in(*expressions: str | None) -> frozenset[str]:
    names = (name for expression in expressions if expression for name in _DOTTED.findall(expression))
    return frozenset(found.name for found in map(aiohttp_api.find_class, names) if found is not None)


@cache
def _methods_by_class() -> Mapping[str, list[tuple[str, Any]]]:
    found: dict[str, list[tuple[str, Any]]] = {}
    for name, record in aiohttp_api.records()["callables"].items():
        owner, _, member = name.rpartition(".")
        found.setdefault(owner, []).append((member, record))
    return found
