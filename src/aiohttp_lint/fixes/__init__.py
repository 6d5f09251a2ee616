"""What edits do to source: the one place that changes code. It loads libcst, so it is imported late."""

from __future__ import annotations

from aiohttp_lint.fixes.application import Applied, apply_fixes, text_edits
from aiohttp_lint.fixes.text import TextEdit, apply_text_edits, unified_diff

__all__ = ["Applied", "TextEdit", "apply_fixes", "apply_text_edits", "text_edits", "unified_diff"]
