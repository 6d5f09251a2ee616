"""Workflow commands that GitHub shows as annotations on the lines of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp_lint.findings import Finding


def render(findings: Sequence[Finding], source_of: Callable[[str], str]) -> str:
    """Give an `::error` command for each finding (see `Reporter.render`)."""
    return "".join(map(_command, findings))


def _command(finding: Finding) -> str:
    span = finding.span
    properties = {
        "title": f"aiohttp-lint ({finding.code})",
        "file": finding.path,
        "line": str(span.line),
        "col": str(span.column + 1),
        "endLine": str(span.end_line),
        "endColumn": str(span.end_column + 1),
    }
    listed = ",".join(f"{key}={_escaped_property(value)}" for key, value in properties.items())
    place = f"{finding.path}:{span.line}:{span.column + 1}"
    return f"::error {listed}::{_escaped(f'{place}: {finding.code} {finding.message}')}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
