"""Many files: reads, lints and fixes them, in worker processes where that pays."""

from __future__ import annotations

import os
import sys
from codecs import BOM_UTF8
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp_lint.cache import Known, ResultCache
from aiohttp_lint.discovery import discover, named_folders
from aiohttp_lint.engine import Projects, could_matter, fix_source, lint_source
from aiohttp_lint.semantics.consulted import GivenRoles, Seen, digest_of
from aiohttp_lint.settings import Overrides, SettingsResolver
from aiohttp_lint.source_files import SourceFileError, decode_source, read_source, write_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor, Future

    from aiohttp_lint.engine import SourceError
    from aiohttp_lint.findings import Finding
    from aiohttp_lint.semantics.key_conversions import Plan
    from aiohttp_lint.settings import Settings

_FILES_WORTH_WORKERS = 40
_CHUNK_BYTES = 200_000
_CHUNK_FILES = 20
"""Both about 50 ms of work: long against the cost of handing it over, short when somebody presses Ctrl-C."""


class Mode(Enum):
    """What is done to a file."""

    CHECK = "check"
    FIX = "fix"
    DIFF = "diff"
    """Find out what `FIX` would do, and write nothing."""


class ProblemKind(Enum):
    """Why a file could not be dealt with."""

    SYNTAX = "syntax"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    UNWRITABLE = "unwritable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or folder that could not be dealt with; `str` gives the line to print."""

    kind: ProblemKind
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class FileReport:
    """What came of one file."""

    path: str
    findings: tuple[Finding, ...] = ()
    """What is in the file; after fixing, what is left."""
    source: str = ""
    """The text that the findings speak of; empty where there are none."""
    fixed: tuple[Finding, ...] = ()
    """What was cured, or would be."""
    fixed_source: str | None = None
    """The new text where fixing changed, or would change, the file."""
    original_source: str | None = None
    """The text before that."""
    problem: Problem | None = None
    digest: str = ""
    """Of the bytes that were linted, by which a cache knows them again."""


@dataclass(frozen=True, slots=True)
class Job:
    """How every file of a run is treated; goes to the worker processes."""

    mode: Mode = Mode.CHECK
    unsafe_fixes: bool = False
    overrides: Overrides = field(default_factory=Overrides)
    config: str | None = None
    isolated: bool = False
    folders: tuple[str, ...] = ()
    """The folders that the run was given: what needs every file of a project to be right is only said of those in them."""

    def resolver(self) -> SettingsResolver:
        """Make the resolver of this run's settings.

        Raises:
            SettingsError: The configuration file that was named can't be used.
        """
        return SettingsResolver(self.overrides, self.config, isolated=self.isolated)


def lint_paths(paths: Iterable[str], job: Job | None = None, jobs: int = 1) -> Iterator[FileReport]:
    """Lint files, and all Python files below folders.

    Args:
        paths: Files and folders.
        job: How each file is treated.
        jobs: How many processes may be used.

    Yields:
        A report for each path that is missing, then for each file that could matter, in order of their paths.

    Raises:
        SettingsError: A configuration file on the way can't be used.
    """
    paths = list(paths)
    job = replace(job or Job(), folders=named_folders(paths))
    discovered = discover(paths, job.resolver())
    for path in discovered.missing:
        yield FileReport(path, problem=Problem(ProblemKind.MISSING, f"{path}: no such file or folder"))
    for path, reason in discovered.unreadable:
        yield FileReport(path, problem=Problem(ProblemKind.UNREADABLE, f"{path}: can't be listed: {reason}"))
    yield from lint_files(discovered.files, job, jobs)


