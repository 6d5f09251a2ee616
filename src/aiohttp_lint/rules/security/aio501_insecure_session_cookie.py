"""AIO501."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.edits import SetKeyword
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics import cookies
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.cookies import DEL_COOKIE, SET_COOKIE, Malformed
from aiohttp_lint.semantics.module import Module

_MALFORMED = {
    Malformed.EXPIRES: "`expires` goes out as it is, which is no date: pass `max_age` in seconds",
    Malformed.MAX_AGE: "`Max-Age` goes out as `1 day, 0:00:00`: pass whole seconds",
    Malformed.SAMESITE: "browsers know no such SameSite: pass 'Lax', 'Strict' or 'None'",
    Malformed.FLAG: "a string that is not empty switches the flag on: pass True or False",
}
_FLAGS = {"httponly": "True", "secure": "True", "samesite": '"Lax"'}
_LETS_IN = {"httponly": "page scripts", "secure": "plain HTTP", "samesite": "other sites"}


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


class InsecureSessionCookie(Rule):
    """A session or login cookie without `httponly` and `secure` can be read by scripts and on the wire.

    aiohttp sets no flag by itself: `set_cookie("sid", "v")` sends `sid=v; Path=/`. Any script on the page can read
    such a cookie, and the browser sends it over plain HTTP as well. Attributes are not checked either:
    `samesite="None"` without `secure`, `max_age=timedelta(days=1)` (`Max-Age=1 day, 0:00:00`), an `expires` that is a
    datetime, a float or digits, and `secure="False"` (which switches the flag on) go out as they are. A cookie named
    `__Secure-…` or `__Host-…` is refused by browsers without `secure`, and deleted only with it.

    Bad:

    ```python
    async def login(request: web.Request) -> web.Response:
        response = web.Response(text="welcome")
        response.set_cookie("session_id", new_session(), max_age=3600)
        return response
    ```

    Good:

    ```python
    async def login(request: web.Request) -> web.Response:
        response = web.Response(text="welcome")
        response.set_cookie(
            "session_id", new_session(), max_age=3600, httponly=True, secure=True, samesite="Lax"
        )
        return response
    ```

    Fix: unsafe, because over plain HTTP a cookie with `secure` doesn't come back: aiohttp's own `CookieJar` keeps
    it to itself, and tests that log in fail. `CookieJar(treat_as_secure_origin=...)` cures that.

    The name decides, word by word (`session`, `sid`, `auth`, `token`, `jwt`, `csrf`…, not `sidebar` or
    `last_login`); with the option `all-cookies` every cookie counts. Only where the rule is named by its full code, by
    `ALL` or by the strict preset are these reported: a missing `samesite` alone, since browsers default to Lax; a missing
    `secure` beside `httponly` and `samesite` of the author's choice, which a server on plain HTTP needs (with
    `all-cookies` too); and cookies of a server that stands in for another (below a folder of mocks, fakes or stubs).
    Silent for cookies that are deleted, for flags that are given as anything, and for `httponly` of tokens
    against request forgery, which scripts have to read.
    """

    code = "AIO501"
    name = "insecure-session-cookie"
    message = "cookie is open to page scripts and to plain HTTP: set `httponly=True` and `secure=True`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("3.7", "10.3", "14.2", "14.6", "K8")
    mentions = (any_of(SET_COOKIE, DEL_COOKIE),)
    source = "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.StreamResponse.set_cookie"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in cookies.cookie_calls(module, SET_COOKIE):
            for value, fault in cookies.malformed_values(call):
                yield self.finding(module, value, _MALFORMED[fault])
            missing = self._missing(module, call)
            if missing:
                edits = [SetKeyword(module.span(call.node), flag, _FLAGS[flag]) for flag in missing]
                names = _listed([f"`{flag}`" for flag in missing])
                others = _listed([_LETS_IN[flag] for flag in missing])
                it = "it" if len(missing) == 1 else "them"
                message = f"cookie goes out without {names}: open to {others}; set {it}"
                yield self.finding(module, call, message, edits=edits, fix=f"Set {names}")
        for name in (SET_COOKIE, DEL_COOKIE):
            for call in cookies.cookie_calls(module, name):
                if cookies.broken_prefix(call):
                    message = "browsers refuse a cookie of this name without Secure (`__Host-`: or with domain or path)"
                    yield self.finding(module, call.argument("name", 0).value or call.node, message)

    def _missing(self, module: Module, call: CallSite) -> list[str]:
        if call.has_unknown_arguments or cookies.is_deletion(call):
            return []
        name = cookies.cookie_name(call)
        is_credential = name is not None and cookies.is_credential(name)
        missing = [flag for flag in _FLAGS if cookies.is_left_out(call, flag)]
        site = call.argument("samesite").value
        literal = module.constant(site) if site is not None else None
        is_for_all_sites = (
            literal is not None and isinstance(literal.value, str) and literal.value.lower() == "none"
        )
        if is_for_all_sites and cookies.is_switched_off(call, "secure") and not is_credential:
            return ["secure"]
        if not module.options.cookies.all_cookies and not is_credential:
            return []
        if name is not None and cookies.is_for_scripts(name) and "httponly" in missing:
            missing.remove("httponly")
        if name is not None and name.startswith(("__Secure-", "__Host-")) and "secure" in missing:
            missing.remove("secure")
        if not self.is_named(module):
            if cookies.stands_in_for_another(module):
                return []
            if missing == ["secure"] and not is_for_all_sites and not module.options.cookies.all_cookies:
                return []
            missing = [flag for flag in missing if flag != "samesite"]
        return missing
