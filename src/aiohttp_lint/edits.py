"""What a rule can ask to be changed: intent on spans of the source, never text surgery.

A rule builds these values; `aiohttp_lint.fixes` carries them out. They hold no syntax tree and load no
library, since the flake8 plugin imports them with the rules. Every `Span` must be the exact span of the
node that it names (an expression, an argument, a whole statement), as `Module.span` gives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aiohttp_lint.spans import Span


def verbatim(source: str) -> str:
    """Double the braces of source text that is to stand as it is in a `{}` template."""
    return source.replace("{", "{{").replace("}", "}}")


@dataclass(frozen=True, slots=True)
class SetKeyword:
    """Give the call at `call` the keyword argument `name=value`; an existing one is replaced in place."""

    call: Span
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class RemoveKeyword:
    """Take the keyword argument `name` out of the call at `call`."""

    call: Span
    name: str


@dataclass(frozen=True, slots=True)
class RenameKeyword:
    """Call the keyword argument `name` of the call at `call` by another name."""

    call: Span
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class NameArgument:
    """Turn the positional argument at `index` (from 0) of the call at `call` into `name=…`."""

    call: Span
    index: int
    name: str


@dataclass(frozen=True, slots=True)
class ReplaceExpression:
    """Put other source in the place of an expression.

    `{}` in `template` stands for the source of the old expression (parenthesised where it must be); a
    literal brace is written doubled, as for `str.format`. `ReplaceExpression(span, "ClientTimeout(total={})")`
    wraps; `ReplaceExpression(span, "True")` replaces.
    """

    expression: Span
    template: str


@dataclass(frozen=True, slots=True)
class ReplaceCallee:
    """Call `callee` instead, with the arguments as they stand."""

    call: Span
    callee: str


@dataclass(frozen=True, slots=True)
class Await:
    """Put `await` before the expression, in parentheses where Python's grammar needs them."""

    expression: Span


@dataclass(frozen=True, slots=True)
class AddImport:
    """Import `module` (`name` None) or `name` from it, unless the file does already at module level."""

    module: str
    name: str | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class MakeAsync:
    """Turn the `with`, `for` or `def` statement at `statement` into its `async` form."""

    statement: Span


@dataclass(frozen=True, slots=True)
class RemoveParameter:
    """Take the last positional parameter, called `name`, out of the function at `statement`."""

    statement: Span
    name: str


@dataclass(frozen=True, slots=True)
class AddDecorator:
    """Decorate the function or class at `statement` with `source` (without the `@`), above its other decorators."""

    statement: Span
    source: str


@dataclass(frozen=True, slots=True)
class InsertBefore:
    """Put a statement (one or more lines, unindented) before the statement at `statement`."""

    statement: Span
    source: str


@dataclass(frozen=True, slots=True)
class InsertAfter:
    """Put a statement (one or more lines, unindented) after the statement at `statement`."""

    statement: Span
    source: str


@dataclass(frozen=True, slots=True)
class InsertFirst:
    """Put a statement at the head of the body of the compound statement at `statement`."""

    statement: Span
    source: str


@dataclass(frozen=True, slots=True)
class ReplaceStatement:
    """Put other source (one or more lines, unindented) in the place of a statement.

    `{}` stands for the old statement's own source where the template is to keep it; what else is copied from
    the file goes through `verbatim`.
    """

    statement: Span
    source: str


@dataclass(frozen=True, slots=True)
class RemoveStatement:
    """Delete a statement; `pass` takes its place where the block would be empty. The last `elif` of a chain is one."""

    statement: Span


def replaced_or_removed(statement: Span, source: str | None) -> ReplaceStatement | RemoveStatement:
    """Put other source in the place of a statement, or delete the statement where nothing is left of it."""
    return RemoveStatement(statement) if source is None else ReplaceStatement(statement, verbatim(source))


@dataclass(frozen=True, slots=True)
class WrapFollowing:
    """Replace a statement by the compound statement `header`, and move what follows it in its block inside.

    `WrapFollowing(span, "async with aiohttp.ClientSession() as session:")`. `until`, where given, is the last
    statement to move in; all the following ones otherwise. Nothing following: the body is `pass`.
    """

    statement: Span
    header: str
    until: Span | None = None


@dataclass(frozen=True, slots=True)
class ReplaceExceptType:
    """Catch `source` in the `except` clause at `handler` (`except:` gets a type)."""

    handler: Span
    source: str


@dataclass(frozen=True, slots=True)
class InsertExceptClause:
    """Put another `except` clause (`source`: its header line and unindented-by-one body) before `handler`."""

    handler: Span
    source: str


@dataclass(frozen=True, slots=True)
class ReplaceReturnByRaise:
    """Turn `return X` into `raise X`."""

    statement: Span


@dataclass(frozen=True, slots=True)
class SplitWithItems:
    """Nest the items of a `with` statement, one statement an item, in order."""

    statement: Span


@dataclass(frozen=True, slots=True)
class RemoveDecorator:
    """Take a decorator off its function or class; `expression` is what stands behind the `@`."""

    expression: Span


@dataclass(frozen=True, slots=True)
class RenameFunction:
    """Give the function that is defined at `statement` another name."""

    statement: Span
    name: str


@dataclass(frozen=True, slots=True)
class RenameParameter:
    """Give a parameter of the function that is defined at `statement` another name; not its uses in the body."""

    statement: Span
    name: str
    new_name: str


Edit: TypeAlias = (
    SetKeyword
    | RemoveKeyword
    | RenameKeyword
    | NameArgument
    | ReplaceExpression
    | ReplaceCallee
    | Await
    | AddImport
    | MakeAsync
    | AddDecorator
    | RemoveParameter
    | InsertBefore
    | InsertAfter
    | InsertFirst
    | ReplaceStatement
    | RemoveStatement
    | WrapFollowing
    | ReplaceExceptType
    | InsertExceptClause
    | ReplaceReturnByRaise
    | SplitWithItems
    | RemoveDecorator
    | RenameFunction
    | RenameParameter
)
