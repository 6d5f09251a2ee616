"""Questions about the client: requests, the responses they give, and the sessions they go through."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, takewhile
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.calls import CallSite, Use, UseKind
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.syntax import COMPREHENSIONS, FUNCTIONS, LOOPS, blocks

if TYPE_CHECKING:
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.resources import Holding
    from aiohttp_lint.semantics.scopes import Binding

SESSION = aiohttp_api.class_named("aiohttp.ClientSession").name
RESPONSE = aiohttp_api.class_named("aiohttp.ClientResponse").name
VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
REQUESTS = tuple(aiohttp_api.callable_named(f"{SESSION}.{verb}").name for verb in VERBS)
"""The methods of a session that give a response."""
MODULE_REQUEST = aiohttp_api.callable_named("aiohttp.request").name
WS_CONNECT = aiohttp_api.callable_named(f"{SESSION}.ws_connect").name

LOOPBACK = ("localhost", "127.", "[::1]")
"""What the host of this machine begins with in a URL."""

_WAITS = ("asyncio.wait_for", "asyncio.shield")
_METHODS_WITHOUT_BODY = ("HEAD", "OPTIONS")
_REPEATING = (*LOOPS, *COMPREHENSIONS)
_WITHOUT_END = (ast.While, ast.AsyncFor)


@dataclass(frozen=True, slots=True)
class AwaitedRequest:
    """A request whose response is awaited into hand: `await session.get(…)`.

    `value` is the whole awaiting expression. `is_direct` tells that nothing stands between `await` and the
    request, as `wait_for` may.
    """

    request: CallSite
    value: ast.Await
    is_direct: bool


def requests_awaited(module: Module, *names: str) -> Iterator[AwaitedRequest]:
    """Give the requests (all verbs, or only the named methods) that are awaited without `async with`."""
    for request in module.calls_to(*(names or REQUESTS)):
        use = module.use_of(request.node)
        is_direct = True
        if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Call):
            if use.node.args[:1] != [request.node] or not module.call_site(use.node).calls_only(*_WAITS):
                continue
            use = module.use_of(use.node)
            is_direct = False
        if use.kind is UseKind.AWAITED and isinstance(use.node, ast.Await):
            yield AwaitedRequest(request, use.node, is_direct)


def requests_gathered(module: Module) -> Iterator[tuple[CallSite, ast.Await]]:
    """Give the requests that `await asyncio.gather(…)` waits for, each with that expression."""
    for request in module.calls_to(*REQUESTS):
        use = module.use_of(request.node)
        if isinstance(use.node, ast.GeneratorExp | ast.ListComp) and request.node is use.node.elt:
            use = module.use_of(use.node)
        if use.kind is UseKind.ARGUMENT and isinstance(use.node, ast.Starred):
            use = Use(UseKind.ARGUMENT, module.parent(use.node) or use.node)
        if use.kind is not UseKind.ARGUMENT or not isinstance(use.node, ast.Call):
            continue
        if module.call_site(use.node).calls_only("asyncio.gather"):
            awaiting = module.use_of(use.node).node
            if isinstance(awaiting, ast.Await):
                yield request, awaiting


def is_discarded(module: Module, value: ast.expr) -> bool:
    """Tell whether a value is dropped: by a statement that only evaluates it, or in a `_` that nobody reads."""
    use = module.use_of(value)
    if use.kind is UseKind.DISCARDED:
        return True
    if use.kind is not UseKind.ASSIGNED or len(use.targets) != 1:
        return False
    target = use.targets[0]
    if not isinstance(target, ast.Name) or target.id != "_":
        return False
    scope = module.scope_at(target).binding_scope("_")
    return scope is not None and not module.uses(scope, "_")


def fresh_name(module: Module, node: ast.AST, wanted: str) -> str:
    """Give a name for a new local variable at a node: the wanted one, numbered where it is taken."""
    scope = module.scope_at(node).function
    taken = {name for inner in scope.descend() for name in inner.bindings} | set(module.loads(scope))
    candidates = (f"{wanted}_{number}" for number in count(2))
    return wanted if wanted not in taken else next(name for name in candidates if name not in taken)


def method_of(request: CallSite) -> str | None:
    """Give the HTTP method of a request in upper case; None where it is not a literal."""
    if request.method_name != "request":
        return request.method_name.upper()
    method = request.argument("method", 0).value
    literal = request.module.constant(method) if method is not None else None
    return literal.value.upper() if literal is not None and isinstance(literal.value, str) else None


def is_unread_on_purpose(module: Module, request: CallSite) -> bool:
    """Tell whether leaving the response unread holds nothing: no body, or a session that ends with it."""
    return method_of(request) in _METHODS_WITHOUT_BODY or ends_with_its_session(module, request)


def gets_a_document(module: Module, request: CallSite) -> bool:
    """Tell whether a request gets what stands at an address, through a session that goes on living.

    What changes something, or gives an order by parameters, is answered with a few bytes as a rule: nothing is held.
    """
    url = url_of(request)
    if method_of(request) != "GET" or request.has_unknown_arguments or url is None:
        return False
    if any(not request.argument(name).is_missing for name in ("params", "data", "json")):
        return False
    given = (
        [url, *(binding.value for binding in module.reaching(url))] if isinstance(url, ast.Name) else [url]
    )
    parts = (part for value in given if value is not None for part in ast.walk(value))
    if any(isinstance(part, ast.Constant) and "?" in str(part.value) for part in parts):
        return False
    return not ends_with_its_session(module, request, repeating=_WITHOUT_END)


def session_in_sight(module: Module, request: CallSite) -> CallSite | None:
    """Give the `ClientSession(…)` call that made the session of a request, where the function itself makes it."""
    binding = module.only_binding(request.receiver, BindingKind.WITH, BindingKind.ASSIGNMENT)
    made = None if binding is None else binding.value
    if not isinstance(made, ast.Call) or module.function_at(made) != module.function_at(request.node):
        return None
    session = module.call_site(made)
    return session if session.calls_only(SESSION) else None


def own_session_block(module: Module, request: CallSite) -> ast.AsyncWith | None:
    """Give the `async with ClientSession() as session` around a request through that session."""
    receiver = request.receiver
    if not isinstance(receiver, ast.Name):
        return None
    for binding in module.reaching(receiver):
        if binding.kind is BindingKind.WITH and isinstance(binding.node, ast.withitem):
            block = module.parent(binding.node)
            if isinstance(block, ast.AsyncWith) and block in _around_in_function(module, request.node):
                return block
    return None


def ends_with_its_session(
    module: Module, request: CallSite, *, repeating: tuple[type[ast.AST], ...] = _REPEATING
) -> bool:
    """Tell whether the function that sends the request opened its session too (or closes it), and sends it once.

    What is left of such a response goes with the session; only requests in a loop can use up the pool before. A
    session that `async with` enters where it is called for is closed behind it, whoever makes it.
    `repeating` says which loops count.
    """
    receiver = request.receiver
    if not isinstance(receiver, ast.Name):
        return False
    around = _around_in_function(module, request.node)
    loops = [node for node in around if isinstance(node, repeating)]
    function = module.function_at(request.node)
    bindings = module.reaching(receiver)
    for binding in bindings:
        if _is_closed_behind(module, binding, around, loops):
            continue
        opened = binding.value
        is_entered = binding.kind is BindingKind.WITH
        if not isinstance(opened, ast.Call) or not (
            module.call_site(opened).calls_only(SESSION)
            or (is_entered and module.is_instance(opened, SESSION))
        ):
            return False
        if binding.kind not in (BindingKind.WITH, BindingKind.ASSIGNMENT):
            return False
        if module.function_at(opened) != function:
            return False
        if not all(loop in module.ancestors(opened) for loop in loops):
            return False
    return bool(bindings)


def _is_closed_behind(module: Module, binding: Binding, around: list[ast.AST], loops: list[ast.AST]) -> bool:
    """Tell whether `async with self.session as session` around a request closes the session before the next turn."""
    if binding.kind is not BindingKind.WITH or binding.value is None:
        return False
    block = module.parent(binding.node)
    return (
        block in around
        and all(loop not in around[: around.index(block)] for loop in loops)
        and module.type_of(binding.value).is_only(SESSION)
    )


def _around_in_function(module: Module, node: ast.AST) -> list[ast.AST]:
    """Give the nodes around this one up to its function, from the inside."""
    return list(takewhile(lambda ancestor: not isinstance(ancestor, FUNCTIONS), module.ancestors(node)))


def is_connector_of_others(session: CallSite) -> bool:
    """Tell whether a session leaves its connector to somebody else: nothing leaks with the session."""
    owner = session.argument("connector_owner")
    return owner.is_unknown or owner.is_given


def runs_once(module: Module, function: Function | None) -> bool:
    """Tell whether the program runs the function once: as its entry point, or at the top of the file."""
    return function is None or Role.ENTRY_POINT in module.roles_of(function)


def can_move_into_block(held: Holding) -> bool:
    """Tell whether all that uses a resource stands behind its acquisition in the same block.

    Then a `with` block around what follows the acquisition covers every use. Not where the function lets
    something of it live on (a response, a stream, a task), and not at the top of a file.
    """
    module, function = held.module, held.function
    if function is None or not function.is_async or function.is_generator:
        return False
    statement = module.statement(held.acquisition)
    if (
        not isinstance(statement, ast.Assign)
        or statement.value is not held.acquisition
        or len(statement.targets) != 1
    ):
        return False
    holder = module.parent(statement)
    block = (
        next((part for part in blocks(holder) if statement in part), None)
        if isinstance(holder, ast.stmt)
        else None
    )
    if block is None:
        return False
    following = set(block[block.index(statement) + 1 :])
    for event in held.events:
        if not any(ancestor in following for ancestor in module.ancestors(event.name)):
            return False
        if isinstance(module.statement(event.name), ast.Return):
            return False
        if event.use.kind is UseKind.ARGUMENT:
            return False
    return True


def url_of(request: CallSite) -> ast.expr | None:
    """Give the address that a request is sent to; None where it is not in sight."""
    return request.argument("url", 1 if request.method_name == "request" else 0).value


def url_start(module: Module, node: ast.expr) -> str | None:
    """Give the literal text that a URL, or another text, begins with."""
    literal = module.constant(node)
    if literal is not None:
        return literal.value if isinstance(literal.value, str) else None
    if isinstance(node, ast.JoinedStr) and node.values:
        first = node.values[0]
        return url_start(module, first.value if isinstance(first, ast.FormattedValue) else first)
    if isinstance(node, ast.BinOp):
        return url_start(module, node.left)
    if isinstance(node, ast.Call) and module.qualified_name(node.func) == "yarl.URL" and node.args:
        return url_start(module, node.args[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return url_start(module, node.func.value)
    if isinstance(node, ast.Name):
        value = module.only_value(node)
        if isinstance(value, ast.JoinedStr | ast.BinOp | ast.Call) and not _mentions(value, node.id):
            return url_start(module, value)
    return None


def _mentions(node: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))
