"""From the edits of a fix to the nodes that they change, with the reasons not to change them."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from aiohttp_lint.edits import (
    AddDecorator,
    AddImport,
    Await,
    Edit,
    InsertAfter,
    InsertBefore,
    InsertExceptClause,
    InsertFirst,
    MakeAsync,
    NameArgument,
    RemoveDecorator,
    RemoveKeyword,
    RemoveParameter,
    RemoveStatement,
    RenameFunction,
    RenameKeyword,
    RenameParameter,
    ReplaceCallee,
    ReplaceExceptType,
    ReplaceExpression,
    ReplaceReturnByRaise,
    ReplaceStatement,
    SetKeyword,
    SplitWithItems,
    WrapFollowing,
)
from aiohttp_lint.fixes.calls import keyword_argument, positional_arguments
from aiohttp_lint.fixes.expressions import template_source
from aiohttp_lint.fixes.pieces import Document, Interval, Piece, Statement, edit_span, has_comment
from aiohttp_lint.fixes.refusal import Refusal
from aiohttp_lint.fixes.statements import Block, Line, parse_compound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp_lint.findings import Fix

_Interpolation = (cst.FormattedStringExpression, cst.TemplatedStringExpression)


@dataclass(frozen=True, eq=False)
class PlannedEdit:
    """An edit and the node that it changes.

    `owner` is where it is carried out: the node itself, the block of a statement, the line of a statement
    that shares it with others, or the `try` of a clause. `touched` is what changes in the file; what is
    `erased` has no place in the new text; what is `moved` is kept as it is, but at another place.
    """

    edit: Edit
    piece: Piece
    owner: cst.CSTNode
    node: cst.CSTNode
    touched: tuple[Interval, ...]
    erased: tuple[Interval, ...] = ()
    moved: tuple[Interval, ...] = ()
    last_moved: cst.BaseStatement | None = None


@dataclass(frozen=True, eq=False)
class PlannedFix:
    """A fix that can be carried out as far as its nodes tell."""

    fix: Fix
    edits: tuple[PlannedEdit, ...]
    imports: tuple[AddImport, ...]


def plan_fix(document: Document, fix: Fix) -> PlannedFix:
    """Find the nodes of a fix.

    Raises:
        Refusal: An edit can't be carried out exactly at its place.
    """
    made_async = _functions_made_async(document, fix)
    edits = tuple(
        _plan(document.piece(span), edit, made_async)
        for edit in fix.edits
        if not isinstance(edit, AddImport) and (span := edit_span(edit)) is not None
    )
    for one in edits:
        for other in edits:
            if one is not other and one.piece is other.piece and _cut_into(one.erased, other.touched):
                raise Refusal("one edit of the fix erases what another changes")
    return PlannedFix(fix, edits, tuple(edit for edit in fix.edits if isinstance(edit, AddImport)))


def conflict(one: PlannedFix, other: PlannedFix) -> bool:
    """Tell whether two fixes touch the same text, so that only one can be applied in this round."""
    return any(
        first.piece is second.piece
        and not _set_apart(first, second)
        and _overlap(first.touched + first.moved, second.touched + second.moved)
        for first in one.edits
        for second in other.edits
    )


def _set_apart(first: PlannedEdit, second: PlannedEdit) -> bool:
    """Tell whether both give the same call an argument, under two names."""
    match first.edit, second.edit:
        case SetKeyword(name=name), SetKeyword(name=other):
            return first.node is second.node and name != other
        case _:
            return False


def _overlap(some: Sequence[Interval], others: Sequence[Interval]) -> bool:
    """Tell whether two intervals have a position in common, a common border included."""
    return any(
        start <= other_end and other_start <= end for start, end in some for other_start, other_end in others
    )


def _cut_into(some: Sequence[Interval], others: Sequence[Interval]) -> bool:
    """Tell whether two intervals have more than a border in common."""
    return any(
        start < other_end and other_start < end for start, end in some for other_start, other_end in others
    )


def _functions_made_async(document: Document, fix: Fix) -> frozenset[cst.CSTNode]:
    return frozenset(
        node
        for edit in fix.edits
        if isinstance(edit, MakeAsync)
        and isinstance(node := document.piece(edit.statement).statement(edit.statement), cst.FunctionDef)
    )


def _plan(piece: Piece, edit: Edit, made_async: frozenset[cst.CSTNode]) -> PlannedEdit:
    match edit:
        case SetKeyword() | RemoveKeyword() | RenameKeyword() | NameArgument() | ReplaceCallee():
            return _plan_call(piece, edit)
        case ReplaceExpression() | Await():
            return _plan_expression(piece, edit, made_async)
        case MakeAsync(statement=span):
            return _plan_make_async(piece, edit, piece.statement(span), made_async)
        case AddDecorator(statement=span):
            return _plan_decorator(piece, edit, piece.statement(span))
        case RemoveDecorator(expression=span):
            return _plan_removed_decorator(piece, edit, piece.expression(span))
        case RenameFunction(statement=span) | RenameParameter(statement=span):
            return _plan_signature(piece, edit, piece.statement(span))
        case RemoveParameter(statement=span):
            return _plan_parameter(piece, edit, piece.statement(span))
        case ReplaceReturnByRaise(statement=span):
            return _plan_raise(piece, edit, piece.statement(span))
        case SplitWithItems(statement=span):
            return _plan_split(piece, edit, piece.statement(span))
        case ReplaceExceptType() | InsertExceptClause():
            return _plan_handler(piece, edit)
        case InsertFirst(statement=span):
            return _plan_insert_first(piece, edit, piece.statement(span))
        case WrapFollowing(statement=span):
            return _plan_wrap(piece, edit, piece.statement(span), made_async)
        case InsertBefore() | InsertAfter() | ReplaceStatement() | RemoveStatement():
            return _plan_statement(piece, edit, piece.statement(edit.statement))
        case AddImport():
            raise TypeError("an import has no node")


def _start(interval: Interval) -> Interval:
    return interval[0], interval[0]


def _end(interval: Interval) -> Interval:
    return interval[1], interval[1]


def _plan_call(
    piece: Piece, edit: SetKeyword | RemoveKeyword | RenameKeyword | NameArgument | ReplaceCallee
) -> PlannedEdit:
    call = piece.call(edit.call)
    _refuse_interpolation(piece, call)
    (_, end) = piece.interval(call)
    closing = ((end[0], end[1] - 1), end)
    touched: tuple[Interval, ...] = (closing,)
    erased: tuple[Interval, ...] = ()
    match edit:
        case SetKeyword(name=name):
            _refuse_bad_name(name)
            if (argument := keyword_argument(call, name)) is not None:
                if has_comment(argument.value):
                    raise Refusal("a comment stands in the old value")
                touched = erased = (piece.with_parentheses(argument.value),)
        case RemoveKeyword(name=name):
            if (argument := keyword_argument(call, name)) is None:
                raise Refusal(f"the call has no keyword argument {name!r}")
            touched = (piece.interval(argument), closing)
            erased = (piece.interval(argument),)
        case RenameKeyword(name=name, new_name=new_name):
            _refuse_bad_name(new_name)
            if (argument := keyword_argument(call, name)) is None or argument.keyword is None:
                raise Refusal(f"the call has no keyword argument {name!r}")
            touched = erased = (piece.interval(argument.keyword),)
        case NameArgument(index=index, name=name):
            _refuse_bad_name(name)
            positional = positional_arguments(call)
            if index >= len(positional):
                raise Refusal(f"the call has no positional argument {index}")
            touched = (_start(piece.interval(positional[index])),)
        case ReplaceCallee():
            if has_comment(call.func):
                raise Refusal("a comment stands in the old callee")
            touched = erased = (piece.with_parentheses(call.func),)
    return PlannedEdit(edit, piece, call, call, touched, erased)


def _refuse_bad_name(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise Refusal(f"{name!r} is not a name for an argument")


def _refuse_interpolation(piece: Piece, node: cst.CSTNode) -> None:
    for _, parent in piece.ancestors(node):
        if isinstance(parent, _Interpolation):
            raise Refusal("it stands inside an f-string")
        if isinstance(parent, cst.BaseStatement):
            return


def _plan_expression(
    piece: Piece, edit: ReplaceExpression | Await, made_async: frozenset[cst.CSTNode]
) -> PlannedEdit:
    node = piece.expression(edit.expression)
    _refuse_interpolation(piece, node)
    if isinstance(node, cst.StarredElement) or isinstance(piece.parents[node], cst.ConcatenatedString):
        raise Refusal("it is no expression of its own")
    interval = piece.interval(node)
    if isinstance(edit, Await):
        _refuse_no_await(piece, node, made_async)
    elif not template_source(edit.template)[1]:
        if has_comment(node):
            raise Refusal("a comment stands in the old expression")
        return PlannedEdit(edit, piece, node, node, (interval,), (interval,))
    return PlannedEdit(edit, piece, node, node, (_start(interval), _end(interval)))


def _refuse_no_await(piece: Piece, node: cst.CSTNode, made_async: frozenset[cst.CSTNode]) -> None:
    """Refuse where `await` is no valid syntax, or means something else than to wait there."""
    first_iterable = False
    for child, parent in piece.ancestors(node):
        match parent:
            case cst.Lambda() if child is parent.body:
                raise Refusal("a lambda can't await")
            case cst.CompFor():
                nested = isinstance(piece.parents[parent], cst.CompFor)
                first_iterable = child is parent.iter and not nested
            case cst.GeneratorExp() if child is not parent.for_in or not first_iterable:
                raise Refusal("await would make the generator an asynchronous one")
            case cst.ClassDef() if child is parent.body:
                raise Refusal("a class body can't await")
            case cst.FunctionDef() if child is parent.body:
                if parent.asynchronous is None and parent not in made_async:
                    raise Refusal("the function is not asynchronous")
                return
            case cst.Annotation() | cst.TypeParameters() | cst.TypeAlias() | cst.MatchPattern():
                raise Refusal("await is no valid syntax here")
            case _:
                pass
    raise Refusal("it stands outside any function")


def _plan_make_async(
    piece: Piece, edit: MakeAsync, node: Statement, made_async: frozenset[cst.CSTNode]
) -> PlannedEdit:
    match node:
        case cst.FunctionDef(asynchronous=None):
            pass
        case cst.With(asynchronous=None):
            if len(node.items) > 1:
                raise Refusal("the with statement has several items")
            _refuse_no_await(piece, node, made_async)
        case cst.For(asynchronous=None):
            _refuse_no_await(piece, node, made_async)
        case _:
            raise Refusal("the statement has no async form, or is in it")
    return PlannedEdit(edit, piece, node, node, (_start(piece.interval(node)),))


def _plan_decorator(piece: Piece, edit: AddDecorator, node: Statement) -> PlannedEdit:
    if not isinstance(node, cst.FunctionDef | cst.ClassDef):
        raise Refusal("it is neither a function nor a class")
    return PlannedEdit(edit, piece, node, node, (_start(piece.interval(node)),))


def _plan_removed_decorator(piece: Piece, edit: RemoveDecorator, node: cst.BaseExpression) -> PlannedEdit:
    decorator = piece.parents[node]
    if not isinstance(decorator, cst.Decorator):
        raise Refusal("it is no decorator")
    if has_comment(decorator):
        raise Refusal("a comment stands beside the decorator")
    interval = piece.interval(decorator)
    return PlannedEdit(edit, piece, decorator, decorator, (interval,), (interval,))


def _plan_signature(piece: Piece, edit: RenameFunction | RenameParameter, node: Statement) -> PlannedEdit:
    if not isinstance(node, cst.FunctionDef):
        raise Refusal("it is no function")
    if isinstance(edit, RenameFunction):
        renamed: cst.CSTNode = node.name
        _refuse_bad_name(edit.name)
    else:
        params = node.params
        names = [
            one.name
            for one in (*params.posonly_params, *params.params, *params.kwonly_params)
            if one.name.value == edit.name
        ]
        if not names:
            raise Refusal(f"the function has no parameter {edit.name!r}")
        renamed = names[0]
        _refuse_bad_name(edit.new_name)
    interval = piece.interval(renamed)
    return PlannedEdit(edit, piece, node, node, (interval,), (interval,))


def _plan_parameter(piece: Piece, edit: RemoveParameter, node: Statement) -> PlannedEdit:
    if not isinstance(node, cst.FunctionDef):
        raise Refusal("it is no function")
    parameters = node.params.params
    if not parameters or parameters[-1].name.value != edit.name:
        raise Refusal("it is not the last parameter")
    if has_comment(*parameters[-2:]):
        raise Refusal("a comment stands at the parameter")
    return PlannedEdit(edit, piece, node, node, (piece.interval(parameters[-1]),))


def _plan_raise(piece: Piece, edit: ReplaceReturnByRaise, node: Statement) -> PlannedEdit:
    if not isinstance(node, cst.Return) or node.value is None or isinstance(node.value, cst.Tuple):
        raise Refusal("the statement returns no single value")
    (line, column), _ = piece.interval(node)
    return PlannedEdit(edit, piece, node, node, (((line, column), (line, column + len("return"))),))


def _plan_split(piece: Piece, edit: SplitWithItems, node: Statement) -> PlannedEdit:
    if not isinstance(node, cst.With):
        raise Refusal("it is no with statement")
    return PlannedEdit(edit, piece, node, node, (piece.interval(node),))


def _plan_handler(piece: Piece, edit: ReplaceExceptType | InsertExceptClause) -> PlannedEdit:
    handler = piece.handler(edit.handler)
    start = _start(piece.interval(handler))
    if isinstance(edit, InsertExceptClause):
        return PlannedEdit(edit, piece, piece.parents[handler], handler, (start,))
    touched = (start,)
    erased: tuple[Interval, ...] = ()
    if handler.type is not None:
        if has_comment(handler.type):
            raise Refusal("a comment stands in the old type")
        touched = erased = (piece.with_parentheses(handler.type),)
    return PlannedEdit(edit, piece, handler, handler, touched, erased)


def _plan_insert_first(piece: Piece, edit: InsertFirst, node: Statement) -> PlannedEdit:
    body = getattr(node, "body", None)
    if not isinstance(body, cst.IndentedBlock):
        raise Refusal("the statement has no block of its own")
    return PlannedEdit(edit, piece, body, body.body[0], (_start(piece.interval(node)),))


def _line_and_block(piece: Piece, node: Statement) -> tuple[Line, Block]:
    """Return the whole line (or compound statement) that a statement is, and the block that it stands in."""
    line = piece.parents[node] if isinstance(node, cst.BaseSmallStatement) else node
    if not isinstance(line, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        raise Refusal("the statement stands on the line of a compound one")
    block = piece.parents[line]
    if not isinstance(block, cst.IndentedBlock | cst.Module):
        raise Refusal("the statement is no member of a block")
    return line, block


def _plan_statement(
    piece: Piece, edit: InsertBefore | InsertAfter | ReplaceStatement | RemoveStatement, node: Statement
) -> PlannedEdit:
    interval = piece.interval(node)
    if isinstance(edit, InsertBefore | InsertAfter):
        line, block = _line_and_block(piece, node)
        if isinstance(line, cst.SimpleStatementLine):
            neighbour = line.body[0] if isinstance(edit, InsertBefore) else line.body[-1]
            if neighbour is not node:
                raise Refusal("the statement shares its line with another")
        point = _start(interval) if isinstance(edit, InsertBefore) else _end(interval)
        return PlannedEdit(edit, piece, block, line, (point,))
    if isinstance(edit, ReplaceStatement) and template_source(edit.source)[1]:
        return _plan_enclosing(piece, edit, node)
    if isinstance(edit, RemoveStatement) and isinstance(node, cst.If) and _is_elif(piece, node):
        if node.orelse is not None or has_comment(node):
            raise Refusal("more than the elif would go with it")
        return PlannedEdit(edit, piece, piece.parents[node], node, (interval,), (interval,))
    if has_comment(node.with_changes(leading_lines=[]) if hasattr(node, "leading_lines") else node):
        raise Refusal("a comment stands in the old statement")
    parent = piece.parents[node]
    if isinstance(parent, cst.SimpleStatementSuite) or (
        isinstance(parent, cst.SimpleStatementLine) and len(parent.body) > 1
    ):
        return PlannedEdit(edit, piece, parent, node, (interval,), (interval,))
    line, block = _line_and_block(piece, node)
    return PlannedEdit(edit, piece, block, line, (interval,), (interval,))


def _is_elif(piece: Piece, node: cst.If) -> bool:
    parent = piece.parents[node]
    return isinstance(parent, cst.If) and parent.orelse is node


def _plan_enclosing(piece: Piece, edit: ReplaceStatement, node: Statement) -> PlannedEdit:
    """Plan a replacement that keeps the old statement, which other edits of the fix may change."""
    interval = piece.interval(node)
    borders = (_start(interval), _end(interval))
    parent = piece.parents[node]
    if isinstance(parent, cst.SimpleStatementSuite) or (
        isinstance(parent, cst.SimpleStatementLine) and len(parent.body) > 1
    ):
        return PlannedEdit(edit, piece, parent, node, borders, moved=(interval,))
    line, block = _line_and_block(piece, node)
    return PlannedEdit(edit, piece, block, line, borders, moved=(interval,))


def _plan_wrap(
    piece: Piece, edit: WrapFollowing, node: Statement, made_async: frozenset[cst.CSTNode]
) -> PlannedEdit:
    line, block = _line_and_block(piece, node)
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        raise Refusal("the statement has no line of its own")
    if has_comment(node):
        raise Refusal("a comment stands in the old statement")
    if getattr(parse_compound(edit.header), "asynchronous", None) is not None:
        _refuse_no_await(piece, node, made_async)
    following = list(block.body[list(block.body).index(line) :])
    last = following[-1]
    if edit.until is not None:
        until = piece.statement(edit.until)
        last, _ = _line_and_block(piece, until)
        if last not in following or (
            isinstance(last, cst.SimpleStatementLine) and last.body[-1] is not until
        ):
            raise Refusal("the last statement to move is not in the same block")
    for moved in following[1 : following.index(last) + 1]:
        _refuse_changed_string(moved)
    start, end = piece.interval(line)
    own = (start, end)
    behind = (end, max(end, piece.interval(last)[1]))
    return PlannedEdit(edit, piece, block, line, (own,), (own,), (behind,), last)


def _refuse_changed_string(node: cst.CSTNode) -> None:
    """Refuse where the indentation is part of a string's value: `f\"\"\"{…=}\"\"\"` over several lines."""
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.FormattedStringExpression) and node.equal is not None:
            stack_of_whitespace = list(node.children)
            while stack_of_whitespace:
                inner = stack_of_whitespace.pop()
                if isinstance(inner, cst.ParenthesizedWhitespace):
                    raise Refusal("the indentation is part of a string")
                stack_of_whitespace.extend(inner.children)
        stack.extend(node.children)
