"""AIO516."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.taint import TAINTED
from aiohttp_lint.semantics.taint_data import Danger


class PathTraversal(Rule):
    r"""A path that is joined with text of the client's leads out of its folder, to any file.

    A route `/files/{name}` doesn't stop it: `GET /files/..%2f..%2fetc%2fpasswd` arrives as `../../etc/passwd`, because a route
    looks at the path before `%2f` is decoded; the file is served with 200. The query takes `../` as it is, and the
    `filename` of an upload is whatever the client wrote. `os.path.normpath()`, `lstrip("/")` and `replace("../", "")`
    were tried, and let it through.

    Bad:

    ```python
    async def download(request: web.Request) -> web.FileResponse:
        return web.FileResponse(FOLDER / request.match_info["name"])
    ```

    Good:

    ```python
    async def download(request: web.Request) -> web.FileResponse:
        path = (FOLDER / request.match_info["name"]).resolve()
        if not path.is_relative_to(FOLDER):
            raise web.HTTPNotFound
        return web.FileResponse(path)
    ```

    For uploads, a name of one's own (`uuid.uuid4().hex`).

    Fix: none; what may be reached only the author knows.

    Reported where the text is joined to a base (`BASE / name`, `os.path.join(BASE, name)`, `f"{BASE}/{name}"`) and the path
    is opened, listed, changed or served, in a thread or not; where that happens in another file, the message names the call
    and the place, and the handler's own call is underlined. A path that is wholly the client's is a file
    manager, mostly: it is reported when the rule is named in full, by `ALL` or by the strict preset. Silent for
    what was tested on the way (`is_relative_to()`, `relative_to()`, `in`, `TABLE[name]`, any function of it; in a decorator of
    the project's, too), for `basename()`, `Path.name`, `secure_filename()`, for what an unknown function gives, and for a part of the path whose pattern in the
    route can hold neither `%` nor `/`, such as `{name:\w+}`. `{name:[^/]+}` can.
    """

    code = "AIO516"
    name = "path-traversal"
    message = "path leaves its folder with `../` in it: check it with `resolve()` and `is_relative_to()`"
    relaxed_in_tests = True
    practices = ("2.5", "3.5", "3.8", "4.6", "14.1")
    about = TAINTED
    source = "https://docs.aiohttp.org/en/stable/web_quickstart.html#file-uploads"

    def check(self, module: Module) -> Iterator[Finding]:
        for flow in module.taint.flows():
            if flow.danger is not Danger.PATH:
                continue
            if flow.label.before.is_nothing:
                message = (
                    f"{flow.source} names any file of this machine{flow.elsewhere}: join it to a folder and check "
                    "the result"
                )
            else:
                message = (
                    f"{flow.source} leads out of the folder with `../`{flow.elsewhere}: check the path with `resolve()` and "
                    "`is_relative_to()`"
                )
            yield self.finding(module, flow.place, message, related=flow.related)
