"""The one libcst transformer: it carries out all planned edits of a piece in one pass."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, cast

import libcst as cst

from aiohttp_lint.edits import (
    AddDecorator,
    Await,
    Edit,
    InsertExceptClause,
    MakeAsync,
    NameArgument,
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
    SetKeyword,
    SplitWithItems,
    WrapFollowing,
)
from aiohttp_lint.fixes import calls
from aiohttp_lint.fixes.expressions import awaited, filled, parse_expression, replace_in_place, shifted
from aiohttp_lint.fixes.refusal import Refusal
from aiohttp_lint.fixes.statements import (
    Line,
    edit_block,
    edit_small_statements,
    parse_handlers,
    split_with_items,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiohttp_lint.fixes.pieces import Handler, Piece
    from aiohttp_lint.fixes.planning import PlannedEdit


class EditTransformer(cst.CSTTransformer):
    """Carries out planned edits; it enters only the nodes that have one, or one below them."""

    def __init__(self, piece: Piece, edits: Iterable[PlannedEdit]) -> None:
        """Take all edits of one piece."""
        super().__init__()
        self._piece = piece
        self._edits: defaultdict[cst.CSTNode, list[PlannedEdit]] = defaultdict(list)
        self._entered: set[cst.CSTNode] = {piece.module}
        for edit in edits:
            self._edits[edit.owner].append(edit)
            self._entered.add(edit.owner)
            self._entered.update(parent for _, parent in piece.ancestors(edit.owner))

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Enter a node that has edits below it."""
        return node in self._entered

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        """Carry out the edits of a node, once those below it are done."""
        planned = self._edits.get(original_node)
        if not planned:
            return updated_node
        match updated_node:
            case cst.IndentedBlock() | cst.Module():
                return self._leave_block(cast("cst.IndentedBlock", original_node), updated_node, planned)
            case cst.SimpleStatementLine() | cst.SimpleStatementSuite():
                pairs = [(cast("cst.BaseSmallStatement", one.node), one.edit) for one in planned]
                return edit_small_statements(
                    cast("cst.SimpleStatementLine", original_node), updated_node, pairs
                )
            case cst.Try() | cst.TryStar():
                return _insert_clauses(cast("cst.Try", original_node), cast("cst.Try", updated_node), planned)
            case cst.BaseExpression():
                edits = [one.edit for one in planned]
                return self._leave_expression(cast("cst.BaseExpression", original_node), updated_node, edits)
            case cst.Decorator():
                return cst.RemoveFromParent()  # type: ignore[return-value]
            case _:
                for one in planned:
                    updated_node = _edit_node(updated_node, one.edit)
                return updated_node

    def _leave_block(
        self,
        original: cst.IndentedBlock | cst.Module,
        updated: cst.IndentedBlock | cst.Module,
        planned: Iterable[PlannedEdit],
    ) -> cst.CSTNode:
        parent = self._piece.parents.get(original)
        return edit_block(
            original,
            updated,
            [(cast("Line", one.node), one.edit) for one in planned],
            {
                one.edit: cast("Line", one.last_moved)
                for one in planned
                if isinstance(one.edit, WrapFollowing)
            },
            after_docstring=parent is None or isinstance(parent, cst.FunctionDef | cst.ClassDef),
            indentation=self._piece.indentation(original),
        )

    def _leave_expression(
        self, original: cst.BaseExpression, updated: cst.BaseExpression, edits: Iterable[Edit]
    ) -> cst.BaseExpression:
        indentation = self._piece.indentation(original)
        around: list[Callable[[cst.BaseExpression], cst.BaseExpression]] = []
        for edit in sorted(edits, key=_last_argument_first):
            match edit:
                case Await():
                    around.append(awaited)
                case ReplaceExpression(template=template):
                    around.append(_filling(template, indentation))
                case _:
                    updated = _edit_call(cast("cst.Call", updated), edit, indentation)
        if not around:
            return updated

        def build(expression: cst.BaseExpression) -> cst.BaseExpression:
            for step in around:
                expression = step(expression)
            return expression

        return replace_in_place(self._piece, original, updated, build)


def _last_argument_first(edit: Edit) -> int:
    # No positional argument may stand behind a named one, at no time.
    return -edit.index - 1 if isinstance(edit, NameArgument) else 0


