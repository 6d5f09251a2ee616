"""One place, one finding: which rule speaks where several meet."""

from __future__ import annotations

from aiohttp_lint.findings import Finding, Span

PRECEDENCE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AIO106", ("AIO110", "AIO103", "AIO102", "AIO101", "AIO112", "AIO113", "AIO210")),
    ("AIO110", ("AIO103", "AIO102", "AIO101", "AIO112", "AIO113", "AIO210", "AIO301", "AIO302")),
    ("AIO310", ("AIO103",)),
    ("AIO103", ("AIO101", "AIO112", "AIO113", "AIO210")),
    ("AIO102", ("AIO101", "AIO112", "AIO113", "AIO210")),
    ("AIO101", ("AIO112", "AIO113", "AIO210", "AIO301")),
    ("AIO108", ("AIO302", "AIO107")),
    ("AIO616", ("AIO301", "AIO302")),
    ("AIO108", ("AIO313",)),
    ("AIO109", ("AIO313",)),
    ("AIO725", ("AIO724",)),
    ("AIO728", ("AIO701", "AIO702", "AIO704")),
    ("AIO729", ("AIO723",)),
    ("AIO201", ("AIO202", "AIO203", "AIO204", "AIO205")),
    ("AIO202", ("AIO203",)),
    ("AIO304", ("AIO208",)),
    ("AIO511", ("AIO904",)),
    ("AIO208", ("AIO904", "AIO906")),
    ("AIO304", ("AIO903",)),
    ("AIO204", ("AIO913",)),
    ("AIO104", ("AIO909",)),
    ("AIO520", ("AIO908",)),
    ("AIO707", ("AIO908",)),
    ("AIO208", ("AIO209",)),
    ("AIO303", ("AIO104", "AIO301", "AIO302", "AIO412")),
    ("AIO601", ("AIO613",)),
    ("AIO602", ("AIO104", "AIO412", "AIO601")),
    ("AIO316", ("AIO104", "AIO412")),
    ("AIO104", ("AIO412",)),
    ("AIO412", ("AIO410",)),
    ("AIO508", ("AIO104", "AIO412", "AIO707")),
    ("AIO509", ("AIO510",)),
    ("AIO520", ("AIO718",)),
    ("AIO504", ("AIO505",)),
    ("AIO503", ("AIO505",)),
    ("AIO603", ("AIO702", "AIO710", "AIO711", "AIO717")),
    ("AIO605", ("AIO606",)),
    ("AIO711", ("AIO501", "AIO901")),
    ("AIO710", ("AIO702",)),
    ("AIO713", ("AIO901",)),
    ("AIO714", ("AIO501",)),
    ("AIO705", ("AIO706", "AIO901")),
    ("AIO602", ("AIO707",)),
    ("AIO707", ("AIO412", "AIO732")),
    ("AIO717", ("AIO411", "AIO718")),
    ("AIO514", ("AIO734",)),
    ("AIO516", ("AIO406", "AIO738")),
    ("AIO738", ("AIO406",)),
    ("AIO731", ("AIO730",)),
)
"""Pairs of a rule and those that are silent at a place where it reports. The first winner in the list wins."""


def without_overlaps(findings: list[Finding]) -> list[Finding]:
    """Drop the findings that say of a place what a rule with precedence says already.

    Two findings share a place when one's span begins where the other's does, or lies within it on one line.
    """
    losers: set[int] = set()
    by_code: dict[str, list[int]] = {}
    for index, finding in enumerate(findings):
        by_code.setdefault(finding.code, []).append(index)
    for winner, beaten in PRECEDENCE:
        for first in by_code.get(winner, ()):
            if first in losers:
                continue
            for code in beaten:
                for second in by_code.get(code, ()):
                    if _share_place(findings[first].span, findings[second].span):
                        losers.add(second)
    return [finding for index, finding in enumerate(findings) if index not in losers]


def _share_place(left: Span, right: Span) -> bool:
    if (left.line, left.column) == (right.line, right.column):
        return True
    return left.contains(right) or right.contains(left)
