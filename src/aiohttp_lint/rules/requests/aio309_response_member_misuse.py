"""AIO309."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

from aiohttp_lint.edits import Edit, ReplaceExpression, verbatim
from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics import response_members
from aiohttp_lint.semantics.calls import UseKind
from aiohttp_lint.semantics.client import RESPONSE
from aiohttp_lint.semantics.client_coroutines import can_await
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.response_members import (
    BODY_METHODS,
    PLAIN_METHODS,
    PROPERTIES,
    Comparison,
    Outcome,
)

_ORDERING = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUALITY = (ast.Eq, ast.NotEq)
_Misuse: TypeAlias = tuple[ast.expr, str, list[Edit], bool]
"""The place, the message, the edits, and whether they are safe."""


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

    Silent where a method may be wanted as such (passed to an unknown function, stored, returned, assigned), for values
    that may be something else than a response, and where the failure is expected. `await response.release()` is right
    on aiohttp 3, and matter of AIO909.
    """

    code = "AIO309"
    name = "response-member-misuse"
    message = "member of the response is used as what it is not; look at its type"
    fix = FixAvailability.MIXED
    practices = ("4.2", "7.6", "7.7", "7.8", "8.3", "8.5")
    source = "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientResponse"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in (
            *self._properties(module),
            *self._methods(module),
            *self._awaited(module),
            *self._compared(module),
            *self._urls(module),
            *self._headers(module),
        ):
            place, message, edits, is_safe = found
            if not any(fails_on_purpose(module, place, error) for error in ("TypeError", "AttributeError")):
                yield self.finding(
                    module, place, message, edits=edits, fix="Use it as what it is", safe=is_safe
                )

    def _properties(self, module: Module) -> Iterator[_Misuse]:
        for node in response_members.accesses(module, RESPONSE, *PROPERTIES):
            call = response_members.called(module, node)
            used = node if call is None else call
            awaited = response_members.awaiting(module, used)
            if call is None and awaited is None:
                continue
            plain = call is None or not (call.args or call.keywords)
            edits = _replace(module, awaited or used, module.segment(node)) if plain else []
            what = "can't be awaited" if call is None else "is no method"
            yield awaited or used, f"`{node.attr}` {what}: TypeError; use the attribute itself", edits, True

    def _methods(self, module: Module) -> Iterator[_Misuse]:
        for node in response_members.accesses(module, RESPONSE, *BODY_METHODS, *PLAIN_METHODS):
            is_body = node.attr in BODY_METHODS
            if response_members.called(module, node) is not None:
                continue
            use = module.use_of(node).kind
            outcome = response_members.outcome_of_method(module, node)
            if outcome is None or (not is_body and use not in (UseKind.DISCARDED, UseKind.AWAITED)):
                continue
            place: ast.expr = node
            source = f"{module.segment(node)}()"
            if is_body:
                place = response_members.awaiting(module, node) or node
                source = f"await {source}"
                is_operand = isinstance(
                    module.parent(place), ast.Attribute | ast.Subscript | ast.BinOp | ast.Compare
                )
                source = f"({source})" if is_operand else source
            can_fix = not is_body or can_await(module, node)
            edits = _replace(module, place, source) if can_fix and use is not UseKind.FORMATTED else []
            meant = f"`await response.{node.attr}()`" if is_body else f"`response.{node.attr}()`"
            yield (
                place,
                f"`{node.attr}` is not called here, this is the method itself; write {meant}",
                edits,
                outcome is Outcome.FAILS,
            )

    def _awaited(self, module: Module) -> Iterator[_Misuse]:
        for node in response_members.accesses(module, RESPONSE, *PLAIN_METHODS):
            call = response_members.called(module, node)
            awaited = response_members.awaiting(module, call) if call is not None else None
            if call is not None and awaited is not None:
                edits = _replace(module, awaited, module.segment(call))
                yield (
                    awaited,
                    f"`{node.attr}()` is no coroutine: `await` raises TypeError; take it out",
                    edits,
                    True,
                )

    def _compared(self, module: Module) -> Iterator[_Misuse]:
        for found in response_members.comparisons(module, "status"):
            texts = response_members.text_literals(found.other)
            if texts and isinstance(found.operator, (*_EQUALITY, ast.In, ast.NotIn)):
                numbers = [(node, text) for node, text in texts if text.isdigit()]
                edits = [edit for node, text in numbers for edit in _replace(module, node, text)]
                yield (
                    found.other,
                    "`status` is an int and never equals a text; compare it with a number",
                    edits,
                    False,
                )
            either = response_members.always_true(module, found)
            if either is not None and isinstance(found.operator, ast.Eq):
                listed = ", ".join(module.segment(part) for part in (found.other, *either.values[1:]))
                edits = _replace(module, either, f"{module.segment(found.member)} in ({listed})")
                yield either, f"this is always true; write `status in ({listed})`", edits, False

    def _urls(self, module: Module) -> Iterator[_Misuse]:
        for found in response_members.comparisons(module, "url", "real_url"):
            if isinstance(found.operator, _EQUALITY) and response_members.is_text(module, found.other):
                yield found.member, _never_equal(found), _converted(module, found.member, "str"), False
        for node in response_members.accesses(module, RESPONSE, "url", "real_url"):
            parent = module.parent(node)
            if (
                isinstance(parent, ast.Attribute)
                and response_members.outcome_of_method(module, node) is Outcome.FAILS
            ):
                message = f"`{node.attr}` is a yarl.URL without `{parent.attr}`: AttributeError; make it text by str()"
                yield node, message, _converted(module, node, "str"), True

    def _headers(self, module: Module) -> Iterator[_Misuse]:
        for node in response_members.accesses(module, RESPONSE, "headers"):
            header = module.parent(node)
            compared = (
                module.parent(header) if isinstance(header, ast.Subscript) and header.value is node else None
            )
            if (
                not isinstance(header, ast.Subscript)
                or not isinstance(compared, ast.Compare)
                or len(compared.ops) != 1
            ):
                continue
            other = compared.comparators[0] if compared.left is header else compared.left
            if isinstance(compared.ops[0], _ORDERING) and module.is_instance(other, "builtins.int"):
                yield (
                    header,
                    "a header is text: comparing it with a number raises TypeError; convert it by int()",
                    _converted(module, header, "int"),
                    True,
                )


def _replace(module: Module, node: ast.expr, source: str) -> list[Edit]:
    return [ReplaceExpression(module.span(node), verbatim(source))]


def _converted(module: Module, node: ast.expr, function: str) -> list[Edit]:
    return [ReplaceExpression(module.span(node), f"{function}({{}})")]


def _never_equal(found: Comparison) -> str:
    always = "never equals" if isinstance(found.operator, ast.Eq) else "always differs from"
    return f"`{found.member.attr}` is a yarl.URL and {always} a text; compare str() of it"