def lint_files(
    files: Sequence[str], job: Job, jobs: int = 1, cache: ResultCache | None = None
) -> Iterator[FileReport]:
    """Lint files that were discovered; as `lint_paths` otherwise.

    Args:
        files: The files.
        job: How each file is treated.
        jobs: How many processes may be used.
        cache: What earlier runs found; without it, every file is linted anew, and nothing is kept.
    """
    if cache is None:
        yield from _lint_anew(files, job, jobs, Projects(folders=job.folders), None)
        return
    relevant = relevant_files(files)
    resolver, projects = job.resolver(), Projects(folders=job.folders)
    settings = {path: resolver.for_file(path) for path in relevant}
    known = cache.look_up(settings, projects)
    if job.mode is not Mode.CHECK and not _is_nothing_to_fix(relevant, known):
        # A file that is changed on the way may change what is found in any other one.
        yield from _lint_anew(relevant, job, jobs, Projects(folders=job.folders), None)
        return
    seen: dict[object, Seen] = {}
    fresh = _lint_anew([path for path in relevant if path not in known], job, jobs, projects, seen)
    for path in relevant:
        if path in known:
            cache.known.append(path)
            yield _known_report(path, known[path])
            continue
        report = next(fresh, None)
        if report is None:
            return
        cache.linted.append(path)
        if report.problem is None:
            cache.remember(path, settings[path], report.digest, report.findings)
        yield report
    _take_in(seen, projects.news())
    cache.save(seen, projects)


def _is_nothing_to_fix(files: Sequence[str], known: Mapping[str, Known]) -> bool:
    return len(known) == len(files) and not any(
        finding.fix for entry in known.values() for finding in entry.findings
    )


def _known_report(path: str, known: Known) -> FileReport:
    text = decode_source(known.content)[0] if known.findings else ""
    return FileReport(path, known.findings, text, digest=digest_of(known.content))


def _take_in(seen: dict[object, Seen], news: Mapping[object, Seen]) -> None:
    for key, more in news.items():
        seen.setdefault(key, Seen()).add(more)


def _lint_anew(
    files: Sequence[str], job: Job, jobs: int, projects: Projects, seen: dict[object, Seen] | None
) -> Iterator[FileReport]:
    """Lint files; `seen` is filled with what the worker processes saw, where it is wanted."""
    if job.mode is not Mode.CHECK:
        projects = _prepared(files, job)
    chunks = _chunks(files)
    if jobs < 2 or len(files) <= _FILES_WORTH_WORKERS:
        resolver = job.resolver()
        for chunk in chunks:
            for path in chunk:
                yield lint_file(path, job, resolver, projects)
        return
    first = next(chunks, [])
    second = next(chunks, None)
    if second is None:
        # So few of the files could matter that starting a worker would take longer.
        resolver = job.resolver()
        for path in first:
            yield lint_file(path, job, resolver, projects)
        return
    orders = _Orders(job, projects.plans(), projects.linted, tells=seen is not None)
    executor = _executor(orders, jobs)
    proofs = _Proofs(executor, jobs, job.resolver(), projects, seen)
    yield from _lint_in_workers(executor, chain((first, second), chunks), proofs, seen)


def _prepared(files: Sequence[str], job: Job) -> Projects:
    """Settle what fixes do to several files at once, while all of them are as they were."""
    resolver, projects = job.resolver(), Projects(folders=job.folders)
    projects.prepare_fixes({path: resolver.for_file(path) for path in files})
    return projects


def relevant_files(files: Iterable[str]) -> list[str]:
    """Give the files that could matter, by a cheap look at their bytes."""
    return [path for chunk in _chunks(files) for path in chunk]


def lint_file(path: str, job: Job, resolver: SettingsResolver, projects: Projects) -> FileReport:
    """Lint one file, and fix it where the job says so.

    Whatever goes wrong with the file is in the report.

    Raises:
        SettingsError: The file's configuration can't be used.
    """
    try:
        source = read_source(Path(path))
    except SourceFileError as error:
        return FileReport(path, problem=_unreadable(path, error))
    report = replace(lint_text(source.text, path, job, resolver, projects), digest=digest_of(source.content))
    if job.mode is Mode.FIX and report.fixed_source is not None:
        try:
            write_source(source, report.fixed_source)
        except SourceFileError as error:
            return FileReport(
                path, problem=Problem(ProblemKind.UNWRITABLE, f"{path}: can't be fixed: {error}")
            )
    return report


