"""AIO102."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.owned_sessions import Owner, unclosed_sessions

_WHOSE = {
    Owner.OBJECT: "no method of the class closes it; close it in a `close()` that its user awaits",
    Owner.APPLICATION: "nothing closes it when the application ends; open it in a `cleanup_ctx`",
    Owner.MODULE: "nothing in the module closes it; add a coroutine that does",
}

_IN_PROJECT = "no file of the project closes it; close it where the program ends"


class OwnedSessionNotClosed(Rule):
    """A session that an object keeps and that nothing closes leaks its connections with the object.

    The sockets stay open until the garbage collector finds the object. Then aiohttp warns `Unclosed client
    session` (a `ResourceWarning`) and the loop's exception handler logs `Unclosed client session` and `Unclosed
    connector`. A program that makes such an object now and again runs out of file descriptors.

    Bad:

    ```python
    class Prices:
        def __init__(self) -> None:
            self._session = aiohttp.ClientSession()

        async def today(self) -> str:
            async with self._session.get("https://prices.example/today") as response:
                return await response.text()
    ```

    Good:

    ```python
    class Prices:
        def __init__(self) -> None:
            self._session = aiohttp.ClientSession()

        async def close(self) -> None:
            await self._session.close()

        async def today(self) -> str:
            async with self._session.get("https://prices.example/today") as response:
                return await response.text()
    ```

    Fix: none, because whoever uses the object has to close it.

    Reported for attributes of a class all of whose bases are known, for keys of an application that the file makes
    and runs itself, and for private globals. Where the command is given the whole project (its folder, not files of it),
    also for keys and globals that no file of the project closes. Silent as soon as a base, an heir or any code
    in sight that may mean the same object closes the attribute, detaches it, hands it on, returns it or reaches
    it by reflection; for classes with unknown bases or decorators, and abstract ones; and for a connector that
    belongs to somebody else.
    """

    code = "AIO102"
    name = "owned-session-not-closed"
    message = "session is kept and never closed: its connections leak; close it where its owner ends"
    relaxed_in_tests = True
    practices = ("6.1", "6.8", "8.5", "11.8")
    mentions = (any_of(SESSION),)
    source = "https://docs.aiohttp.org/en/stable/client_advanced.html#graceful-shutdown"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in unclosed_sessions(module):
            whose = _IN_PROJECT if found.in_project else _WHOSE[found.owner]
            message = f"`{found.place}` keeps a session that leaks its connections: {whose}"
            yield self.finding(module, found.call, message)
