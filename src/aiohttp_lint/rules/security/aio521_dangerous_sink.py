"""AIO521."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.taint import TAINTED
from aiohttp_lint.semantics.taint_data import Danger

_MESSAGES = {
    Danger.CODE: "{source} runs as a program in `{sink}`: read it as JSON",
    Danger.IMPORT: "{source} names any module to import in `{sink}`: look it up in a table",
    Danger.SHELL: "{source} runs as a command of the shell in `{sink}`: use `create_subprocess_exec()`",
    Danger.SQL: "{source} becomes part of the SQL statement: pass it as a parameter",
}
_NAME = "{source} becomes part of the SQL statement: look it up in a list, no parameter can be a name"


class DangerousSink(Rule):
    """Text of the client's that is unpickled, evaluated, or put into a command or a statement runs as a program.

    `pickle.loads(await request.read())` runs whatever the body asks for, before any check of the result. A
    statement with the text in it takes `' OR '1'='1` for SQL and gives all rows; as a parameter it is compared.
    Names of columns and tables can't be parameters: look them up in a list of those that are allowed.

    Bad:

    ```python
    async def user(request: web.Request) -> web.Response:
        row = await database.fetchrow(f"SELECT name FROM users WHERE id = '{request.match_info['id']}'")
        return web.json_response(dict(row))
    ```

    Good:

    ```python
    async def user(request: web.Request) -> web.Response:
        row = await database.fetchrow("SELECT name FROM users WHERE id = $1", request.match_info["id"])
        return web.json_response(dict(row))
    ```

    Fix: none; the right form depends on the driver and on the data.

    Reported for `pickle`, `dill`, `marshal`, `jsonpickle`, `yaml.load()` without a safe loader, `eval()`, `exec()`, `compile()`,
    `import_module()`, `os.system()`, `os.popen()`, `create_subprocess_shell()`, `subprocess` with `shell=True`, and for what
    is the first argument of `execute()`, `fetch()` and their like and begins as a statement of SQL. Silent for parameters of
    a statement, for `int()`, `UUID()` and what any unknown function gives, for `shlex.quote()` in commands, for what was
    tested on the way (a signature with `hmac.compare_digest()` too), and for a part of the path that the route limits.
    """

    code = "AIO521"
    name = "dangerous-sink"
    message = "text of the client's runs as a program: pass it as data"
    relaxed_in_tests = True
    practices = ("3.6", "14.1", "15.1")
    equivalents = ("S301", "S302", "S307", "S506", "S602", "S605", "S608")
    about = TAINTED
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.BaseRequest.json"

    def check(self, module: Module) -> Iterator[Finding]:
        for flow in module.taint.flows():
            text = _MESSAGES.get(flow.danger)
            if flow.danger is Danger.SQL and flow.stands_for_name:
                text = _NAME
            if text is not None:
                message = text.format(source=flow.source, sink=flow.sink.shown)
                yield self.finding(module, flow.place, message, related=flow.related)
