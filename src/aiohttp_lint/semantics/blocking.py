"""Which calls stop the event loop, what to use instead, and how the loop comes to run them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from aiohttp_lint.edits import ReplaceExpression, verbatim
from aiohttp_lint.semantics.blockers import (
    BLOCKERS,
    DJANGO,
    LAZY,
    LOADERS,
    LOOK_UPS,
    OPENERS,
    THREAD,
    Blocker,
    Kind,
)
from aiohttp_lint.semantics.caching import runs_once
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.django_queries import queries, query_name
from aiohttp_lint.semantics.guards import is_made_once, makes_only_one
from aiohttp_lint.semantics.harmless_calls import asks_for_own_name, is_harmless
from aiohttp_lint.semantics.kernel_files import is_kept_in_memory
from aiohttp_lint.semantics.reached import Step
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.scopes import BindingKind
from aiohttp_lint.semantics.serving import has_part_in_serving, starts_server
from aiohttp_lint.semantics.spelling import spelled
from aiohttp_lint.semantics.switched_off import is_for_marked, is_switched_off
from aiohttp_lint.semantics.syntax import dotted

if TYPE_CHECKING:
    from aiohttp_lint.edits import Edit
    from aiohttp_lint.findings import Related
    from aiohttp_lint.semantics.definitions import Function
    from aiohttp_lint.semantics.module import Module

SERVED = frozenset({Role.HANDLER, Role.MIDDLEWARE, Role.RESPONSE_PREPARE})
"""The roles of functions that run while requests are served."""
ONCE = frozenset({Role.ENTRY_POINT, Role.STARTUP, Role.SHUTDOWN, Role.CLEANUP, Role.CLEANUP_CONTEXT})
"""The roles of functions that run before or after requests are served, or alone."""


class Where(Enum):
    """Which functions of a file are looked into."""

    SERVED = "served"
    """What serves requests or runs as a task, and what that calls in this file."""
    CONCURRENT = "concurrent"
    """Every coroutine too, but those that run alone, before there are requests, or after the last one."""
    EVERYWHERE = "everywhere"
    """Every coroutine too, and the plain functions that it calls."""


PROMPTS = frozenset({"builtins.input", "getpass.getpass", "click.prompt", "click.confirm"})
"""What waits for a person at the console."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the event loop comes to run a function.

    `root` is a function that aiohttp or the loop itself runs; `steps` are the calls that lead from it to the
    function, each with the function that makes it.
    """

    root: Function
    steps: tuple[Step, ...] = ()

    @property
    def is_far_from_any_request(self) -> bool:
        """Whether it begins at a coroutine of no proven role, and leads over more than one call."""
        return len(self.steps) > 1 and not self.root.owner.roles_of(self.root) & (SERVED | {Role.TASK})


@dataclass(frozen=True, slots=True)
class BlockingCall:
    """A call that stops the event loop."""

    site: CallSite
    name: str
    """The canonical name of what is called."""
    blocker: Blocker
    function: Function
    way: Way

    @property
    def shown(self) -> str:
        """The callee in few words: `requests.get()`, `Path.exists()`."""
        parts = self.name.removeprefix("builtins.").split(".")
        owner = next((index for index, part in enumerate(parts[:-1]) if part[0].isupper()), 0)
        return ".".join(parts[owner:]) + "()"

    @property
    def is_answered(self) -> bool:
        """Whether it waits for somebody's answer, and doesn't only load what it needs for asking."""
        return self.name not in LOADERS

    @property
    def is_for_own_name(self) -> bool:
        """Whether it looks up this machine's own name."""
        return asks_for_own_name(self.site)

    @property
    def serves_nobody(self) -> bool:
        """Whether it runs only in a task of a file that has no part in serving requests: none of them waits for it."""
        root = self.way.root
        return not root.owner.roles_of(root) & SERVED and not has_part_in_serving(root.owner)

    @property
    def gives_file(self) -> bool:
        """Whether it opens something whose own methods block as well."""
        return self.name in OPENERS or self.name.startswith("tempfile.")

    @property
    def is_remote_look_up(self) -> bool:
        """Whether it asks the file system a short question, in a task or more than one call away from what serves."""
        if self.name not in LOOK_UPS:
            return False
        return len(self.way.steps) > 1 or not self.way.root.owner.roles_of(self.way.root) & SERVED

    @property
    def is_remote_prompt(self) -> bool:
        """Whether it belongs to asking somebody at the console, more than one call away from what serves.

        A program that can run both ways gets there only where somebody started it by hand.
        """
        return len(self.way.steps) > 1 and _asks_at_console(self.function)

    @property
    def reached(self) -> str:
        """How a handler gets there, as an insertion for a message; empty where it calls by itself."""
        if not self.way.steps:
            return ""
        home = self.way.root.owner
        shown = [
            _placed(function.shown, function, function.node, home)
            for function in (*(caller for caller, _ in self.way.steps), self.function)
        ]
        if self.function.owner is not home:
            shown.append(_placed(self.shown, self.function, self.site.node, home))
        return f" (on the way {' → '.join(shown)})"

    @property
    def place(self) -> ast.expr:
        """The call to report: itself, or the last step in the handler's file on the way to another file."""
        home = self.way.root.owner
        if self.function.owner is home:
            return self.site.node
        return next(step for caller, step in reversed(self.way.steps) if caller.owner is home)

    @property
    def related(self) -> list[Related]:
        """The steps on the way from the handler, and the blocking one where it stands in another file."""
        if not self.way.steps:
            return []
        callees = [*(caller for caller, _ in self.way.steps[1:]), self.function]
        found = [
            caller.owner.related(step, f"`{caller.shown}` runs `{callee.shown}`")
            for (caller, step), callee in zip(self.way.steps, callees, strict=True)
        ]
        if self.place is not self.site.node:
            found.append(self.function.owner.related(self.site.node, f"{self.shown} is called here"))
        return found


