"""AIO730 in projects of many files: what is found, and what a fix makes of all of them together."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from aiohttp_lint import cli
from aiohttp_lint.discovery import discover
from aiohttp_lint.project import Job, Mode, lint_files, lint_paths
from aiohttp_lint.settings import Overrides
from tests.projects.keys import PAGES, Page
from tests.projects.test_projects import write

if TYPE_CHECKING:
    from pathlib import Path

ONLY_KEYS = Overrides(select=("AIO730",))
MANY = 60
"""So many more files make it worth a process more."""

pages = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def texts(folder: Path, page: Page) -> dict[str, str]:
    return {name: (folder / name).read_text(encoding="utf-8") for name in page.tree}


def expected_texts(before: dict[str, str], page: Page) -> dict[str, str]:
    return before | {name: dedent(text).lstrip("\n") for name, text in page.fixed.items()}


def prints(folder: Path) -> str:
    command = [sys.executable, "-B", "run.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def fix(*, jobs: int = 1, backwards: bool = False) -> None:
    job = Job(Mode.FIX, overrides=ONLY_KEYS, folders=(".",))
    files = discover(["."], job.resolver()).files
    assert not [
        report.problem
        for report in lint_files(files[::-1] if backwards else files, job, jobs)
        if report.problem is not None and "can't be parsed" not in report.problem.text
    ]


@pages
def test_what_is_found(folder: Path, page: Page) -> None:
    expected = write(page.tree, folder)
    if "exclude" in page.tree.get("pyproject.toml", ""):
        expected = {place for place in expected if place[0] != "shop/views.py"}
    found = {
        (finding.path, finding.span.line, finding.code)
        for report in lint_paths(["."], Job(overrides=ONLY_KEYS))
        for finding in report.findings
    }
    assert found == expected
    for name in sorted({name for name, _, _ in expected}, reverse=True):
        reports = lint_paths([name], Job(overrides=ONLY_KEYS))
        alone = {(name, finding.span.line, finding.code) for report in reports for finding in report.findings}
        assert alone == {place for place in expected if place[0] == name}


@pages
@pytest.mark.parametrize("backwards", [False, True])
def test_all_files_are_fixed_together(folder: Path, page: Page, backwards: bool) -> None:
    write(page.tree, folder)
    before = texts(folder, page)

    fix(backwards=backwards)

    assert texts(folder, page) == expected_texts(before, page)
    fix(backwards=not backwards)
    assert texts(folder, page) == expected_texts(before, page)


@pytest.mark.parametrize("page", [page for page in PAGES.values() if page.fixed])
def test_the_program_runs_as_before(folder: Path, page: Page) -> None:
    write(page.tree, folder)
    assert prints(folder) == page.prints
    fix()
    assert prints(folder) == "shoes\n"


@pytest.mark.parametrize("page", list(PAGES.values())[:2])
def test_several_processes_do_the_same(folder: Path, page: Page) -> None:
    write(page.tree, folder)
    before = texts(folder, page)
    for number in range(MANY):
        (folder / f"more_{number}.py").write_text("import aiohttp\n" + "# Nothing.\n" * 500, encoding="utf-8")
    fix(jobs=2)
    assert texts(folder, page) == expected_texts(before, page)


@pages
def test_some_of_the_files_are_not_fixed_alone(folder: Path, page: Page) -> None:
    write(page.tree, folder)
    before = texts(folder, page)
    files = [name for name in page.fixed if len(page.fixed) > 1 and name != "bank/app.py"]
    for name in files:
        assert list(lint_paths([name], Job(Mode.FIX, unsafe_fixes=True, overrides=ONLY_KEYS)))
    assert texts(folder, page) == before


def test_flake8_finds_the_same(folder: Path) -> None:
    page = PAGES["the file that stores it imports the others"]
    expected = write(page.tree, folder)
    command = [
        sys.executable,
        "-m",
        "flake8",
        "--select",
        "AIO730",
        "--format",
        "%(path)s %(row)d %(code)s",
        ".",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    rows = [line.rsplit(" ", 2) for line in done.stdout.splitlines()]
    assert {(name.removeprefix("./"), int(row), code) for name, row, code in rows} == expected


def test_what_is_in_the_way_is_named(folder: Path) -> None:
    write(PAGES["another file computes a key"].tree, folder)
    reasons = {
        (related.path, related.span.line, related.message)
        for report in lint_paths(["."], Job(overrides=ONLY_KEYS))
        for finding in report.findings
        for related in finding.related
    }
    assert reasons == {("shop/states.py", 5, "the key is computed")}


def test_a_cached_finding_knows_of_new_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(PAGES["the file that stores it defines it"].tree, folder)
    ask = ("--select", "AIO730", "--output-format", "concise", ".")
    cli.run(ask)
    assert "2 fixable" in capsys.readouterr().out
    (folder / "templates").mkdir()
    (folder / "templates" / "index.html").write_text("{{ app['stock'] }}\n", encoding="utf-8")
    cli.run(ask)
    assert "fixable" not in capsys.readouterr().out
    (folder / "templates" / "index.html").write_text("{{ stock }}\n", encoding="utf-8")
    cli.run(ask)
    assert "2 fixable" in capsys.readouterr().out
