"""The flake8 front end: flake8's tree in, flake8's tuples out.

flake8 imports this before it knows whether any file uses aiohttp, so nothing is loaded here beyond the
standard library, the semantics and the rules; the settings come when the options are parsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aiohttp_lint.engine import Projects, could_matter, lint_source
from aiohttp_lint.version import __version__

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator, Sequence

    from aiohttp_lint.settings import SettingsResolver


class Plugin:
    """The checker that flake8 makes for each file.

    Args:
        tree: The parsed file.
        filename: Its name, or what `--stdin-display-name` says.
        lines: Its lines with their ends.
    """

    name: ClassVar[str] = "aiohttp-lint"
    version: ClassVar[str] = __version__
    _resolver: ClassVar[SettingsResolver | None] = None
    _projects: ClassVar[Projects] = Projects()

    def __init__(self, tree: ast.Module, filename: str, lines: Sequence[str]) -> None:
        self._tree = tree
        self._filename = filename
        self._source = "".join(lines)

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Read `[tool.aiohttp-lint]`, and see which opt-in rules flake8's own options name in full.

        Args:
            options: What flake8 was told, on the command line and in its configuration.

        Raises:
            flake8.exceptions.ExecutionError: The configuration of the current folder can't be used.
        """
        from aiohttp_lint.rules import all_rules
        from aiohttp_lint.settings import Overrides, SettingsError, SettingsResolver
        from aiohttp_lint.suppressions import Honoured

        # flake8 would wake every rule on a prefix, or on any `ignore` of the user's: only a full code counts.
        chosen = {*(options.select or ()), *(options.extend_select or ())}
        named = tuple(code for code in all_rules() if code in chosen)
        # Comments with our own codes are flake8's business; what it can't know is that another linter's code speaks of the same.
        suppressions = Honoured.NONE if options.disable_noqa else Honoured.EQUIVALENT
        resolver = SettingsResolver(Overrides(extend_select=named, suppressions=suppressions))
        try:
            resolver.for_file("current folder")
        except SettingsError as error:
            raise _execution_error(str(error)) from error
        cls._resolver, cls._projects = resolver, Projects()

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Yield line, column from 0, text and this class for each finding.

        Raises:
            flake8.exceptions.ExecutionError: The file's configuration can't be used, or a rule failed.
        """
        if self._resolver is None or not could_matter(self._source.encode(errors="surrogatepass")):
            return
        from aiohttp_lint.settings import SettingsError

        try:
            settings = self._resolver.for_file(self._filename)
            result = lint_source(
                self._source, self._filename, settings, tree=self._tree, projects=self._projects
            )
        except SettingsError as error:
            raise _execution_error(str(error)) from error
        except Exception as error:
            from aiohttp_lint.project import internal_problem

            raise _execution_error(str(internal_problem(self._filename, error))) from error
        for finding in result.findings:
            yield finding.span.line, finding.span.column, f"{finding.code} {finding.message}", type(self)


def _execution_error(text: str) -> Exception:
    """Make the exception that flake8 reports in one line."""
    from flake8.exceptions import ExecutionError  # type: ignore[import-untyped]

    error: Exception = ExecutionError(text)
    return error
