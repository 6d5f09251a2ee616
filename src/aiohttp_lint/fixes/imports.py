"""Adding imports at the head of a file."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from aiohttp_lint.findings import Span
from aiohttp_lint.fixes.import_places import ImportStatement, line_above
from aiohttp_lint.fixes.pieces import first_line_of
from aiohttp_lint.fixes.text import TextEdit, line_end

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aiohttp_lint.edits import AddImport

_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# What may follow the last name of an import that is simple enough to get another one: no comment.
_CLOSING = re.compile(r"(\s*,)?\s*\)")


def import_edits(
    lines: Sequence[str], tree: ast.Module, imports: Iterable[AddImport], newline: str, before_line: int
) -> Iterator[TextEdit]:
    """Yield the text edits that add imports which the module doesn't have.

    Args:
        lines: The lines of the file.
        tree: The same file, parsed.
        imports: What to import.
        newline: The line end of new lines.
        before_line: The first line that needs the imports: they are put above it.
    """
    missing = [wanted for wanted in dict.fromkeys(imports) if not _is_imported(tree, wanted)]
    new: dict[str, list[AddImport]] = {}
    extended: dict[ast.ImportFrom, list[AddImport]] = {}
    for wanted in missing:
        statement = _extensible(lines, tree, wanted, before_line)
        if statement is not None:
            extended.setdefault(statement, []).append(wanted)
        else:
            new.setdefault(wanted.module, []).append(wanted)
    for statement, names in extended.items():
        yield from _extensions(
            lines, statement, [_alias(wanted.name, wanted.alias) for wanted in names], newline
        )
    head = list(_head(tree, before_line))
    placed: dict[tuple[int, bool] | None, list[str]] = {}
    for wanted, source in (pair for together in new.values() for pair in _sources(together)):
        placed.setdefault(line_above(lines, head, wanted), []).append(source)
    for where, sources in placed.items():
        if where is None or (where[0] and not line_end(lines[where[0] - 1])):
            yield _new_lines(lines, tree, sources, newline, head)
        else:
            line, is_apart = where
            content = "".join(source + newline for source in sources) + newline * is_apart
            yield TextEdit(Span(line + 1, 0, line + 1, 0), content)


def _alias(name: str | None, alias: str | None) -> str:
    return f"{name} as {alias}" if alias else f"{name}"


def _sources(together: Sequence[AddImport]) -> Iterator[tuple[AddImport, str]]:
    """Yield the lines that import a module, or names from it, each with one of its imports."""
    names = [wanted for wanted in together if wanted.name is not None]
    if names:
        listed = ", ".join(_alias(wanted.name, wanted.alias) for wanted in names)
        yield names[0], f"from {names[0].module} import {listed}"
    for wanted in together:
        if wanted.name is None:
            yield wanted, f"import {_alias(wanted.module, wanted.alias)}"


def _module_of(statement: ast.ImportFrom) -> str:
    """Return the module of an import as it is written: `.views` for one beside."""
    return "." * statement.level + (statement.module or "")


def _module_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements that always run at import, those in the body of a `try` included."""
    stack = list(reversed(tree.body))
    while stack:
        statement = stack.pop()
        yield statement
        if isinstance(statement, ast.Try):
            stack.extend(reversed(statement.body))


def _is_imported(tree: ast.Module, wanted: AddImport) -> bool:
    for statement in _module_level(tree):
        match statement:
            case ast.Import() if wanted.name is None:
                for alias in statement.names:
                    if (alias.name, alias.asname) == (wanted.module, wanted.alias):
                        return True
                    # `import a.b` binds `a` as well.
                    if (
                        wanted.alias is None
                        and alias.asname is None
                        and alias.name.startswith(f"{wanted.module}.")
                    ):
                        return True
            case ast.ImportFrom() if _module_of(statement) == wanted.module:
                if any(
                    (alias.name, alias.asname) == (wanted.name, wanted.alias) for alias in statement.names
                ):
                    return True
            case _:
                pass
    return False


def _head(tree: ast.Module, before_line: int) -> Iterator[ImportStatement]:
    """Yield the import statements at the head of the file, above its first definition and `before_line`."""
    for statement in tree.body:
        if isinstance(statement, _DEFINITION) or (statement.end_lineno or 0) >= before_line:
            return
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement


def _extensible(
    lines: Sequence[str], tree: ast.Module, wanted: AddImport, before_line: int
) -> ast.ImportFrom | None:
    """Return the `from … import` statement that can take another name, None where there is none."""
    if wanted.name is None:
        return None
    for statement in _head(tree, before_line):
        if isinstance(statement, ast.ImportFrom) and _module_of(statement) == wanted.module:
            rest = _after_last_name(lines, statement)
            if statement.names[-1].name != "*" and (not rest or _CLOSING.fullmatch(rest)):
                return statement
    return None


