"""Calls of what blocks elsewhere that wait for nothing: no time, no host, no disk, or a file that aiohttp itself reads."""

from __future__ import annotations

import ast
import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.blockers import OPENERS
from aiohttp_lint.semantics.calls import CallSite, UseKind
from aiohttp_lint.semantics.types import ApiFunction

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module


_OWN_NAME = frozenset({"socket.gethostname", "socket.getfqdn", "platform.node"})


def is_harmless(site: CallSite, name: str) -> bool:
    """Tell whether a call of something that blocks, under this canonical name, waits for nothing."""
    exempt = _EXEMPT.get(name)
    return exempt is not None and exempt(site)


def _sleeps_not(site: CallSite) -> bool:
    duration = site.argument("secs", 0).value
    literal = site.module.constant(duration) if duration is not None else None
    return literal is not None and literal.value == 0


def _names_no_host(site: CallSite) -> bool:
    """Tell whether a constructor gets no host, and so connects to nobody yet."""
    host = site.argument("host", 0)
    literal = site.module.constant(host.value) if host.value is not None else None
    return host.is_missing or host.is_unknown or (literal is not None and literal.value in ("", None))


def _asks_for_address(site: CallSite) -> bool:
    """Tell whether it is an address that is asked for: that, unlike a name, is not looked up anywhere."""
    host = site.argument("host", 0).value
    literal = site.module.constant(host) if host is not None else None
    if literal is None or not isinstance(literal.value, str):
        return literal is not None
    try:
        ipaddress.ip_address(literal.value)
    except ValueError:
        return literal.value in ("", "localhost")
    return True


def asks_for_own_name(site: CallSite) -> bool:
    """Tell whether it is this machine's own name that a lookup is for: the hosts file answers that, as a rule."""
    if site.names == {"socket.getfqdn"} and not (site.node.args or site.node.keywords):
        return True
    host = site.argument("host", 0).value
    made = host if isinstance(host, ast.Call) else host and site.module.only_value(host)
    return isinstance(made, ast.Call) and site.module.qualified_name(made.func) in _OWN_NAME


def _is_in_memory(site: CallSite) -> bool:
    database = site.argument("database", 0).value
    literal = site.module.constant(database) if database is not None else None
    return literal is not None and literal.value == ":memory:"


_LIGHT = {
    "hashlib.pbkdf2_hmac": ("iterations", 3, 10_000),
    "hashlib.scrypt": ("n", None, 2048),
}
"""The parameter that makes a hash slow, and below what value it takes less than some 3 ms."""


def _is_light(site: CallSite) -> bool:
    (name,) = site.names
    parameter, position, enough = _LIGHT[name]
    value = site.argument(parameter, position).value
    literal = site.module.constant(value) if value is not None else None
    return literal is not None and isinstance(literal.value, int) and literal.value < enough


def _does_not_wait(site: CallSite) -> bool:
    return len(site.node.args) > 1 and site.module.qualified_name(site.node.args[1]) == "os.WNOHANG"


def _is_payload(site: CallSite) -> bool:
    """Tell whether a file is only opened to be handed on: aiohttp reads the files that it sends in a thread."""
    module = site.module
    use = module.use_of(site.node)
    if use.kind in (UseKind.ARGUMENT, UseKind.STORED):
        return True
    if use.kind is UseKind.ENTERED_SYNC and isinstance(use.node, ast.withitem):
        target = use.node.optional_vars
    else:
        target = use.targets[0] if use.kind is UseKind.ASSIGNED and len(use.targets) == 1 else None
    if not isinstance(target, ast.Name):
        return False
    scope = module.scope_at(target).binding_scope(target.id)
    uses = [] if scope is None else module.uses(scope, target.id)
    opened = [name for name in uses if any(binding.target is target for binding in module.reaching(name))]
    return bool(opened) and all(_is_sent(module, name) for name in opened)


def _is_sent(module: Module, name: ast.Name) -> bool:
    use = module.use_of(name)
    if use.kind is UseKind.STORED:
        return True
    call = module.parent(use.node) if isinstance(use.node, ast.keyword) else use.node
    return (
        use.kind is UseKind.ARGUMENT
        and isinstance(call, ast.Call)
        and any(isinstance(member, ApiFunction) for member in module.type_of(call.func).values)
    )


_EXEMPT: dict[str, Callable[[CallSite], bool]] = {
    "time.sleep": _sleeps_not,
    "sqlite3.connect": _is_in_memory,
    "os.waitpid": _does_not_wait,
    **dict.fromkeys(_LIGHT, _is_light),
    **dict.fromkeys(("smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP", "ftplib.FTP_TLS"), _names_no_host),
    **dict.fromkeys(
        ("socket.gethostbyname", "socket.gethostbyname_ex", "socket.getaddrinfo"), _asks_for_address
    ),
    **dict.fromkeys(OPENERS, _is_payload),
}
