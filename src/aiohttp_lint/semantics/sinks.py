"""Where text of a client's does harm: pages, redirects, paths, addresses, programs and logs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.client import MODULE_REQUEST, REQUESTS, WS_CONNECT, url_of
from aiohttp_lint.semantics.cookies import is_credential
from aiohttp_lint.semantics.syntax import dotted
from aiohttp_lint.semantics.taint_data import (
    MEMBERS,
    SECRET_FIELDS,
    SECRET_HEADERS,
    SESSION,
    SQL_HEAD,
    Danger,
    Form,
    Origin,
)

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.taint_labels import Label

_RESPONSE = aiohttp_api.class_named("aiohttp.web.Response").name
_STREAM = aiohttp_api.class_named("aiohttp.web.StreamResponse").name
_MOVE = aiohttp_api.class_named("aiohttp.web.HTTPMove").name
_FILE_RESPONSE = aiohttp_api.class_named("aiohttp.web.FileResponse").name
_WRITES = (aiohttp_api.callable_named("aiohttp.web.StreamResponse.write").name,
           aiohttp_api.callable_named("aiohttp.web.StreamResponse.write_eof").name)  # fmt: skip
_TO_THREAD = "asyncio.to_thread"
_IN_EXECUTOR = "run_in_executor"


@dataclass(frozen=True, slots=True)
class Sink:
    """A place where text does something.

    Attributes:
        danger: What it may do.
        module: The file.
        node: The call or assignment that does it.
        value: The expression whose text is taken.
        shown: What takes it, in few words.
        level: Of a log, the method's name.
    """

    danger: Danger
    module: Module
    node: ast.AST
    value: ast.expr
    shown: str
    level: str = ""


def _table(danger: Danger, *names: str) -> dict[str, tuple[Danger, tuple[int, ...]]]:
    return dict.fromkeys(names, (danger, (0,)))


def _below(module: str, names: str) -> tuple[str, ...]:
    return tuple(f"{module}.{name}" for name in names.split())


_FUNCTIONS: MappingProxyType[str, tuple[Danger, tuple[int, ...]]] = MappingProxyType(
    {
        **_table(Danger.HTML, "markupsafe.Markup", "jinja2.Markup"),
        **_table(Danger.TEMPLATE, "jinja2.Template", "jinja2.Environment.from_string", "mako.template.Template",
                 "jinja2.sandbox.Environment.from_string"),
        **_table(Danger.PATH, _FILE_RESPONSE, "builtins.open", "io.open", "aiofiles.open", "aiofiles.threadpool.open",
                 *_below("os", "open remove unlink makedirs mkdir rmdir removedirs listdir scandir truncate"),
                 *_below("aiofiles.os", "remove unlink makedirs mkdir rmdir listdir scandir"),
                 "shutil.rmtree", "zipfile.ZipFile", "tarfile.open", "gzip.open", "sqlite3.connect", "shelve.open"),
        **dict.fromkeys(
            (*_below("os", "rename replace link symlink"), *_below("aiofiles.os", "rename replace"),
             *_below("shutil", "copy copy2 copyfile copytree move")),
            (Danger.PATH, (0, 1)),
        ),
        **_table(Danger.CODE, "builtins.eval", "builtins.exec", "builtins.compile", "yaml.unsafe_load",
                 *_below("pickle", "loads"), *_below("dill", "loads"), *_below("marshal", "loads"),
                 *_below("cloudpickle", "loads"), *_below("jsonpickle", "decode loads"), *_below("joblib", "load")),
        **_table(Danger.IMPORT, "importlib.import_module", "builtins.__import__"),
        **_table(Danger.SHELL, "os.system", "os.popen", "asyncio.create_subprocess_shell",
                 *_below("subprocess", "getoutput getstatusoutput")),
    }
)  # fmt: skip
"""Functions by name: what their arguments at these places can do."""

_PATH_METHODS = frozenset(
    {"read_text", "read_bytes", "write_text", "write_bytes", "unlink", "rmdir", "mkdir", "touch", "iterdir"}
)
_PATH_METHODS_OF_PATHS = frozenset({"open", "rename", "replace"})
_SHELLS = frozenset(_below("subprocess", "run call check_call check_output Popen"))
_YAML = frozenset({"yaml.load", "yaml.load_all", "yaml.full_load"})
_QUERIES = frozenset(
    {
        "execute", "executemany", "executescript", "fetch", "fetchval", "fetchrow", "fetch_all", "fetch_one", "fetch_val",
        "iterate", "copy_from_query", "execute_fetchall", "execute_insert",
    }
)  # fmt: skip
_LEVELS = frozenset({"info", "warning", "warn", "error", "critical", "exception", "fatal"})
_QUIET_LEVELS = frozenset({"debug", "log"})
_LOGGERS = ("logging.", "structlog.", "loguru.")
_STARTS_SQL = re.compile(SQL_HEAD, re.IGNORECASE)
_HOST_IS_OPEN = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*", re.IGNORECASE)
_HTML = "text/html"
_WITH_SECRETS = tuple(
    member.removeprefix(".")
    for member, (_, origin) in MEMBERS[Form.REQUEST].items()
    if origin in (Origin.HEADERS, Origin.COOKIES)
)
"""The members of a request that hold credentials besides other things."""


def is_reached(sink: Sink, label: Label) -> bool:
    """Tell whether text at this place of the value can do harm there."""
    before, danger = label.before, sink.danger
    if danger in (Danger.REDIRECT, Danger.KEPT):
        return before.is_whole and (
            before.head in ("", "/") or _HOST_IS_OPEN.fullmatch(before.head) is not None
        )
    if danger is Danger.FETCH:
        return before.is_nothing or (before.is_whole and _HOST_IS_OPEN.fullmatch(before.head) is not None)
    if danger is Danger.PATH:
        if before.is_nothing:
            # The whole path from the client: a file manager, mostly.
            return "AIO516" in sink.module.options.named and label.origin is not Origin.HEADERS
        return before.tail.endswith(("/", "\\"))
    if danger is Danger.SQL:
        return _STARTS_SQL.match(before.head) is not None
    if danger is Danger.IMPORT:
        return before.is_nothing
    if danger is Danger.LOG:
        return _is_secret(label)
    return True


def _is_secret(label: Label) -> bool:
    if label.is_all:
        return label.origin in (Origin.HEADERS, Origin.COOKIES)
    if label.name is None:
        return False
    name = label.name.lower()
    if label.origin is Origin.HEADERS:
        return name in SECRET_HEADERS
    if label.origin is Origin.COOKIES:
        return is_credential(label.name)
    return name in SECRET_FIELDS


def may_log_secrets(module: Module) -> bool:
    """Tell whether a file can hold what must not be logged: all of a request's headers, or a secret by its name.

    Of a file in a project nothing is said: the name may be a constant of another one.
    """
    return (
        module.project is not None
        or bool(module.attributes_named(*_WITH_SECRETS))
        or not SECRET_FIELDS.isdisjoint(map(str.lower, module.text.words))
    )


def sinks_of(module: Module, call: ast.Call) -> Iterator[Sink]:
    """Give what a call may do with text, and with which of its arguments."""
    func = call.func
    last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if isinstance(func, ast.Attribute):
        yield from _sinks_of_method(module, call, func)
    if last in ("to_thread", _IN_EXECUTOR):
        yield from _sinks_of_deferred(module, call, last)
        return
    site = module.call_site(call)
    name = module.dotted_name(func)
    if name is None and len(site.names) == 1 and site.is_certain:
        (name,) = site.names
    name = name or ""
    if name in _FUNCTIONS:
        danger, places = _FUNCTIONS[name]
        for place in places:
            if place < len(call.args):
                yield Sink(danger, module, call, call.args[place], _shown(call))
        if not call.args and call.keywords:
            yield from (Sink(danger, module, call, keyword.value, _shown(call)) for keyword in call.keywords
                        if keyword.arg in ("path", "file", "source", "name"))  # fmt: skip
    elif name in _SHELLS and call.args and _is_true(call, "shell"):
        yield Sink(Danger.SHELL, module, call, call.args[0], _shown(call))
    elif name in _YAML and call.args and not _loads_safely(module, call, name):
        yield Sink(Danger.CODE, module, call, call.args[0], _shown(call))
    elif site.is_certain and site.callables:
        yield from _sinks_of_aiohttp(site)


def _sinks_of_method(module: Module, call: ast.Call, func: ast.Attribute) -> Iterator[Sink]:
    method = func.attr
    if method in _PATH_METHODS or (
        method in _PATH_METHODS_OF_PATHS and module.is_instance(func.value, "pathlib.Path")
    ):
        yield Sink(Danger.PATH, module, call, func.value, _shown(call))
    elif method in _QUERIES:
        named = [keyword.value for keyword in call.keywords if keyword.arg in ("query", "sql", "statement")]
        for query in call.args[:1] or named[:1]:
            yield Sink(Danger.SQL, module, call, query, _shown(call))
    elif method in _LEVELS or method in _QUIET_LEVELS:
        if (method in _LEVELS or "AIO527" in module.options.named) and _is_logger(module, call):
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                yield Sink(Danger.LOG, module, call, argument, _shown(call), method)


def _is_logger(module: Module, call: ast.Call) -> bool:
    site = module.call_site(call)
    return site.is_certain and bool(site.names) and all(name.startswith(_LOGGERS) for name in site.names)


def _sinks_of_deferred(module: Module, call: ast.Call, last: str) -> Iterator[Sink]:
    """Give the sinks of a call that a thread makes: `to_thread(open, path)`."""
    arguments = call.args[1:] if last == _IN_EXECUTOR else call.args
    if not arguments or any(isinstance(argument, ast.Starred) for argument in arguments):
        return
    func, given = arguments[0], arguments[1:]
    if isinstance(func, ast.Lambda):
        return
    if isinstance(func, ast.Attribute) and func.attr in _PATH_METHODS:
        yield Sink(Danger.PATH, module, call, func.value, f"{func.attr}()")
        return
    name = module.dotted_name(func) or ""
    if name in _FUNCTIONS:
        danger, places = _FUNCTIONS[name]
        for place in places:
            if place < len(given):
                yield Sink(danger, module, call, given[place], name.removeprefix("builtins.") + "()")


def _sinks_of_aiohttp(site: CallSite) -> Iterator[Sink]:
    module, call = site.module, site.node
    if site.calls_only(*REQUESTS, WS_CONNECT, MODULE_REQUEST):
        url = url_of(site)
        if url is not None and not _forwards(call):
            yield Sink(Danger.FETCH, module, call, url, _shown(call))
        return
    if site.calls_only(*_WRITES):
        receiver = site.receiver
        if call.args and receiver is not None and _is_page(module, receiver):
            yield Sink(Danger.HTML, module, call, call.args[0], _shown(call))
        return
    classes = [aiohttp_api.find_class(name) for name in site.names]
    lineage = set(classes[0].mro) if len(classes) == 1 and classes[0] is not None else set()
    if _MOVE in lineage:
        location = site.argument("location", 0).value
        if location is not None:
            yield Sink(Danger.REDIRECT, module, call, location, _shown(call))
    elif _RESPONSE in lineage:
        location = _header(module, site.argument("headers").value, "location")
        if location is not None and _is_redirection(module, site):
            yield Sink(Danger.REDIRECT, module, call, location, "the `Location` header")
    if _RESPONSE in lineage and _is_html(site):
        for name in ("text", "body"):
            value = site.argument(name).value
            if value is not None:
                yield Sink(Danger.HTML, module, call, value, _shown(call))


def sinks_of_assignment(module: Module, statement: ast.Assign) -> Iterator[Sink]:
    """Give what an assignment does with text: `exception.headers["Location"] = …`, `session["next"] = …`."""
    for target in statement.targets:
        if (
            isinstance(target, ast.Subscript)
            and isinstance(target.value, ast.Attribute)
            and target.value.attr == "headers"
            and _is_header(module, target.slice, "location")
            and module.is_instance(target.value.value, _STREAM)
        ):
            yield Sink(Danger.REDIRECT, module, statement, statement.value, "the `Location` header")
        elif isinstance(target, ast.Subscript) and module.is_instance(target.value, SESSION):
            key = module.constant(target.slice)
            if key is not None:
                yield Sink(Danger.KEPT, module, statement, statement.value, str(key.value))


def _is_redirection(module: Module, site: CallSite) -> bool:
    status = site.argument("status").value
    literal = module.constant(status) if status is not None else None
    return literal is not None and isinstance(literal.value, int) and 300 < literal.value < 309


def _is_html(site: CallSite) -> bool:
    module = site.module
    for value in (
        site.argument("content_type").value,
        _header(module, site.argument("headers").value, "content-type"),
    ):
        if value is not None:
            return _is_html_type(module, value)
    parent = module.parent(site.node)
    if (
        isinstance(parent, ast.Assign)
        and len(parent.targets) == 1
        and isinstance(parent.targets[0], ast.Name)
    ):
        return any(
            site.node in [binding.value for binding in module.reaching(name)]
            for name in _made_html(module, parent.targets[0])
        )
    return False


def _is_page(module: Module, receiver: ast.expr) -> bool:
    """Tell whether a stream is one of HTML, by how it was made or what it was made since."""
    if not isinstance(receiver, ast.Name):
        return False
    if _made_html(module, receiver):
        return True
    calls = [binding.value for binding in module.reaching(receiver)]
    return bool(calls) and all(
        isinstance(call, ast.Call) and _is_html(module.call_site(call)) for call in calls
    )


def _made_html(module: Module, name: ast.Name) -> list[ast.Name]:
    """Give the uses of a name in `name.content_type = "text/html"`."""
    scope = module.scope_at(name).binding_scope(name.id)
    found: list[ast.Name] = []
    for statement in scope.nodes.get(ast.Assign, ()) if scope is not None else ():
        for target in statement.targets if isinstance(statement, ast.Assign) else ():
            if dotted(target) == (name.id, "content_type") and isinstance(target, ast.Attribute):
                if isinstance(target.value, ast.Name) and _is_html_type(module, statement.value):  # type: ignore[attr-defined]
                    found.append(target.value)
    return found


def _is_html_type(module: Module, node: ast.expr) -> bool:
    literal = module.constant(node)
    return literal is not None and isinstance(literal.value, str) and literal.value.lower().startswith(_HTML)


def _header(module: Module, headers: ast.expr | None, name: str) -> ast.expr | None:
    if isinstance(headers, ast.Dict):
        for key, value in zip(headers.keys, headers.values, strict=True):
            if key is not None and _is_header(module, key, name):
                return value
    return None


def _is_header(module: Module, node: ast.expr, name: str) -> bool:
    literal = module.constant(node)
    if literal is not None:
        return isinstance(literal.value, str) and literal.value.lower() == name
    return module.qualified_name(node) == f"aiohttp.hdrs.{name.upper().replace('-', '_')}"


def _forwards(call: ast.Call) -> bool:
    """Tell whether a request goes out with the method that came in: a proxy."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "method"
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
        for node in ast.walk(argument)
    )


def _is_true(call: ast.Call, name: str) -> bool:
    return any(
        keyword.arg == name and isinstance(keyword.value, ast.Constant) and bool(keyword.value.value)
        for keyword in call.keywords
    )


def _loads_safely(module: Module, call: ast.Call, name: str) -> bool:
    if name == "yaml.full_load":
        return True
    loader = next((keyword.value for keyword in call.keywords if keyword.arg == "Loader"), None)
    if loader is None and len(call.args) > 1:
        loader = call.args[1]
    return loader is not None and module.qualified_name(loader) not in (
        "yaml.Loader",
        "yaml.UnsafeLoader",
        "yaml.CLoader",
    )


def _shown(call: ast.Call) -> str:
    names = dotted(call.func)
    if names is None:
        names = (call.func.attr,) if isinstance(call.func, ast.Attribute) else ("call",)
    return ".".join(names[-2:]) + "()"
