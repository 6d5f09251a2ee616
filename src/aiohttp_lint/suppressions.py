"""`# noqa` and its kin, read the way flake8 reads them.

The expressions and the mapping of lines answer exactly as flake8's do, oddities included: a code is a
prefix and its case counts, two spaces after the colon make the comment a blanket one, and every
`# flake8: noqa` at the start of a line skips the whole file, whatever follows it.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.findings import Finding

_INLINE = re.compile(r"# noqa(?::\s?(?P<codes>(?:[A-Z]+[0-9]+[,\s]*)+))?", re.IGNORECASE)
_WHOLE_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,\s]")
_BANDIT = re.compile(r"#\s*nosec\b:?(?P<tests>[^#]*)", re.IGNORECASE)
_BANDIT_TEST = re.compile(r"\bB([0-9]{3})\b")
_BANDIT_CODE = re.compile(r"S[0-9]{3}")
"""Bandit's test B501 is S501 in every linter that took it over."""


class Honoured(Enum):
    """Which suppressions count."""

    ALL = "all"
    """Those that name our codes or nothing, and those that name an equivalent rule of another linter."""
    EQUIVALENT = "equivalent"
    """Only those that name an equivalent rule: under flake8, which deals with our own codes itself."""
    NONE = "none"
    """None at all: under flake8's `--disable-noqa`."""


@dataclass(frozen=True)
class Suppressions:
    """The suppression comments of one file."""

    lines: tuple[str, ...]
    """The file's lines with their ends; empty where no comment can suppress anything."""
    honoured: Honoured
    whole_file: bool
    """Whether the file asks to be skipped altogether."""

    def is_suppressed(self, finding: Finding, equivalents: frozenset[str] = frozenset()) -> bool:
        """Tell whether a comment on the finding's line silences it.

        Args:
            finding: What was found.
            equivalents: Codes of rules in other linters that say the same (`RUF006`, `ASYNC210`, `S501`).
        """
        if self.whole_file:
            return True
        if not self.lines or self.honoured is Honoured.NONE:
            return False
        text = self._text_for(finding.span.line)
        return self._silenced_by_noqa(text, finding.code, equivalents) or _silenced_by_nosec(
            text, equivalents
        )

    def noqa_row(self, line: int) -> int:
        """Give the line on which a `# noqa` for a finding on `line` has to stand."""
        return self._ranges.get(line, (line, line))[1]

    def _silenced_by_noqa(self, text: str, code: str, equivalents: frozenset[str]) -> bool:
        match = _INLINE.search(text)
        if match is None:
            return False
        if match["codes"] is None:
            return self.honoured is Honoured.ALL
        named = tuple(filter(None, _SEPARATOR.split(match["codes"])))
        if self.honoured is Honoured.ALL and code.startswith(named):
            return True
        return any(equivalent.startswith(named) for equivalent in equivalents)

    def _text_for(self, line: int) -> str:
        first, last = self._ranges.get(line, (line, line))
        return "".join(self.lines[first - 1 : last])

    @cached_property
    def _ranges(self) -> dict[int, tuple[int, int]]:
        """For each line of a multi-line string or of a backslash continuation: its first and last line."""
        ranges: dict[int, tuple[int, int]] = {}
        first, last = len(self.lines) + 2, -1
        remaining = iter(self.lines)
        try:
            for token in tokenize.generate_tokens(lambda: next(remaining)):
                if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                    continue
                first, last = min(first, token.start[0]), max(last, token.end[0])
                if token.type in (tokenize.NL, tokenize.NEWLINE):
                    if first != last:
                        ranges.update(dict.fromkeys(range(first, last + 1), (first, last)))
                    first, last = len(self.lines) + 2, -1
        except (tokenize.TokenError, SyntaxError):
            # flake8 falls back to single lines for the whole file as well.
            return {}
        return ranges


def parse(source: str, honoured: Honoured = Honoured.ALL) -> Suppressions:
    """Read the suppressions of a file.

    Args:
        source: The file's text.
        honoured: Which of them count.

    Returns:
        The suppressions; cheap to make, and nothing is tokenized before a finding asks.
    """
    lowered = source.lower()
    if honoured is Honoured.NONE or ("noqa" not in lowered and "nosec" not in lowered):
        return Suppressions((), honoured, whole_file=False)
    lines = split_lines(source)
    # Under flake8 a file that asks to be skipped never gets here.
    whole_file = honoured is Honoured.ALL and any(map(_WHOLE_FILE.match, lines))
    return Suppressions(lines, honoured, whole_file)


def line_ranges(source: str) -> Suppressions:
    """Read a file for the sake of `noqa_row` alone, whether or not it suppresses anything."""
    return Suppressions(split_lines(source), Honoured.NONE, whole_file=False)


def split_lines(source: str) -> tuple[str, ...]:
    r"""Split text the way Python's own parser counts lines: at `\n`, `\r\n` and `\r` only."""
    return tuple(io.StringIO(source, newline=None))


def _silenced_by_nosec(text: str, equivalents: frozenset[str]) -> bool:
    if not any(map(_BANDIT_CODE.fullmatch, equivalents)):
        return False
    match = _BANDIT.search(text)
    if match is None:
        return False
    tests = _BANDIT_TEST.findall(match["tests"])
    return not tests or any(f"S{test}" in equivalents for test in tests)
