"""Tell which findings appear, and which disappear, because a project's other files are known.

Every file that could matter is linted alone, and in its project as the command does it; what only one of the two runs
finds is written as TSV.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp_lint.discovery import discover
from aiohttp_lint.engine import lint_source
from aiohttp_lint.project import FileReport, Job, ProblemKind, lint_files, relevant_files
from aiohttp_lint.settings import Overrides
from aiohttp_lint.source_files import SourceFileError, read_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aiohttp_lint.findings import Finding

COLUMNS = ("project", "path", "line", "code", "selection", "direction", "message")
SELECTIONS = ("AIO", "ALL")
"""What is on by default, and everything named by its full code."""


@dataclass(frozen=True, order=True)
class Place:
    """Where a rule reports; what it says there may differ between the two runs."""

    path: str
    line: int
    code: str


@dataclass(frozen=True, order=True)
class Difference:
    """A finding that only one of the two runs reports; the path is relative to the project's folder."""

    project: str
    place: Place
    selection: str
    direction: str
    message: str


class LinterCrashError(Exception):
    """The linter failed on a file; the text is its line of report."""


def alone(files: Iterable[str], job: Job) -> Iterator[Finding]:
    """Lint each file as if it were the only one."""
    resolver = job.resolver()
    for path in files:
        try:
            text = read_source(Path(path)).text
        except SourceFileError:
            continue
        yield from lint_source(text, path, resolver.for_file(path)).findings


def together(files: Sequence[str], job: Job) -> Iterator[Finding]:
    """Lint the files of a project as the command does.

    Raises:
        LinterCrashError: A file is no file that can't be read or parsed, and has no findings all the same.
    """
    report: FileReport
    for report in lint_files(files, job):
        if report.problem is not None and report.problem.kind is ProblemKind.INTERNAL:
            raise LinterCrashError(str(report.problem))
        yield from report.findings


def differences(folder: Path, selection: str) -> list[Difference]:
    """Lint a project both ways.

    Args:
        folder: The whole project; its name stands for it in the result.
        selection: One of `SELECTIONS`.

    Returns:
        What only one of the runs reports, in the order of places. Two findings of a rule on one line are one.

    Raises:
        LinterCrashError: The linter failed on a file.
        SettingsError: A configuration file of the project can't be used.
    """
    folder = folder.resolve()
    job = Job(overrides=Overrides(select=(selection,)), folders=(str(folder),))
    files = relevant_files(discover([str(folder)], job.resolver()).files)
    single, whole = _by_place(alone(files, job), folder), _by_place(together(files, job), folder)
    appearing = {place: ("appears", whole[place]) for place in whole.keys() - single.keys()}
    disappearing = {place: ("disappears", single[place]) for place in single.keys() - whole.keys()}
    return sorted(
        Difference(folder.name, place, selection, direction, message)
        for place, (direction, message) in (appearing | disappearing).items()
    )


def _by_place(findings: Iterable[Finding], folder: Path) -> dict[Place, str]:
    messages: dict[Place, str] = {}
    for finding in findings:
        path = Path(os.path.relpath(finding.path, folder)).as_posix()
        messages.setdefault(Place(path, finding.span.line, finding.code), finding.message)
    return messages


def write(found: Iterable[Difference], path: Path) -> None:
    """Write the differences as TSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in found:
            place = one.place
            writer.writerow(
                [one.project, place.path, place.line, place.code, one.selection, one.direction, one.message]
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; 1 where the linter crashed on a project."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="+", metavar="folder", help="a whole project")
    parser.add_argument(
        "--select", choices=SELECTIONS, action="append", help="may be given again (default: both)"
    )
    parser.add_argument("--output", type=Path, default=Path("cross_file.tsv"), help="default: cross_file.tsv")
    options = parser.parse_args(arguments)
    found: list[Difference] = []
    crashed = False
    for folder in options.folders:
        for selection in options.select or SELECTIONS:
            try:
                ours = differences(folder, selection)
            except LinterCrashError as error:
                print(f"crash: {folder.name}: {error}", file=sys.stderr)
                crashed = True
                continue
            found += ours
            counts = Counter(one.direction for one in ours)
            print(
                f"{folder.name} {selection}: {counts['appears']} appear, {counts['disappears']} disappear",
                file=sys.stderr,
                flush=True,
            )
    write(found, options.output)
    return int(crashed)


if __name__ == "__main__":
    sys.exit(main())
