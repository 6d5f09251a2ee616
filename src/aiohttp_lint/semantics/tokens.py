"""Questions about JSON web tokens: which are taken unchecked, and which checks refuse them all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.handlers import Decoration, decoration
from aiohttp_lint.semantics.mappings import written_mapping
from aiohttp_lint.semantics.requirement_files import is_held_below, requirement_texts
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import is_none

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module

_REQUEST = aiohttp_api.class_named("aiohttp.web.BaseRequest").name
_PYJWT = ("jwt.decode", "jwt.decode_complete")
_JOSE = ("jose.jwt.decode",)
_UNVERIFIED = ("jose.jwt.get_unverified_claims",)
READERS = (*_PYJWT, *_JOSE, *_UNVERIFIED)
"""What reads a token."""
_GIVEN_BY_CLIENTS = frozenset({"headers", "cookies", "query", "match_info"})
# What takes a token out of the text around it.
_CUTTING = frozenset(
    {
        "split",
        "rsplit",
        "partition",
        "rpartition",
        "strip",
        "lstrip",
        "rstrip",
        "removeprefix",
        "replace",
        "get",
        "encode",
    }
)
_ASSIGNING = (BindingKind.ASSIGNMENT, BindingKind.UNPACKING)
_LOOKS = frozenset(
    {UseKind.TESTED, UseKind.COMPARED, UseKind.ATTRIBUTE, UseKind.SUBSCRIPTED, UseKind.FORMATTED}
)
_MAXIMUM_DEPTH = 10


def unverified_tokens(module: Module) -> Iterator[CallSite]:
    """Give the calls that read a token of a request without looking at its signature.

    Only where nothing else can look at it: the token, what it was cut out of and the request go to no other call, no
    decorator is unknown, and the function verifies nothing itself.
    """
    for call in module.calls_to(*READERS):
        function = call.function
        token = (
            call.node.args[0]
            if call.node.args
            else call.argument("jwt").value or call.argument("token").value
        )
        if token is None or function is None or not _ignores_signature(module, call):
            continue
        sources = list(_sources(module, token))
        if None in sources or decoration(module, function) is not Decoration.PLAIN:
            continue
        if not any(_goes_elsewhere(module, name, call) for name in sources if name is not None):
            yield call


def _ignores_signature(module: Module, call: CallSite) -> bool:
    if call.calls_only(*_UNVERIFIED):
        return True
    options = call.argument("options", 3).value
    mapping = written_mapping(module, options) if options is not None else None
    value = mapping.value_of(module, "verify_signature") if mapping is not None else None
    return isinstance(value, ast.Constant) and value.value is False


def _sources(module: Module, node: ast.expr, depth: int = 0) -> Iterator[ast.Name | None]:
    """Give the names on the way from a request to a text that is cut out of what its client sent; None for any other way."""
    if isinstance(node, ast.Name) and depth < _MAXIMUM_DEPTH:
        bindings = module.reaching(node)
        value = bindings[0].value if len(bindings) == 1 and bindings[0].kind in _ASSIGNING else None
        yield node
        yield from (None,) if value is None else _sources(module, value, depth + 1)
    elif isinstance(node, ast.Attribute) and node.attr in _GIVEN_BY_CLIENTS:
        is_request = isinstance(node.value, ast.Name) and module.is_instance(node.value, _REQUEST)
        yield node.value if is_request and isinstance(node.value, ast.Name) else None
    elif isinstance(node, ast.Subscript):
        yield from _sources(module, node.value, depth)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CUTTING:
        yield from _sources(module, node.func.value, depth)
    else:
        yield None


def _goes_elsewhere(module: Module, name: ast.Name, call: CallSite) -> bool:
    """Tell whether code out of sight gets a name's value, which may verify it then."""
    scope = module.scope_at(name).binding_scope(name.id)
    return scope is None or any(
        module.parent(use) is not call.node and module.use_of(use).kind not in _LOOKS
        for use in module.uses(scope, name.id)
    )


def decodes_without_algorithms(module: Module) -> Iterator[CallSite]:
    """Give the calls of PyJWT that verify, and don't say with which algorithms; none where a project holds it below 2."""
    calls = list(module.calls_to(*_PYJWT))
    if calls and any(is_held_below(*text, "pyjwt", 2) for text in requirement_texts(module)):
        return
    for call in calls:
        algorithms, options = call.argument("algorithms", 2), call.argument("options", 3)
        if not (algorithms.is_missing or is_none(algorithms.value)) or options.is_unknown:
            continue
        if options.value is not None and not is_none(options.value):
            mapping = written_mapping(module, options.value)
            if mapping is None or not mapping.is_complete:
                continue
            verify = mapping.value_of(module, "verify_signature")
            if verify is not None and not (isinstance(verify, ast.Constant) and verify.value is True):
                continue
        yield call