def _placed(shown: str, function: Function, node: ast.AST, home: Module) -> str:
    """Name a step of a chain, with its place where that is in another file: `Store.load (storage.py:40)`."""
    owner = function.owner
    return shown if owner is home else f"{shown} ({PurePath(owner.path).name}:{owner.span(node).line})"


def blocking_calls(module: Module, kind: Kind, where: Where) -> Iterator[BlockingCall]:
    """Give the calls of one kind that run on the event loop, in source order, those of other files at the end.

    Other files count as far as handlers of this one reach them. An `async def` there is left to its own file
    where that reports it.

    Args:
        module: The file.
        kind: What they wait for.
        where: Which functions are looked into.
    """
    own = module.options.own_names.blocking_functions if kind is Kind.NETWORK else frozenset()
    blockers = _blockers(kind, own)
    ways: dict[Function, Way | None] = {}
    for owner in _files_reached(module, where):
        reported: dict[Function, list[ast.Call]] = {}
        for node in _candidates(owner, kind, own):
            function = owner.function_at(node)
            if function is None:
                continue
            if function not in ways:
                if owner is module:
                    ways[function] = way_to(module, function, where)
                else:
                    ways[function] = _way_to_other_file(module, function, where)
            way = ways[function]
            found = None if way is None else _blocking(owner.call_site(node), blockers)
            if way is None or found is None or (found[0] in LOOK_UPS and way.is_far_from_any_request):
                continue
            steps = (*way.steps, (function, node))
            if is_switched_off(steps):
                continue
            if where is not Where.EVERYWHERE and (is_for_marked(steps) or _runs_once(steps, kind)):
                continue
            name, blocker = found
            if name in LOADERS and where is not Where.EVERYWHERE and _is_for_entering(way, function):
                continue
            earlier = reported.setdefault(function, [])
            is_part = kind is Kind.DATABASE or name.startswith("io.")
            if is_part and _opens_in_place(owner.call_site(node), blockers):
                continue
            if not (is_part and _has_spoken(owner.call_site(node), earlier)):
                earlier.append(node)
                yield BlockingCall(owner.call_site(node), name, blocker, function, way)


def _runs_once(steps: tuple[Step, ...], kind: Kind) -> bool:
    """Tell whether code on a way runs once for the whole process: it stops one request, and no more after that."""
    if kind is Kind.FILE and any(is_made_once(step.owner, call) for step, call in steps):
        return True
    return any(runs_once(steps[: index + 1]) for index in range(1, len(steps))) or any(
        makes_only_one(caller.owner, call) for caller, call in steps[:-1]
    )


