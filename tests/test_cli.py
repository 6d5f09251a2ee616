"""The command: its options, its exit codes, and what it says of input that it can't take."""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from aiohttp_lint import __version__, cli
from aiohttp_lint.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COOKIE = """\
from aiohttp import web


async def login(request: web.Request) -> web.Response:
    response = web.Response()
    response.set_cookie("session_id", "x")
    return response
"""
TIMEOUT = """\
import aiohttp


async def main() -> None:
    async with aiohttp.ClientSession(timeout=30) as session:
        await session.close()
"""
TIMEOUT_FIXED = TIMEOUT.replace("timeout=30", "timeout=aiohttp.ClientTimeout(total=30)")


class Outcome(NamedTuple):
    """What a run of the command came to."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty tree that is the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def lint(
    tree: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """Give a function that runs the command in this process."""
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments: str) -> Outcome:
        code = cli.run(list(arguments))
        return Outcome(code, *capfd.readouterr())

    return run


def start(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "aiohttp_lint", *arguments]
    return subprocess.run(command, capture_output=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


# Findings and exit codes


def test_clean(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(TIMEOUT_FIXED)

    assert lint() == (0, "", "")


def test_findings(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE)
    (tree / "client.py").write_text(TIMEOUT)

    code, stdout, stderr = lint("--output-format", "concise")

    first, second, counted, fixable = stdout.splitlines()
    assert first.startswith("app.py:6:5: AIO501 ")
    assert second.startswith("client.py:5:46: AIO201 ")
    assert counted == "Found 2 findings."
    assert fixable == "[*] 1 fixable with `--fix` (1 more with `--unsafe-fixes`)."
    assert (code, stderr) == (1, "")


def test_exit_zero(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE)

    code, stdout, _ = lint("--exit-zero")

    assert code == 0
    assert "AIO501" in stdout


def test_no_python_files(lint: Callable[..., Outcome]) -> None:
    assert lint() == (0, "", "No Python files found under .\n")


def test_suppressed(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE.replace('"x")', '"x")  # noqa: AIO501'))
    (tree / "whole.py").write_text(f"# flake8: noqa\n{COOKIE}")

    assert lint() == (0, "", "")


# Selection


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ((), {"AIO201", "AIO501"}),
        (("--select", "AIO2"), {"AIO201"}),
        (("--select", "AIO201,AIO501"), {"AIO201", "AIO501"}),
        (("--select", "AIO201", "--select", "AIO501"), {"AIO201", "AIO501"}),
        (("--select", "AIO2", "--extend-select", "AIO501"), {"AIO201", "AIO501"}),
        (("--ignore", "AIO5"), {"AIO201"}),
        (("--select", "AIO2,AIO5", "--ignore", "AIO201"), {"AIO501"}),
        (("--select", "AIO1"), set()),
    ],
)
def test_selection(
    tree: Path, lint: Callable[..., Outcome], arguments: tuple[str, ...], codes: set[str]
) -> None:
    (tree / "app.py").write_text(COOKIE)
    (tree / "client.py").write_text(TIMEOUT)

    report = json.loads(lint("--output-format", "json", *arguments).stdout)

    assert {entry["code"] for entry in report} == codes


@pytest.mark.parametrize(
    ("arguments", "table", "woken"),
    [
        ((), "", False),
        (("--select", "AIO"), "", False),
        (("--select", "AIO2"), "", False),
        (("--extend-select", "AIO2"), "", False),
        (("--ignore", "AIO1"), "", False),
        (("--select", "AIO210"), "", True),
        (("--extend-select", "AIO210"), "", True),
        (("--select", "ALL"), "", True),
        ((), 'preset = "strict"', True),
        ((), 'extend-select = ["AIO210"]', True),
        ((), 'select = ["ALL"]', True),
        ((), 'select = ["AIO"]', False),
        (("--select", "AIO201"), 'preset = "strict"', False),
    ],
)
def test_opt_in_rule_runs_only_when_named(
    tree: Path, lint: Callable[..., Outcome], arguments: tuple[str, ...], table: str, woken: bool
) -> None:
    (tree / "pyproject.toml").write_text(f"[tool.aiohttp-lint]\n{table}\n")
    (tree / "client.py").write_text(TIMEOUT.replace("timeout=30", ""))

    report = json.loads(lint("--output-format", "json", *arguments).stdout)

    assert ("AIO210" in {entry["code"] for entry in report}) is woken


@pytest.mark.parametrize("option", ["--select", "--ignore", "--extend-select"])
def test_unknown_code(lint: Callable[..., Outcome], option: str) -> None:
    code, stdout, stderr = lint(option, "AIO201,AIO999")

    assert (code, stdout) == (2, "")
    assert stderr.startswith(f"{option}: no rule has the code or prefix 'AIO999'")
    assert stderr.count("\n") == 1


# Configuration


def test_broken_configuration(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "pyproject.toml").write_text("[tool.aiohttp-lint]\nselect = 3\n")
    (tree / "app.py").write_text(COOKIE)

    expected = "pyproject.toml: [tool.aiohttp-lint] select: expected a list of rule codes, got int\n"
    assert lint() == (2, "", expected)
    assert lint("--isolated").code == 1


def test_configuration_file_that_is_named(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "lint.toml").write_text('[tool.aiohttp-lint]\nignore = ["AIO501"]\n')
    (tree / "app.py").write_text(COOKIE)

    assert lint("--config", "lint.toml").code == 0
    assert lint("--config", "gone.toml") == (2, "", "gone.toml: no such file\n")


REQUEST_TIMEOUT = """\
import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url, timeout=10) as response:
        return await response.read()
