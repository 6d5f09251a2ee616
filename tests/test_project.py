"""Many files: which are found, which are linted, and that worker processes change nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from aiohttp_lint import project
from aiohttp_lint.discovery import discover
from aiohttp_lint.engine import FixResult, Projects, fix_source
from aiohttp_lint.project import FileReport, Job, Mode, ProblemKind, lint_files, lint_paths, relevant_files
from aiohttp_lint.settings import Overrides, SettingsError, SettingsResolver

if TYPE_CHECKING:
    from pathlib import Path

COOKIE = """
from aiohttp import web


async def login(request: web.Request) -> web.Response:
    response = web.Response()
    response.set_cookie("session_id", "x")
    return response
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty tree that is the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add(tree: Path, *names: str, text: str = "") -> None:
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)


def found(*paths: str) -> list[str]:
    return [path.replace(os.sep, "/") for path in discover(paths or (".",), SettingsResolver()).files]


def test_python_files_below_a_folder_in_order(tree: Path) -> None:
    add(tree, "b.py", "a/z.py", "a/a.py", "c.txt", "d.pyi", "e.pyw", "a.py")

    assert found() == ["a.py", "a/a.py", "a/z.py", "b.py"]
    assert found("a", "b.py", "a/../b.py") == ["a/a.py", "a/z.py", "b.py"]


def test_absolute_folder_gives_absolute_paths(tree: Path) -> None:
    add(tree, "a/a.py")

    assert found(str(tree / "a")) == [str(tree / "a" / "a.py")]


def test_named_files_are_in_whatever_excludes_them(tree: Path) -> None:
    add(tree, "script", "stub.pyi", "build/made.py", ".hidden/a.py")
    add(tree, ".gitignore", text="script\n")

    assert found("script", "stub.pyi", "build/made.py", "build", ".hidden") == [
        ".hidden/a.py",
        "build/made.py",
        "script",
        "stub.pyi",
    ]


def test_missing_paths_are_told(tree: Path) -> None:
    assert discover(["gone", "gone.py"], SettingsResolver()).missing == ("gone", "gone.py")


def test_default_exclusions(tree: Path) -> None:
    folders = [
        ".venv",
        ".tox",
        ".github",
        "venv",
        "__pycache__",
        "node_modules",
        "site-packages",
        "build",
        "dist",
        "_build",
        "_vendor",
        "_vendored",
        "vendored",
        "third_party",
        "thirdparty",
        "thirdparty_files",
    ]
    add(
        tree,
        *(f"{folder}/a.py" for folder in folders),
        "env/a.py",
        "env/pyvenv.cfg",
        ".hidden.py",
        "src/dist/a.py",
        "src/aiohttp/client.py",
        "src/aiohttp/client_reqrep.py",
        "integrations/aiohttp/client.py",
        "vendor/models.py",
        "app.py",
    )

    assert found() == [".hidden.py", "app.py", "integrations/aiohttp/client.py", "vendor/models.py"]
    assert found("src/aiohttp") == ["src/aiohttp/client.py", "src/aiohttp/client_reqrep.py"]


def test_exclude_replaces_and_extend_exclude_adds(tree: Path) -> None:
    add(
        tree, "build/a.py", "gen/a.py", "gen/b.py", "pkg/x_pb2.py", "pkg/gen/c.py", "pkg/old/d.py", "old/d.py"
    )
    add(
        tree,
        "pyproject.toml",
        text='[tool.aiohttp-lint]\nextend-exclude = ["*_pb2.py", "gen/a.py", "/old"]\n',
    )
    assert found() == ["gen/b.py", "pkg/gen/c.py", "pkg/old/d.py"]

    add(tree, "pyproject.toml", text='[tool.aiohttp-lint]\nexclude = ["gen"]\n')
    assert found() == ["build/a.py", "old/d.py", "pkg/old/d.py", "pkg/x_pb2.py"]


