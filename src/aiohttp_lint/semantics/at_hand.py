"""Which of aiohttp's classes a file that stands alone can have objects of, by its words: asked before any type is.

Most files that mention aiohttp import nothing of it, or its exceptions only. Whatever there is of a class in such a file
comes from a name that is written in it: the class, a function that gives it, or a member of another class that leads to it.
Of a file in a project nothing is said, since other files give it what they like.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.api_leads import led_to, names_by_word
from aiohttp_lint.semantics.fixtures import FACTORIES

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

SERVER = frozenset(
    aiohttp_api.class_named(f"aiohttp.web.{name}").name
    for name in ("Application", "UrlDispatcher", "Resource", "RouteTableDef", "View", "BaseRequest", "StreamResponse",
                 "BaseRunner", "BaseSite", "AppKey", "ResourceRoute")
) | {aiohttp_api.callable_named("aiohttp.web.middleware").name}  # fmt: skip
"""What a file has to do with if it is about servers: all requests, responses and HTTP exceptions are among these."""
CLIENT = frozenset(
    aiohttp_api.class_named(f"aiohttp.{name}").name
    for name in (
        "ClientSession",
        "ClientResponse",
        "ClientWebSocketResponse",
        "BaseConnector",
        "StreamReader",
    )
) | {aiohttp_api.callable_named("aiohttp.request").name}
"""What a file has to do with if it is about clients."""
_SESSION = aiohttp_api.class_named("aiohttp.ClientSession").name
_SERVER_MODULES = frozenset({"web", "web_app", "web_middlewares", "web_routedef", "web_urldispatcher"})
"""Words of servers, whose functions get their arguments from aiohttp."""


class AtHand:
    """What of aiohttp's API can be in one file; `is_limited` tells whether anything of it can not."""

    def __init__(self, module: Module) -> None:
        self._words = words = module.text.words
        self._names: set[str] = set()
        self._answers: dict[frozenset[str], frozenset[str]] = {}
        self.is_limited = (
            module.project is None
            and not module.options.own_names.session_factories
            and not module.facts.has_star_imports
            and (FACTORIES.keys().isdisjoint(words) or not (module.is_test or "fixture" in words))
        )
        if self.is_limited and not aiohttp_api.PACKAGES.isdisjoint(module.imported_packages):
            self.is_limited = _SERVER_MODULES.isdisjoint(words)
            if self.is_limited:
                # A parameter that is told by its use has no word of its class.
                self._follow([_SESSION] if module.sessions_by_use else [])

    def among(self, names: frozenset[str]) -> frozenset[str]:
        """Give those of some dotted names that can be in the file; of a method, whether an object that has it can be.

        Nothing is known of other packages' names, so that they are all among those.
        """
        if not self.is_limited:
            return names
        others, holders = _holders(names)
        if not self._names or not holders:
            return others
        known = self._answers.get(names)
        if known is None:
            known = self._answers[names] = others.union(
                name for name, holder in holders if holder in self._names
            )
        return known

    def _follow(self, given: list[str]) -> None:
        by_word = names_by_word()
        pending = given + [name for word in self._words.intersection(by_word) for name in by_word[word]]
        while pending:
            name = pending.pop()
            if name not in self._names:
                self._names.add(name)
                leads = led_to(name)
                pending.extend(leads.by_itself)
                for member in self._words.intersection(leads.by_member):
                    pending.extend(leads.by_member[member])


@cache
def _holders(names: frozenset[str]) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
    """Part names into those that the API data doesn't have, and the others with the class that they are, or are of."""
    holders: list[tuple[str, str]] = []
    for name in names:
        class_ = aiohttp_api.find_class(name) or aiohttp_api.find_class(name.rpartition(".")[0])
        canonical = aiohttp_api.canonical(name)
        if class_ is not None:
            holders.append((name, class_.name))
        elif canonical is not None:
            holders.append((name, canonical))
    return names.difference(name for name, _ in holders), tuple(holders)
