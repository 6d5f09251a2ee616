"""The options of `aiohttp-lint`, and one run of it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from aiohttp_lint.cache import ResultCache
from aiohttp_lint.cli import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS
from aiohttp_lint.discovery import discover, named_folders
from aiohttp_lint.findings import Applicability
from aiohttp_lint.project import (
    FileReport,
    Job,
    Mode,
    Problem,
    ProblemKind,
    lint_bytes,
    lint_files,
    relevant_files,
)
from aiohttp_lint.reporters import FORMATS, reporter_for
from aiohttp_lint.settings import Overrides, SettingsError, check_codes, read_target
from aiohttp_lint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TextIO

    from aiohttp_lint.findings import Finding

_FILES_WORTH_A_PROGRESS_BAR = 200
AUDIT = ("AIO526", "AIO718", "AIO721", "AIO853", "AIO854")
"""The rules on what a whole project lacks."""

_FINDINGS_ONLY = frozenset({ProblemKind.SYNTAX, ProblemKind.UNREADABLE})
"""Problems of the code that is linted, and not of the run."""


@dataclass(frozen=True, slots=True)
class _Output:
    """How a run speaks."""

    output_format: str
    statistics: bool
    unsafe_fixes: bool
    colour: bool
    exit_zero: bool


def _codes(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Split comma-separated lists of codes; None where the option was not given."""
    return (
        tuple(code.strip() for value in values for code in value.split(",") if code.strip())
        if values
        else None
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1)
@click.option(
    "--select", multiple=True, callback=_codes, metavar="CODES", help="Run these rules: codes, prefixes, ALL."
)
@click.option("--ignore", multiple=True, callback=_codes, metavar="CODES", help="Don't run these rules.")
@click.option(
    "--extend-select", multiple=True, callback=_codes, metavar="CODES", help="Run these rules as well."
)
@click.option(
    "--target-aiohttp",
    metavar="VERSION",
    help="Lint for this aiohttp and newer (4.0), or for these (>=3.10,<5), whatever the project says.",
)
@click.option(
    "--audit", is_flag=True, help="Ask what a whole project lacks: run the rules on absences, and no others."
)
@click.option("--fix", is_flag=True, help="Apply the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: those too that change behaviour.")
@click.option("--diff", is_flag=True, help="Show what --fix would do, and write nothing.")
@click.option(
    "--output-format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How findings are written.",
)
@click.option(
    "--stdin-filename", metavar="NAME", help="The name of what is read from standard input (PATH is -)."
)
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead of listing them.")
@click.option("--explain", metavar="CODE", help="Explain a rule, and end.")
@click.option("--list-rules", is_flag=True, help="List the rules, and end.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even where something is found.")
@click.option("--config", metavar="FILE", help="Read the settings from this file and no other.")
@click.option("--isolated", is_flag=True, help="Read no settings from files.")
@click.option("--no-cache", is_flag=True, help="Don't use results of earlier runs.")
@click.option(
    "--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Processes to use.  [default: cores]"
)
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the output."
)
@click.version_option(__version__, "--version", "-V", message="aiohttp-lint %(version)s")
def command(
    *,
    paths: tuple[str, ...],
    select: tuple[str, ...] | None,
    ignore: tuple[str, ...] | None,
    extend_select: tuple[str, ...] | None,
    target_aiohttp: str | None,
    audit: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    output_format: str,
    stdin_filename: str | None,
    statistics: bool,
    explain: str | None,
    list_rules: bool,
    exit_zero: bool,
    config: str | None,
    isolated: bool,
    no_cache: bool,
    jobs: int | None,
    color: str,
) -> int:
    """Lint aiohttp code in PATHS (the current folder if none are named; - is standard input)."""
    if list_rules:
        return _list_rules()
    if explain is not None:
        return _explain(explain)
    if config is not None and isolated:
        raise click.UsageError("--config and --isolated contradict each other.")
    if statistics and output_format not in ("text", "concise", "json"):
        raise click.UsageError(f"--statistics has no {output_format} form.")
    if audit:
        if select is not None:
            raise click.UsageError("--audit and --select contradict each other.")
        if not all(os.path.isdir(path) for path in paths):
            raise click.UsageError("--audit needs the folder of a whole project.")
        select = AUDIT
    for option, codes in (("--select", select), ("--ignore", ignore), ("--extend-select", extend_select)):
        check_codes(codes or (), option)
    target = None if target_aiohttp is None else read_target(target_aiohttp, "--target-aiohttp")
    mode = Mode.DIFF if diff else Mode.FIX if fix else Mode.CHECK
    paths = paths or (os.curdir,)
    overrides = Overrides(select, ignore, extend_select, target)
    job = Job(mode, unsafe_fixes, overrides, config, isolated, named_folders(paths))
    output = _Output(output_format, statistics, unsafe_fixes, _is_coloured(color), exit_zero)
    if "-" in paths:
        if len(paths) > 1:
            raise click.UsageError("- can't be combined with other paths.")
        return _lint_standard_input(stdin_filename or "-", job, output)
    if stdin_filename is not None:
        raise click.UsageError("--stdin-filename needs the path -.")
    cache = None if no_cache else ResultCache(job.folders)
    return _lint_files(paths, job, output, jobs or _cores(), cache)


