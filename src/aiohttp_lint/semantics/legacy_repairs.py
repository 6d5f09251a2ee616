"""How what aiohttp gives up is written today, as the edits that do what it did."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aiohttp_lint.edits import (
    MakeAsync,
    RemoveKeyword,
    RemoveStatement,
    RenameFunction,
    RenameKeyword,
    RenameParameter,
    ReplaceCallee,
    ReplaceExpression,
    SetKeyword,
    verbatim,
)
from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.legacy import fails_now
from aiohttp_lint.semantics.legacy_tests import FIXTURES, HOOKS
from aiohttp_lint.semantics.legacy_timeouts import SOCKET_LIMIT_SINCE, WEBSOCKET_TIMEOUT_SINCE
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.timeouts import CLIENT_TIMEOUT, WEBSOCKET_TIMEOUT, is_none_for_sure

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.semantics.calls import CallSite
    from aiohttp_lint.semantics.legacy import LegacyArgument
    from aiohttp_lint.semantics.legacy_tests import OldFixture, OldHook
    from aiohttp_lint.semantics.legacy_timeouts import SessionLimits, WebSocketLimits
    from aiohttp_lint.semantics.module import Module

_CODING = aiohttp_api.class_named("aiohttp.web.ContentCoding").name
_MEMBERS = {"url_obj": "url", "code": "status", "has_body": "can_read_body"}


def member_repair(module: Module, node: ast.Attribute) -> list[Edit]:
    """Give what asks the member that has replaced an old one, or takes an old call without purpose out."""
    if node.attr in _MEMBERS:
        template = f"{verbatim(module.segment(node.value))}.{_MEMBERS[node.attr]}"
        return [ReplaceExpression(module.span(node), template)]
    statement = module.statement(node)
    is_alone = (
        node.attr == "drain"
        and isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Await)
        and isinstance(statement.value.value, ast.Call)
        and statement.value.value.func is node
        and isinstance(node.value, ast.Name)
    )
    return [RemoveStatement(module.span(statement))] if is_alone else []


# The client.


def client_argument_repair(module: Module, found: LegacyArgument) -> list[Edit]:
    """Give what passes an old argument of the client as it is taken today."""
    call = module.span(found.call.node)
    if found.name == "code" and found.is_named and found.call.argument("status").is_missing:
        return [RenameKeyword(call, "code", "status")]
    if found.name == "enable_cleanup_closed" and found.is_named:
        return [RemoveKeyword(call, "enable_cleanup_closed")]
    return []


def evolve_repair(module: Module, call: CallSite) -> list[Edit]:
    """Give what copies a timeout as a dataclass; nothing where an aiohttp is allowed whose timeout is none."""
    if not fails_now(module):
        return []
    spelling, imports = spelled(module, "dataclasses.replace")
    return [ReplaceCallee(module.span(call.node), spelling), *imports]


def filter_repair(module: Module, url: ast.expr) -> list[Edit]:
    """Give what makes a `URL` of the text for `filter_cookies`."""
    spelling, imports = spelled(module, "yarl.URL")
    return [ReplaceExpression(module.span(url), f"{spelling}({{}})"), *imports]


def file_repair(module: Module, call: CallSite) -> list[Edit]:
    """Give what names the file that `add_field` makes of bytes as aiohttp 3 does: by its field."""
    name = call.argument("name").value
    if not isinstance(name, ast.Constant | ast.Name) or call.has_unknown_arguments:
        return []
    return [SetKeyword(module.span(call.node), "filename", module.segment(name))]


# The server.


def server_argument_repair(module: Module, found: LegacyArgument) -> list[Edit]:
    """Give what passes an old argument of the server as it is taken today."""
    call = module.span(found.call.node)
    if found.name == "chunk_size" and len(found.call.node.args) + len(found.call.node.keywords) == 1:
        return [ReplaceExpression(call, f"{verbatim(module.segment(found.call.node.func))}()")]
    if not found.is_named:
        return []
    if found.name == "version" or (found.name in ("debug", "actual_size") and fails_now(module)):
        return [RemoveKeyword(call, found.name)]
    if found.name == "follow_symlinks" and fails_now(module):
        return [RenameKeyword(call, "follow_symlinks", "break_symlink_sandbox")]
    return []


def compression_repair(module: Module, force: ast.expr) -> list[Edit]:
    """Give what names the coding that a flag for `enable_compression` stands for."""
    if not isinstance(force, ast.Constant):
        return []
    spelling, imports = spelled(module, _CODING)
    member = "deflate" if force.value else "identity"
    return [ReplaceExpression(module.span(force), f"{spelling}.{member}"), *imports]


# Limits of time.


def session_limits_repair(module: Module, limits: SessionLimits) -> tuple[list[Edit], bool]:
    """Give what puts a session's limits into a `ClientTimeout`, and whether that is the same on every allowed aiohttp."""
    read, connect = limits.read.value, limits.connect.value
    call = module.span(limits.call.node)
    if not limits.is_alone:
        return [], False
    if read is None and connect is not None and is_none_for_sure(module, connect):
        return [RemoveKeyword(call, "conn_timeout")], True
    is_newer = module.target.all_at_least(SOCKET_LIMIT_SINCE)
    # The first argument that is there becomes the new one, so that the others keep their places.
    parts = ["total={}"] if read is not None else ["total=300", "connect={}"]
    edits: list[Edit] = []
    if read is not None and connect is not None:
        parts.append(f"connect={verbatim(module.segment(connect))}")
        edits.append(RemoveKeyword(call, "conn_timeout"))
    if is_newer:
        parts.append("sock_connect=30")
    spelling, imports = spelled(module, CLIENT_TIMEOUT)
    kept, name = (read, "read_timeout") if read is not None else (connect, "conn_timeout")
    assert kept is not None, "one of both is given"
    edits.append(ReplaceExpression(module.span(kept), f"{spelling}({', '.join(parts)})"))
    edits.append(RenameKeyword(call, name, "timeout"))
    return [*edits, *imports], is_newer or module.target.below <= SOCKET_LIMIT_SINCE


