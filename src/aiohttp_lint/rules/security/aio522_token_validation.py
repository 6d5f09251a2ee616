"""AIO522."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.tokens import READERS, decodes_without_algorithms, unverified_tokens

_REFUSED = "PyJWT refuses every token without `algorithms`, with DecodeError: name the algorithm that signs the tokens"


class TokenValidation(Rule):
    """A token whose signature nobody checks says whatever its sender wants; without `algorithms`, none is accepted.

    `jwt.decode(token, options={"verify_signature": False})` gives the claims of any token, one that was signed with
    another key included: whoever sends it chooses the user. Without `algorithms`, `jwt.decode(token, KEY)` of
    PyJWT 2 raises `DecodeError: It is required that you pass in a value for the "algorithms" argument`, for good
    tokens too; `algorithm=` and `verify=False` don't help.

    Bad:

    ```python
    async def account(request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        return web.json_response({"user": claims["sub"]})
    ```

    Good:

    ```python
    async def account(request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, KEY, algorithms=["HS256"], audience="shop")
        return web.json_response({"user": claims["sub"]})
    ```

    Fix: none; which key and algorithm are right is not for a tool to decide.

    A token that is not verified is reported only where it comes from a header, a cookie or the address of a request,
    and where neither the token nor the request goes to other code: reading the issuer to find the key, and then
    verifying, is right, and so is reading the expiry of one's own token in a client. Silent under unknown decorators, which
    may verify, and in tests. PyJWT and python-jose are known; the second part is about PyJWT 2 (2020) and later alone,
    and silent where the project's requirements or its lock hold PyJWT below 2. A
    list with `"none"` in it is not reported: with a key, PyJWT refuses such tokens. Nor is a secret
    compared by `==` instead of `hmac.compare_digest()`.
    """

    code = "AIO522"
    name = "token-validation"
    message = "token is taken without a look at its signature, so anybody can write one: decode it with key and `algorithms`"
    relaxed_in_tests = True
    practices = ("5.5", "10.5", "10.6", "10.7", "14.6", "15.3")
    mentions = (any_of(*READERS),)
    source = "https://aiohttp-security.readthedocs.io/en/stable/reference.html"

    def check(self, module: Module) -> Iterator[Finding]:
        for call in unverified_tokens(module):
            yield self.finding(module, call)
        for call in decodes_without_algorithms(module):
            yield self.finding(module, call, _REFUSED)