def _filling(template: str, indentation: str) -> Callable[[cst.BaseExpression], cst.BaseExpression]:
    return lambda expression: filled(template, expression, indentation)


def _edit_call(call: cst.Call, edit: Edit, indentation: str) -> cst.Call:
    match edit:
        case SetKeyword(name=name, value=value):
            return calls.set_keyword(call, name, parse_expression(value, indentation))
        case RemoveKeyword(name=name):
            return calls.remove_keyword(call, name)
        case RenameKeyword(name=name, new_name=new_name):
            return calls.rename_keyword(call, name, new_name)
        case NameArgument(index=index, name=name):
            return calls.name_argument(call, index, name)
        case ReplaceCallee(callee=callee):
            return calls.replace_callee(call, callee)
        case _:
            raise TypeError(f"not an edit of a call: {edit!r}")


def _edit_node(node: cst.CSTNode, edit: Edit) -> cst.CSTNode:
    match edit, node:
        case MakeAsync(), cst.FunctionDef() | cst.With() | cst.For():
            return node.with_changes(asynchronous=cst.Asynchronous())
        case AddDecorator(source=source), cst.FunctionDef() | cst.ClassDef():
            added = cst.Decorator(parse_expression(source))
            return node.with_changes(decorators=(added, *node.decorators))
        case RenameFunction(name=name), cst.FunctionDef():
            return node.with_changes(name=node.name.with_changes(value=name))
        case RenameParameter(name=name, new_name=new_name), cst.FunctionDef():
            return node.with_changes(params=_renamed(node.params, name, new_name))
        case RemoveParameter(), cst.FunctionDef():
            return _without_last_parameter(node)
        case RemoveStatement(), cst.If():
            # The last `elif` of the chain: a statement of a block is taken out of the block.
            return node.with_changes(orelse=None)
        case SplitWithItems(), cst.With():
            return split_with_items(node)
        case ReplaceReturnByRaise(), cst.Return():
            assert node.value is not None
            return cst.Raise(
                exc=shifted(node.value, len("return") - len("raise")),
                whitespace_after_raise=node.whitespace_after_return,
                semicolon=node.semicolon,
            )
        case ReplaceExceptType(source=source), cst.ExceptHandler() | cst.ExceptStarHandler():
            return node.with_changes(
                type=parse_expression(source),
                whitespace_after_except=node.whitespace_after_except
                if node.type
                else cst.SimpleWhitespace(" "),
            )
        case _:
            raise Refusal(f"{type(edit).__name__} does not fit what another edit made of the statement")


def _renamed(parameters: cst.Parameters, name: str, new_name: str) -> cst.Parameters:
    def renamed(parameter: cst.Param) -> cst.Param:
        if parameter.name.value != name:
            return parameter
        return parameter.with_changes(name=parameter.name.with_changes(value=new_name))

    return parameters.with_changes(
        posonly_params=[renamed(one) for one in parameters.posonly_params],
        params=[renamed(one) for one in parameters.params],
        kwonly_params=[renamed(one) for one in parameters.kwonly_params],
    )


def _without_last_parameter(function: cst.FunctionDef) -> cst.FunctionDef:
    *kept, removed = function.params.params
    if kept:
        kept[-1] = kept[-1].with_changes(comma=removed.comma)
    return function.with_changes(params=function.params.with_changes(params=kept))


def _insert_clauses(original: cst.Try, updated: cst.Try, planned: Iterable[PlannedEdit]) -> cst.CSTNode:
    handlers: list[Handler] = []
    for old, handler in zip(original.handlers, updated.handlers, strict=True):
        for one in planned:
            if one.node is old and isinstance(one.edit, InsertExceptClause):
                added = list(parse_handlers(one.edit.source, handler))
                # The blank lines stay between the clause above and the first one that is new.
                blank = [line for line in handler.leading_lines if line.comment is None]
                if len(blank) == len(handler.leading_lines):
                    added[0] = added[0].with_changes(leading_lines=blank)
                    handler = handler.with_changes(leading_lines=[])
                handlers.extend(added)
        handlers.append(handler)
    return updated.with_changes(handlers=handlers)
