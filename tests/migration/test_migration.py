"""An application of aiohttp 3.8 is taken to aiohttp 4 as far as that can be done mechanically; the rest is listed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from aiohttp_lint import cli

OLD_SHOP = Path(__file__).with_name("old_shop")
NEXT_AIOHTTP = os.environ.get("AIOHTTP_LINT_NEXT_AIOHTTP", "")
"""Where the sources of aiohttp 4 are, since there is no wheel of it to install."""
MIGRATE = ("--target-aiohttp", "4.0", "--select", "AIO9,AIO730", "--fix", "--output-format", "concise")
LEFT_FOR_A_PERSON = [
    "report.py:6:1: AIO907",
    "report.py:13:43: AIO903",
    "report.py:14:71: AIO913",
    "serve.py:8:1: AIO908",
    "serve.py:21:68: AIO908",
    "shop/chat.py:8:5: AIO910",
]

pytestmark = pytest.mark.skipif(
    tuple(map(int, aiohttp.__version__.split(".")[:2])) < (3, 11), reason="has no ClientWSTimeout"
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    shutil.copytree(OLD_SHOP, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(folder)
    return folder


def run_checks(folder: Path, aiohttp_sources: str = "") -> tuple[int, list[str]]:
    """Run the application's own tests; give the exit code and what was called deprecated or not recommended."""
    environment = {**os.environ, "PYTHONPATH": aiohttp_sources, "PYTHONDONTWRITEBYTECODE": "1"}
    if aiohttp_sources:
        environment["AIOHTTP_NO_EXTENSIONS"] = "1"
    command = [sys.executable, "-W", "always", "-m", "unittest", "checks"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, re.findall(r"(?:Deprecation|NotAppKey)Warning: (.*)", done.stderr)


def places(output: str) -> list[str]:
    """Give place and code of each finding in the output of the command."""
    return re.findall(r"^\S+:\d+:\d+: AIO\d+", output, flags=re.MULTILINE)


def test_the_old_application_runs_with_warnings(shop: Path) -> None:
    code, warned = run_checks(shop)

    assert code == 0
    told = Counter(warned)
    for text in (
        "Decorator `@unittest_run_loop` is no longer needed in aiohttp 3.8+",
        "Deprecated, use .can_read_body #2005",
        "Deprecated, use .url #1654",
        "conn_timeout is deprecated, use timeout argument instead",
        "loop property is deprecated",
        "request.loop property is deprecated",
        "verify_ssl is deprecated, use ssl=False instead",
        "It is recommended to use web.AppKey instances for keys.",
    ):
        assert told[text]


def test_what_is_mechanical_is_done_and_the_rest_listed(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([*MIGRATE]) == 1

    output = capsys.readouterr().out
    assert places(output) == LEFT_FOR_A_PERSON
    assert re.search(r"\(\d+ fixed, 6 remaining\)", output)
    assert run_checks(shop) == (0, [])
    # Each key is defined once, where the others can import it.
    defined = [path.name for path in shop.rglob("*.py") if "web.AppKey(" in path.read_text(encoding="utf-8")]
    views = (shop / "shop" / "views.py").read_text(encoding="utf-8")
    assert defined == ["views.py"]
    assert "\nNAME = web.AppKey('name', str)\nPRICES = web.AppKey('prices', Prices)\n" in views

    # Nothing more to be done the second time, and the list is the same.
    before = {path: path.read_bytes() for path in shop.rglob("*.py")}
    cli.run([*MIGRATE])
    assert places(capsys.readouterr().out) == LEFT_FOR_A_PERSON
    assert {path: path.read_bytes() for path in before} == before


def test_what_a_person_may_accept(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run([*MIGRATE, "--unsafe-fixes"])

    remaining = {"AIO907", "AIO908"}
    assert {place.rpartition(" ")[2] for place in places(capsys.readouterr().out)} == remaining
    assert run_checks(shop) == (0, [])


@pytest.mark.skipif(not NEXT_AIOHTTP, reason="AIOHTTP_LINT_NEXT_AIOHTTP names no sources of aiohttp 4")
def test_on_aiohttp_4(shop: Path) -> None:
    code, _ = run_checks(shop, NEXT_AIOHTTP)
    assert code != 0

    cli.run([*MIGRATE, "--unsafe-fixes"])

    assert run_checks(shop, NEXT_AIOHTTP) == (0, [])
