"""Names that aiohttp offered once, and that none of the versions that the project allows offers any more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.failures import stands_for_failure
from aiohttp_lint.semantics.legacy import is_provided_for
from aiohttp_lint.semantics.syntax import TRIES

if TYPE_CHECKING:
    from aiohttp_lint.semantics.aiohttp_versions import Version
    from aiohttp_lint.semantics.module import Module

_SINCE_2: Version = (2, 0, 0)
_SINCE_3: Version = (3, 0, 0)
_SINCE_3_8: Version = (3, 8, 0)
_REQUESTS = ("get", "options", "head", "post", "put", "patch", "delete", "ws_connect")


@dataclass(frozen=True, slots=True)
class GoneName:
    """Since which version a name is gone, and what to do in its place."""

    since: Version
    instead: str


GONE: MappingProxyType[str, GoneName] = MappingProxyType(
    {f"aiohttp.{name}": GoneName(_SINCE_2, f"use a ClientSession's `{name}`") for name in _REQUESTS}
    | {
        f"aiohttp.{name}": GoneName(_SINCE_2, f"it is `{instead}`")
        for name, instead in {
            "MsgType": "aiohttp.WSMsgType",
            "ClientDisconnectedError": "aiohttp.ServerDisconnectedError",
            "DisconnectedError": "aiohttp.ServerDisconnectedError",
            "ClientRequestError": "aiohttp.ClientConnectionError",
            "ClientTimeoutError": "aiohttp.ServerTimeoutError",
            "ClientHttpProcessingError": "aiohttp.ClientResponseError",
            "FingerprintMismatch": "aiohttp.ServerFingerprintMismatch",
            "HttpProxyError": "aiohttp.ClientHttpProxyError",
            "ProxyConnectionError": "aiohttp.ClientProxyConnectionError",
            "WSClientDisconnectedError": "aiohttp.ServerDisconnectedError",
            "HttpProcessingError": "aiohttp.http_exceptions.HttpProcessingError",
            "BadHttpMessage": "aiohttp.http_exceptions.BadHttpMessage",
            "BadStatusLine": "aiohttp.http_exceptions.BadStatusLine",
            "HttpBadRequest": "aiohttp.http_exceptions.HttpBadRequest",
            "InvalidHeader": "aiohttp.http_exceptions.InvalidHeader",
            "LineTooLong": "aiohttp.http_exceptions.LineTooLong",
            "errors": "aiohttp.client_exceptions",
            "FileSender": "aiohttp.web.FileResponse",
        }.items()
    }
    | {
        "aiohttp.ProxyConnector": GoneName(_SINCE_2, "pass `proxy=` with the request"),
        "aiohttp.Request": GoneName(_SINCE_2, "the server's is `aiohttp.web.Request`"),
        "aiohttp.Response": GoneName(_SINCE_2, "it is `aiohttp.ClientResponse` or `aiohttp.web.Response`"),
        "aiohttp.parsers": GoneName(_SINCE_2, "do without"),
        "aiohttp.protocol": GoneName(_SINCE_2, "do without"),
        "aiohttp.server": GoneName(_SINCE_2, "serve with `aiohttp.web`"),
        "aiohttp.web_reqrep": GoneName(_SINCE_2, "import from `aiohttp.web`"),
        "aiohttp.wsgi": GoneName(_SINCE_2, "serve with `aiohttp.web`"),
        "aiohttp.web.MsgType": GoneName(_SINCE_3, "it is `aiohttp.WSMsgType`"),
        "aiohttp.Timeout": GoneName(_SINCE_3, "pass `timeout=aiohttp.ClientTimeout(…)`"),
        "aiohttp.Signal": GoneName(_SINCE_3_8, "it is `aiosignal.Signal`"),
        "aiohttp.signals": GoneName(_SINCE_3_8, "it is the package `aiosignal`"),
        "aiohttp.frozenlist": GoneName(_SINCE_3_8, "it is the package `frozenlist`"),
    }
)
"""As read from the wheels of 0.22 to 3.7; the first version without them, and what does their work."""


@dataclass(frozen=True, slots=True)
class MissingName:
    """A use or an import of a name that is gone: the node, the name, and what Python raises."""

    node: ast.AST
    name: str
    error: str
    instead: str

    @property
    def shown(self) -> str:
        """The name without the package's, for messages."""
        return self.name.partition(".")[2]


