"""JSON in ruff's shape, so that what reads ruff reads us; `related` is our own addition."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from aiohttp_lint.reporters.edits import edits_of
from aiohttp_lint.rules import all_rules
from aiohttp_lint.suppressions import line_ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp_lint.findings import Finding, Fix, Span
    from aiohttp_lint.fixes import TextEdit


def render(findings: Sequence[Finding], source_of: Callable[[str], str]) -> str:
    """Give a list of objects, empty where nothing was found (see `Reporter.render`)."""
    rules = all_rules()
    ranges = {path: line_ranges(source_of(path)) for path in {finding.path for finding in findings}}
    report = [
        {
            "cell": None,
            "code": finding.code,
            "name": finding.name,
            "message": finding.message,
            "filename": os.path.abspath(finding.path),
            **_extent(finding.span),
            "fix": _fix(finding.fix, edits),
            "url": rules[finding.code].url,
            "noqa_row": ranges[finding.path].noqa_row(finding.span.line),
            "severity": "error",
            "related": [
                {
                    "filename": os.path.abspath(related.path),
                    "message": related.message,
                    **_extent(related.span),
                }
                for related in finding.related
            ],
        }
        for finding, edits in zip(findings, edits_of(findings, source_of), strict=True)
    ]
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _fix(fix: Fix | None, edits: tuple[TextEdit, ...] | None) -> dict[str, Any] | None:
    if fix is None or edits is None:
        return None
    listed = [{"content": edit.content, **_extent(edit.span)} for edit in edits]
    return {"applicability": fix.applicability.value, "message": fix.title, "edits": listed}


def _extent(span: Span) -> dict[str, Any]:
    return {
        "location": {"row": span.line, "column": span.column + 1},
        "end_location": {"row": span.end_line, "column": span.end_column + 1},
    }