"""


def test_target_over_the_project(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["aiohttp>=3.12,<4"]\n')
    (tree / "app.py").write_text(REQUEST_TIMEOUT)

    # The same cache serves the runs one after the other, and keeps their results apart.
    for _ in range(2):
        assert lint("--select", "AIO202").code == 0
        for target in ("4.0", ">=3.12,<5"):
            result = lint("--select", "AIO202", "--target-aiohttp", target, "--output-format", "concise")
            assert result.stdout.startswith("app.py:5:41: AIO202 ")
            assert result.code == 1


@pytest.mark.parametrize("version", ["four", ">=3.12,<3.10", "=>3.9", "3.9.x"])
def test_target_that_is_no_version(lint: Callable[..., Outcome], version: str) -> None:
    code, stdout, stderr = lint("--target-aiohttp", version)

    assert (code, stdout) == (2, "")
    expected = 'expected a version such as "3.9" or specifiers such as ">=3.10,<4"'
    assert stderr == f"--target-aiohttp: {expected}, got {version!r}\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--config", "a.toml", "--isolated"), "contradict each other"),
        (("--statistics", "--output-format", "sarif"), "no sarif form"),
        (("-", "app.py"), "can't be combined"),
        (("--stdin-filename", "app.py"), "needs the path -"),
        (("--jobs", "0"), "--jobs"),
        (("--output-format", "xml"), "--output-format"),
        (("--no-such-option",), "--no-such-option"),
        (("--audit", "--select", "AIO5"), "contradict each other"),
        (("--audit", "app.py"), "the folder of a whole project"),
    ],
)
def test_usage_errors(lint: Callable[..., Outcome], arguments: tuple[str, ...], text: str) -> None:
    code, stdout, stderr = lint(*arguments)

    assert (code, stdout) == (2, "")
    assert text in stderr


# Fixes


def test_fix_applies_what_is_safe(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE)
    (tree / "client.py").write_text(TIMEOUT)

    code, stdout, _ = lint("--fix", "--output-format", "concise")

    assert (tree / "app.py").read_text() == COOKIE
    assert (tree / "client.py").read_text() == TIMEOUT_FIXED
    assert stdout.splitlines()[1:] == [
        "Found 2 findings (1 fixed, 1 remaining).",
        "1 fixable with `--fix --unsafe-fixes`.",
    ]
    assert code == 1


def test_unsafe_fixes(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE)

    code, stdout, _ = lint("--fix", "--unsafe-fixes")

    assert "httponly=True" in (tree / "app.py").read_text()
    assert (code, stdout) == (0, "Found 1 finding (1 fixed, 0 remaining).\n")


def test_diff_writes_nothing(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE)
    (tree / "client.py").write_text(TIMEOUT)

    code, stdout, stderr = lint("--diff")

    assert (tree / "client.py").read_text() == TIMEOUT
    assert stdout.startswith("--- a/client.py\n+++ b/client.py\n")
    changed = [line for line in stdout.splitlines()[2:] if line[0] in "+-"]
    assert changed == [
        "-    async with aiohttp.ClientSession(timeout=30) as session:",
        "+    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:",
    ]
    assert stderr == "Would fix 1 finding (1 more with `--unsafe-fixes`).\n"
    assert code == 1


def test_diff_without_changes(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE)

    assert lint("--diff") == (0, "", "Would fix 0 findings (1 more with `--unsafe-fixes`).\n")


def test_mark_only_where_the_fix_would_be_applied(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE)
    (tree / "client.py").write_text(TIMEOUT)

    assert "AIO501 [*]" not in (stdout := lint().stdout)
    assert "AIO201 [*]" in stdout
    assert "AIO501 [*]" in (stdout := lint("--unsafe-fixes").stdout)
    assert stdout.endswith("[*] 2 fixable with `--fix --unsafe-fixes`.\n")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everything"
)
def test_unwritable_file(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "client.py").write_text(TIMEOUT)
    (tree / "client.py").chmod(0o444)

    code, _, stderr = lint("--fix")

    assert code == 2
    assert stderr.startswith("client.py: can't be fixed: ")


# Standard input


def test_standard_input(tree: Path) -> None:
    result = start("-", "--stdin-filename", "pkg/app.py", "--output-format", "concise", input=COOKIE.encode())

    assert result.stdout.startswith(b"pkg/app.py:6:5: AIO501 ")
    assert (result.returncode, result.stderr) == (1, b"")


def test_standard_input_takes_the_settings_of_its_name(tree: Path) -> None:
    (tree / "pkg").mkdir()
    (tree / "pkg" / "pyproject.toml").write_text('[tool.aiohttp-lint]\nignore = ["AIO501"]\n')

    assert start("-", "--stdin-filename", "pkg/app.py", input=COOKIE.encode()).returncode == 0
    assert start("-", input=COOKIE.encode()).returncode == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_fixed_standard_input_goes_to_standard_output(tree: Path, encoding: str, newline: str) -> None:
    cookie = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    before = f"{cookie}{TIMEOUT}# é\n".replace("\n", newline).encode(encoding)

    result = start("--fix", "-", input=before)

    assert result.stdout == before.replace(b"timeout=30", b"timeout=aiohttp.ClientTimeout(total=30)")
    assert result.stderr == b"Found 1 finding (1 fixed, 0 remaining).\n"
    assert result.returncode == 0


@pytest.mark.parametrize(
    "content", [b"import aiohttp\ndef f(:\n", b"import aiohttp\n\xff\n", b"x = 1\n", b""]
)
def test_standard_input_comes_back_where_nothing_is_fixed(tree: Path, content: bytes) -> None:
    assert start("--fix", "-", input=content).stdout == content


def test_diff_of_standard_input(tree: Path) -> None:
    result = start("--diff", "-", "--stdin-filename", "client.py", input=TIMEOUT.encode())

    assert result.stdout.startswith(b"--- a/client.py\n")
    assert result.returncode == 1


def test_standard_input_in_this_process(
    lint: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TIMEOUT.encode())))

    code, stdout, stderr = lint("--fix", "-")

    assert (code, stdout) == (0, TIMEOUT_FIXED)
    assert stderr == "Found 1 finding (1 fixed, 0 remaining).\n"


# Bad input


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"import aiohttp\ndef f(:\n", "bad.py:2:7: can't be parsed by Python "),
        (b"import aiohttp\nx = '\0'\n", "bad.py:1:1: can't be parsed by Python "),
        (b"# -*- coding: klingon -*-\nimport aiohttp\n", "bad.py: can't be read: "),
        (b"import aiohttp\nx = '\xff'\n", "bad.py: can't be read: "),
        (b"\x7fELF\x02\x01\x01\0\0aiohttp\xfe\xff\0\0", "bad.py: can't be read: "),
    ],
)
def test_file_that_can_not_be_linted(
    tree: Path, lint: Callable[..., Outcome], content: bytes, text: str
) -> None:
    (tree / "bad.py").write_bytes(content)
    (tree / "good.py").write_text(COOKIE)

    code, stdout, stderr = lint("--output-format", "json")

    assert stderr.startswith(text.rpartition(":1:1:")[0] or text)
    assert stderr.count("\n") == 1
    assert [entry["code"] for entry in json.loads(stdout)] == ["AIO501"]
    assert code == 1


def test_broken_file_alone_fails_the_run(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "bad.py").write_text("import aiohttp\ndef f(:\n")

    assert lint("--exit-zero").code == 0


def test_missing_path(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE)

    code, stdout, stderr = lint("gone", "app.py", "--output-format", "json")

    assert (code, stderr) == (2, "gone: no such file or folder\n")
    assert len(json.loads(stdout)) == 1


def test_dangling_link(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").symlink_to("gone.py")

    code, _, stderr = lint("app.py")

    assert (code, stderr) == (1, "app.py: can't be read: No such file or directory\n")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"# aiohttp", b"'''aiohttp"[:3]])
def test_files_with_next_to_nothing(tree: Path, lint: Callable[..., Outcome], content: bytes) -> None:
    (tree / "app.py").write_bytes(content)

    assert lint() == (0, "", "")


def test_very_long_line(tree: Path, lint: Callable[..., Outcome]) -> None:
    filler = f"x = {'y' * 20000!r}; "
    (tree / "app.py").write_text(COOKIE.replace("    response.set", f"    {filler}response.set"))

    code, stdout, _ = lint()

    assert code == 1
    assert "^^^" in stdout
    assert max(map(len, stdout.splitlines())) < 400


def test_deeply_nested_code(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(f"import aiohttp\nx = {'(' * 5000}{')' * 5000}\n")

    code, stdout, stderr = lint()

    assert (code, stdout) == (1, "")
    assert stderr.startswith("app.py:")
    assert stderr.count("\n") == 1


def test_rule_that_fails(tree: Path, lint: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "app.py").write_text(COOKIE)
    (tree / "client.py").write_text(TIMEOUT)
    rule = all_rules()["AIO501"]
    # In the rule's own namespace, so that the failure comes out of its module as a real one would.
    namespace = vars(sys.modules[type(rule).__module__])
    exec("def check(self, module):\n    raise RuntimeError('two\\nlines')\n    yield", namespace)
    monkeypatch.setattr(type(rule), "check", namespace.pop("check"))
    # Asked of every file, whatever its words.
    monkeypatch.setattr(type(rule), "mentions", ())

    code, stdout, stderr = lint("--output-format", "json")

    name = type(rule).__module__.rpartition(".")[2].replace("_", "-")
    reasons = [
        f"{path}: internal error in the rule {name}: RuntimeError: two lines; please report it"
        for path in ("app.py", "client.py")
    ]
    assert stderr.splitlines() == reasons
    assert (code, json.loads(stdout)) == (2, [])


# Statistics, rules, version


def test_statistics(tree: Path, lint: Callable[..., Outcome]) -> None:
    (tree / "app.py").write_text(COOKIE + COOKIE.replace("login", "again"))
    (tree / "client.py").write_text(TIMEOUT)
    names = {code: rule.name for code, rule in all_rules().items()}

    code, stdout, _ = lint("--statistics")
    assert stdout == f"2  AIO501  {names['AIO501']}\n1  AIO201  {names['AIO201']}\n"
    assert code == 1

    report = json.loads(lint("--statistics", "--output-format", "json").stdout)
    assert report[0] == {"code": "AIO501", "name": names["AIO501"], "count": 2}


def test_explain(lint: Callable[..., Outcome]) -> None:
    rule = all_rules()["AIO201"]

    code, stdout, _ = lint("--explain", "AIO201")

    assert code == 0
    assert stdout.startswith(f"# {rule.name} (AIO201)\n")
    assert stdout.endswith(f"{rule.documentation}\n")


@pytest.mark.parametrize("code", ["AIO999", "AIO2", "ALL", "aio201", ""])
def test_explain_needs_a_code(lint: Callable[..., Outcome], code: str) -> None:
    result = lint("--explain", code)

    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.startswith("--explain: ")


def test_list_rules(lint: Callable[..., Outcome]) -> None:
    code, stdout, _ = lint("--list-rules")

    lines = stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(all_rules())
    assert {line.split()[2] for line in lines} == {"on", "opt-in"}
    assert code == 0


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(option: str) -> None:
    result = start(option)

    assert (result.returncode, result.stdout.strip().decode(), result.stderr) == (
        0,
        f"aiohttp-lint {__version__}",
        b"",
    )
    assert cli.run([option]) == 0


def test_help_names_every_option(lint: Callable[..., Outcome]) -> None:
    code, stdout, _ = lint("--help")

    options = "select ignore extend-select target-aiohttp audit fix unsafe-fixes diff output-format stdin-filename statistics explain"
    options += " list-rules exit-zero config isolated no-cache jobs version color"
    assert not [option for option in options.split() if f"--{option}" not in stdout]
    assert code == 0


def modules_loaded_by(*arguments: str, cwd: Path) -> set[str]:
    script = (
        "import sys; before = set(sys.modules); from aiohttp_lint import cli\n"
        "sys.argv[1:] = sys.argv[1:]\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}), file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, *arguments]
    return set(subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stderr.split())


def test_what_is_loaded(tree: Path) -> None:
    (tree / "app.py").write_text(COOKIE)
    heavy = {"click", "rich", "libcst", "pathspec", "msgspec", "multiprocessing", "flake8", "aiohttp"}

    assert not modules_loaded_by("--version", cwd=tree) & heavy
    assert modules_loaded_by("app.py", cwd=tree) & heavy == {"click"}


# Colour and terminals


@pytest.mark.parametrize(
    ("arguments", "variables", "coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour(
    tree: Path,
    lint: Callable[..., Outcome],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    variables: dict[str, str],
    coloured: bool,
) -> None:
    (tree / "app.py").write_text(COOKIE)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert ("\x1b[" in lint(*arguments).stdout) is coloured


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("files", "text"), [({"app.py": COOKIE}, "\x1b["), ({}, "All checks passed!")])
def test_terminal(tree: Path, files: dict[str, str], text: str) -> None:
    import pty

    (tree / "clean.py").write_text(TIMEOUT_FIXED)
    for name, content in files.items():
        (tree / name).write_text(content)
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {
        "TERM": "xterm"
    }
    command = [sys.executable, "-m", "aiohttp_lint"]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    output = b""
    try:
        while chunk := os.read(ours, 4096):
            output += chunk
    except OSError:
        # How Linux tells that the other side is closed.
        pass
    os.close(ours)

    assert text in output.decode()
    assert process.wait() == bool(files)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_progress_bar_on_a_terminal_only(tree: Path) -> None:
    import pty

    for index in range(250):
        (tree / f"client{index}.py").write_text(TIMEOUT_FIXED)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "aiohttp_lint", "--jobs", "2"]
    environment = os.environ | {"TERM": "xterm"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:
            pass
        os.close(ours)
        stdout, _ = process.communicate()

    assert b"Linting" in shown
    assert (process.returncode, stdout) == (0, b"")
    assert start().stderr == b""


def test_reader_that_goes_away(tree: Path) -> None:
    (tree / "app.py").write_text(
        COOKIE + "".join(COOKIE.replace("login", f"login{index}") for index in range(2000))
    )
    command = f"{sys.executable} -m aiohttp_lint --output-format concise | head -n 1"

    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert result.stdout.startswith("app.py:6:5: AIO501 ")
    assert (result.stdout.count("\n"), result.stderr) == (1, "")


def test_names_that_the_terminal_can_not_show(tree: Path) -> None:
    (tree / "naïve_日本.py").write_text(COOKIE)

    result = start("--color", "never", env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})

    assert result.stdout.startswith(b"na\\xefve_\\u65e5\\u672c.py:6:5: AIO501 ")
    assert (result.returncode, result.stderr) == (1, b"")


def test_an_interrupt_while_it_loads_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(arguments: list[str]) -> int:
        raise KeyboardInterrupt

    handler = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(cli, "run", interrupted)
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        signal.signal(signal.SIGINT, handler)
        gc.enable()
    assert ended.value.code == cli.EXIT_INTERRUPTED
    assert capsys.readouterr().err == "aiohttp-lint: interrupted\n"
