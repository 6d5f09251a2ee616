"""The fixes as libcst codemod commands, for those who run their codemods with libcst's own tool.

`python -m libcst.tool codemod -x --no-format aiohttp_lint.codemods.SafeFixes src` applies the safe fixes,
`AllFixes` the unsafe ones as well. It is a front end: the way through the engine is the command's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from aiohttp_lint.engine import fix_source
from aiohttp_lint.settings import Overrides, SettingsResolver

if TYPE_CHECKING:
    import argparse


class _Fixes(CodemodCommand):
    unsafe: ClassVar[bool]

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """Add `--select`."""
        arg_parser.add_argument(
            "--select",
            metavar="CODES",
            help="Codes or prefixes of the rules to fix, separated by commas, instead of those that the project selects",
        )

    def __init__(self, context: CodemodContext, select: str | None = None) -> None:
        """Take the codes of the rules to fix; None for those of the configuration."""
        super().__init__(context)
        self._settings = SettingsResolver(
            Overrides(select=None if select is None else tuple(select.split(",")))
        )

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Return the fixed module.

        Raises:
            SkipFile: libcst would not write the fixed source as it is.
        """
        path = self.context.filename or "<unknown>"
        settings = self._settings.for_file(path)
        fixed = fix_source(tree.code, path, settings, unsafe=self.unsafe).source
        if fixed == tree.code:
            return tree
        config = cst.PartialParserConfig(
            encoding=tree.encoding, default_newline=tree.default_newline, default_indent=tree.default_indent
        )
        module = cst.parse_module(fixed, config)
        if module.code != fixed:
            raise SkipFile("libcst can't keep the formatting of this file")
        return module


class SafeFixes(_Fixes):
    """Applies the fixes that preserve behaviour, or repair what would surely fail."""

    DESCRIPTION = "Apply the safe fixes of aiohttp-lint."
    unsafe = False


class AllFixes(_Fixes):
    """Applies the unsafe fixes as well: they change behaviour in a way that the author must accept."""

    DESCRIPTION = "Apply all fixes of aiohttp-lint, the unsafe ones too."
    unsafe = True
