"""AIO309."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.member_misuses import MisuseKind, member_misuses, repair
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_members import BODY_METHODS, PLAIN_METHODS, PROPERTIES, Outcome

_MESSAGES = {
    MisuseKind.PROPERTY_CALLED: "`{0}` is no method: TypeError; use the attribute itself",
    MisuseKind.PROPERTY_AWAITED: "`{0}` can't be awaited: TypeError; use the attribute itself",
    MisuseKind.NOT_CALLED: "`{0}` is not called here, this is the method itself; write `{1}`",
    MisuseKind.METHOD_AWAITED: "`{0}()` is no coroutine: `await` raises TypeError; take it out",
    MisuseKind.STATUS_AND_TEXT: "`status` is an int and never equals a text; compare it with a number",
    MisuseKind.ALWAYS_TRUE: "this is always true; ask whether `status` is in a tuple",
    MisuseKind.URL_EQUALS_TEXT: "`{0}` is a yarl.URL and never equals a text; compare str() of it",
    MisuseKind.URL_DIFFERS_FROM_TEXT: "`{0}` is a yarl.URL and always differs from a text; compare str() of it",
    MisuseKind.URL_AS_TEXT: "`{0}` is a yarl.URL and no text: AttributeError; make it text by str()",
    MisuseKind.HEADER_AND_NUMBER: "a header is text: comparing it with a number raises TypeError; convert it by int()",
}


class ResponseMemberMisuse(Rule):
    """A member of a client response is used as what it is not.

    - Properties called: `response.ok()` raises `TypeError: 'bool' object is not callable`.
    - Methods not called: `json.loads(response.text)` raises `TypeError`, `print(response.text)` shows a bound method,
      `if "x" in response.text` fails, and `response.raise_for_status` as a statement checks nothing.
    - Awaited without need: `await response.raise_for_status()` and `await response.close()` raise `TypeError: object
      NoneType can't be used in 'await' expression`, after they have done their work; `await response.status` too.
    - Compared with another type: `response.status == "200"` and `response.url == "https://…"` are never true (an int, a
      `yarl.URL`), `response.status == 200 or 201` always is, `response.url.startswith(…)` raises `AttributeError`, and
      `response.headers["Age"] > 1` `TypeError`, because headers are text.

    Bad:

    ```python
    async def names(session: aiohttp.ClientSession, url: str) -> list[str]:
        async with session.get(url) as response:
            await response.raise_for_status()
            return json.loads(response.text)
    ```

    Good:

    ```python
    async def names(session: aiohttp.ClientSession, url: str) -> list[str]:
        async with session.get(url) as response:
            response.raise_for_status()
            return json.loads(await response.text())
    ```

    Fix: safe where the code surely fails: `()` or `await` is taken out, or put in, text is made of the URL, a number of
    the header. Unsafe where it went on with something else than meant, since a dead branch wakes up. None within an
    f-string, and where `await` can't stand.

    Silent where a method may be wanted as such (passed to an unknown function, stored, returned, assigned), for names
    that the file itself sets on a response (`response.json = json.loads(body)`), for values that may be something else
    than a response, where the failure is expected, and in an `except TypeError` or `except AttributeError`, which is for
    another library's response. `await response.release()` is right on aiohttp 3, and matter of AIO909.
    """

    code = "AIO309"
    name = "response-member-misuse"
    message = "member of the response is used as what it is not; look at its type"
    fix = FixAvailability.MIXED
    practices = ("4.2", "7.6", "7.7", "7.8", "8.3", "8.5")
    mentions = (any_of(*PROPERTIES, *BODY_METHODS, *PLAIN_METHODS),)
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientResponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in member_misuses(module):
            if any(fails_on_purpose(module, found.place, error) for error in ("TypeError", "AttributeError")):
                continue
            name = found.member.attr
            message = _MESSAGES[found.kind].format(
                name, f"{'await ' * (name in BODY_METHODS)}response.{name}()"
            )
            yield self.finding(
                module,
                found.place,
                message,
                edits=repair(module, found),
                fix="Use it as what it is",
                safe=found.outcome is Outcome.FAILS,
            )
