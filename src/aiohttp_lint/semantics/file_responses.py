"""Questions about responses that send files: which are given what they can't take, and which read a file first."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.connector_arguments import is_literally
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind

if TYPE_CHECKING:
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

FILE_RESPONSE = aiohttp_api.class_named("aiohttp.web.FileResponse").name
RESPONSE = aiohttp_api.class_named("aiohttp.web.Response").name
_FILES = ("io.TextIOWrapper", "io.BufferedReader", "io.BytesIO", "io.StringIO")
_OPENERS = frozenset({"builtins.open", "io.open"})
_PATH_OPEN = "pathlib.Path.open"
_READ_BYTES = "pathlib.Path.read_bytes"
_CHANGES = ("os.", "shutil.", "tempfile.", "subprocess.", "asyncio.create_subprocess_")
_PATH_CHANGES = frozenset({"unlink", "write_bytes", "write_text", "rename", "replace", "touch"})
_QUESTIONS = (
    "os.path.",
    "os.environ",
    "os.getenv",
    "os.getcwd",
    "os.fspath",
    "os.stat",
    "os.access",
    "os.listdir",
)


@dataclass(frozen=True, slots=True)
class FileObject:
    """A file object given to `FileResponse`, and the path that it was opened by where that stands in its place."""

    value: ast.expr
    path: ast.expr | None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A response whose body is a whole file, read in the handler; `path` names it in the place of the body."""

    call: CallSite
    body: ast.expr
    reading: ast.expr
    path: ast.expr | None


def file_objects(module: Module) -> Iterator[FileObject]:
    """Give the file objects that stand for the path of a `FileResponse`."""
    for call in module.calls_to(FILE_RESPONSE):
        value = call.argument("path").value
        if value is None:
            continue
        types = module.type_of(value)
        if not types.is_only(*_FILES) or types.may_be_none:
            continue
        opened = _opening(module, value) if isinstance(value, ast.Call) else None
        yield FileObject(value, _path_of(module, opened) if opened is not None else None)


def read_files(module: Module) -> Iterator[ReadFile]:
    """Give the responses of handlers whose body is a whole file that was read for nothing else."""
    for call in module.calls_to(RESPONSE):
        body, function = call.argument("body").value, call.function
        if body is None or function is None or not _serves(module, function):
            continue
        if call.has_unknown_arguments or _touches_files(module, function) or not _is_success(module, call):
            continue
        reading = body
        if isinstance(body, ast.Name):
            value = _only_value(module, body, function)
            if value is None:
                continue
            reading = value
        if isinstance(reading, ast.Call) and _reads_whole_file(module, reading, function):
            yield ReadFile(call, body, reading, _path_read(module, reading) if reading is body else None)


def _is_success(module: Module, call: CallSite) -> bool:
    """Tell whether a response surely has status 200: a page for an error has no parts and is not cached."""
    status = call.argument("status")
    return status.is_missing or is_literally(module, status.value, 200)


def _serves(module: Module, function: Function) -> bool:
    return Role.HANDLER in module.roles_of(function) or module.roles.caller(function) is not None


def _only_value(module: Module, name: ast.Name, function: Function) -> ast.expr | None:
    """Give what a local name holds, where the body of the response is its only use."""
    binding = module.only_binding(name, BindingKind.ASSIGNMENT)
    if binding is None or binding.scope is not function.scope:
        return None
    return binding.value if len(module.uses(function.scope, name.id)) == 1 else None


def _reads_whole_file(module: Module, reading: ast.Call, function: Function) -> bool:
    """Tell whether a call reads all of a binary file that is opened in the same function for that."""
    if module.call_site(reading).calls_only(_READ_BYTES):
        return True
    if not isinstance(reading.func, ast.Attribute) or reading.func.attr != "read":
        return False
    if reading.args or reading.keywords:
        return False
    file = reading.func.value
    if isinstance(file, ast.Name):
        binding = module.only_binding(file, BindingKind.WITH, BindingKind.ASSIGNMENT)
        if binding is None or binding.value is None or binding.is_async:
            return False
        # A file that is searched or read in parts is more than its path.
        others = [use for use in module.uses(function.scope, file.id) if use is not file]
        if not all(_closes(module, use) for use in others):
            return False
        file = binding.value
    opened = _opening(module, file)
    return opened is not None and _is_binary(module, opened)


def _closes(module: Module, use: ast.Name) -> bool:
    parent = module.parent(use)
    return isinstance(parent, ast.Attribute) and parent.attr == "close"


def _opening(module: Module, node: ast.expr) -> ast.Call | None:
    if not isinstance(node, ast.Call):
        return None
    is_open = module.call_site(node).calls_only(*_OPENERS, _PATH_OPEN)
    return node if is_open else None


def _mode(module: Module, opened: ast.Call) -> str | None:
    """Give the mode that a file is opened in."""
    position = 0 if module.call_site(opened).calls_only(_PATH_OPEN) else 1
    argument = module.call_site(opened).argument("mode", position)
    if argument.value is None:
        return "r" if argument.is_missing else None
    literal = module.constant(argument.value)
    return literal.value if literal is not None and isinstance(literal.value, str) else None


def _is_binary(module: Module, opened: ast.Call) -> bool:
    return _mode(module, opened) in ("rb", "br")


def _path_of(module: Module, opened: ast.Call) -> ast.expr | None:
    """Give the path that a file is opened by for reading, where nothing else is said."""
    if _mode(module, opened) not in ("r", "rb", "br", "rt"):
        return None
    if module.call_site(opened).calls_only(_PATH_OPEN):
        return opened.func.value if isinstance(opened.func, ast.Attribute) else None
    if not opened.args or isinstance(opened.args[0], ast.Starred):
        return None
    literal = module.constant(opened.args[0])
    return None if literal is not None and not isinstance(literal.value, str | bytes) else opened.args[0]


def _path_read(module: Module, reading: ast.Call) -> ast.expr | None:
    file = reading.func.value if isinstance(reading.func, ast.Attribute) else None
    if file is None:
        return None
    if module.call_site(reading).calls_only(_READ_BYTES):
        return file
    opened = _opening(module, file)
    return _path_of(module, opened) if opened is not None else None


def _touches_files(module: Module, function: Function) -> bool:
    """Tell whether a function makes, changes or removes files, so that the one that it reads may not last."""
    for node in function.scope.all_nodes(ast.Call):
        assert isinstance(node, ast.Call)
        site = module.call_site(node)
        opened = _opening(module, node)
        if opened is not None and _mode(module, opened) not in ("r", "rb", "br", "rt"):
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _PATH_CHANGES:
            return True
        if any(name.startswith(_CHANGES) and not name.startswith(_QUESTIONS) for name in site.names):
            return True
    return False