def websocket_limits_repair(module: Module, limits: WebSocketLimits) -> list[Edit]:
    """Give what puts a WebSocket's seconds into a `ClientWSTimeout`, where every allowed aiohttp has it."""
    if not limits.is_plain or not module.target.all_at_least(WEBSOCKET_TIMEOUT_SINCE):
        return []
    call = module.span(limits.call.node)
    spelling, imports = spelled(module, WEBSOCKET_TIMEOUT)
    edits: list[Edit] = []
    if limits.close is None:
        assert limits.receive is not None, "one of both is given"
        edits.append(ReplaceExpression(module.span(limits.receive), f"{spelling}(ws_receive={{}})"))
        edits.append(RenameKeyword(call, "receive_timeout", "timeout"))
    else:
        more = ""
        if limits.receive is not None:
            more = f", ws_receive={verbatim(module.segment(limits.receive))}"
            edits.append(RemoveKeyword(call, "receive_timeout"))
        edits.append(ReplaceExpression(module.span(limits.close), f"{spelling}(ws_close={{}}{more})"))
    return [*edits, *imports]


# Tests.


def fixture_repair(module: Module, test: OldFixture) -> list[Edit]:
    """Give what asks for the fixture that has replaced an old one."""
    if not test.can_be_renamed:
        return []
    old, new = test.parameter.arg, FIXTURES[test.parameter.arg]
    renamed: Edit = RenameParameter(module.span(test.function.node), old, new)
    return [renamed, *(ReplaceExpression(module.span(use), new) for use in test.uses)]


def hook_repair(module: Module, hook: OldHook) -> list[Edit]:
    """Give what makes the hook that aiohttp 4 calls of an old one."""
    if not hook.can_be_renamed:
        return []
    span, successor = module.span(hook.function.node), HOOKS[hook.function.name]
    edits: list[Edit] = [RenameFunction(span, successor)]
    if not hook.function.is_async:
        edits.append(MakeAsync(span))
    for call in hook.calls:
        edits.append(
            ReplaceExpression(module.span(call), f"{verbatim(module.segment(call.value))}.{successor}")
        )
    return edits
