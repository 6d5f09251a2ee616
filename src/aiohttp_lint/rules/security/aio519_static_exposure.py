"""AIO519."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import RemoveKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.cookies import is_for_trial
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.static_files import STATIC_ROUTES, TABLE_STATIC, Folder, folder_of, static_routes

_MESSAGES = {
    Folder.WORKING: "whole working directory is served, `.env` and sources too: serve a folder that holds nothing else",
    Folder.SOURCE: "source code's own folder is served, with all that lies there: serve a folder that holds nothing else",
    Folder.ROOT: "every file of the machine is served: serve a folder that holds nothing else",
}
_LINKS = "links are followed out of the folder, to whatever they point at: leave `follow_symlinks` out"


class StaticExposure(Rule):
    """A static route serves all that lies in its folder, dotfiles and sources included.

    With `.` as the folder, `/static/.env` is answered with the file, and so are `/static/.git/config` and the program's
    own modules. With `follow_symlinks=True` a link in the folder to `/etc/hostname` is served, which is `404`
    otherwise; on aiohttp before 3.9.2 the option even let `/static/../../etc/passwd` out (CVE-2024-23334).

    Bad:

    ```python
    app.router.add_static("/static", ".")
    app.router.add_static("/files", "/srv/files", follow_symlinks=True)
    ```

    Good:

    ```python
    app.router.add_static("/static", Path(__file__).parent / "static", append_version=True)
    app.router.add_static("/files", "/srv/files")
    ```

    Fix: unsafe, because links that were served are `404` then: `follow_symlinks=True` is taken out. None for the
    folder, which only the author can name.

    The folder counts where it surely is the working directory (`.`, `os.getcwd()`, `Path()`), the root of the file system,
    or, for a route at `/`, the folder of the source file. Silent for any other folder, for a route at `/` as such (a
    single-page application needs it), for options that are decided elsewhere, under a condition that speaks of
    development, and in tests and examples. `show_index=True` is not reported: who sets it wants the list.
    """

    code = "AIO519"
    name = "static-exposure"
    message = _MESSAGES[Folder.WORKING]
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("2.5", "4.6", "14.1", "14.7")
    mentions = (any_of(*STATIC_ROUTES, TABLE_STATIC),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#static-file-handling"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in static_routes(module):
            if is_for_trial(module, call.node):
                continue
            path, prefix = call.argument("path").value, call.argument("prefix").value
            folder = folder_of(module, path) if path is not None else None
            at = module.constant(prefix) if prefix is not None else None
            is_at_root = at is not None and at.value in ("", "/")
            if path is not None and folder is not None and (folder is not Folder.SOURCE or is_at_root):
                yield self.finding(module, path, _MESSAGES[folder])
            follows = call.argument("follow_symlinks").value
            if isinstance(follows, ast.Constant) and follows.value is True:
                edits = [RemoveKeyword(module.span(call.node), "follow_symlinks")]
                yield self.finding(module, follows, _LINKS, edits=edits, fix="Don't follow links")