def lint_bytes(content: bytes, path: str, job: Job) -> tuple[FileReport, bytes]:
    """Lint what did not come from a file, and fix it where the job says so.

    Args:
        content: What stands for the file's bytes.
        path: The name that it is to go by; decides on its settings.
        job: How it is treated.

    Returns:
        The report, and the bytes as they are after that: the same ones where nothing was fixed.

    Raises:
        SettingsError: The configuration can't be used.
    """
    resolver = job.resolver()
    if not could_matter(content):
        return FileReport(path), content
    try:
        text, encoding, bom = decode_source(content)
    except SourceFileError as error:
        return FileReport(path, problem=_unreadable(path, error)), content
    report = lint_text(text, path, job, resolver, Projects(folders=job.folders))
    if job.mode is not Mode.FIX or report.fixed_source is None:
        return report, content
    try:
        return report, (BOM_UTF8 if bom else b"") + report.fixed_source.encode(encoding)
    except UnicodeEncodeError as error:
        problem = Problem(ProblemKind.UNWRITABLE, f"{path}: can't be fixed: {error}")
        return FileReport(path, problem=problem), content


def lint_text(text: str, path: str, job: Job, resolver: SettingsResolver, projects: Projects) -> FileReport:
    """Lint or fix the text of a file, writing nothing; what goes wrong is in the report.

    Raises:
        SettingsError: The file's configuration can't be used.
    """
    settings = resolver.for_file(path)
    try:
        if job.mode is Mode.CHECK:
            return _check_text(text, path, settings, projects)
        return _fix_text(text, path, settings, projects, unsafe_fixes=job.unsafe_fixes)
    except Exception as error:
        return FileReport(path, problem=internal_problem(path, error))


def _check_text(text: str, path: str, settings: Settings, projects: Projects) -> FileReport:
    result = lint_source(text, path, settings, projects=projects)
    if result.error is not None:
        return FileReport(path, problem=_syntax_problem(result.error))
    return FileReport(path, result.findings, text if result.findings else "")


def _fix_text(
    text: str, path: str, settings: Settings, projects: Projects, *, unsafe_fixes: bool
) -> FileReport:
    checked = _check_text(text, path, settings, projects)
    if not any(finding.fix for finding in checked.findings):
        # Most files: not worth loading what fixes them.
        return checked
    result = fix_source(text, path, settings, unsafe=unsafe_fixes, projects=projects)
    changed = result.source != text
    return FileReport(
        path,
        result.remaining,
        result.source if result.remaining else "",
        result.fixed,
        result.source if changed else None,
        text if changed else None,
    )


def internal_problem(path: str, error: Exception) -> Problem:
    """Say in one line which rule failed on which file, and how."""
    from traceback import walk_tb

    blamed = "the engine"
    for frame, _ in walk_tb(error.__traceback__):
        module = frame.f_globals.get("__name__", "")
        if module.startswith("aiohttp_lint.rules.") and not module.endswith(".base"):
            blamed = f"the rule {module.rpartition('.')[2].replace('_', '-')}"
    reason = " ".join(str(error).split())
    return Problem(
        ProblemKind.INTERNAL,
        f"{path}: internal error in {blamed}: {type(error).__name__}: {reason}; please report it",
    )


def _unreadable(path: str, error: SourceFileError) -> Problem:
    return Problem(ProblemKind.UNREADABLE, f"{path}: can't be read: {error}")


def _syntax_problem(error: SourceError) -> Problem:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Problem(
        ProblemKind.SYNTAX,
        f"{error.path}:{error.line}:{error.column + 1}: can't be parsed by Python {version}: {error.message}",
    )


def _chunks(files: Iterable[str]) -> Iterator[list[str]]:
    """Group the files that could matter, each group a fair piece of work."""
    chunk: list[str] = []
    size = 0
    for path in files:
        try:
            with open(path, "rb") as stream:
                data = stream.read()
        except OSError:
            # To be reported by whoever reads it in earnest.
            data = None
        if data is not None and not could_matter(data):
            continue
        chunk.append(path)
        size += len(data or b"")
        if size >= _CHUNK_BYTES or len(chunk) >= _CHUNK_FILES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


