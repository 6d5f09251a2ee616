"""The few top-level statements of a file that edits touch, each as a libcst tree with exact positions.

libcst costs ten times `ast.parse`, so only the statements around the edits are given to it.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, cast

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from aiohttp_lint.edits import AddImport, Edit, WrapFollowing
from aiohttp_lint.fixes.refusal import Refusal
from aiohttp_lint.fixes.text import changed_ranges, line_end, newline_style, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aiohttp_lint.findings import Fix, Span

Position: TypeAlias = tuple[int, int]
Interval: TypeAlias = tuple[Position, Position]
Statement: TypeAlias = cst.BaseSmallStatement | cst.BaseCompoundStatement
Handler: TypeAlias = cst.ExceptHandler | cst.ExceptStarHandler

# A form feed restarts the count of the indentation: what stands before it means nothing.
_BEFORE_FORM_FEED = re.compile(r"[ \t\f]*\f")
_INDENTED_LINE = re.compile(r"^[ \t]+[^\s#]", re.MULTILINE)
_INDENTED_COMMENT = re.compile(r"[ \t\f]+#")
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def edit_span(edit: Edit) -> Span | None:
    """Return the span that an edit names, None for an import."""
    if isinstance(edit, AddImport):
        return None
    for field in ("statement", "call", "expression", "handler"):
        if hasattr(edit, field):
            return cast("Span", getattr(edit, field))
    raise TypeError(f"no span in {edit!r}")


def parse_tree(source: str) -> ast.Module | None:
    """Parse a source without a word about its escapes and comparisons; None where it isn't Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except _UNPARSABLE:
            return None


