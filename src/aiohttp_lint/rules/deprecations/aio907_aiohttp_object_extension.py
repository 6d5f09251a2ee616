"""AIO907."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule
from aiohttp_lint.semantics.extensions import CLOSED_TO_HEIRS, added_attributes, heirs
from aiohttp_lint.semantics.legacy import AIOHTTP_4
from aiohttp_lint.semantics.module import Module

_INSTEAD = {
    "aiohttp.ClientSession": "keep it beside the session, in an object of your own",
    "aiohttp.web.Application": "store it under a key: app[KEY]",
}


class AiohttpObjectExtension(Rule):
    """Sessions and applications are not made to inherit from, or to hang things on.

    A subclass gives `DeprecationWarning: Inheritance class Api from ClientSession is discouraged` when it is defined, and
    on aiohttp 4 `TypeError: Inheritance class Api from ClientSession is forbidden`: the module can't be imported. An
    attribute of one's own is set in silence on 3.x; aiohttp 4 has `AttributeError: 'Application' object has no attribute
    'db' and no __dict__ for setting new attributes`.

    Bad:

    ```python
    class Api(aiohttp.ClientSession):
        async def user(self, name: str) -> dict[str, str]:
            async with self.get(f"https://api.example/users/{name}") as response:
                return await response.json()
    ```

    Good:

    ```python
    class Api:
        def __init__(self, session: aiohttp.ClientSession) -> None:
            self.session = session

        async def user(self, name: str) -> dict[str, str]:
            async with self.session.get(f"https://api.example/users/{name}") as response:
                return await response.json()
    ```

    Fix: none; what the program adds has to find another place.

    Attributes are reported only where the project's aiohttp versions include 4. `web.View`, connectors, resolvers, responses
    and requests may be inherited from, and requests, responses and HTTP exceptions take attributes, on aiohttp 4 too. Silent
    for private attributes, for attributes of a subclass, which is reported itself, and for subclasses in a file that
    replaces or deletes `__init_subclass__` of these classes.
    """

    code = "AIO907"
    name = "aiohttp-object-extension"
    message = "inheriting from `{}` is deprecated, and a TypeError on aiohttp 4; use one instead of being one"
    practices = ("1.1", "1.7", "3.1", "6.1", "K7")
    versions = "subclasses warn on 3.x; both fail on 4.0"
    about = frozenset(CLOSED_TO_HEIRS)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#application-s-config"

    def check(self, module: Module) -> Iterator[Finding]:
        for definition, name in heirs(module):
            yield self.finding(module, definition, self.message.format(name.removeprefix("aiohttp.")))
        if module.target.includes(AIOHTTP_4):
            for node, name in added_attributes(module):
                message = f"`{node.attr}` is no attribute of its class: AttributeError on aiohttp 4; {_INSTEAD[name]}"
                yield self.finding(module, node, message)