def _lint_files(paths: Sequence[str], job: Job, output: _Output, jobs: int, cache: ResultCache | None) -> int:
    discovered = discover(paths, job.resolver())
    problems = [
        *(Problem(ProblemKind.MISSING, f"{path}: no such file or folder") for path in discovered.missing),
        *(
            Problem(ProblemKind.UNREADABLE, f"{path}: can't be listed: {why}")
            for path, why in discovered.unreadable
        ),
    ]
    if not discovered.files and not problems:
        print(f"No Python files found under {', '.join(paths)}", file=sys.stderr)
    reports = list(_with_progress(discovered.files, job, jobs, cache))
    return _conclude(reports, problems, job, output)


def _lint_standard_input(name: str, job: Job, output: _Output) -> int:
    data = sys.stdin.buffer.read()
    report, fixed = lint_bytes(data, name, job)
    if job.mode is Mode.FIX:
        # The code goes to standard output, whatever became of it, and so the findings can't.
        sys.stdout.buffer.write(fixed)
        sys.stdout.buffer.flush()
    return _conclude([report], [], job, output, file=sys.stderr if job.mode is Mode.FIX else sys.stdout)


def _with_progress(
    files: Sequence[str], job: Job, jobs: int, cache: ResultCache | None
) -> Iterator[FileReport]:
    if not sys.stderr.isatty() or len(files) < _FILES_WORTH_A_PROGRESS_BAR:
        yield from lint_files(files, job, jobs, cache)
        return
    relevant = relevant_files(files)
    reports = lint_files(relevant, job, jobs, cache)
    if len(relevant) < _FILES_WORTH_A_PROGRESS_BAR:
        yield from reports
        return
    from rich.console import Console
    from rich.progress import Progress

    # Refreshed by hand: a thread beside forked workers would be asking for trouble.
    with Progress(console=Console(stderr=True), auto_refresh=False, transient=True) as progress:
        task = progress.add_task("Linting", total=len(relevant))
        for report in reports:
            progress.advance(task)
            progress.refresh()
            yield report


def _conclude(
    reports: Sequence[FileReport],
    problems: list[Problem],
    job: Job,
    output: _Output,
    file: TextIO | None = None,
) -> int:
    """Print what came of a run, and give its exit code."""
    stream = file or sys.stdout
    problems = [*problems, *(report.problem for report in reports if report.problem is not None)]
    for problem in problems:
        print(problem, file=sys.stderr)
    findings = sorted(
        (found for report in reports for found in report.findings), key=lambda found: found.sort_key
    )
    fixed = [found for report in reports for found in report.fixed]
    if job.mode is Mode.DIFF:
        _print_diffs(reports, findings, len(fixed))
    elif output.statistics:
        stream.write(_statistics(findings, output))
    else:
        stream.write(_rendered(findings, reports, output))
        if output.output_format in ("text", "concise"):
            summary = _summary(
                findings, len(fixed), output, is_clean=not problems, is_terminal=stream.isatty()
            )
            stream.write(summary)
    if any(problem.kind not in _FINDINGS_ONLY for problem in problems):
        return EXIT_ERROR
    wrong = problems or (fixed if job.mode is Mode.DIFF else findings)
    return EXIT_FINDINGS if wrong and not output.exit_zero else EXIT_CLEAN