class _Proofs:
    """What the files of a run prove for each other, found out once and shared among the workers."""

    def __init__(
        self,
        executor: Executor,
        shares: int,
        resolver: SettingsResolver,
        projects: Projects,
        seen: dict[object, Seen] | None,
    ) -> None:
        self._executor = executor
        self._shares = shares
        self._resolver = resolver
        self._projects = projects
        self._seen = seen
        self._known: set[tuple[object, str]] = set()

    def for_files(self, paths: Iterable[str]) -> dict[object, Mapping[str, GivenRoles]]:
        """Give what is proven in the folders of some files and of those before: the workers find it out."""
        for path in paths:
            settings = self._resolver.for_file(path)
            folder = self._projects.of(settings).folders.of(os.path.abspath(path))
            group = (self._projects.key_of(settings), folder)
            if folder is None or group in self._known:
                continue
            self._known.add((group[0], folder))
            known = self._projects.registrations()
            for asked in [
                self._executor.submit(_prove, path, share, self._shares, known)
                for share in range(self._shares)
            ]:
                proven, news = asked.result()
                self._projects.adopt(proven)
                if self._seen is not None:
                    _take_in(self._seen, news)
        return self._projects.registrations()


def _lint_in_workers(
    executor: Executor, chunks: Iterable[list[str]], proofs: _Proofs, seen: dict[object, Seen] | None
) -> Iterator[FileReport]:
    from concurrent.futures.process import BrokenProcessPool

    pending: deque[tuple[list[str], Future[tuple[list[FileReport], dict[object, Seen]]]]] = deque()
    chunk: list[str] = []
    try:
        for chunk in chunks:
            pending.append((chunk, executor.submit(_lint_chunk, chunk, proofs.for_files(chunk))))
        while pending:
            chunk, future = pending.popleft()
            reports, news = future.result()
            if seen is not None:
                _take_in(seen, news)
            yield from reports
    except BrokenProcessPool:
        names = f"{chunk[0]} and {len(chunk) - 1} more" if len(chunk) > 1 else chunk[0]
        text = f"{names}: internal error: a worker process died; please report it, and run with --jobs 1"
        yield FileReport(chunk[0], problem=Problem(ProblemKind.INTERNAL, text))
    finally:
        # Also on Ctrl-C: what is running finishes its chunk, so that no file is left half done.
        executor.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Orders:
    """What a worker process is told when it starts."""

    job: Job
    plans: Mapping[object, Mapping[str, Plan]]
    linted: frozenset[str] | None
    tells: bool
    """Whether it is to tell what it saw."""


def _executor(orders: _Orders, jobs: int) -> Executor:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A forked worker starts with the rules loaded; where the platform calls that unsafe, its default is taken.
    forks = multiprocessing.get_start_method(allow_none=True) is None and sys.platform == "linux"
    context = multiprocessing.get_context("fork" if forks else None)
    return ProcessPoolExecutor(jobs, context, _start_worker, (orders,))


_worker: tuple[_Orders, SettingsResolver, Projects]


def _start_worker(orders: _Orders) -> None:
    import signal

    # Ctrl-C reaches every process of the terminal: the first one decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _worker  # noqa: PLW0603
    projects = Projects(folders=orders.job.folders, linted=orders.linted)
    projects.adopt_plans(orders.plans)
    _worker = (orders, orders.job.resolver(), projects)


def _lint_chunk(
    chunk: list[str], proven: Mapping[object, Mapping[str, GivenRoles]]
) -> tuple[list[FileReport], dict[object, Seen]]:
    orders, resolver, projects = _worker
    projects.adopt(proven)
    reports = [lint_file(path, orders.job, resolver, projects) for path in chunk]
    return reports, projects.news() if orders.tells else {}


def _prove(
    path: str, share: int, shares: int, known: Mapping[object, Mapping[str, GivenRoles]]
) -> tuple[dict[object, Mapping[str, GivenRoles]], dict[object, Seen]]:
    """Find out a share of what is proven in the project folder of a file, with what is known already."""
    orders, resolver, projects = _worker
    projects.adopt(known)
    # What goes wrong here goes wrong again with the file that needs it, and is reported with that.
    with suppress(Exception):
        projects.of(resolver.for_file(path)).registrations.prove(os.path.abspath(path), share, shares)
    return projects.registrations(), projects.news() if orders.tells else {}
