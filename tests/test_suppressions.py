"""Suppressions: what flake8 does with the same lines decides."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from aiohttp_lint.findings import Finding, Span
from aiohttp_lint.suppressions import Honoured, line_ranges, parse

if TYPE_CHECKING:
    from pathlib import Path

# F401 stands on each of these imports under flake8; our side is asked about the same code on the same line.
LINES = [
    "import os",
    "import os  # noqa",
    "import os  # NOQA",
    "import os  # NoQA: F401",
    "import os  # noqa: F401",
    "import os  # noqa:F401",
    "import os  # noqa:  F401",
    "import os  # noqa : F401",
    "import os  # noqa: E501",
    "import os  # noqa: E501,F401",
    "import os  # noqa: E501 F401",
    "import os  # noqa: E501, F401",
    "import os  # noqa: E501,,F401",
    "import os  # noqa:E501,W291,F401 with a reason",
    "import os  # noqa: F4",
    "import os  # noqa: F",
    "import os  # noqa: f401",
    "import os  # noqa: F4011",
    "import os  # noqa: a reason",
    "import os  # noqa:F401E501",
    "import os  # noqa-F401",
    "import os  #noqa",
    "import os  #  noqa",
    "import os  # type: ignore # noqa: F401",
    "import os  # noqa: E501 # noqa: F401",
    "import os; x = '# noqa'",
    "import os; x = '''\n# noqa: F401\n'''",
    "import os; x = '''\n'''  # noqa: F401",
    "import os; x = [\n]  # noqa: F401",
    "import os; \\\nx = 1  # noqa: F401",
    "if True:\n    import os\n    # noqa: F401\n",
    "if True:\n    import os  # noqa: F401\n",
    "if True:\n    x = '''\n    '''; import os  # noqa: F401\n",
    "import os\n# flake8: noqa",
    "import os\n  # flake8: noqa",
    "import os\n# FLAKE8: NOQA",
    "import os\n# flake8=noqa",
    "import os\n# flake8: noqa: F401",
    "import os\n# flake8: noqa: E501",
    "import os\n# flake8:noqa because",
    "import os\nx = 1  # flake8: noqa",
    "import os  # flake8: noqa",
    "import os\n#flake8: noqa",
    "x = 'a\\\nb'; import os  # noqa: F401",
    "import os; x = f'''\n{1}\n'''  # noqa: F401",
    "import os  # noqa: F401\x0c",
    "import os  # noqa\r\nimport sys  # noqa: E501\r\n",
]


@pytest.fixture(scope="module")
def flake8_says(tmp_path_factory: pytest.TempPathFactory) -> dict[int, set[int]]:
    """Run the real flake8 once over all the examples: for each, the lines where F401 is reported."""
    folder = tmp_path_factory.mktemp("flake8")
    for index, source in enumerate(LINES):
        (folder / f"example{index}.py").write_bytes(source.encode())
    arguments = [sys.executable, "-m", "flake8", "--isolated", "--select", "F401", "--jobs", "1", "."]
    result = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    assert not result.stderr
    reported: dict[int, set[int]] = {index: set() for index in range(len(LINES))}
    for line in result.stdout.splitlines():
        name, row, _ = line.removeprefix("./").split(":", 2)
        reported[int(name.removeprefix("example").removesuffix(".py"))].add(int(row))
    return reported


def finding(line: int, code: str = "F401") -> Finding:
    return Finding(code, "unused-import", "unused", "example.py", Span(line, 0, line, 1))


def rows_of_imports(source: str) -> list[int]:
    return [row for row, text in enumerate(source.splitlines(), 1) if "import " in text]


@pytest.mark.parametrize("index", range(len(LINES)), ids=[repr(source) for source in LINES])
def test_agrees_with_flake8(index: int, flake8_says: dict[int, set[int]]) -> None:
    suppressions = parse(LINES[index])
    rows = rows_of_imports(LINES[index])

    assert rows
    assert {row for row in rows if not suppressions.is_suppressed(finding(row))} == flake8_says[index]


def test_examples_are_of_both_kinds(flake8_says: dict[int, set[int]]) -> None:
    reported = sum(bool(rows) for rows in flake8_says.values())

    assert 10 < reported < len(LINES) - 10


@pytest.mark.parametrize(
    ("comment", "suppressed"),
    [
        ("# noqa: RUF006", True),
        ("# noqa: RUF006 the loop keeps it", True),
        ("# noqa: E501, ASYNC300", True),
        ("# noqa: ASYNC2", False),
        ("# noqa: E501", False),
        ("# nosec", False),
        ("# a comment", False),
    ],
)
def test_equivalent_rule_of_another_linter(comment: str, suppressed: bool) -> None:
    suppressions = parse(f"create_task(work())  {comment}\n")

    assert suppressions.is_suppressed(finding(1, "AIO410"), frozenset({"RUF006", "ASYNC300"})) is suppressed


@pytest.mark.parametrize(
    ("comment", "suppressed"),
    [
        ("# nosec", True),
        ("#nosec", True),
        ("# NOSEC", True),
        ("# nosec B501", True),
        ("# nosec: B501", True),
        ("# nosec B105, B501", True),
        ("# nosec B105", False),
        ("# nosec - the peer is on this machine", True),
        ("# nosecret", False),
        ("# noqa: S501", True),
    ],
)
def test_bandits_own_comment(comment: str, suppressed: bool) -> None:
    suppressions = parse(f"session.get(url, ssl=False)  {comment}\n")

    assert suppressions.is_suppressed(finding(1, "AIO511"), frozenset({"S501"})) is suppressed


def test_under_flake8_only_equivalents_count() -> None:
    own = parse("x  # noqa: AIO410\ny  # noqa\nz  # noqa: RUF006\n# flake8: noqa\n", Honoured.EQUIVALENT)

    kept = [own.is_suppressed(finding(line, "AIO410"), frozenset({"RUF006"})) for line in (1, 2, 3)]
    assert kept == [False, False, True]


def test_disabled_noqa_disables_equivalents_as_well() -> None:
    disabled = parse("x  # noqa: RUF006\n", Honoured.NONE)

    assert not disabled.is_suppressed(finding(1, "AIO410"), frozenset({"RUF006"}))


def test_file_that_does_not_tokenize_is_read_line_by_line() -> None:
    suppressions = parse("x = (  # noqa: AIO101\ny\n")

    assert suppressions.is_suppressed(finding(1, "AIO101"))
    assert not suppressions.is_suppressed(finding(2, "AIO101"))


def test_row_where_a_noqa_has_to_stand() -> None:
    ranges = line_ranges('x = 1\ny = """\ntext\n"""\nz = \\\n  2\n')

    assert [ranges.noqa_row(line) for line in range(1, 7)] == [1, 4, 4, 4, 6, 6]


def test_beyond_the_end_nothing_is_suppressed(tmp_path: Path) -> None:
    assert not parse("x  # noqa\n").is_suppressed(finding(7, "AIO101"))