def _is_for_entering(way: Way, function: Function) -> bool:
    """Tell whether a function enters an object out of sight: most often while the program starts."""
    return function.class_scope is not None and function.name == "__aenter__" and not way.steps


def _files_reached(module: Module, where: Where) -> list[Module]:
    """Give this file, and the other ones with functions that may be reported in it."""
    functions = module.roles.served_elsewhere()
    if where is Where.EVERYWHERE:
        functions += module.roles.called_by_coroutines()
    return list(dict.fromkeys((module, *(function.owner for function in functions))))


def _has_rules(module: Module) -> bool:
    """Tell whether a file is looked into for its own sake, as those are that speak of aiohttp."""
    return "aiohttp" in module.text.text


def _blocking(site: CallSite, blockers: tuple[Blocker, ...]) -> tuple[str, Blocker] | None:
    """Give the canonical name of a callee that blocks, and what is known of it."""
    if blockers[0].kind is Kind.DATABASE:
        query = query_name(site)
        if query is not None:
            return query, DJANGO
    if not site.is_certain or len(site.names) != 1:
        return None
    (name,) = site.names
    if site.functions:
        name = site.functions[0].dotted_name
    blocker = next((blocker for blocker in blockers if blocker.matches(name)), None)
    if blocker is None or is_harmless(site, name):
        return None
    return None if blocker.kind is Kind.FILE and is_kept_in_memory(site, name) else (name, blocker)


def _candidates(module: Module, kind: Kind, own: frozenset[str]) -> list[ast.Call]:
    found = module.calls_of(_last_names(kind, own, _packages_in(module)))
    if kind is Kind.DATABASE:
        found = list(dict.fromkeys((*found, *queries(module))))
    # A client of boto3 has methods without end.
    if kind is Kind.NETWORK and not module.local_aliases("boto3").isdisjoint(module.scope.bindings):
        found = [node for entries in module.facts.calls.values() for node, _ in entries]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset, -(node.end_col_offset or 0)))


_GIVEN_UNIMPORTED = frozenset({"builtins", "io", "pathlib"})
"""Packages whose objects a file gets without an import of theirs."""


@cache
def _blockers(kind: Kind, own: frozenset[str]) -> tuple[Blocker, ...]:
    known = tuple(blocker for blocker in BLOCKERS if blocker.kind is kind)
    return (*known, Blocker(kind, THREAD, own)) if own else known


def _packages_in(module: Module) -> frozenset[str] | None:
    """Give the packages whose blocking calls a file can hold; None for any: another file may give it what it likes."""
    if module.project is not None or module.facts.has_star_imports:
        return None
    return module.imported_packages & _packages() | _GIVEN_UNIMPORTED


@cache
def _packages() -> frozenset[str]:
    named = (name for blocker in BLOCKERS for name in (*blocker.names, blocker.prefix))
    return frozenset(name.partition(".")[0] for name in named)


@lru_cache(maxsize=256)
def _last_names(kind: Kind, own: frozenset[str], packages: frozenset[str] | None) -> frozenset[str]:
    found: set[str] = set()
    for blocker in _blockers(kind, own):
        last = {name: name.rpartition(".")[2] for name in blocker.names}
        last |= {f"{blocker.prefix}{name}": name for name in blocker.only}
        is_own = blocker.names is own
        found.update(
            name
            for full, name in last.items()
            if packages is None or is_own or full.partition(".")[0] in packages
        )
    return frozenset(found)


def way_to(module: Module, function: Function, where: Where) -> Way | None:
    """Tell how the event loop comes to run a function, as far as this file proves it.

    Args:
        module: The file.
        function: The function.
        where: What counts as proof; anything but SERVED takes an `async def` for one that runs.
    """
    return _way_by_itself(module, function, where) or _way_from_coroutine(module, function, where)


def _way_to_other_file(module: Module, function: Function, where: Where) -> Way | None:
    """Tell how this file comes to run a function of another one, unless that file is told so itself."""
    owner, served = function.owner, _way_from_served(module, function)
    is_theirs = _way_by_itself if served is not None else way_to
    if _has_rules(owner) and is_theirs(owner, function, where) is not None:
        return None
    return served or _way_from_coroutine(module, function, where)


