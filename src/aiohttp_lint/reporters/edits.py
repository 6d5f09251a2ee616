"""The text edits of findings' fixes, for the formats that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp_lint.findings import Finding
    from aiohttp_lint.fixes import TextEdit


def edits_of(
    findings: Sequence[Finding], source_of: Callable[[str], str]
) -> list[tuple[TextEdit, ...] | None]:
    """Give for each finding what its fix changes; None without a fix that can be carried out."""
    found: list[tuple[TextEdit, ...] | None] = [None] * len(findings)
    by_path: dict[str, list[int]] = {}
    for index, finding in enumerate(findings):
        if finding.fix is not None:
            by_path.setdefault(finding.path, []).append(index)
    if by_path:
        from aiohttp_lint.fixes import text_edits

        for path, indices in by_path.items():
            fixes = [fix for index in indices if (fix := findings[index].fix) is not None]
            for index, edits in zip(indices, text_edits(source_of(path), fixes), strict=True):
                found[index] = edits
    return found