def compiles(source: str) -> bool:
    """Tell whether Python's compiler takes a source (it refuses more than the parser does); never runs it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<fix>", "exec", dont_inherit=True)
        except _UNPARSABLE:
            return False
    return True


def parents_of(root: cst.CSTNode) -> dict[cst.CSTNode, cst.CSTNode]:
    """Return the parent of every node below `root`."""
    parents: dict[cst.CSTNode, cst.CSTNode] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        for child in node.children:
            parents[child] = node
            stack.append(child)
    return parents


def has_comment(*roots: cst.CSTNode) -> bool:
    """Tell whether a comment stands anywhere in these nodes, their whitespace included."""
    stack = list(roots)
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Comment):
            return True
        stack.extend(node.children)
    return False


class Piece:
    """Whole lines of a file that hold one or more top-level statements."""

    def __init__(self, lines: Sequence[str], first: int, last: int, newline: str, indent: str) -> None:
        """Cut the lines `first` to `last` (from 1, inclusive) out of a file's `lines`.

        Args:
            lines: All lines of the file, with their line ends.
            first: The number of the piece's first line.
            last: The number of the piece's last line.
            newline: The line end that inserted lines get.
            indent: One level of indentation, where the piece itself shows none.
        """
        self.first = first
        self.last = last
        self.original = list(lines[first - 1 : last])
        self._newline = newline
        self._indent = indent
        # libcst drops form feeds and lone carriage returns: it gets none, and `restore` puts them back.
        self._cut = [
            found.end() if "\f" in line and (found := _BEFORE_FORM_FEED.match(line)) else 0
            for line in self.original
        ]
        self.text = "".join(
            line.rstrip("\r\n")[cut:] + ("\n" if line_end(line) else "")
            for line, cut in zip(self.original, self._cut, strict=True)
        )

    @cached_property
    def module(self) -> cst.Module:
        """The piece as a tree.

        Raises:
            Refusal: libcst can't parse it, or wouldn't write it back as it is.
        """
        try:
            module = cst.parse_module(self.text)
        except (cst.ParserSyntaxError, RecursionError) as error:
            raise Refusal("libcst can't parse this statement") from error
        if module.code != self.text:
            raise Refusal("libcst can't keep the formatting of this statement")
        if not _INDENTED_LINE.search(self.text):
            return module.with_changes(default_indent=self._indent)
        return module

    @cached_property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        """The parent of every node."""
        return parents_of(self.module)

    @cached_property
    def _positions(self) -> dict[cst.CSTNode, CodeRange]:
        wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
        return cast("dict[cst.CSTNode, CodeRange]", wrapper.resolve(PositionProvider))

    @cached_property
    def _expressions(self) -> dict[Interval, cst.BaseExpression]:
        found: dict[Interval, cst.BaseExpression] = {}
        for node in self._positions:
            if isinstance(node, cst.BaseExpression):
                found.setdefault(self.interval(node), node)
        return found

    @cached_property
    def _statements(self) -> dict[Position, Statement]:
        return {
            self.interval(node)[0]: node
            for node in self._positions
            if isinstance(node, cst.BaseSmallStatement | cst.BaseCompoundStatement)
        }

    @cached_property
    def _handlers(self) -> dict[Position, Handler]:
        return {
            self.interval(node)[0]: node
            for node in self._positions
            if isinstance(node, cst.ExceptHandler | cst.ExceptStarHandler)
        }

    def indentation(self, node: cst.CSTNode) -> str:
        """Return how far the statement of a node is indented; of a block, how far its statements are."""
        around = [node, *(parent for _, parent in self.ancestors(node))]
        default = self.module.default_indent
        blocks = [one for one in reversed(around) if isinstance(one, cst.IndentedBlock)]
        return "".join(default if one.indent is None else one.indent for one in blocks)

    def interval(self, node: cst.CSTNode) -> Interval:
        """Return where a node stands in the file, as `ast` sees it: with the parentheses that are part of it."""
        code_range = self._positions[node]
        start, end = code_range.start, code_range.end
        if isinstance(node, cst.Tuple | cst.GeneratorExp):
            if node.lpar:
                start = self._positions[node.lpar[-1]].start
                end = self._positions[node.rpar[0]].end
            elif isinstance(node, cst.GeneratorExp):
                # The only argument of a call: `ast` counts the call's parentheses as its own.
                call = self.parents[self.parents[node]]
                assert isinstance(call, cst.Call)
                before = self._positions[call.whitespace_before_args].start
                return self._in_file(before.line, before.column - 1), self.interval(call)[1]
        return self._in_file(start.line, start.column), self._in_file(end.line, end.column)

    def with_parentheses(self, node: cst.BaseExpression) -> Interval:
        """Return where an expression stands in the file, all parentheses around it included."""
        start, end = self.interval(node)
        if node.lpar:
            outer = self._positions[node.lpar[0]].start
            start = self._in_file(outer.line, outer.column)
            outer = self._positions[node.rpar[-1]].end
            end = self._in_file(outer.line, outer.column)
        return start, end

    def _in_file(self, line: int, column: int) -> Position:
        cut = self._cut[line - 1] if line <= len(self._cut) else 0
        return self.first + line - 1, column + cut

    def expression(self, span: Span) -> cst.BaseExpression:
        """Return the expression at exactly this span, or raise Refusal."""
        try:
            return self._expressions[(span.line, span.column), (span.end_line, span.end_column)]
        except KeyError:
            raise Refusal("no expression stands at exactly this place") from None

    def call(self, span: Span) -> cst.Call:
        """Return the call at exactly this span, or raise Refusal."""
        node = self.expression(span)
        if not isinstance(node, cst.Call):
            raise Refusal("no call stands at exactly this place")
        return node

    def statement(self, span: Span) -> Statement:
        """Return the statement that starts where this span does, or raise Refusal."""
        try:
            return self._statements[span.line, span.column]
        except KeyError:
            raise Refusal("no statement starts at exactly this place") from None

    def handler(self, span: Span) -> Handler:
        """Return the `except` clause that starts where this span does, or raise Refusal."""
        try:
            return self._handlers[span.line, span.column]
        except KeyError:
            raise Refusal("no except clause starts at exactly this place") from None

    def ancestors(self, node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
        """Yield `(child, parent)` from the node up to the module."""
        while (parent := self.parents.get(node)) is not None:
            yield node, parent
            node = parent

    def restore(self, text: str) -> str:
        """Give a changed text back what `text` had lost: line ends and form feeds, line by line.

        Raises:
            Refusal: A changed line had a form feed.
        """
        if self.text == "".join(self.original) and self._newline == "\n":
            return text
        *old, old_tail = self.text.split("\n")
        *new, new_tail = text.split("\n")
        result: list[str] = []
        done = 0
        for start, end, new_start, new_end in changed_ranges(old, new):
            result.extend(self.original[done:start])
            if any(self._cut[start:end]):
                raise Refusal("the changed line has a form feed")
            same_count = end - start == new_end - new_start
            for index, line in enumerate(new[new_start:new_end], start):
                result.append(line + (line_end(self.original[index]) if same_count else self._newline))
            done = end
        result.extend(self.original[done : len(old)])
        if new_tail == old_tail:
            result.extend(self.original[len(old) :])
        elif any(self._cut[len(old) :]):
            raise Refusal("the changed line has a form feed")
        else:
            result.append(new_tail)
        return "".join(result)


@dataclass(frozen=True)
class Document:
    """A file that parses, cut into pieces where edits touch it."""

    lines: list[str]
    tree: ast.Module
    newline: str
    pieces: tuple[Piece, ...]

    def piece(self, span: Span) -> Piece:
        """Return the piece that holds a span, or raise Refusal."""
        index = bisect_right(self.pieces, span.line, key=lambda piece: piece.first) - 1
        if index < 0 or self.pieces[index].last < span.end_line:
            raise Refusal("no statement stands at this place")
        return self.pieces[index]

    def statement_at(self, line: int) -> ast.stmt | None:
        """Return the top-level statement that starts at a line, decorators included."""
        return next((statement for statement in self.tree.body if first_line_of(statement) == line), None)


def cut_document(source: str, tree: ast.Module, fixes: Iterable[Fix]) -> Document:
    """Cut a source into the pieces that these fixes touch.

    Args:
        source: The text of the file, without a byte order mark.
        tree: The same text, parsed.
        fixes: What is going to be applied.
    """
    lines = split_lines(source)
    newline = newline_style(lines)
    indent = _indentation(lines, tree)
    ranges = _top_level_ranges(lines, tree)
    starts = [first for first, _ in ranges]
    top_level_lines = {node.lineno for node in tree.body}
    wanted: list[tuple[int, int]] = []
    for edit in (edit for fix in fixes for edit in fix.edits):
        span = edit_span(edit)
        if span is None:
            continue
        index = bisect_right(starts, span.line) - 1
        if index < 0 or ranges[index][1] < span.line:
            continue
        first, last = ranges[index]
        if isinstance(edit, WrapFollowing) and span.column == 0 and span.line in top_level_lines:
            last = max(last, edit.until.end_line if edit.until else ranges[-1][1])
            last = ranges[bisect_right(starts, last) - 1][1]
        wanted.append((first, _with_comments_of_block(lines, last)))
    pieces: list[tuple[int, int]] = []
    for first, last in sorted(wanted):
        if pieces and first <= pieces[-1][1]:
            pieces[-1] = (pieces[-1][0], max(last, pieces[-1][1]))
        else:
            pieces.append((first, last))
    return Document(
        lines, tree, newline, tuple(Piece(lines, first, last, newline, indent) for first, last in pieces)
    )


def first_line_of(statement: ast.stmt) -> int:
    """Return the number of a statement's first line, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _top_level_ranges(lines: Sequence[str], tree: ast.Module) -> list[tuple[int, int]]:
    """Return the line ranges of the top-level statements; those that share a logical line share a range."""
    ranges: list[tuple[int, int]] = []
    for statement in tree.body:
        first = first_line_of(statement)
        last = statement.end_lineno or first
        while first > 1 and lines[first - 2].rstrip("\r\n").endswith("\\"):
            first -= 1
        if ranges and first <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    return ranges


def _with_comments_of_block(lines: Sequence[str], last: int) -> int:
    """Return the last line of a range with the indented comments below: they end its block."""
    line = last
    while line < len(lines) and (not lines[line].strip() or _INDENTED_COMMENT.match(lines[line])):
        line += 1
        if lines[line - 1].strip():
            last = line
    return last


def _indentation(lines: Sequence[str], tree: ast.Module) -> str:
    """Return one level of the file's indentation."""
    for statement in tree.body:
        body = getattr(statement, "body", None)
        if isinstance(body, list) and body and body[0].lineno > statement.lineno:
            line = lines[first_line_of(body[0]) - 1]
            if indent := line[: len(line) - len(line.lstrip(" \t"))]:
                return indent
    return "    "
