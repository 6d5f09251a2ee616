"""Commands run to their end: wall time and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

LINT = (sys.executable, "-m", "aiohttp_lint")
FLAKE8 = (sys.executable, "-m", "flake8", "--isolated", "--jobs", "1")
# An installed plugin can't be switched off: flake8 must not see it.
_WITHOUT_PLUGIN = """
import importlib.metadata as metadata
installed = metadata.distributions
metadata.distributions = lambda: (each for each in installed() if each.name != "aiohttp-lint")
from flake8.main.cli import main
raise SystemExit(main())
"""
BARE_FLAKE8 = (sys.executable, "-c", _WITHOUT_PLUGIN, *FLAKE8[3:])
# What the plugin's work needs where no file knows of another; the paths come by the command line.
_EACH_ALONE = """
import sys
from pathlib import Path
from aiohttp_lint.engine import could_matter, lint_source
from aiohttp_lint.settings import Settings
for path in sorted(Path(sys.argv[1]).rglob("*.py")):
    data = path.read_bytes()
    if could_matter(data):
        lint_source(data.decode(errors="replace"), str(path), Settings())
"""
EACH_ALONE = (sys.executable, "-c", _EACH_ALONE)
RUFF = (sys.executable, "-m", "ruff")


@dataclass(frozen=True)
class Run:
    """What a command took.

    `processor` are the seconds of all its processes, which other work on the machine changes least; `peak` is the memory
    of its largest process in bytes.
    """

    seconds: float
    processor: float
    peak: int


def run(command: Sequence[str], *, repeats: int = 1) -> Run:
    """Run a command, its output thrown away, and give its fastest run.

    Raises:
        RuntimeError: It ended with something else than "clean" or "findings".
    """
    runs = [_once(command) for _ in range(repeats)]
    return min(runs, key=lambda one: one.seconds)


def _once(command: Sequence[str]) -> Run:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}")
    # Kilobytes but on macOS; the largest of the process and the workers that it waited for.
    processor = usage.ru_utime + usage.ru_stime
    return Run(seconds, processor, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
