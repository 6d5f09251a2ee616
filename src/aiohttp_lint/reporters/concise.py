"""One line for each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp_lint.findings import Finding


def render(findings: Sequence[Finding], source_of: Callable[[str], str]) -> str:
    """Give `path:line:column: code message`, a line each (see `Reporter.render`)."""
    return "".join(
        f"{finding.path}:{finding.span.line}:{finding.span.column + 1}: {finding.code} {finding.message}\n"
        for finding in findings
    )
