"""Queries of Django's database layer: which calls ask the database, and which only describe a question."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.guards import is_made_once
from aiohttp_lint.semantics.types import ClassObject

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_MANAGER = "objects"
_MODEL = "django.db.models."
_ASKING = frozenset(
    {
        "get", "first", "last", "earliest", "latest", "count", "exists", "aggregate", "create", "get_or_create",
        "update_or_create", "bulk_update", "update", "delete", "in_bulk",
    }
)  # fmt: skip
_DESCRIBING = frozenset(
    {
        "all", "filter", "exclude", "order_by", "values", "values_list", "distinct", "select_related",
        "prefetch_related", "annotate", "only", "defer", "reverse", "using", "select_for_update",
    }
)  # fmt: skip
_READERS = frozenset(
    f"builtins.{name}"
    for name in ("list", "tuple", "set", "frozenset", "dict", "sorted", "len", "bool", "sum", "min", "max")
)


def queries(module: Module) -> list[ast.Call]:
    """Give the calls that may be queries, by their names alone: none in files that use no manager."""
    return module.calls_of(_ASKING | _DESCRIBING) if _MANAGER in module.text.words else []


def query_name(site: CallSite) -> str | None:
    """Name the query that a call sends, `shop.models.Order.objects.count`; None where it sends none.

    A query set asks when it is read: by a loop, a test, an index or `list(…)`. What is awaited is another
    library's.
    """
    module, call = site.module, site.node
    if not isinstance(call.func, ast.Attribute):
        return None
    name = call.func.attr
    if name in _ASKING:
        asks = module.use_of(call).kind is not UseKind.AWAITED
    else:
        asks = name in _DESCRIBING and _is_read(module, call)
    model = _model(module, call.func.value) if asks else None
    # What is asked once and kept is most often asked when the program starts.
    return None if model is None or is_made_once(module, call) else f"{model}.{_MANAGER}.{name}"


def _is_read(module: Module, query_set: ast.Call) -> bool:
    use = module.use_of(query_set)
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
        return use.node.args == [query_set] and module.call_site(use.node).calls_only(*_READERS)
    return use.kind in (UseKind.ITERATED, UseKind.TESTED)


def _model(module: Module, chain: ast.expr) -> str | None:
    """Give the model that a chain of calls begins at: `Order` of `Order.objects.filter(…)`."""
    while isinstance(chain, ast.Call) and isinstance(chain.func, ast.Attribute):
        if chain.func.attr not in _DESCRIBING:
            return None
        chain = chain.func.value
    if not isinstance(chain, ast.Attribute) or chain.attr != _MANAGER:
        return None
    members = module.type_of(chain.value).members
    definition = next((member.definition for member in members if isinstance(member, ClassObject)), None)
    if definition is not None:
        is_model = any(base.startswith(_MODEL) for base in definition.outside_bases)
        is_unknown = not definition.is_complete and definition.owner.imports("django")
        return definition.name if is_model or is_unknown else None
    name = module.qualified_name(chain.value)
    return name if name is not None and "." in name and module.imports("django") else None