@lru_cache(maxsize=64)
def _gone_below(version: Version) -> dict[str, GoneName]:
    return {name: gone for name, gone in GONE.items() if version > gone.since}


def missing_names(module: Module) -> Iterator[MissingName]:
    """Give the uses and imports of names that no allowed aiohttp has, one for each place.

    Not where the code is ready for their absence (`hasattr`, `except ImportError`, a question about the version), where it puts
    them there itself, or where they only annotate.
    """
    names = _gone_below(module.target.below)
    roots = {name.partition(".")[0] for name in names}
    not_imported: set[str] = set()
    for scope in module.scope.descend():
        for statement in scope.nodes.get(ast.ImportFrom, []) + scope.nodes.get(ast.Import, []):
            if roots.isdisjoint(_roots_of(statement)):
                continue
            name = next((name for name in _imported(statement) if name in names), None)
            if name is not None and not _is_prepared(module, statement):
                not_imported.add(name)
                yield MissingName(statement, name, "ImportError", names[name].instead)
    accesses = [
        (node, name)
        for node in module.attributes_named(*{name.rpartition(".")[2] for name in names})
        if (name := module.qualified_name(node) or "") in names and name not in not_imported
    ]
    set_here = {name for node, name in accesses if not isinstance(node.ctx, ast.Load)}
    tested = _tested(module) if accesses else frozenset()
    for node, name in accesses:
        if name in set_here or node.attr in tested or _annotates(module, node):
            continue
        if stands_for_failure(module, node, "ImportError", "AttributeError"):
            continue
        if not is_provided_for(module, node, "AttributeError"):
            yield MissingName(node, name, "AttributeError", names[name].instead)


def _roots_of(statement: ast.AST) -> list[str]:
    """Give the outermost packages that an import statement names."""
    if isinstance(statement, ast.Import):
        return [alias.name.partition(".")[0] for alias in statement.names]
    module = getattr(statement, "module", None)
    return [] if module is None else [module.partition(".")[0]]


def _imported(statement: ast.AST) -> Iterator[str]:
    """Give the dotted names that an import statement needs to be there."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom) and not statement.level and statement.module is not None:
        yield statement.module
        yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def _is_prepared(module: Module, statement: ast.AST) -> bool:
    """Tell whether an import is tried, is what is left when another one failed, or depends on a condition."""
    if stands_for_failure(module, statement, "ImportError", "AttributeError"):
        return True
    return any(isinstance(ancestor, (ast.If, ast.With, *TRIES)) for ancestor in module.ancestors(statement))


def _tested(module: Module) -> frozenset[str]:
    """Give the names that the file asks for with `hasattr` or `getattr`."""
    return frozenset(
        call.node.args[1].value
        for call in module.calls_to("builtins.hasattr", "builtins.getattr")
        if len(call.node.args) > 1
        and isinstance(call.node.args[1], ast.Constant)
        and isinstance(call.node.args[1].value, str)
    )


def _annotates(module: Module, node: ast.AST) -> bool:
    """Tell whether a node is part of an annotation, which may never be evaluated."""
    came_from = node
    for ancestor in module.ancestors(node):
        if came_from in (getattr(ancestor, "annotation", None), getattr(ancestor, "returns", None)):
            return True
        came_from = ancestor
    return False


for _helper in GONE:
    if aiohttp_api.exists(_helper):
        raise aiohttp_api.UnknownApiName("gone name", _helper)
