"""AIO314."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.urls import BASE_PATH_SINCE, SENDERS, Fault, faulty_urls

_MESSAGES = {
    Fault.RELATIVE_BASE: "base_url without a scheme raises ValueError; write https://…",
    Fault.OPEN_BASE: "base_url with a path that has no `/` at its end raises ValueError; end it with `/`",
    Fault.BASE_PATH: "base_url with a path raises AssertionError before aiohttp 3.11; write the path in each request",
    Fault.RELATIVE: "URL without scheme and host raises InvalidURL; write it in full, or give the session a base_url",
    Fault.HOST_AND_PORT: "the host of `host:port` is taken for the scheme: NonHttpUrlClientError; write http://…",
    Fault.NO_SCHEME: "URL that begins with `//` fails with a bare AssertionError; write its scheme",
    Fault.BASE_DROPPED: "the leading slash drops the path of base_url from the request; leave the slash out",
}
_OPEN_BASE_BELOW_3_11 = (
    "base_url with a path raises AssertionError before aiohttp 3.11, and ValueError from then on, "
    "as no `/` ends it; end it with `/`, and require 3.11"
)


class UrlComposition(Rule):
    """A URL that can't work: relative without a base, without a scheme, or a base that nothing can be joined to.

    `ClientSession("https://api.example/v1")` raises `ValueError: base_url must have a trailing '/'`; before aiohttp 3.11
    any path in it raises `AssertionError: Only absolute URLs without path part are supported`. A request for
    `"example.com/x"` or `"/users"` on a session without `base_url` raises `InvalidUrlClientError` (`InvalidURL` before
    3.10), one for `"localhost:8080/x"` `NonHttpUrlClientError`, since `localhost` stands where the scheme does, and one for
    `"//host/x"` an `AssertionError` without any text.

    Bad:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession("https://api.example/v1") as session:
            await session.get("users")
    ```

    Good:

    ```python
    async def main() -> None:
        async with aiohttp.ClientSession("https://api.example/v1/") as session:
            async with session.get("users") as response:
                print(await response.json())
    ```

    Fix: safe for the slash at the end of a base that is written out, where the project requires aiohttp 3.11; with an older
    one allowed it is unsafe, because the program then still fails there.

    A leading slash means the root of the server: with the base `https://api.example/v1/`, `session.get("/users")` asks
    for `/users`, not for `/v1/users`. That raises nothing and may be meant, so it is reported only where the rule is
    named in full, by `ALL` or by the strict preset; its fix is unsafe.

    Relative URLs are reported where the session is made in sight of the request. Silent for subclasses of `ClientSession`,
    beside `aioresponses`, for an f-string whose beginning does not decide, and where the failure is expected.
    """

    code = "AIO314"
    name = "url-composition"
    message = _MESSAGES[Fault.RELATIVE]
    fix = FixAvailability.MIXED
    practices = ("2.7", "6.1", "7.1", "15.8", "16.5")
    versions = "all; a path in base_url from 3.11"
    mentions = (any_of(SESSION, *SENDERS),)
    about = frozenset({SESSION, *SENDERS})
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientSession"

    def check(self, module: Module) -> Iterator[Finding]:
        has_base_paths = module.target.all_at_least(BASE_PATH_SINCE)
        for faulty in faulty_urls(module):
            message = _MESSAGES[faulty.fault]
            edits: list[Edit] = []
            if faulty.fault is Fault.BASE_DROPPED:
                if not self.is_named(module):
                    continue
                edits = _without_leading_slash(module, faulty.url)
            elif faulty.fault is Fault.OPEN_BASE:
                message = message if has_base_paths else _OPEN_BASE_BELOW_3_11
                edits = _with_slash_at_end(module, faulty.url)
            yield self.finding(
                module,
                faulty.url,
                message,
                edits=edits,
                fix="Leave the leading slash out"
                if faulty.fault is Fault.BASE_DROPPED
                else "End the base with a slash",
                safe=faulty.fault is Fault.OPEN_BASE and has_base_paths,
            )


def _with_slash_at_end(module: Module, url: ast.expr) -> list[Edit]:
    text = _plain_text(module, url)
    if text is None or set("?#") & set(text):
        return []
    return [ReplaceExpression(module.span(url), verbatim(f"{text[:-1]}/{text[-1]}"))]


def _without_leading_slash(module: Module, url: ast.expr) -> list[Edit]:
    text = _plain_text(module, url)
    if text is None or "'/" not in text.replace('"', "'")[:3]:
        return []
    return [ReplaceExpression(module.span(url), verbatim(text.replace("/", "", 1)))]


def _plain_text(module: Module, url: ast.expr) -> str | None:
    """Give the source of a string in one piece, with single quotation marks around it."""
    text = module.segment(url)
    is_string = isinstance(url, ast.JoinedStr) or (
        isinstance(url, ast.Constant) and isinstance(url.value, str)
    )
    if not is_string or "\n" in text or text[-3:] in ('"""', "'''") or text.count(text[-1]) != 2:
        return None
    return text
