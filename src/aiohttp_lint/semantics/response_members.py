"""Questions about the members of client responses and sessions: what exists, and whether it is used as what it is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import RESPONSE, SESSION
from aiohttp_lint.semantics.failures import fails_on_purpose, stands_for_failure
from aiohttp_lint.semantics.syntax import SCOPES, same_place, walk
from aiohttp_lint.semantics.types import Instance, is_instance_of

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

PROPERTIES = (
    "ok", "status", "url", "real_url", "headers", "raw_headers", "cookies", "reason", "content", "history", "method",
    "content_type", "charset", "host", "links", "request_info", "closed",
)  # fmt: skip
"""What a response has that is neither a function nor awaitable."""
BODY_METHODS = ("text", "json", "read")
PLAIN_METHODS = tuple(
    aiohttp_api.callable_named(f"{RESPONSE}.{name}").name.rpartition(".")[2]
    for name in ("raise_for_status", "close", "get_encoding")
)
"""Methods of a response that are no coroutines. (`release()` gives an awaitable on aiohttp 3.)"""

MISSING = (
    "status_code", "encoding", "iter_content", "iter_lines", "is_redirect", "is_permanent_redirect", "elapsed",
    "apparent_encoding", "raw", "is_success", "is_error", "is_client_error", "is_server_error", "reason_phrase", "request",
    "next", "next_request", "aread", "aclose", "aiter_bytes", "aiter_lines", "aiter_text", "aiter_raw", "iter_bytes",
    "iter_text", "iter_raw", "http_version",
)  # fmt: skip
"""What responses of requests and httpx have, and aiohttp's don't."""
MISSING_IN_SESSION = (
    "cookies", "mount", "proxies", "aclose", "base_url", "verify", "cert", "params", "hooks", "max_redirects", "send",
    "prepare_request", "adapters", "stream", "build_request", "event_hooks", "follow_redirects", "is_closed",
)  # fmt: skip
"""What sessions of requests and clients of httpx have, and aiohttp's sessions don't."""
READ_ONLY_IN_SESSION = ("auth", "headers", "timeout", "cookie_jar", "trust_env")
_TEXT_METHODS = frozenset(
    name for name in ("startswith", "endswith", "split", "rsplit", "replace", "find", "lower", "upper", "strip", "lstrip",
                      "rstrip", "format", "encode", "decode", "partition", "rpartition", "index", "splitlines")
    if not aiohttp_api.exists(f"{RESPONSE}.{name}")
)  # fmt: skip

_TAKERS_OF_TEXT = frozenset(
    {
        "json.loads", "orjson.loads", "ujson.loads", "builtins.len", "builtins.int", "builtins.float", "re.search",
        "re.match", "re.findall", "re.finditer", "re.sub", "re.split", "xml.etree.ElementTree.fromstring",
        "lxml.html.fromstring", "lxml.etree.fromstring", "yaml.safe_load", "builtins.bytes", "io.BytesIO", "io.StringIO",
        "hashlib.sha256", "hashlib.md5", "hashlib.sha1",
    }
)  # fmt: skip
"""Functions that fail when they get a method or a stream."""
_TAKERS_OF_BYTES = frozenset(
    {
        "json.loads", "orjson.loads", "ujson.loads", "msgspec.json.decode", "io.BytesIO", "hashlib.sha256", "hashlib.md5",
        "hashlib.sha1", "base64.b64encode", "xml.etree.ElementTree.fromstring", "lxml.etree.fromstring",
        "lxml.html.fromstring", "gzip.decompress", "zlib.decompress",
    }
)  # fmt: skip
_SHOWING = frozenset({"builtins.print", "builtins.str", "builtins.repr", "bs4.BeautifulSoup"}) | {
    f"logging.{name}" for name in ("debug", "info", "warning", "error", "exception", "critical")
}
_FAILING_USES = frozenset({UseKind.SUBSCRIPTED, UseKind.ITERATED, UseKind.OPERAND, UseKind.AWAITED})
_MISLEADING_USES = frozenset({UseKind.TESTED, UseKind.COMPARED, UseKind.FORMATTED, UseKind.DISCARDED})


class Outcome(Enum):
    """What comes of a wrong use."""

    FAILS = auto()
    MISLEADS = auto()
    """Nothing is raised, and the program goes on with something else than meant."""


def accesses(
    module: Module, class_name: str, *names: str, fits: Callable[[Module, ast.Attribute], bool] | None = None
) -> Iterator[ast.Attribute]:
    """Give the loads of attributes of these names on what surely is an instance of an aiohttp class.

    Not those in an `except AttributeError` or `except TypeError`, the way for another library's object, and none of a
    name that the file itself sets on what may be a response or session. `fits` leaves out what is of no interest by
    how it stands there, before anything is asked of types.
    """
    are_set: dict[str, bool] = {}
    for node in module.attributes_named(*names) if module.can_hold(class_name) else ():
        if not isinstance(node.ctx, ast.Load) or (fits is not None and not fits(module, node)):
            continue
        if not is_plain(module, node.value, class_name):
            continue
        if node.attr not in are_set:
            are_set[node.attr] = _is_set(module, node.attr)
        if not are_set[node.attr] and not stands_for_failure(module, node, "AttributeError", "TypeError"):
            yield node


def is_plain(module: Module, node: ast.expr, class_name: str) -> bool:
    """Tell whether a value surely is of one aiohttp class itself, or of a subclass of aiohttp's."""
    types = module.type_of(node)
    return types.is_only(class_name) and all(
        isinstance(member, Instance) and member.definition is None for member in types.values
    )