def test_exclude_of_a_nested_configuration(tree: Path) -> None:
    add(tree, "service/pkg/a.py", "service/skip/a.py", "skip/a.py")
    add(tree, "service/pyproject.toml", text='[tool.aiohttp-lint]\nextend-exclude = ["/skip"]\n')

    assert found() == ["service/pkg/a.py", "skip/a.py"]


GITIGNORES = {
    ".gitignore": "# comment\n\nignored.py\n/top.py\nfolder/\ndeep/**/x.py\n*_gen.py\n!kept_gen.py\n\\#odd.py\nspace.py   \n",
    "pkg/.gitignore": "local.py\n!ignored.py\n/only_here.py\n",
    "pkg/sub/.gitignore": "*\n!.gitignore\n!mine.py\n",
    "folder/.gitignore": "!*.py\n",
}
CANDIDATES = [
    "ignored.py",
    "top.py",
    "pkg/top.py",
    "folder/a.py",
    "pkg/folder/a.py",
    "folder.py",
    "deep/x.py",
    "deep/a/b/x.py",
    "deep/a/b/y.py",
    "a_gen.py",
    "kept_gen.py",
    "pkg/kept_gen.py",
    "#odd.py",
    "space.py",
    "local.py",
    "pkg/local.py",
    "pkg/ignored.py",
    "pkg/only_here.py",
    "pkg/sub/only_here.py",
    "pkg/sub/mine.py",
    "pkg/sub/other.py",
    "pkg/sub/deeper/mine.py",
    "info.py",
]


def git(tree: Path, *arguments: str) -> str:
    command = ["git", "-c", "core.excludesFile=", *arguments]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(tree: Path) -> Path:
    """Make a repository with ignore files at several levels."""
    git(tree, "init", "--quiet")
    for name, text in GITIGNORES.items():
        add(tree, name, text=text)
    (tree / ".git" / "info").mkdir(exist_ok=True)
    (tree / ".git" / "info" / "exclude").write_text("info.py\n")
    add(tree, *CANDIDATES)
    return tree


