"""Changing the statements of a block: what is put in, taken out, replaced and moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

import libcst as cst

from aiohttp_lint.edits import (
    Edit,
    InsertAfter,
    InsertBefore,
    InsertFirst,
    RemoveStatement,
    ReplaceStatement,
    WrapFollowing,
)
from aiohttp_lint.fixes.expressions import PLACEHOLDER, fill_placeholders, outdented, template_source
from aiohttp_lint.fixes.pieces import Handler, has_comment
from aiohttp_lint.fixes.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Line: TypeAlias = cst.SimpleStatementLine | cst.BaseCompoundStatement
Block: TypeAlias = cst.IndentedBlock | cst.Module
SmallStatements: TypeAlias = cst.SimpleStatementLine | cst.SimpleStatementSuite

_MOVING = (ReplaceStatement, WrapFollowing)


@dataclass
class _Place:
    """What stands where one statement of a block stood."""

    before: list[Line] = field(default_factory=list)
    main: list[Line] = field(default_factory=list)
    after: list[Line] = field(default_factory=list)
    orphans: list[cst.EmptyLine] = field(default_factory=list)
    """The comment lines above a statement that is gone."""


def parse_statements(source: str, indentation: str = "") -> list[Line]:
    """Parse one or more unindented lines, or raise Refusal.

    Args:
        source: The lines.
        indentation: The indentation of the block that they get into: what was copied from there may have more than
            one line, of which the second and the following ones are indented already.
    """
    try:
        module = cst.parse_module(source.rstrip("\r\n") + "\n")
    except (cst.ParserSyntaxError, RecursionError) as error:
        raise Refusal(f"{source!r} is not a statement") from error
    if not module.body or has_comment(*module.footer):
        raise Refusal(f"{source!r} does not end with a statement")
    first, *rest = [outdented(_movable(statement), indentation) for statement in module.body]
    return [_with_leading_lines(first, [*module.header, *first.leading_lines]), *rest]


def parse_compound(header: str, indentation: str = "") -> cst.BaseCompoundStatement:
    """Parse the header line of a compound statement; its body is `pass`."""
    parsed = parse_statements(f"{header}\n    pass", indentation)
    if len(parsed) != 1 or not isinstance(parsed[0], cst.BaseCompoundStatement):
        raise Refusal(f"{header!r} is not the header of a compound statement")
    return parsed[0]


def parse_handlers(source: str, model: Handler) -> Sequence[Handler]:
    """Parse `except` clauses of the same kind (`except` or `except*`) as `model`, or raise Refusal."""
    (statement,) = parse_statements(f"try:\n    pass\n{source}")[:1]
    if isinstance(statement, cst.Try | cst.TryStar) and not statement.orelse and not statement.finalbody:
        handlers: Sequence[Handler] = statement.handlers
        if all(type(handler) is type(model) for handler in handlers):
            return handlers
    raise Refusal(f"{source!r} is not an except clause that fits")


def _with_leading_lines(statement: Line, lines: Sequence[cst.EmptyLine]) -> Line:
    return statement.with_changes(leading_lines=list(lines))


class _BlankLines(cst.CSTTransformer):
    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:
        return updated_node.with_changes(indent=False) if _is_blank(updated_node) else updated_node


def _movable(statement: cst.BaseStatement) -> Line:
    """Return a statement of the module level so that its blank lines stay empty in an indented block."""
    return cast("Line", statement.visit(_BlankLines()))


def _is_blank(line: cst.EmptyLine) -> bool:
    return line.comment is None


def _is_docstring(statement: cst.BaseStatement) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine) or not isinstance(statement.body[0], cst.Expr):
        return False
    return isinstance(statement.body[0].value, cst.SimpleString | cst.ConcatenatedString)


def _with_end_comment(statement: Line, end: cst.TrailingWhitespace) -> Line:
    """Return the statement with a comment at the end of its first line."""
    if isinstance(statement, cst.SimpleStatementLine):
        if statement.trailing_whitespace.comment is None:
            return statement.with_changes(trailing_whitespace=end)
    elif isinstance(statement.body, cst.IndentedBlock) and statement.body.header.comment is None:
        return statement.with_changes(body=statement.body.with_changes(header=end))
    raise Refusal("the comment at the end of the line has no place")


def _fill_statements(template: str, old: Line, indentation: str) -> list[Line]:
    """Return the statements of a template, the old statement in the place of `{}`."""
    source, has_placeholder = template_source(template)
    statements = parse_statements(source, indentation)
    leading = old.leading_lines
    inner = _with_leading_lines(old, [])
    end = old.trailing_whitespace if isinstance(old, cst.SimpleStatementLine) else None
    as_lines = _PlaceholderLines(inner)
    filled = [cast("Line", statement.visit(as_lines)) for statement in statements]
    if not as_lines.found:
        if has_placeholder:
            filled = [fill_placeholders(statement, _only_expression(old)) for statement in filled]
        if end is not None and end.comment is not None:
            filled[0] = _with_end_comment(filled[0], end)
    filled[0] = _with_leading_lines(filled[0], [*leading, *filled[0].leading_lines])
    return filled


def _only_expression(statement: Line | cst.BaseSmallStatement) -> cst.BaseExpression:
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        statement = statement.body[0]
    if not isinstance(statement, cst.Expr):
        raise Refusal("the statement is not an expression")
    return statement.value


class _PlaceholderLines(cst.CSTTransformer):
    """Puts a statement in the place of each placeholder that is a statement of its own."""

    def __init__(self, statement: Line) -> None:
        super().__init__()
        self._statement = statement
        self.found = False

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> Line:
        match updated_node.body:
            case [cst.Expr(value=cst.Name(value=name))] if name == PLACEHOLDER:
                self.found = True
                own = [*updated_node.leading_lines, *self._statement.leading_lines]
                return _with_leading_lines(self._statement, own)
            case _:
                return updated_node


def _edit_place(place: _Place, edit: Edit, indentation: str) -> None:
    """Carry out an edit that concerns one statement and nothing around it."""
    match edit:
        case InsertBefore(source=source):
            place.before += parse_statements(source, indentation)
        case InsertAfter(source=source):
            place.after += parse_statements(source, indentation)
        case ReplaceStatement(source=source):
            (old,) = place.main
            place.main = _fill_statements(source, old, indentation)
        case RemoveStatement():
            (old,) = place.main
            if isinstance(old, cst.SimpleStatementLine) and old.trailing_whitespace.comment is not None:
                raise Refusal("a comment stands at the end of the statement's line")
            place.orphans = list(old.leading_lines)
            place.main = []
        case _:
            raise TypeError(f"not an edit of a statement: {edit!r}")


def _insert_first(places: Sequence[_Place], source: str, *, after_docstring: bool) -> None:
    statements = parse_statements(source)
    first = places[0]
    if after_docstring and first.main and _is_docstring(first.main[0]):
        first.after = [*statements, *first.after]
    else:
        first.before = [*statements, *first.before]


def _join(places: Iterable[_Place]) -> tuple[list[Line], list[cst.EmptyLine]]:
    """Return the statements of some places in a row, and the comment lines left over at their end."""
    result: list[Line] = []
    orphans: list[cst.EmptyLine] = []
    for place in places:
        main = list(place.main)
        before = list(place.before)
        if before and main:
            # The blank lines above stay above; a comment stays with the statement that it is about.
            leading = list(main[0].leading_lines)
            blank = next((i for i, line in enumerate(leading) if not _is_blank(line)), len(leading))
            before[0] = _with_leading_lines(before[0], [*leading[:blank], *before[0].leading_lines])
            main[0] = _with_leading_lines(main[0], leading[blank:])
        for statement in [*before, *main]:
            lines = [*orphans, *statement.leading_lines]
            if all(map(_is_blank, orphans)) and statement.leading_lines:
                lines = list(statement.leading_lines)
            result.append(_with_leading_lines(statement, lines))
            orphans = []
        if all(map(_is_blank, [*orphans, *place.orphans])):
            # What separated each of several statements that are gone separates what is left once.
            orphans = max(orphans, place.orphans, key=len)
        else:
            orphans = [*orphans, *place.orphans]
        result += place.after
    return result, ([] if all(map(_is_blank, orphans)) else orphans)


def _wrap(places: list[_Place], index: int, last: int, compound: cst.BaseCompoundStatement) -> None:
    """Replace the statement at `index` by a compound statement around what follows up to `last`."""
    place = places[index]
    (old,) = place.main
    body = cast("cst.IndentedBlock", compound.body)
    moved, orphans = _join([_Place(main=place.after), *places[index + 1 : last + 1]])
    if moved:
        body = body.with_changes(body=moved)
    body = body.with_changes(footer=orphans)
    if isinstance(old, cst.SimpleStatementLine):
        body = body.with_changes(header=old.trailing_whitespace)
    place.main = [_with_leading_lines(compound.with_changes(body=body), old.leading_lines)]
    place.after = []
    for following in range(index + 1, last + 1):
        places[following] = _Place()


def edit_block(
    original: Block,
    updated: Block,
    edits: Sequence[tuple[Line, Edit]],
    last_moved: dict[WrapFollowing, Line],
    *,
    after_docstring: bool,
    indentation: str,
) -> Block:
    """Carry out all edits that concern the statements of one block.

    Args:
        original: The block as it was; its statements are those that `edits` and `last_moved` name.
        updated: The same block, statement for statement, with what other edits made inside of it.
        edits: Each edit with the statement that it is about (any one for `InsertFirst`).
        last_moved: The last statement that each `WrapFollowing` moves.
        after_docstring: Whether a string at the head of the block is a docstring.
        indentation: How far the statements of the block are indented in the file.

    Raises:
        Refusal: An edit can't be carried out exactly.
    """
    body = [cast("Line", statement) for statement in updated.body]
    if isinstance(original, cst.Module) and any(isinstance(edit, _MOVING) for _, edit in edits):
        body = [_movable(statement) for statement in body]
    places = [_Place(main=[statement]) for statement in body]
    index_of = {statement: index for index, statement in enumerate(original.body)}
    wraps: list[tuple[int, WrapFollowing]] = []
    for statement, edit in edits:
        if isinstance(edit, WrapFollowing):
            wraps.append((index_of[statement], edit))
        elif isinstance(edit, InsertFirst):
            _insert_first(places, edit.source, after_docstring=after_docstring)
        else:
            _edit_place(places[index_of[statement]], edit, indentation)
    # From the last to the first, so that a wrap finds the later ones already in their form.
    for index, wrap in sorted(wraps, key=lambda pair: pair[0], reverse=True):
        _wrap(places, index, index_of[last_moved[wrap]], parse_compound(wrap.header, indentation))
    body, orphans = _join(places)
    if not body and isinstance(original, cst.IndentedBlock):
        body, orphans = [cst.SimpleStatementLine([cst.Pass()], leading_lines=orphans)], []
    return updated.with_changes(body=body, footer=[*orphans, *updated.footer])


def edit_small_statements(
    original: SmallStatements,
    updated: SmallStatements,
    edits: Sequence[tuple[cst.BaseSmallStatement, Edit]],
) -> SmallStatements:
    """Carry out edits of statements that share a line.

    Raises:
        Refusal: An edit needs a line of its own.
    """
    by_statement = dict(zip(original.body, updated.body, strict=True))
    for statement, edit in edits:
        match edit:
            case RemoveStatement():
                by_statement.pop(statement, None)
            case ReplaceStatement(source=source):
                by_statement[statement] = _small_replacement(source, by_statement[statement])
            case _:
                raise Refusal("the statement shares its line with another")
    body = list(by_statement.values()) or [cst.Pass()]
    if body[-1] is not updated.body[-1]:
        body[-1] = body[-1].with_changes(semicolon=updated.body[-1].semicolon)
    return updated.with_changes(body=body)


def _small_replacement(template: str, old: cst.BaseSmallStatement) -> cst.BaseSmallStatement:
    source, has_placeholder = template_source(template)
    statements = parse_statements(source)
    match statements:
        case [cst.SimpleStatementLine(body=[new])] if not has_comment(statements[0]):
            if has_placeholder:
                new = fill_placeholders(new, _only_expression(old))
            return new.with_changes(semicolon=old.semicolon)
        case _:
            raise Refusal("the statement shares its line with another")


def split_with_items(statement: cst.With) -> cst.With:
    """Return nested `with` statements of one item each.

    Raises:
        Refusal: There is one item only, or a comment stands between the items.
    """
    if len(statement.items) < 2:
        raise Refusal("the with statement has one item")
    around = [statement.whitespace_after_with, statement.whitespace_before_colon, *statement.items]
    parentheses = [part for part in (statement.lpar, statement.rpar) if isinstance(part, cst.CSTNode)]
    if has_comment(*around, *parentheses):
        raise Refusal("a comment stands between the items")
    nested = statement.body
    for item in reversed(statement.items[1:]):
        inner = cst.With(items=[_only_item(item)], body=nested, asynchronous=statement.asynchronous)
        nested = cst.IndentedBlock([inner])
    return statement.with_changes(
        items=[_only_item(statement.items[0])],
        body=nested,
        lpar=cst.MaybeSentinel.DEFAULT,
        rpar=cst.MaybeSentinel.DEFAULT,
        whitespace_after_with=cst.SimpleWhitespace(" "),
    )


def _only_item(item: cst.WithItem) -> cst.WithItem:
    return item.with_changes(comma=cst.MaybeSentinel.DEFAULT)
