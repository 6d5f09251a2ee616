"""The command `aiohttp-lint` as a process: what it loads, how it ends."""

from __future__ import annotations

import gc
import sys

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command on the process's arguments, and end the process with its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Asked by editors at every start, and not worth loading anything else for.
        from aiohttp_lint.version import __version__

        print(f"aiohttp-lint {__version__}")
        sys.exit(EXIT_CLEAN)
    # The trees of a whole project stay until the end: looking through them for garbage costs more than parsing.
    gc.disable()
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # While it loads, or while it ends.
        code = _interrupted()
    if code == EXIT_INTERRUPTED:
        # The second Ctrl+C of somebody impatient is not to end in a traceback.
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: The command line without the program's name.

    Returns:
        The exit code: 0 clean, 1 findings, 2 usage, configuration or internal error, 130 interrupted.
    """
    import click

    from aiohttp_lint.command import command
    from aiohttp_lint.settings import SettingsError

    for stream in (sys.stdout, sys.stderr):
        # Names of files and lines of code may hold what the terminal's encoding doesn't.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = command.main(arguments, "aiohttp-lint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return EXIT_ERROR
    except click.Abort:
        return _interrupted()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_ERROR
    return code if isinstance(code, int) else EXIT_CLEAN


def _interrupted() -> int:
    print("aiohttp-lint: interrupted", file=sys.stderr)
    return EXIT_INTERRUPTED