def _column(line: str, offset: int) -> int:
    """Return the character column of a column that `ast` gives in UTF-8 bytes."""
    return offset if line.isascii() else len(line.encode()[:offset].decode())


def _last_name_end(lines: Sequence[str], statement: ast.ImportFrom) -> tuple[int, int]:
    last = statement.names[-1]
    assert last.end_lineno is not None
    assert last.end_col_offset is not None
    return last.end_lineno, _column(lines[last.end_lineno - 1], last.end_col_offset)


def _after_last_name(lines: Sequence[str], statement: ast.ImportFrom) -> str:
    """Return what stands between the last name of an import and the end of the statement."""
    line, column = _last_name_end(lines, statement)
    assert statement.end_lineno is not None
    assert statement.end_col_offset is not None
    end = _column(lines[statement.end_lineno - 1], statement.end_col_offset)
    text = "".join(lines[line - 1 : statement.end_lineno - 1]) + lines[statement.end_lineno - 1][:end]
    return text[column:]


def _extensions(
    lines: Sequence[str], statement: ast.ImportFrom, names: Sequence[str], newline: str
) -> Iterator[TextEdit]:
    """Yield the edits that import more names: where the order of the others has them, else behind the last."""
    placed: dict[ast.alias | None, list[str]] = {}
    known = [_order(alias.name) for alias in statement.names]
    for name in sorted(names, key=_order):
        following = [alias for alias in statement.names if _order(alias.name) > _order(name)]
        is_sorted = known == sorted(known) and bool(following)
        placed.setdefault(following[0] if is_sorted else None, []).append(name)
    for alias, together in placed.items():
        if alias is None:
            yield _at_end(lines, statement, together, newline)
        else:
            text = lines[alias.lineno - 1]
            column = _column(text, alias.col_offset)
            before = text[:column]
            separator = ", " if before.strip() else f",{newline}{before}"
            content = "".join(name + separator for name in together)
            yield TextEdit(Span(alias.lineno, column, alias.lineno, column), content)


def _order(name: str) -> tuple[int, str]:
    """Give the place of a name among others as isort has it: constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


def _at_end(lines: Sequence[str], statement: ast.ImportFrom, names: Sequence[str], newline: str) -> TextEdit:
    line, column = _last_name_end(lines, statement)
    last = statement.names[-1]
    text = lines[last.lineno - 1]
    indentation = text[: _column(text, last.col_offset)]
    found = _CLOSING.fullmatch(_after_last_name(lines, statement))
    comma = "," if found and found[1] else ""
    if found and not indentation.strip() and last.lineno > statement.lineno:
        content = "".join(f",{newline}{indentation}{name}" for name in names)
    else:
        content = "".join(f", {name}" for name in names)
    if comma:
        # The last comma stays where it is: the new names go behind the old one's own.
        assert found is not None
        after = found[1]
        if after == ",":
            column += 1
            content = content[1:] + comma
    return TextEdit(Span(line, column, line, column), content)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _new_lines(
    lines: Sequence[str],
    tree: ast.Module,
    sources: Sequence[str],
    newline: str,
    head: Sequence[ImportStatement],
) -> TextEdit:
    content = "".join(source + newline for source in sources)
    if head:
        line = head[-1].end_lineno or 0
        if all(source.startswith("from .") for source in sources) and not getattr(head[-1], "level", 0):
            content = newline + content
        # A logical line can go on: `import a; import b`, `import a; \`.
        while line < len(lines) and lines[line - 1].rstrip("\r\n").endswith("\\"):
            line += 1
    elif tree.body and _is_docstring(tree.body[0]):
        line = tree.body[0].end_lineno or 0
        content = newline + content
    else:
        line = _above_first_statement(lines, tree)
        content += newline if tree.body else ""
    if line and not line_end(lines[line - 1]):
        column = len(lines[line - 1])
        return TextEdit(Span(line, column, line, column), newline + content.removesuffix(newline))
    return TextEdit(Span(line + 1, 0, line + 1, 0), content)


def _above_first_statement(lines: Sequence[str], tree: ast.Module) -> int:
    """Return the number of lines above the first statement and the comment that it has directly above it."""
    line = first_line_of(tree.body[0]) - 1 if tree.body else len(lines)
    above = line
    while above and lines[above - 1].lstrip().startswith("#"):
        above -= 1
    # A comment at the very top is about the file.
    return above if above else line