def untracked(tree: Path) -> list[str]:
    listed = git(tree, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return sorted(name for name in listed if name.endswith(".py"))


def test_gitignore_means_what_it_means_to_git(repository: Path) -> None:
    assert found() == untracked(repository)
    assert 5 < len(found()) < len(CANDIDATES) - 5


@pytest.mark.parametrize("folder", ["pkg", "pkg/sub", "deep", "deep/a"])
def test_gitignore_above_a_named_folder_counts(repository: Path, folder: str) -> None:
    assert found(folder) == [name for name in untracked(repository) if name.startswith(f"{folder}/")]


def test_ignored_folder_that_is_named_is_linted(repository: Path) -> None:
    assert found("folder") == ["folder/a.py"]


def test_gitignore_counts_without_a_repository(tree: Path) -> None:
    add(tree, "a.py", "b.py", "pkg/a.py")
    add(tree, ".gitignore", text="a.py\n")

    assert found() == ["b.py"]
    assert found("pkg") == ["pkg/a.py"]


def test_symbolic_links_are_not_followed(tree: Path) -> None:
    add(tree, "pkg/a.py")
    (tree / "pkg" / "loop").symlink_to(tree)
    (tree / "link.py").symlink_to(tree / "pkg" / "a.py")

    assert found() == ["pkg/a.py"]
    assert found("link.py") == ["link.py"]


def test_broken_configuration_below(tree: Path) -> None:
    add(tree, "pkg/a.py")
    add(tree, "pkg/pyproject.toml", text="[tool.aiohttp-lint]\nselect = 1\n")

    with pytest.raises(SettingsError, match=r"pkg.pyproject\.toml: \[tool\.aiohttp-lint\] select"):
        found()


def test_only_files_that_could_matter_are_read_in_earnest(tree: Path) -> None:
    add(tree, "plain.py", text="x = (\n")
    add(tree, "web.py", text=COOKIE)

    assert relevant_files(found()) == ["web.py"]
    assert [report.path for report in lint_paths(["."])] == ["web.py"]


def many(tree: Path, files: int) -> list[str]:
    for index in range(files):
        text = COOKIE + f"x = {'x' * 4000!r}\n" * 4
        add(
            tree,
            f"pkg{index % 7}/module{index}.py",
            text=text if index % 5 else f"import aiohttp\nx = {index}\n",
        )
    add(tree, "pkg1/broken.py", text="import aiohttp\ndef f(:\n")
    return found()


def test_workers_find_the_same_in_the_same_order(tree: Path) -> None:
    files = many(tree, 60)

    alone = list(lint_files(files, Job(), jobs=1))
    together = list(lint_files(files, Job(), jobs=2))

    assert together == alone
    assert [report.path.replace(os.sep, "/") for report in together] == files
    assert sum(len(report.findings) for report in together) == 48
    assert [report.problem.kind for report in together if report.problem] == [ProblemKind.SYNTAX]


def test_workers_know_the_command_line(tree: Path) -> None:
    files = many(tree, 60)

    reports = lint_files(files, Job(overrides=Overrides(ignore=("AIO501",))), jobs=2)

    assert not any(report.findings for report in reports)


def test_few_relevant_files_start_no_worker(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tree, *(f"plain{index}.py" for index in range(50)))
    add(tree, "web.py", text=COOKIE)
    monkeypatch.setattr(project, "_executor", None)

    assert [len(report.findings) for report in lint_files(found(), Job(), jobs=4)] == [1]


def test_broken_configuration_reaches_out_of_a_worker(tree: Path) -> None:
    files = many(tree, 60)
    add(tree, "pkg3/pyproject.toml", text="[tool.aiohttp-lint]\nselect = 1\n")

    with pytest.raises(SettingsError, match="expected a list of rule codes"):
        list(lint_files(files, Job(), jobs=2))


def test_fixing_in_workers(tree: Path) -> None:
    files = many(tree, 60)

    reports = list(lint_files(files, Job(Mode.FIX, unsafe_fixes=True), jobs=2))

    assert sum(len(report.fixed) for report in reports) == 48
    assert not any(report.findings for report in lint_files(files, Job()))


def test_worker_that_dies_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = many(tree, 60)
    main = os.getpid()

    def die(path: str, job: Job, resolver: SettingsResolver, projects: Projects) -> FileReport:
        assert os.getpid() != main
        os._exit(9)

    monkeypatch.setattr(project, "lint_file", die)
    problems = [report.problem for report in lint_files(files, Job(), jobs=2)]

    assert [problem.kind for problem in problems if problem] == [ProblemKind.INTERNAL]
    assert "a worker process died" in str(problems[0])


def test_file_that_changes_while_it_is_fixed_is_left_alone(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tree, "app.py", text=COOKIE)

    def fix_slowly(*arguments: Any, **options: Any) -> FixResult:
        add(tree, "app.py", text="# saved by an editor\n")
        return fix_source(*arguments, **options)

    monkeypatch.setattr(project, "fix_source", fix_slowly)
    (report,) = lint_files(["app.py"], Job(Mode.FIX, unsafe_fixes=True))

    assert report.problem is not None
    assert report.problem.kind is ProblemKind.UNWRITABLE
    assert str(report.problem).startswith("app.py: can't be fixed: it was changed")
    assert (tree / "app.py").read_text() == "# saved by an editor\n"


def test_interrupt_ends_cleanly(tree: Path) -> None:
    add(tree, *(f"module{index}.py" for index in range(3000)), text=COOKIE)
    arguments = [sys.executable, "-m", "aiohttp_lint", "--fix", "--unsafe-fixes", "--jobs", "2"]
    # Whoever runs the tests in the background may have passed on that interrupts are ignored.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
    finally:
        signal.signal(signal.SIGINT, handler)
    # The first changed file shows that the workers are at work.
    while process.poll() is None and "httponly" not in (tree / "module0.py").read_text():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert stderr.strip() == "aiohttp-lint: interrupted"
    assert stdout == ""
    texts = {path.read_text() for path in tree.glob("*.py")}
    assert len(texts) == 2
    assert COOKIE in texts
    assert not [path.name for path in tree.iterdir() if path.suffix != ".py"]
