"""AIO305."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aiohttp_lint.edits import Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule, any_of
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.mappings import without_entry
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.request_arguments import REQUESTING
from aiohttp_lint.semantics.request_values import Misfit, ValueKind, unsupported_parameters

_MESSAGES = {
    ValueKind.NONE: "None as a query parameter raises TypeError; leave the parameter out",
    ValueKind.BOOL: "a bool as a query parameter raises TypeError; write the text that the server expects",
    ValueKind.BYTES: "bytes as a query parameter raise TypeError; decode them",
    ValueKind.CONTAINER: "a dict or set as a query parameter raises TypeError; send its values as a list, or as text",
    ValueKind.DATE: "a date as a query parameter raises TypeError; format it",
    ValueKind.UUID: "a UUID as a query parameter is sent as its integer; pass str() of it",
    ValueKind.DECIMAL: "a Decimal as a query parameter loses its fraction; pass str() of it",
    ValueKind.ENUM: "an enum of str as a query parameter is sent as `Class.MEMBER`; pass its `.value`",
    ValueKind.NOT_FINITE: "an infinite number as a query parameter raises ValueError; leave the parameter out",
}
_TEMPLATES = {
    ValueKind.BOOL: "str({}).lower()",
    ValueKind.UUID: "str({})",
    ValueKind.DECIMAL: "str({})",
    ValueKind.DATE: "{}.isoformat()",
    ValueKind.ENUM: "{}.value",
}


class ParamsUnsupportedType(Rule):
    """A query parameter that is no text and no number fails, or arrives as something else.

    - `None` and bools: `TypeError: Invalid variable type: value should be str, int or float, got True of type
      <class 'bool'>`; so do bytes, dicts, sets and dates, also as an element of a list.
    - Infinite floats: `ValueError: float('inf') is not supported`.
    - A `UUID` is sent as its integer (`id=5`), `Decimal("1.5")` as `1`, and a member of `class Color(str, Enum)` as
      `Color.RED` (yarl 1.12 and later). Nothing fails; the server gets the wrong value.

    Bad:

    ```python
    async def names(session: aiohttp.ClientSession, word: str) -> list[str]:
        async with session.get("https://shop.example/names", params={"word": word, "active": True}) as response:
            return await response.json()
    ```

    Good:

    ```python
    async def names(session: aiohttp.ClientSession, word: str) -> list[str]:
        async with session.get("https://shop.example/names", params={"word": word, "active": "true"}) as response:
            return await response.json()
    ```

    Fix: unsafe, because it depends on the server what it takes for a bool: `True` becomes `"true"`, a parameter that
    is `None` is left out, a date becomes ISO text, UUIDs and Decimals their own text, a member of an enum its value.

    Looked at is what is written out: a dict or a list of pairs in the call, or the only value of a local name
    that nothing else changes. Silent for values of unknown type, and where the error is expected. Lists of texts and
    numbers are fine (each element is sent), and so are a `StrEnum` and an `IntEnum`.
    """

    code = "AIO305"
    name = "params-unsupported-type"
    message = "query parameter is neither text nor a number; pass what the server expects as text"
    fix = FixAvailability.UNSAFE
    practices = ("6.2", "7.1", "7.2")
    mentions = (any_of("params"), any_of(*REQUESTING))
    source = "https://docs.aiohttp.org/en/stable/client_quickstart.html#passing-parameters-in-urls"

    def check(self, module: Module) -> Iterator[Finding]:
        for call, misfit in unsupported_parameters(module):
            error = "ValueError" if misfit.kind is ValueKind.NOT_FINITE else "TypeError"
            if not fails_on_purpose(module, call.node, error):
                edits = _edits(module, misfit)
                yield self.finding(
                    module, misfit.value, _MESSAGES[misfit.kind], edits=edits, fix="Send it as text"
                )


def _edits(module: Module, misfit: Misfit) -> list[Edit]:
    value = misfit.value
    if misfit.kind is ValueKind.NONE:
        kept = without_entry(module, misfit.entry) if misfit.entry is not None else None
        if kept is None or misfit.entry is None or misfit.entry.display is None:
            return []
        return [ReplaceExpression(module.span(misfit.entry.display), verbatim(kept))]
    if isinstance(value, ast.Constant) and isinstance(value.value, bool):
        return [ReplaceExpression(module.span(value), f'"{str(value.value).lower()}"')]
    template = _TEMPLATES.get(misfit.kind)
    return [ReplaceExpression(module.span(value), template)] if template is not None else []
