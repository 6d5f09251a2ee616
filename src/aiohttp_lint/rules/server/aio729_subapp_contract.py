"""AIO729."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, InsertAfter, RemoveStatement, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.routing import ADD_SUBAPP
from aiohttp_lint.semantics.subapps import FrozenChange, frozen_changes, repeated_mounts


class SubappContract(Rule):
    """A sub-application is changed after `add_subapp()`, or added in a way that can't work.

    `add_subapp()` freezes what it adds: a route after it raises `RuntimeError: Cannot register a resource into frozen router.`, a
    middleware or a signal callback `RuntimeError: Cannot modify frozen list.` (state is not: `api[KEY] = value` works until the
    start). The prefix `/`, or none, raises `ValueError: Prefix cannot be empty`, one without a leading slash AssertionError. An
    application that is added twice gets both prefixes into its paths: every route of both answers 404, without an error.

    Bad:

    ```python
    app.add_subapp("/api", api)
    api.router.add_get("/users", users)
    ```

    Good:

    ```python
    api.router.add_get("/users", users)
    app.add_subapp("/api", api)
    ```

    Fix: unsafe: `add_subapp()` moves behind the last change, where all stand in one block; other code may count on
    the order. Safe for a missing slash, which fails as it is. None for the others.

    Functions that get the sub-application are followed, into other files too. Silent where the order is not sure (`if`, other
    functions), where the name is bound again, and where the error is waited for.
    """

    code = "AIO729"
    name = "subapp-contract"
    message = "a sub-application is frozen once it is added: change it before"
    fix = FixAvailability.MIXED
    practices = ("1.1", "1.4", "1.5", "1.7", "2.7", "2.8")
    mentions = (any_of(ADD_SUBAPP),)
    source = "https://docs.aiohttp.org/en/stable/web_advanced.html#nested-applications"

    def check(self, module: Module) -> Iterator[Finding]:
        for change in frozen_changes(module):
            if fails_on_purpose(module, change.node, "RuntimeError"):
                continue
            what = "a route" if change.is_route else "a middleware or callback"
            yield self.finding(
                module,
                change.node,
                f"the sub-application is frozen since `add_subapp()`, so {what} raises RuntimeError: add it before",
                related=[module.related(change.mount.call, "freezes the sub-application")],
                edits=_moved(module, change),
                fix="Add the sub-application after its changes",
            )
        for mount, earlier in repeated_mounts(module):
            yield self.finding(
                module,
                mount.call,
                "the application is a sub-application already, so all its routes answer 404: make another one",
                related=[module.related(earlier.call, "added before")],
            )
        yield from self._prefixes(module)

    def _prefixes(self, module: Module) -> Iterator[Finding]:
        for site in module.calls_to(ADD_SUBAPP):
            prefix = site.argument("prefix").value
            literal = None if prefix is None else module.constant(prefix)
            if prefix is None or literal is None or not isinstance(literal.value, str):
                continue
            text = literal.value
            if not text.rstrip("/") and not fails_on_purpose(module, prefix, "ValueError"):
                message = (
                    "a sub-application can't be at the root: ValueError; give it a prefix, or add its routes"
                )
                yield self.finding(module, prefix, message)
            elif (
                text.rstrip("/") and text[0] != "/" and not fails_on_purpose(module, prefix, "AssertionError")
            ):
                source = (
                    module.text.restated(prefix, "/" + text) if isinstance(prefix, ast.Constant) else None
                )
                edits = [] if source is None else [ReplaceExpression(module.span(prefix), verbatim(source))]
                message = "a prefix begins with `/`: this raises AssertionError; write the slash"
                yield self.finding(module, prefix, message, edits=edits, fix="Write the slash", safe=True)


def _moved(module: Module, change: FrozenChange) -> list[Edit]:
    mounting = module.statement(change.mount.call)
    source = module.segment(mounting)
    if change.last is None or "\n" in source:
        return []
    return [RemoveStatement(module.span(mounting)), InsertAfter(module.span(change.last), source)]
