"""Where a new import stands among those that a file has: as isort would have it, as far as that needs no guess."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp_lint.edits import AddImport

ImportStatement = ast.Import | ast.ImportFrom


def line_above(
    lines: Sequence[str], head: Sequence[ImportStatement], wanted: AddImport
) -> tuple[int, bool] | None:
    """Find the place of an import in the head of a file.

    Args:
        lines: The lines of the file.
        head: The imports at its head, in order.
        wanted: What to import.

    Returns:
        The number of the line to put it below, and whether a blank line is to follow; None where only the end of
        the head is certain to be right.
    """
    if any(alias.name == "*" for statement in head for alias in statement.names):
        # What a star brings in may be rebound by what stands behind it, or the other way round.
        return None
    alone = [statement for statement in head if _is_alone(lines, statement)]
    is_name = wanted.name is not None
    same = [one for one in alone if _packages(one) == {wanted.module.partition(".")[0]}]
    if same:
        return _beside(lines, same, is_name=is_name)
    if not _is_standard(wanted.module):
        return None
    standard = [one for one in alone if _is_of_library(one)]
    plain = [one for one in standard if isinstance(one, ast.Import)]
    if plain and not is_name:
        return _sorted_in(lines, plain, wanted.module)
    if standard:
        return _beside(lines, standard, is_name=is_name)
    first = next((one for one in head if not _is_future(one)), None)
    if first is not None and first in alone and not _has_comment_above(lines, first):
        return first.lineno - 1, True
    return None


def _beside(
    lines: Sequence[str], statements: Sequence[ImportStatement], *, is_name: bool
) -> tuple[int, bool]:
    """Put `import x` before the first of them, and `from x import y` behind the last."""
    if is_name or _has_comment_above(lines, statements[0]):
        return statements[-1].end_lineno or 0, False
    return statements[0].lineno - 1, False


def _sorted_in(lines: Sequence[str], plain: Sequence[ast.Import], module: str) -> tuple[int, bool]:
    """Put `import x` where the alphabet has it, or behind the last where the others are in no such order."""
    names = [one.names[0].name for one in plain]
    smaller = [one for one in plain if one.names[0].name < module]
    if names != sorted(names) or len(smaller) == len(plain):
        return plain[-1].end_lineno or 0, False
    if smaller:
        return smaller[-1].end_lineno or 0, False
    return _beside(lines, plain, is_name=False)


def _packages(statement: ImportStatement) -> set[str]:
    """Give the top-level packages of an import; none where it is a relative one."""
    if isinstance(statement, ast.ImportFrom):
        return {(statement.module or "").partition(".")[0]} if statement.level == 0 else set()
    return {alias.name.partition(".")[0] for alias in statement.names}


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _is_of_library(statement: ImportStatement) -> bool:
    packages = _packages(statement)
    return bool(packages) and not _is_future(statement) and all(map(_is_standard, packages))


def _is_future(statement: ImportStatement) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_alone(lines: Sequence[str], statement: ImportStatement) -> bool:
    """Tell whether nothing else stands on the lines of an import but a comment."""
    assert statement.end_lineno is not None
    assert statement.end_col_offset is not None
    last = lines[statement.end_lineno - 1].encode()[statement.end_col_offset :].strip()
    above = lines[statement.lineno - 2] if statement.lineno > 1 else ""
    return (
        statement.col_offset == 0
        and (not last or last.startswith(b"#"))
        and not above.rstrip("\r\n").endswith("\\")
    )


def _has_comment_above(lines: Sequence[str], statement: ImportStatement) -> bool:
    return statement.lineno > 1 and lines[statement.lineno - 2].lstrip().startswith("#")
