"""The flake8 front end, run by the real flake8."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

import pytest

from aiohttp_lint import __version__
from aiohttp_lint.flake8_plugin import Plugin

COOKIE = """\
from aiohttp import web


async def login(request: web.Request) -> web.Response:
    response = web.Response()
    response.set_cookie("session_id", "é"); response.set_cookie("auth_token", "x")
    return response
"""
NO_TIMEOUT = """\
import aiohttp


async def main() -> None:
    async with aiohttp.ClientSession() as session:
        await session.close()
"""
TASK = """\
import asyncio
from aiohttp import web


async def handler(request: web.Request) -> web.Response:
    asyncio.create_task(asyncio.sleep(1))
    return web.Response()


app = web.Application()
app.router.add_get("/", handler)
"""


class Outcome(NamedTuple):
    """What a run of flake8 came to; the lines are cut after the code."""

    code: int
    lines: list[str]
    output: str


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty tree that is the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def flake8(*arguments: str, config: str = "", plugin: str = "", stdin: str | None = None) -> Outcome:
    # Where the package is installed flake8 finds it by itself.
    installed = any(entry.name == "AIO" for entry in entry_points(group="flake8.extension"))
    plugins = [plugin] if installed else [plugin, "AIO = aiohttp_lint.flake8_plugin:Plugin"]
    local = "\n  ".join(["[flake8:local-plugins]\npaths = .\nextension =", *plugins])
    Path("flake8.cfg").write_text(f"[flake8]\n{config}\n{local}\n", encoding="utf-8")
    command = [sys.executable, "-m", "flake8", "--config", "flake8.cfg", *arguments]
    result = subprocess.run(
        command, input=stdin, capture_output=True, text=True, encoding="utf-8", check=False
    )
    lines = [" ".join(line.split()[:2]) for line in result.stdout.splitlines()]
    return Outcome(result.returncode, lines, result.stdout + result.stderr)


def test_findings_where_flake8_counts(tree: Path) -> None:
    (tree / "app.py").write_text(COOKIE, encoding="utf-8")

    outcome = flake8("--select", "AIO")

    assert outcome.lines == ["./app.py:6:5: AIO501", "./app.py:6:45: AIO501"]
    assert outcome.code == 1


def test_runs_by_default(tree: Path) -> None:
    (tree / "app.py").write_text(COOKIE, encoding="utf-8")

    assert "./app.py:6:5: AIO501" in flake8().lines


def test_same_findings_as_the_command(tree: Path) -> None:
    (tree / "app.py").write_text(COOKIE, encoding="utf-8")
    (tree / "tasks.py").write_text(TASK)
    (tree / "client.py").write_text(NO_TIMEOUT)
    command = [sys.executable, "-m", "aiohttp_lint", "--output-format", "json"]
    report = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)

    ours = [
        f"{entry['filename']}:{entry['location']['row']}:{entry['location']['column']}: {entry['code']}"
        for entry in report
    ]

    assert sorted(line.replace("./", f"{tree}/") for line in flake8("--select", "AIO").lines) == sorted(ours)
    assert len(ours) >= 3


@pytest.mark.parametrize(
    ("arguments", "config", "woken"),
    [
        ((), "", False),
        (("--select", "AIO"), "", False),
        (("--select", "E,F,AIO"), "", False),
        (("--select", "AIO2"), "", False),
        (("--extend-select", "AIO"), "", False),
        (("--ignore", "E501"), "", False),
        ((), "ignore = E501", False),
        ((), "select = E,F,AIO", False),
        (("--select", "AIO210"), "", True),
        (("--select", "E,AIO210"), "", True),
        (("--extend-select", "AIO210"), "", True),
        ((), "select = AIO210", True),
        ((), "extend-select = E,AIO210", True),
        (("--extend-select", "AIO210", "--ignore", "AIO2"), "", True),
        (("--select", "AIO", "--extend-select", "AIO210", "--extend-ignore", "AIO210"), "", False),
    ],
)
def test_opt_in_rules_need_their_full_code(
    tree: Path, arguments: tuple[str, ...], config: str, woken: bool
) -> None:
    (tree / "client.py").write_text(NO_TIMEOUT)

    assert ("./client.py:5:16: AIO210" in flake8(*arguments, config=config).lines) is woken


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ('preset = "strict"', {"AIO210", "AIO501"}),
        ('extend-select = ["AIO210"]', {"AIO210", "AIO501"}),
        ('ignore = ["AIO501"]', set()),
        ('[tool.aiohttp-lint.per-file-ignores]\n"app.py" = ["AIO5"]', set()),
    ],
)
def test_settings_of_the_project_count(tree: Path, table: str, codes: set[str]) -> None:
    (tree / "pyproject.toml").write_text(f"[tool.aiohttp-lint]\n{table}\n")
    (tree / "app.py").write_text(COOKIE, encoding="utf-8")
    (tree / "client.py").write_text(NO_TIMEOUT)

    found = {line.split()[1] for line in flake8("--select", "AIO").lines}

    assert found & {"AIO210", "AIO501"} == codes


def test_settings_of_a_nested_project_count(tree: Path) -> None:
    for name in ("one", "two"):
        (tree / name).mkdir()
        (tree / name / "app.py").write_text(COOKIE, encoding="utf-8")
    (tree / "two" / "pyproject.toml").write_text('[tool.aiohttp-lint]\nignore = ["AIO501"]\n')

    assert {line.partition(":")[0] for line in flake8("--select", "AIO").lines} == {"./one/app.py"}


def test_per_file_ignores_of_flake8(tree: Path) -> None:
    (tree / "app.py").write_text(COOKIE, encoding="utf-8")

    assert flake8("--select", "AIO", config="per-file-ignores = app.py:AIO501").lines == []


def test_noqa(tree: Path) -> None:
    text = COOKIE.replace('"x")', '"x")  # noqa: AIO501')
    (tree / "app.py").write_text(text, encoding="utf-8")

    assert flake8("--select", "AIO").lines == []
    assert len(flake8("--select", "AIO", "--disable-noqa").lines) == 2


def test_suppression_of_an_equivalent_rule(tree: Path) -> None:
    (tree / "tasks.py").write_text(TASK)
    assert flake8("--select", "AIO410").lines == ["./tasks.py:6:5: AIO410"]

    (tree / "tasks.py").write_text(TASK.replace("(1))", "(1))  # noqa: RUF006"))
    assert flake8("--select", "AIO410").lines == []
    assert flake8("--select", "AIO410", "--disable-noqa").lines == ["./tasks.py:6:5: AIO410"]


def test_standard_input(tree: Path) -> None:
    (tree / "pkg").mkdir()
    (tree / "pkg" / "pyproject.toml").write_text('[tool.aiohttp-lint]\nignore = ["AIO501"]\n')

    assert flake8("--select", "AIO", "-", stdin=COOKIE).lines[0] == "stdin:6:5: AIO501"
    named = ("--select", "AIO", "-", "--stdin-display-name")
    assert flake8(*named, "app.py", stdin=COOKIE).lines[0] == "app.py:6:5: AIO501"
    assert flake8(*named, "pkg/app.py", stdin=COOKIE).lines == []


def test_several_processes(tree: Path) -> None:
    for index in range(6):
        (tree / f"app{index}.py").write_text(COOKIE, encoding="utf-8")
        (tree / f"client{index}.py").write_text(NO_TIMEOUT)
    selection = ("--select", "AIO501,AIO210")

    together = flake8(*selection, "-j", "3")

    assert len(together.lines) == 18
    assert together == flake8(*selection, "-j", "1")


@pytest.mark.parametrize(
    "content", ["", "x = 1\n", "import aiohttp\ndef f(:\n", "\ufeffimport aiohttp\n", "# aiohttp\x0c\n"]
)
def test_files_without_findings(tree: Path, content: str) -> None:
    (tree / "app.py").write_text(content, encoding="utf-8")

    outcome = flake8("--select", "AIO")

    assert outcome == (0, [], "")


def test_broken_configuration_is_one_clear_error(tree: Path) -> None:
    (tree / "pyproject.toml").write_text("[tool.aiohttp-lint]\nselect = 3\n")
    (tree / "app.py").write_text(COOKIE, encoding="utf-8")

    outcome = flake8("--select", "AIO")

    assert outcome.code == 1
    assert outcome.output.splitlines() == [
        "There was a critical error during execution of Flake8:",
        "pyproject.toml: [tool.aiohttp-lint] select: expected a list of rule codes, got int",
    ]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_broken_nested_configuration_is_one_clear_error(tree: Path, jobs: str) -> None:
    for name in ("one", "two"):
        (tree / name).mkdir()
        (tree / name / "app.py").write_text(COOKIE, encoding="utf-8")
    (tree / "two" / "pyproject.toml").write_text("[tool.aiohttp-lint]\nselect = 3\n")

    outcome = flake8("--select", "AIO", "--jobs", jobs)

    assert outcome.code == 1
    assert "[tool.aiohttp-lint] select: expected a list of rule codes, got int" in outcome.output
    assert "Traceback" not in outcome.output


def test_rule_that_fails_is_one_clear_error(tree: Path) -> None:
    (tree / "app.py").write_text(COOKIE, encoding="utf-8")
    # A configuration is no place for code, so the failing rule comes in by way of a plugin beside ours.
    (tree / "breaking.py").write_text(
        "from aiohttp_lint.rules import all_rules\n"
        "def fail(self, module):\n"
        "    raise RuntimeError('no')\n"
        "    yield\n"
        "type(all_rules()['AIO501']).check = fail\n"
        "def check(tree):\n"
        "    return ()\n"
    )

    outcome = flake8("--select", "AIO", "app.py", plugin="BRK = breaking:check")

    assert outcome.code == 1
    assert outcome.output.splitlines()[-1].startswith("app.py: internal error in ")
    assert "Traceback" not in outcome.output


def test_plugin_uses_the_tree_that_it_is_given() -> None:
    tree = ast.parse(COOKIE)
    tree.body = tree.body[:1]

    assert list(Plugin(tree, "app.py", COOKIE.splitlines(keepends=True)).run()) == []


def test_what_flake8_is_told() -> None:
    assert (Plugin.name, Plugin.version) == ("aiohttp-lint", __version__)


def test_import_loads_the_standard_library_and_ourselves_only() -> None:
    script = (
        "import sys; before = set(sys.modules); import aiohttp_lint.flake8_plugin\n"
        "from aiohttp_lint.rules import all_rules; all_rules()\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout.split()
    )

    assert loaded - set(sys.stdlib_module_names) == {"aiohttp_lint"}


def test_import_leaves_out_what_only_the_command_needs() -> None:
    # What is loaded before us (by a coverage run, for instance) is not ours.
    script = (
        "import sys; before = set(sys.modules); import aiohttp_lint.flake8_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout.split()
    )

    ours = {"settings", "project", "cli", "command", "fixes", "reporters", "discovery"}
    assert "aiohttp_lint.engine" in loaded
    assert not {f"aiohttp_lint.{name}" for name in ours} & loaded
    assert not {"multiprocessing", "tomllib", "configparser", "concurrent.futures"} & loaded