def called(module: Module, node: ast.Attribute) -> ast.Call | None:
    """Give the call whose callee an attribute is."""
    parent = module.parent(node)
    return parent if isinstance(parent, ast.Call) and parent.func is node else None


def is_called_or_awaited(module: Module, node: ast.Attribute) -> bool:
    """Tell whether an attribute is what is called or awaited."""
    return called(module, node) is not None or awaiting(module, node) is not None


def awaiting(module: Module, node: ast.expr) -> ast.Await | None:
    """Give the `await` whose operand an expression is."""
    parent = module.parent(node)
    return parent if isinstance(parent, ast.Await) else None


def outcome_of_method(module: Module, node: ast.expr) -> Outcome | None:
    """Tell what comes of using a method (or a stream) as if it were the text that it leads to; None: it may be right."""
    use = module.use_of(node)
    parent = module.parent(node)
    if isinstance(parent, ast.Attribute):
        return Outcome.FAILS if parent.attr in _TEXT_METHODS else None
    if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call) and node in use.node.args:
        return _outcome_of_argument(module, use.node)
    if isinstance(parent, ast.Compare) and any(
        isinstance(operator, ast.Is | ast.IsNot) for operator in parent.ops
    ):
        return None
    if isinstance(parent, ast.Compare) and any(
        isinstance(operator, ast.In | ast.NotIn) for operator in parent.ops
    ):
        return Outcome.FAILS if node in parent.comparators else None
    if use.kind in _FAILING_USES:
        return Outcome.FAILS
    return Outcome.MISLEADS if use.kind in _MISLEADING_USES else None


def _outcome_of_argument(module: Module, call: ast.Call) -> Outcome | None:
    name = module.qualified_name(call.func)
    if name is None and isinstance(call.func, ast.Attribute):
        # A logger's methods by its type; what is interpolated must stand behind the format.
        types = module.type_of(call.func.value)
        if types.is_only("logging.getLogger", "logging.Logger"):
            return Outcome.MISLEADS
    if name in _TAKERS_OF_TEXT:
        return Outcome.FAILS
    return Outcome.MISLEADS if name in _SHOWING else None


def foreign(module: Module, class_name: str, *names: str) -> Iterator[ast.Attribute]:
    """Give the accesses to members of these names, which the class doesn't have, where the code doesn't reckon with that."""
    for node in accesses(module, class_name, *names):
        if not is_guarded(module, node):
            yield node


def contents_taken_for_bytes(module: Module) -> Iterator[ast.Attribute]:
    """Give the `content` of responses, a stream, where it is used as if it were bytes."""
    for node in accesses(module, RESPONSE, "content"):
        if _is_taken_for_bytes(module, node) and not is_guarded(module, node):
            yield node


def _is_taken_for_bytes(module: Module, content: ast.Attribute) -> bool:
    """Tell whether the stream of a response is used as its bytes, by what surely fails (AIO311 has the rest)."""
    parent = module.parent(content)
    if isinstance(parent, ast.Attribute):
        return parent.attr in _TEXT_METHODS
    use = module.use_of(content)
    if (
        use.kind is not UseKind.ARGUMENT
        or not isinstance(use.node, ast.Call)
        or content not in use.node.args[:1]
    ):
        return False
    return module.qualified_name(use.node.func) in _TAKERS_OF_BYTES


def settings(module: Module, class_name: str, *names: str) -> Iterator[ast.Attribute]:
    """Give the assignments to attributes of these names on what surely is an instance of an aiohttp class."""
    for node in module.attributes_named(*names) if module.can_hold(class_name) else ():
        if not isinstance(node.ctx, ast.Store) or not is_plain(module, node.value, class_name):
            continue
        if fails_on_purpose(module, node, "AttributeError") or _is_declared_too_narrow(
            module, node.value, class_name
        ):
            continue
        yield node


def _is_declared_too_narrow(module: Module, node: ast.expr, class_name: str) -> bool:
    """Tell whether a value comes from a function that declares a class and returns something else as well."""
    sources = [binding.value for binding in module.reaching(node)] if isinstance(node, ast.Name) else [node]
    for source in sources:
        call = source.value if isinstance(source, ast.Await) else source
        for function in module.call_site(call).functions if isinstance(call, ast.Call) else ():
            for statement in function.scope.all_nodes(ast.Return):
                if isinstance(statement, ast.Return) and statement.value is not None:
                    returned = function.owner.type_of(statement.value).values
                    if any(
                        isinstance(v, Instance) and not is_instance_of(v, (class_name,)) for v in returned
                    ):
                        return True
    return False


def is_guarded(module: Module, node: ast.Attribute) -> bool:
    """Tell whether the code asks first whether the attribute exists, or waits for the failure."""
    if fails_on_purpose(module, node, "AttributeError"):
        return True
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, SCOPES):
            break
        if isinstance(ancestor, ast.If | ast.IfExp | ast.While) and _asks(module, ancestor.test, node):
            return True
        if isinstance(ancestor, ast.BoolOp) and _asks(module, ancestor, node):
            return True
    return False


def _is_set(module: Module, name: str) -> bool:
    return any(
        not isinstance(other.ctx, ast.Load) and _may_be_client(module, other.value)
        for other in module.attributes_named(name)
    )


def _may_be_client(module: Module, node: ast.expr) -> bool:
    return module.type_of(node).is_open or is_plain(module, node, RESPONSE) or is_plain(module, node, SESSION)


def _asks(module: Module, test: ast.expr, node: ast.Attribute) -> bool:
    return any(
        isinstance(inner, ast.Call)
        and module.qualified_name(inner.func)
        in ("builtins.hasattr", "builtins.getattr", "builtins.isinstance")
        and bool(inner.args)
        and same_place(inner.args[0], node.value)
        for inner in walk(test)
    )
