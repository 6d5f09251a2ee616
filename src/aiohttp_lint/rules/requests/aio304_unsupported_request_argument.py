"""AIO304."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.at_hand import CLIENT
from aiohttp_lint.semantics.client import SESSION
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_arguments import REQUESTING, Objected, Objection, objections
from aiohttp_lint.semantics.request_repairs import request_repair

_INSTEAD = {
    "verify": "pass `ssl=`", "cert": "pass an SSL context with the certificate as `ssl=`", "files": "put the files into `data=`",
    "stream": "take it out: the body is read when you ask for it", "proxies": "pass the URL of one proxy as `proxy=`",
    "follow_redirects": "pass `allow_redirects=`", "content": "pass `data=`", "body": "pass `data=`", "query": "pass `params=`",
    "cookies_jar": "pass `cookie_jar=`", "header": "pass `headers=`", "cookie": "pass `cookies=`",
}  # fmt: skip
_MESSAGES = {
    Objection.CREDENTIALS: "`{0}` is no BasicAuth: the request raises; pass aiohttp.BasicAuth(…) or an Authorization header",
    Objection.PROXIES: "a dict as `proxy` raises TypeError; pass the URL of one proxy",
    Objection.SOCKS: "aiohttp speaks HTTP to a SOCKS proxy, which fails; use a connector for SOCKS (aiohttp-socks)",
    Objection.SSL_TEXT: "a path as `ssl` raises TypeError; pass an SSL context that has loaded it",
    Objection.COOKIE_TEXT: "a string as `cookies` raises ValueError; pass a dict",
    Objection.BODY: "this is no body: `data` raises TypeError; pass bytes, text, a dict of fields, or `json=`",
    Objection.WITH_DATA: "`data` and `json` together raise ValueError; keep one of them",
    Objection.WITH_HEADER: "`{0}` beside the header {1} raises ValueError; keep one of them",
}
_ERRORS = {
    Objection.COOKIE_TEXT: "ValueError", Objection.WITH_DATA: "ValueError", Objection.WITH_HEADER: "ValueError",
    Objection.SOCKS: "OSError",
}  # fmt: skip


class UnsupportedRequestArgument(Rule):
    """A request with an argument that aiohttp does not take fails before anything is sent.

    - Names of requests and httpx: `TypeError: ClientSession._request() got an unexpected keyword argument 'verify'`
      (or `stream`, `files`, `proxies`, `cert`, `content`, `follow_redirects`…), and names that are newer than the oldest
      aiohttp that the project declares.
    - A second positional argument (`session.post(url, payload)`): `TypeError: ClientSession.post() takes 2 positional
      arguments but 3 were given`.
    - Types: `auth=("user", "pw")` raises `TypeError: BasicAuth() tuple is required instead`, a dict as `proxy`, a path
      as `ssl`, a number or a list of texts as `data` a `TypeError`, a string as `cookies` a `ValueError`. The URL of a
      SOCKS proxy is taken, and aiohttp 3 then speaks HTTP to it.
    - Contradictions, each a `ValueError`: `data` with `json` (`None` counts as left out), `auth` with an `Authorization`
      header, `chunked` with `Content-Length` or `Transfer-Encoding: chunked`, `compress` with `Content-Encoding`.

    Bad:

    ```python
    async def send(session: aiohttp.ClientSession, url: str, name: str) -> None:
        async with session.post(url, {"name": name}, auth=("user", "pw"), stream=True) as response:
            await response.read()
    ```

    Good:

    ```python
    async def send(session: aiohttp.ClientSession, url: str, name: str) -> None:
        auth = aiohttp.BasicAuth("user", "pw")  # from 3.14 on: a header, by aiohttp.encode_basic_auth()
        async with session.post(url, data={"name": name}, auth=auth) as response:
            await response.read()
    ```

    Fix: safe where the call surely fails and only one thing can be meant: `stream=` is taken out, `follow_redirects=`
    renamed, a tuple of credentials put into `BasicAuth` (into an `Authorization` header where every allowed aiohttp is 3.14
    or newer, which deprecates `auth`). Unsafe: `verify=` becomes `ssl=`, a second positional argument is named as in
    requests. None for the others.

    Silent for what `*args` and `**kwargs` may give, values of unknown type, subclasses that send the request themselves,
    and where the error is expected. A name newer than the oldest allowed version is reported only where the project
    says which versions it allows. Timeouts are matter of AIO201.
    """

    code = "AIO304"
    name = "unsupported-request-argument"
    message = "aiohttp does not take this argument: the call raises; take it out"
    fix = FixAvailability.MIXED
    practices = ("6.2", "6.5", "6.6", "7.1", "7.4")
    mentions = (any_of(*REQUESTING, SESSION),)
    about = CLIENT
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientSession.request"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in objections(module):
            if fails_on_purpose(module, found.call.node, _ERRORS.get(found.objection, "TypeError")):
                continue
            edits, is_safe = request_repair(module, found)
            yield self.finding(
                module,
                found.value,
                _message(found),
                edits=edits,
                fix="Pass it as aiohttp takes it",
                safe=is_safe,
            )


def _message(found: Objected) -> str:
    called = "ClientSession" if found.call.calls_only(SESSION) else found.call.method_name
    if found.objection is Objection.UNKNOWN:
        return f"`{called}()` has no `{found.name}`: TypeError; {_INSTEAD.get(found.name, 'take it out')}"
    if found.objection is Objection.TOO_NEW:
        version = ".".join(map(str, found.since or ()))
        return f"`{found.name}` exists from aiohttp {version} on, and the project allows older ones: TypeError there; raise the minimum"
    if found.objection is Objection.POSITIONAL:
        return f"`{called}()` takes no further positional argument: TypeError; name it (`params=`, `data=`, `json=`)"
    return _MESSAGES[found.objection].format(found.name, found.header)
