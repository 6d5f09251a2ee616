"""Reads the example files of the rules: Markdown pages whose Python blocks say what is found in them.

A page holds `## bad: …` and `## good: …` sections. A bad block marks each line that is reported with a comment,
`# AIO101` (several codes: `# AIO101, AIO301`), that is taken out before the block is linted; every other line
must be clean of the page's rule. A good block has no marks. After a bad block, a block that opens with
"```python fixed" (safe fixes) or "```python unsafe-fixed" (unsafe fixes too) holds the text that the fixes of
the page's rule give. Words after `python` set the circumstances: `path=tests/test_x.py`, `aiohttp=">=3.12,<4"`,
`python=3.9`, `select=AIO` (what is selected, `ALL` as a rule), `total=10` and `sock_connect=2.5` (the project's
timeouts), `whole` (the file is all of a project, and the run was given that).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp_lint.options import TimeoutOptions

FOLDER = Path(__file__).parent
_MARK = re.compile(r"[ \t]*# (AIO\d{3}(?:, ?AIO\d{3})*)$")


@dataclass(frozen=True)
class Example:
    """One Python block of a page."""

    page: Path
    title: str
    line: int
    source: str
    expected: frozenset[tuple[int, str]]
    """Line in the block and code, for each mark."""
    is_bad: bool
    path: str
    aiohttp: str | None
    python: tuple[int, int] | None
    select: str = "ALL"
    is_whole: bool = False
    timeouts: TimeoutOptions = field(default_factory=TimeoutOptions)
    fixed: str | None = None
    unsafe_fixed: str | None = None

    @property
    def code(self) -> str:
        """The code of the page's rule."""
        return self.page.stem.partition("_")[0].upper()

    def __str__(self) -> str:
        return f"{self.code}:{self.line} {self.title}"


@dataclass
class _Block:
    words: list[str]
    line: int
    text: list[str] = field(default_factory=list)


def pages() -> list[Path]:
    """Give every example page."""
    return sorted(FOLDER.glob("*/aio*.md"))


def examples(page: Path) -> list[Example]:
    """Read a page."""
    found: list[Example] = []
    title, is_bad = "", False
    for kind, content in _parts(page.read_text(encoding="utf-8")):
        if isinstance(content, str):
            assert kind in ("bad", "good"), f"{page}: a section begins with `bad:` or `good:`, not {kind!r}"
            title, is_bad = content, kind == "bad"
            continue
        words = content.words
        text = "\n".join(content.text) + "\n"
        if "fixed" in words or "unsafe-fixed" in words:
            assert found and found[-1].is_bad, f"{page}:{content.line}: fixed text follows a bad block"
            which = "unsafe_fixed" if "unsafe-fixed" in words else "fixed"
            found[-1] = Example(**{**vars(found[-1]), which: text})
            continue
        source, expected = _unmarked(text)
        assert bool(expected) == is_bad, f"{page}:{content.line}: a bad block has marks, a good one none"
        options = dict(word.split("=", 1) for word in words if "=" in word)
        version = options.get("python")
        minimum = tuple(int(part) for part in version.split(".")) if version else None
        found.append(
            Example(
                page, title, content.line, source, expected, is_bad, options.get("path", "service/module.py"),
                options.get("aiohttp"), (minimum[0], minimum[1]) if minimum else None,
                options.get("select", "ALL"), "whole" in words,
                TimeoutOptions(**{name: float(options[name]) for name in ("total", "sock_connect") if name in options}),
            )
        )  # fmt: skip
    return found


def _parts(text: str) -> Iterator[tuple[str, str | _Block]]:
    block: _Block | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if block is not None:
            if line.strip() == "```":
                yield "block", block
                block = None
            else:
                block.text.append(line)
        elif line.startswith("```python"):
            block = _Block(shlex.split(line[len("```python") :]), number)
        elif line.startswith("## "):
            kind, _, title = line[3:].partition(":")
            yield kind.strip(), title.strip()


def _unmarked(text: str) -> tuple[str, frozenset[tuple[int, str]]]:
    lines: list[str] = []
    expected: set[tuple[int, str]] = set()
    for number, line in enumerate(text.splitlines(), 1):
        match = _MARK.search(line)
        if match is not None:
            expected.update((number, code.strip()) for code in match[1].split(","))
            line = line[: match.start()]
        lines.append(line)
    return "\n".join(lines) + "\n", frozenset(expected)
