"""Applying fixes to a source: all edits of a fix or none, the first of two that collide."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from aiohttp_lint.fixes.imports import import_edits
from aiohttp_lint.fixes.pieces import Document, Piece, compiles, cut_document, parse_tree
from aiohttp_lint.fixes.planning import PlannedEdit, PlannedFix, conflict, plan_fix
from aiohttp_lint.fixes.refusal import Refusal
from aiohttp_lint.fixes.text import TextEdit, apply_text_edits, difference, split_lines
from aiohttp_lint.fixes.transformer import EditTransformer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp_lint.findings import Fix

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome of one round: every fix is in exactly one of the three."""

    source: str
    applied: tuple[Fix, ...] = ()
    deferred: tuple[Fix, ...] = ()
    """Collides with an earlier one: worth another try on the new source."""
    refused: tuple[Fix, ...] = ()
    """Can't be carried out exactly."""


def apply_fixes(source: str, fixes: Sequence[Fix]) -> Applied:
    """Apply fixes to a source, as many as fit beside one another.

    Args:
        source: The text of a file; all spans of the fixes name places in it.
        fixes: What to apply; the first of two that collide is.

    Returns:
        The new text, which parses, and what became of each fix. No line outside the touched top-level
        statements differs, and every comment is still there.
    """
    mark = _BYTE_ORDER_MARK if source.startswith(_BYTE_ORDER_MARK) else ""
    before = source.removeprefix(mark)
    tree = parse_tree(before)
    if tree is None or not fixes:
        return Applied(source, refused=tuple(fixes))
    document = cut_document(before, tree, fixes)
    accepted: list[PlannedFix] = []
    deferred: list[Fix] = []
    refused: list[Fix] = []
    for fix in fixes:
        try:
            planned = plan_fix(document, fix)
        except Refusal:
            refused.append(fix)
            continue
        if any(conflict(planned, other) for other in accepted):
            deferred.append(fix)
        else:
            accepted.append(planned)
    try:
        after = _render(document, accepted)
    except Refusal:
        after, accepted = _render_what_fits(document, accepted, deferred, refused)
    if after == before:
        # Nothing to do is nothing done: the finding would come back for ever.
        refused.extend(planned.fix for planned in accepted)
        accepted = []
    return Applied(mark + after, tuple(planned.fix for planned in accepted), tuple(deferred), tuple(refused))


def text_edits(source: str, fixes: Sequence[Fix]) -> list[tuple[TextEdit, ...] | None]:
    """Return what each fix does alone, as the smallest text edits; None where it is refused.

    The edits of a fix are in order and apart from one another; their spans name places in `source`, without
    its byte order mark.
    """
    before = source.removeprefix(_BYTE_ORDER_MARK)
    tree = parse_tree(before)
    if tree is None:
        return [None for _ in fixes]
    document = cut_document(before, tree, fixes)
    return [_text_edits(document, before, fix) for fix in fixes]


def _text_edits(document: Document, source: str, fix: Fix) -> tuple[TextEdit, ...] | None:
    try:
        planned = plan_fix(document, fix)
        if planned.imports:
            return difference(source, _render(document, [planned])) or None
        return _edits_in_pieces(planned) or None
    except Refusal:
        return None


def _edits_in_pieces(planned: PlannedFix) -> tuple[TextEdit, ...]:
    """Compare only the pieces that a fix touches, where it touches nothing else of the file."""
    found: list[TextEdit] = []
    for piece in sorted({edit.piece for edit in planned.edits}, key=lambda piece: piece.first):
        text = _transform(piece, [edit for edit in planned.edits if edit.piece is piece])
        for edit in difference("".join(piece.original), text):
            span, above = edit.span, piece.first - 1
            moved = replace(span, line=span.line + above, end_line=span.end_line + above)
            found.append(TextEdit(moved, edit.content))
    return tuple(found)


def _render_what_fits(
    document: Document, planned: Sequence[PlannedFix], deferred: list[Fix], refused: list[Fix]
) -> tuple[str, list[PlannedFix]]:
    """Find out, one by one, which fixes can't be carried out, and which can't beside the others."""
    kept: list[PlannedFix] = []
    result = "".join(document.lines)
    for one in planned:
        try:
            result = _render(document, [*kept, one])
        except Refusal:
            pass
        else:
            kept.append(one)
            continue
        try:
            _render(document, [one])
        except Refusal:
            refused.append(one.fix)
        else:
            deferred.append(one.fix)
    return result, kept


def _render(document: Document, planned: Sequence[PlannedFix]) -> str:
    """Carry out planned fixes together.

    Raises:
        Refusal: The result would not be what the fixes promise.
    """
    edits: dict[Piece, list[PlannedEdit]] = {}
    for one in planned:
        for edit in one.edits:
            edits.setdefault(edit.piece, []).append(edit)
    new_pieces = {piece: _transform(piece, of_piece) for piece, of_piece in edits.items()}
    lines = list(document.lines)
    # From the last to the first, so that line numbers stay true.
    for piece in sorted(new_pieces, key=lambda piece: piece.first, reverse=True):
        lines[piece.first - 1 : piece.last] = [new_pieces[piece]]
    result = _parsed("".join(lines))
    imports = [wanted for one in planned for wanted in one.imports]
    if not imports:
        return result.text
    needed = [
        edit.piece
        for one in planned
        if one.imports
        for edit in one.edits
        if not isinstance(document.statement_at(edit.piece.first), ast.Import | ast.ImportFrom)
    ]
    first = min(needed, key=lambda piece: piece.first, default=None)
    before_line = len(result.lines) + 1
    if first is not None:
        before_line = first.first + sum(
            len(split_lines(text)) - len(piece.original)
            for piece, text in new_pieces.items()
            if piece.first < first.first
        )
    added = sorted(
        import_edits(result.lines, result.tree, imports, document.newline, before_line),
        key=lambda edit: edit.span,
    )
    return _parsed(apply_text_edits(result.text, added)).text if added else result.text


@dataclass(frozen=True)
class _Parsed:
    text: str
    lines: list[str]
    tree: ast.Module


def _parsed(text: str) -> _Parsed:
    tree = parse_tree(text)
    if tree is None:
        raise Refusal("the new text does not parse")
    return _Parsed(text, split_lines(text), tree)


def _transform(piece: Piece, edits: Sequence[PlannedEdit]) -> str:
    try:
        module = piece.module.visit(EditTransformer(piece, edits))
        code = module.code if module.body or module.header or module.footer else ""
    except (cst.CSTValidationError, cst.CSTLogicError) as error:
        raise Refusal("the edited statement is not valid") from error
    if not compiles(code) and compiles(piece.text):
        raise Refusal("the edited statement does not compile")
    return piece.restore(code)
