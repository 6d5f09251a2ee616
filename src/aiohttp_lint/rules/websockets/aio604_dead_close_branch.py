"""AIO604."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import RemoveStatement
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import dead_branches
from aiohttp_lint.semantics.at_hand import CLIENT, SERVER
from aiohttp_lint.semantics.dead_branches import DeadBranch
from aiohttp_lint.semantics.module import Module


class DeadCloseBranch(Rule):
    """A branch of `async for message in ws` for a message that the loop never gives.

    Iteration ends at the closing message; it never yields `CLOSE`, `CLOSING` or `CLOSED`, and with `autoping`
    (the default) no `PING` or `PONG` either. Sent TEXT, BINARY, PING, PONG and CLOSE, a loop sees TEXT and
    BINARY. What stands in such a branch, often the only clean-up or reconnect, never runs. `ERROR` is given.

    Bad:

    ```python
    async def listen(ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.CLOSED:
                print("closed:", ws.close_code)
    ```

    Good:

    ```python
    async def listen(ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            print(message.data)
        print("closed:", ws.close_code)
    ```

    Fix: deletes the branch. Safe where it would only break, return, log or close; anything more is meant to
    happen, so move it to after the loop (or its `finally`) by hand. A branch that others follow, and a `case`, are yours to
    take out.

    Silent for a test that names `ERROR` or a data type as well, and for PING and PONG where the socket isn't
    opened in sight with `autoping` on.
    """

    code = "AIO604"
    name = "dead-close-branch"
    message = "`async for` ends instead of giving this message type: the branch never runs"
    fix = FixAvailability.SAFE
    practices = ("9.3", "9.4", "9.5", "9.7")
    mentions = (any_of("async"), any_of("for"), any_of("type", "tp"))
    about = CLIENT | SERVER
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#websockets"

    def check(self, module: Module) -> Iterator[Finding]:
        for branch in dead_branches.dead_branches(module):
            yield self.finding(
                module,
                branch.test,
                _message(branch),
                edits=_edits(module, branch),
                fix="Delete the branch",
            )


def _message(branch: DeadBranch) -> str:
    types = " or ".join(sorted(branch.types))
    if branch.is_automatic:
        return f"`async for` never gives {types} with `autoping`: the branch never runs; delete it"
    if branch.only_stops:
        return f"`async for` ends instead of giving {types}: the branch never runs; delete it"
    return f"`async for` ends instead of giving {types}: the branch never runs; move it to after the loop"


def _edits(module: Module, branch: DeadBranch) -> list[RemoveStatement]:
    statement = branch.statement
    if not branch.only_stops or not isinstance(statement, ast.If) or statement.orelse:
        return []
    return [RemoveStatement(module.span(statement))]
