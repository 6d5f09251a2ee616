"""Measure what aiohttp-lint costs, in one run and as ratios: `python benchmarks/run.py FOLDER`.

FOLDER gets homeassistant's wheel from PyPI and copies of a part of it. ruff has to be installed, and aiohttp-lint by
`pip install .`: an editable install may be compiled anew in each process, and PYTHONDONTWRITEBYTECODE does the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from in_process import fixing, plugin, sources
from processes import BARE_FLAKE8, EACH_ALONE, FLAKE8, LINT, RUFF, Run, run
from trees import copies, excerpt, homeassistant

MIB = 1 << 20
_COPIED = 200
"""So many files that use aiohttp show how the time grows; of fewer, starting up is most of it."""
_COSTLIEST = 8


@dataclass(frozen=True)
class Row:
    """One measured value; `bar` is the most that it is to be, where there is such."""

    what: str
    value: float
    bar: float | None = None
    unit: str = "×"

    def __str__(self) -> str:
        bar = "" if self.bar is None else f"{self.bar:g} {self.unit}"
        return f"| {self.what} | {self.value:.3g} {self.unit} | {bar} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the measured trees are kept")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    tree = homeassistant(folder)
    print(
        f"| CPython {sys.version_info.major}.{sys.version_info.minor}, homeassistant | measured | bar |\n|---|---|---|"
    )
    for rows in (_start_up(folder), _command(tree), _plugin(tree), _flake8(tree), _growth(tree, folder)):
        for row in rows:
            print(row, flush=True)


def _start_up(folder: Path) -> Iterator[Row]:
    small = folder / "small.py"
    small.write_text("import aiohttp\n\nTIMEOUT = aiohttp.ClientTimeout(total=3)\n", encoding="utf-8")
    bare = run((sys.executable, "-c", "pass"), repeats=9).seconds
    for what, command, bar in (
        ("`--version` / bare Python", (*LINT, "--version"), 2.5),
        ("one small file / bare Python", (*LINT, "--isolated", "--no-cache", str(small)), None),
        (
            "import of the plugin / bare Python",
            (sys.executable, "-c", "import aiohttp_lint.flake8_plugin"),
            None,
        ),
    ):
        yield Row(what, run(command, repeats=9).seconds / bare, bar)


def _command(tree: Path) -> Iterator[Row]:
    """Measure the command on the whole tree, cold."""
    lint = (*LINT, "--isolated", "--no-cache", str(tree))
    ruff = run((*RUFF, "check", "--isolated", "--select", "ASYNC", "--no-cache", str(tree)), repeats=3)
    two, one = run((*lint, "--jobs", "2"), repeats=2), run((*lint, "--jobs", "1"))
    yield Row("command, `--jobs 2` / ruff `--select ASYNC`", two.seconds / ruff.seconds, 3)
    yield Row("command, `--jobs 1` / ruff `--select ASYNC`", one.seconds / ruff.seconds)
    yield Row("peak memory, each file alone", run((*EACH_ALONE, str(tree))).peak / MIB, 80, "MiB")
    yield Row("peak memory, `--jobs 1`", one.peak / MIB, 1024, "MiB")
    yield Row("peak memory of a process, `--jobs 2`", two.peak / MIB, 1024, "MiB")


def _plugin(tree: Path) -> Iterator[Row]:
    using, others = sources(tree)
    found = plugin(using, others)
    yield Row(f"plugin / ast.parse, {len(using)} files that use aiohttp, each alone", found.using, 0.6)
    yield Row("the same with the project / each alone", found.using_with_project / found.using, 1.6)
    yield Row(f"plugin / ast.parse, {len(others)} others", found.others, 0.02)
    for part in list(found.of_rules)[:_COSTLIEST]:
        yield Row(f"of it: {part}", found.of_rules[part])
    fixed = fixing(using)
    if fixed is not None:
        yield Row("fix of a changed file / libcst parse + transformer + code", fixed, 1.3)


def _flake8(tree: Path) -> Iterator[Row]:
    part = str(tree / "components" / "http")
    bare, with_plugin = run((*BARE_FLAKE8, part), repeats=3), run((*FLAKE8, part), repeats=3)
    yield Row(
        "flake8 with the plugin / without, a package that uses aiohttp", with_plugin.seconds / bare.seconds
    )


def _growth(tree: Path, folder: Path) -> Iterator[Row]:
    runs: dict[int, Run] = {}
    copied = excerpt(tree / "components", folder, _COPIED)
    for count in (1, 2, 4):
        target = copies(copied, folder, count)
        runs[count] = run((*LINT, "--isolated", "--no-cache", "--jobs", "1", str(target)))
    for count in (2, 4):
        yield Row(
            f"{count} copies of {_COPIED} files / one, processor time",
            runs[count].processor / runs[1].processor,
            count,
        )


if __name__ == "__main__":
    main()
