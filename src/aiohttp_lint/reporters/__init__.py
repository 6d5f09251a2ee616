"""Findings in, text out: one module for each output format, loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp_lint.findings import Finding

FORMATS = ("text", "concise", "json", "sarif", "github")


class Reporter(Protocol):
    """What each format's module offers."""

    def render(self, findings: Sequence[Finding], source_of: Callable[[str], str]) -> str:
        """Give the report.

        Args:
            findings: What was found, in order.
            source_of: Gives the text of a file that a finding names.

        Returns:
            The whole text, newline at the end; empty where there is nothing to say.
        """
        ...


def reporter_for(output_format: str) -> Reporter:
    """Load the reporter of one of `FORMATS`."""
    return cast("Reporter", import_module(f"aiohttp_lint.reporters.{output_format}"))
