"""SARIF 2.1.0, the format that code scanning services read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp_lint.reporters.edits import edits_of
from aiohttp_lint.rules import all_rules
from aiohttp_lint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp_lint.findings import Finding, Fix, Related, Span
    from aiohttp_lint.fixes import TextEdit

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOMEPAGE = "https://pypi.org/project/aiohttp-lint/"


def render(findings: Sequence[Finding], source_of: Callable[[str], str]) -> str:
    """Give one run with the rules that found something (see `Reporter.render`)."""
    rules = all_rules()
    codes = sorted({finding.code for finding in findings})
    run = {
        "tool": {
            "driver": {
                "name": "aiohttp-lint",
                "version": __version__,
                "informationUri": _HOMEPAGE,
                "rules": [
                    {
                        "id": code,
                        "name": rules[code].name,
                        "shortDescription": {"text": rules[code].summary},
                        "fullDescription": {"text": rules[code].summary},
                        "help": {"text": rules[code].documentation, "markdown": rules[code].documentation},
                        "helpUri": rules[code].url,
                        "defaultConfiguration": {"enabled": not rules[code].opt_in, "level": "warning"},
                    }
                    for code in codes
                ],
            }
        },
        "originalUriBaseIds": {"SRCROOT": {"uri": _folder_uri(os.getcwd())}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, codes.index(finding.code), edits)
            for finding, edits in zip(findings, edits_of(findings, source_of), strict=True)
        ],
    }
    return (
        json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)
        + "\n"
    )


def _result(finding: Finding, rule_index: int, edits: tuple[TextEdit, ...] | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": "warning",
        "message": {"text": finding.message},
        "locations": [_location(finding.path, finding.span)],
    }
    if finding.related:
        result["relatedLocations"] = [_related(index, place) for index, place in enumerate(finding.related)]
    if finding.fix is not None and edits is not None:
        result["fixes"] = [_fix(finding.fix, finding.path, edits)]
    return result


def _related(index: int, related: Related) -> dict[str, Any]:
    return {"id": index, **_location(related.path, related.span), "message": {"text": related.message}}


def _fix(fix: Fix, path: str, edits: tuple[TextEdit, ...]) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.content}} for edit in edits
    ]
    change = {"artifactLocation": _artifact(path), "replacements": replacements}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}


def _location(path: str, span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": _region(span)}}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column + 1,
        "endLine": span.end_line,
        "endColumn": span.end_column + 1,
    }


def _artifact(path: str) -> dict[str, str]:
    absolute = os.path.abspath(path)
    relative = os.path.relpath(absolute)
    if relative.startswith(os.pardir):
        return {"uri": _file_uri(absolute)}
    return {"uri": quote(relative.replace(os.sep, "/")), "uriBaseId": "SRCROOT"}


def _file_uri(absolute: str) -> str:
    return "file://" + quote("/" + absolute.replace(os.sep, "/").lstrip("/"), safe="/:")


def _folder_uri(absolute: str) -> str:
    return _file_uri(absolute).rstrip("/") + "/"
