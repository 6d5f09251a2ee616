"""What a plan for string keys changes in one file: the places that it is about, and the edits."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from aiohttp_lint.edits import AddImport, InsertAfter, ReplaceExpression, ReplaceStatement, verbatim
from aiohttp_lint.semantics.key_conversions import Conversion
from aiohttp_lint.semantics.key_definitions import place_below

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.key_conversions import Entry
    from aiohttp_lint.semantics.key_definitions import Key
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.state_keys import KeyUse


def places(module: Module, uses: list[KeyUse], plan: Mapping[Key, Entry]) -> Iterator[tuple[Key, ast.expr]]:
    """Give the strings to report: keys, and the constant that is one, or its stores where it has to stay as it is."""
    for use in uses:
        entry = plan.get((use.keeper, use.text))
        is_left = use.constant is not None and (isinstance(entry, Conversion) or not use.is_store)
        if entry is not None and not is_left:
            yield (use.keeper, use.text), use.key
    for key, entry in plan.items():
        constant = _constant(module, entry)
        if constant is not None:
            yield key, constant


def _constant(module: Module, entry: Entry) -> ast.expr | None:
    if not isinstance(entry, Conversion) or entry.home != os.path.abspath(module.path):
        return None
    value = next((binding.value for binding in module.scope.bindings.get(entry.constant, ())), None)
    return value if isinstance(value, ast.Constant) else None


def offered(module: Module, entry: Entry) -> Conversion | None:
    """Give a conversion if everything that it changes is changed in this run."""
    if not isinstance(entry, Conversion):
        return None
    is_whole = module.project is None or module.project.is_changed_with(module, entry.changed)
    return entry if is_whole else None


def changes(module: Module, uses: list[KeyUse], plan: Mapping[Key, Entry], *, is_sure: bool) -> list[Edit]:
    """Give all that is to be changed in the file: one key more or less would leave it half done."""
    edits: list[Edit] = []
    definitions: dict[ast.stmt, list[str]] = {}
    for key, planned in plan.items():
        entry = offered(module, planned)
        if entry is None or entry.is_sure is not is_sure:
            continue
        own = [use for use in uses if (use.keeper, use.text) == key and use.constant is None]
        edits += [ReplaceExpression(module.span(use.key), entry.name) for use in own]
        imported = entry.imports.get(os.path.abspath(module.path))
        if imported is not None:
            edits += [AddImport(imported, entry.name)] if own else []
            continue
        constant = _constant(module, entry)
        place = place_below(module, own, entry.after)
        if constant is not None:
            edits.append(
                ReplaceStatement(module.span(module.statement(constant)), verbatim(entry.definition))
            )
        elif place is not None and entry.definition and entry.name not in module.scope.bindings:
            definitions.setdefault(place, []).append(entry.definition)
        else:
            continue
        edits += [AddImport(*needed) for needed in entry.needs]
    for place, lines in definitions.items():
        gap = "\n\n" if isinstance(place, ast.ClassDef) else "\n"
        edits.append(InsertAfter(module.span(place), gap + "\n".join(lines)))
    return edits