def _way_by_itself(module: Module, function: Function, where: Where) -> Way | None:
    roles = module.roles_of(function)
    if roles & SERVED or (Role.TASK in roles and function.is_async and not starts_server(function)):
        return Way(function)
    way = _way_from_served(module, function)
    if way is not None:
        return way
    if function.is_async and where is not Where.SERVED and (where is Where.EVERYWHERE or not roles & ONCE):
        return Way(function)
    return None


def _way_from_served(module: Module, function: Function) -> Way | None:
    return _way_back(function, module.roles.caller)


def _way_from_coroutine(module: Module, function: Function, where: Where) -> Way | None:
    return _way_back(function, module.roles.called_by_coroutines().get) if where is Where.EVERYWHERE else None


def _way_back(function: Function, caller_of: Callable[[Function], Step | None]) -> Way | None:
    steps: list[Step] = []
    caller = caller_of(function)
    while caller is not None:
        steps.insert(0, caller)
        caller = caller_of(caller[0])
    return Way(steps[0][0], tuple(steps)) if steps else None


def _asks_at_console(function: Function, *, by_callees: bool = True) -> bool:
    """Tell whether a function, or one of its file that it calls, waits for what somebody types."""
    module = function.owner
    calls = [node for node in function.scope.all_nodes(ast.Call) if isinstance(node, ast.Call)]
    return any(module.qualified_name(call.func) in PROMPTS for call in calls) or (
        by_callees
        and any(
            callee.owner is module and _asks_at_console(callee, by_callees=False)
            for call in calls
            for callee in module.call_site(call).functions
        )
    )


def _opens_in_place(site: CallSite, blockers: tuple[Blocker, ...]) -> bool:
    """Tell whether the object is opened by a blocking call in the same expression, which is reported itself."""
    receiver = site.receiver
    return isinstance(receiver, ast.Call) and _blocking(site.module.call_site(receiver), blockers) is not None


def _has_spoken(site: CallSite, reported: list[ast.Call]) -> bool:
    """Tell whether an open file or a connection is reported already: at its opening, or at its first use."""
    module, receiver = site.module, site.receiver
    if receiver is None or module.qualified_name(receiver) is not None:
        return False
    place = dotted(receiver)
    if any(place is not None and place == dotted(_receiver_of(call)) for call in reported):
        return True
    return _comes_from(module, receiver, reported)


def _receiver_of(call: ast.Call) -> ast.expr:
    return call.func.value if isinstance(call.func, ast.Attribute) else call.func


def _comes_from(module: Module, value: ast.expr, reported: list[ast.Call]) -> bool:
    """Follow `connect(…).cursor()`, and names back to what was assigned or entered."""
    for _ in range(10):
        if isinstance(value, ast.Call):
            if value in reported:
                return True
            value = value.func
        elif isinstance(value, ast.Attribute):
            value = value.value
        elif isinstance(value, ast.Name):
            sources = [
                binding.value
                for binding in module.reaching(value)
                if binding.kind in (BindingKind.ASSIGNMENT, BindingKind.WITH) and binding.value is not None
            ]
            if len(sources) != 1:
                return any(source in reported for source in sources)
            value = sources[0]
        else:
            return False
    return False


# Repairs.


def in_thread(call: BlockingCall) -> list[Edit]:
    """Give the edits that move a blocking call to a thread; none where the caller can't await it.

    Nor where the call only makes an iterator: what blocks is the loop over it, which would stay where it is.
    """
    module, node = call.site.module, call.site.node
    if call.place is not node or not call.function.is_async or module.python_minimum < (3, 9):
        return []
    if call.name in LAZY or any(isinstance(argument, ast.GeneratorExp) for argument in node.args):
        return []
    callee = module.segment(node.func)
    arguments = module.segment(node)[len(callee) :].strip()
    if not arguments.startswith("("):
        return []
    arguments = arguments[1:]
    comma = "," if node.args or node.keywords else ""
    space = " " if comma and not arguments[0].isspace() else ""
    spelling, imports = spelled(module, "asyncio.to_thread")
    source = f"await {spelling}({callee}{comma}{space}{arguments}"
    return [ReplaceExpression(module.span(node), verbatim(source)), *imports]
