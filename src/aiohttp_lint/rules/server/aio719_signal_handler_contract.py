"""AIO719."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import Edit
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import signals
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.signals import Registered, Result

_NOT_ASYNC = "{signal} awaits what `{name}` returns: TypeError; make it `async def`"
_GENERATOR = "{signal} awaits what `{name}` returns, a generator: TypeError; append it to `cleanup_ctx`, as `async def`"
_ASYNC_GENERATOR = (
    "{signal} can't await the asynchronous generator `{name}`: TypeError; append it to `cleanup_ctx`"
)
_CALLED = "{signal} gets the coroutine, not the function: TypeError when it is sent; append `{name}` itself"
_PARAMETERS = "{signal} calls `{name}` with {given}: TypeError; take just these parameters"
_FROZEN = "the application is started already: RuntimeError; change `{signal}` before it runs"


class SignalHandlerContract(Rule):
    """A signal of an application gets something else than a coroutine function with the right parameters.

    aiohttp calls each function that was appended to `on_startup`, `on_shutdown` and `on_cleanup` with the application
    (those of `on_response_prepare` with request and response), and awaits the result. What does not fit fails when the
    signal is sent, not where it is appended: the server does not start (`TypeError: object NoneType can't be used in
    'await' expression`, `'coroutine' object is not callable`, `takes 0 positional arguments but 1 was given`), fails to
    clean up, or, for `on_response_prepare`, loses each connection. The lists have no setter (`AttributeError`, also
    for `+=`), and `on_startup` can't be changed while it is sent (`RuntimeError: Cannot modify frozen list.`).

    Bad:

    ```python
    def connect(app: web.Application) -> None:
        app[STORE] = Store()


    app = web.Application()
    app.on_startup.append(connect)
    ```

    Good:

    ```python
    async def connect(app: web.Application) -> None:
        app[STORE] = Store()


    app = web.Application()
    app.on_startup.append(connect)
    ```

    Fix: safe, since the program can't start as it is: makes the function `async def`, or appends the function
    instead of its result. Unsafe where
    other code may call the function; none where the call has other arguments than the application.

    Silent for decorated functions, for a plain function or lambda that returns an awaitable (that works), for calls
    of plain functions (they may return the callback), and under `pytest.raises`.
    """

    code = "AIO719"
    name = "signal-handler-contract"
    message = "the signal can't run this: append an `async def` that takes the application"
    fix = FixAvailability.MIXED
    practices = ("1.5", "1.8", "13.1", "15.1", "16.8")
    mentions = (any_of(*signals.SIGNALS, signals.ADD_SUBAPP),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#signals"

    def check(self, module: Module) -> Iterator[Finding]:
        for item in signals.registered(module, *signals.SIGNALS):
            if not fails_on_purpose(module, item.call.node, "TypeError"):
                yield from self._registered(module, item)
        for statement in signals.assignments(module, *signals.SIGNALS):
            if not fails_on_purpose(module, statement, "AttributeError"):
                text = "the list of a signal has no setter: AttributeError; use `.append()`"
                yield self.finding(module, statement, text)
        for call, changed in signals.changes_when_frozen(module):
            if changed != signals.CLEANUP_CONTEXTS and not fails_on_purpose(module, call, "RuntimeError"):
                yield self.finding(module, call, _FROZEN.format(signal=changed))

    def _registered(self, module: Module, item: Registered) -> Iterator[Finding]:
        called = signals.called_coroutine(module, item.value)
        if called is not None and not called.is_generator:
            message = _CALLED.format(signal=item.signal, name=called.name)
            edits = signals.uncalled(module, item)
            yield self.finding(module, item.value, message, edits=edits, fix="Append the function", safe=True)
            return
        function = item.function
        result = None if function is None else signals.result_of(function)
        if function is None or result is None:
            return
        to_async: list[Edit] = []
        related = [module.related(function.node, "is defined here")] if function.owner is module else []
        if not signals.takes(function, item.bound, item.signal):
            given = "request and response" if item.signal == "on_response_prepare" else "the application"
            message = _PARAMETERS.format(signal=item.signal, name=function.name, given=given)
        elif result is Result.COROUTINE:
            return
        else:
            texts = {Result.GENERATOR: _GENERATOR, Result.ASYNC_GENERATOR: _ASYNC_GENERATOR}
            message = texts.get(result, _NOT_ASYNC).format(signal=item.signal, name=function.name)
            to_async = signals.made_async(module, function)
        is_safe = not signals.is_named_elsewhere(module, function, item.value)
        yield self.finding(
            module,
            item.value,
            message,
            related=related,
            edits=to_async,
            fix="Make it a coroutine function",
            safe=is_safe,
        )
