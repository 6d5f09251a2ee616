"""Reads the mutations: Markdown pages, each section one edit of a file of `examples/`.

A section opens with `## 6.1 AIO101 client/api.py`: the practice that is broken, the rule that finds it, and the file
below `examples/`. Two Python blocks follow: the text that stands there now, exactly once, and the text that takes its
place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
_SECTION = re.compile(
    r"^## (?P<practice>[K\d.]+) (?P<code>AIO\d{3}) (?P<path>\S+)\n(?P<about>.*?)"
    r"^```python\n(?P<before>.*?)^```\n+^```python\n(?P<after>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Mutation:
    """One edit that breaks a practice."""

    practice: str
    code: str
    path: str
    before: str
    after: str

    def applied_to(self, source: str) -> str:
        """Give the broken text of the file.

        Raises:
            AssertionError: What is to be replaced does not stand there exactly once.
        """
        found = [indent for indent in _indents(source) if _indented(self.before, indent) in source]
        assert len(found) == 1, f"{self}: the text to break stands at {len(found)} depths"
        before = _indented(self.before, found[0])
        assert source.count(before) == 1, f"{self}: the text to break stands {source.count(before)} times"
        return source.replace(before, _indented(self.after, found[0]))

    def __str__(self) -> str:
        return f"{self.practice} {self.code} {self.path}"


def mutations() -> list[Mutation]:
    """Give the mutations of all pages."""
    found: list[Mutation] = []
    for page in sorted(HERE.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        sections = list(_SECTION.finditer(text))
        assert len(sections) == text.count("\n## "), f"{page.name}: a section is not of the form"
        found.extend(
            Mutation(
                section["practice"],
                section["code"],
                section["path"],
                dedent(section["before"]),
                dedent(section["after"]),
            )
            for section in sections
        )
    return found


def _indents(source: str) -> list[str]:
    """Give the depths of a file's lines, once each."""
    return sorted({line[: len(line) - len(line.lstrip(" "))] for line in source.splitlines() if line.strip()})


def _indented(text: str, indent: str) -> str:
    """Give a block of lines at a depth, from line start to line end."""
    lines = [f"{indent}{line}" if line.strip() else line for line in text.splitlines()]
    return "\n" + "\n".join(lines) + "\n"
