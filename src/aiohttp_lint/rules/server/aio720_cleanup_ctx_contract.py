"""AIO720."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics import cleanup_contexts, signals
from aiohttp_lint.semantics.cleanup_contexts import Fault
from aiohttp_lint.semantics.definitions import Function
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.signals import Registered, Result

_CONTEXT_MANAGERS_SINCE = (3, 14, 0)
_RESULTS = {
    Result.COROUTINE: "`{name}` has no `yield`: TypeError when the server starts; `yield` between setup and cleanup",
    Result.GENERATOR: "`{name}` is a plain generator: TypeError when the server starts; make it `async def`",
    Result.NOTHING: "`{name}` returns nothing to iterate: TypeError when the server starts; make it an `async def` that yields",
}
_FAULTS = {
    Fault.RETURN: "`return` before the `yield`: the server does not start; `yield` on this way too",
    Fault.END: "a way past the `yield`: the server does not start; `yield` on this way too",
    Fault.SECOND: "second `yield`: RuntimeError when the server stops, and what follows never runs; keep one",
}


class CleanupCtxContract(Rule):
    """A cleanup context that is no asynchronous generator with exactly one `yield`.

    aiohttp runs each function of `cleanup_ctx` to its `yield` when the application starts, and from there to its end when it
    stops. Without a `yield`, or with a plain generator, the server does not start: `TypeError: 'coroutine' object is
    not an async iterator`. A `return` on a way before the `yield` ends the start as well (`StopAsyncIteration`, or
    `RuntimeError: generator didn't yield` from aiohttp 3.14 on): resources that aren't configured need a bare `yield` on
    their way. A second `yield` fails when the server stops, with what follows it not run (`generator didn't
    stop`). Functions decorated with `asynccontextmanager` work from aiohttp 3.14 on. A context that is appended by
    a startup callback never runs, without any message.

    Bad:

    ```python
    async def database(app: web.Application):
        if DSN is None:
            return
        app[POOL] = await create_pool(DSN)
        yield  # the application runs
        await app[POOL].close()


    app = web.Application()
    app.cleanup_ctx.append(database)
    ```

    Good:

    ```python
    async def database(app: web.Application):
        if DSN is None:
            yield
            return
        app[POOL] = await create_pool(DSN)
        yield  # the application runs
        await app[POOL].close()


    app = web.Application()
    app.cleanup_ctx.append(database)
    ```

    Fix: none; where the `yield` belongs is for the author to say.

    Silent for decorated functions, and for plain functions that return something (an asynchronous
    generator works). Ways through exceptions and through loops that run zero times are not followed.
    `asynccontextmanager` is reported only where the project declares that it runs on aiohttp before 3.14.
    """

    code = "AIO720"
    name = "cleanup-ctx-contract"
    message = "a cleanup context needs exactly one `yield` on every way"
    practices = ("1.5", "1.8", "11.8", "15.1", "15.4", "16.8")
    mentions = (any_of(signals.CLEANUP_CONTEXTS),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#cleanup-context"

    def check(self, module: Module) -> Iterator[Finding]:
        for item in signals.registered(module, signals.CLEANUP_CONTEXTS):
            if not fails_on_purpose(module, item.call.node, "TypeError"):
                yield from self._registered(module, item)
        for statement in signals.assignments(module, signals.CLEANUP_CONTEXTS):
            if not fails_on_purpose(module, statement, "AttributeError"):
                yield self.finding(
                    module, statement, "`cleanup_ctx` has no setter: AttributeError; use `.append()`"
                )
        for call, changed in signals.changes_when_frozen(module):
            if changed == signals.CLEANUP_CONTEXTS:
                message = "appended while the application starts, it never runs: append it before, or in a cleanup context"
                yield self.finding(module, call, message)

    def _registered(self, module: Module, item: Registered) -> Iterator[Finding]:
        called = signals.called_coroutine(module, item.value)
        if called is not None:
            message = f"the result of the call is not callable: TypeError at the start; append `{called.name}` itself"
            yield self.finding(module, item.value, message)
            return
        function = item.function
        if function is None:
            return
        related = [module.related(function.node, "is defined here")] if function.owner is module else []
        if cleanup_contexts.is_context_manager(module, function):
            if module.target.declares_below(_CONTEXT_MANAGERS_SINCE):
                message = "aiohttp before 3.14 can't run it: AttributeError at the start; drop `asynccontextmanager`"
                yield self.finding(module, item.value, message, related=related)
            return
        result = signals.result_of(function)
        if result is None:
            return
        if not signals.takes(function, item.bound, item.signal):
            message = f"`{function.name}` is called with the application alone: TypeError at the start; take one parameter"
            yield self.finding(module, item.value, message, related=related)
        elif result in _RESULTS:
            yield self.finding(
                module, item.value, _RESULTS[result].format(name=function.name), related=related
            )
        else:
            yield from self._yields(module, item, function)

    def _yields(self, module: Module, item: Registered, function: Function) -> Iterator[Finding]:
        for fault, place in cleanup_contexts.faults(function):
            if function.owner is module:
                related = [module.related(item.call.node, "becomes a cleanup context here")]
                yield self.finding(module, place, _FAULTS[fault], related=related)
            else:
                message = f"`{function.name}` has a {_FAULTS[fault]}"
                related = [function.owner.related(place, "is here")]
                yield self.finding(module, item.value, message, related=related)