def _rendered(findings: Sequence[Finding], reports: Iterable[FileReport], output: _Output) -> str:
    source_of = _source_reader(reports)
    if output.output_format == "text":
        from aiohttp_lint.reporters.text import render

        return render(findings, source_of, unsafe_fixes=output.unsafe_fixes, colour=output.colour)
    return reporter_for(output.output_format).render(findings, source_of)


def _source_reader(reports: Iterable[FileReport]) -> Callable[[str], str]:
    """Give the texts that findings speak of; a file that is only related is read when it is asked for."""
    sources = {report.path: report.source for report in reports}

    def source_of(path: str) -> str:
        if path not in sources:
            try:
                with open(path, encoding="utf-8", errors="replace") as stream:
                    sources[path] = stream.read()
            except OSError:
                sources[path] = ""
        return sources[path]

    return source_of


def _summary(
    findings: Sequence[Finding], fixed: int, output: _Output, *, is_clean: bool, is_terminal: bool
) -> str:
    if not findings and not fixed:
        return "All checks passed!\n" if is_clean and is_terminal else ""
    total = len(findings) + fixed
    counted = f"Found {total} {'finding' if total == 1 else 'findings'}"
    counted += f" ({fixed} fixed, {len(findings)} remaining)." if fixed else "."
    fixes = [found.fix.applicability for found in findings if found.fix is not None]
    safe, unsafe = fixes.count(Applicability.SAFE), fixes.count(Applicability.UNSAFE)
    if output.unsafe_fixes:
        hint = f"[*] {safe + unsafe} fixable with `--fix --unsafe-fixes`." if fixes else ""
    elif safe:
        more = f" ({unsafe} more with `--unsafe-fixes`)" if unsafe else ""
        hint = f"[*] {safe} fixable with `--fix`{more}."
    else:
        hint = f"{unsafe} fixable with `--fix --unsafe-fixes`." if unsafe else ""
    return f"{counted}\n{hint}\n" if hint else f"{counted}\n"


def _statistics(findings: Sequence[Finding], output: _Output) -> str:
    counts: dict[tuple[str, str], int] = {}
    for found in findings:
        counts[found.code, found.name] = counts.get((found.code, found.name), 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if output.output_format == "json":
        import json

        return (
            json.dumps(
                [{"code": code, "name": name, "count": count} for (code, name), count in ordered], indent=2
            )
            + "\n"
        )
    width = max((len(str(count)) for _, count in ordered), default=0)
    return "".join(f"{count:{width}}  {code}  {name}\n" for (code, name), count in ordered)


def _print_diffs(reports: Iterable[FileReport], remaining: Sequence[Finding], fixed: int) -> None:
    for report in reports:
        if report.fixed_source is not None and report.original_source is not None:
            from aiohttp_lint.fixes import unified_diff

            path = report.path.replace(os.sep, "/")
            sys.stdout.write(unified_diff(path, report.original_source, report.fixed_source))
    hidden = sum(found.fix is not None for found in remaining)
    more = f" ({hidden} more with `--unsafe-fixes`)" if hidden else ""
    if fixed or hidden:
        print(f"Would fix {fixed} {'finding' if fixed == 1 else 'findings'}{more}.", file=sys.stderr)


def _list_rules() -> int:
    from aiohttp_lint.rules import all_rules

    rules = all_rules()
    width = max((len(rule.name) for rule in rules.values()), default=0)
    for code, rule in rules.items():
        state = "opt-in" if rule.opt_in else "on"
        print(f"{code}  {rule.name:{width}}  {state:6}  fix: {rule.fix.value:14}  {rule.summary}")
    return EXIT_CLEAN


def _explain(code: str) -> int:
    from aiohttp_lint.rules import all_rules

    rules = all_rules()
    if code not in rules:
        check_codes([code], "--explain")
        raise SettingsError(f"--explain: {code!r} is the beginning of a code, and a whole one is expected")
    rule = rules[code]
    state = "opt-in" if rule.opt_in else "on by default"
    print(
        f"# {rule.name} ({code})\n\n{state}; fix: {rule.fix.value}; aiohttp: {rule.versions}\n\n{rule.documentation}"
    )
    return EXIT_CLEAN


def _is_coloured(color: str) -> bool:
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
