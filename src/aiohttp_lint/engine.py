"""One file: from source to findings, and from source to fixed source."""

from __future__ import annotations

import ast
import os
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from aiohttp_lint import suppressions
from aiohttp_lint.environments import installed_packages
from aiohttp_lint.findings import Applicability, Finding, Fix, Span
from aiohttp_lint.options import OwnNames, RuleOptions
from aiohttp_lint.rules import all_rules
from aiohttp_lint.rules.mentions import Mentions
from aiohttp_lint.rules.precedence import without_overlaps
from aiohttp_lint.semantics.consulted import GivenRoles, Seen
from aiohttp_lint.semantics.imports import Project
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.source import words_in

if TYPE_CHECKING:
    from aiohttp_lint.rules import Rule
    from aiohttp_lint.semantics.key_conversions import Plan
    from aiohttp_lint.settings import Settings

MAXIMUM_ROUNDS = 10
"""Fixes that have not settled by then are left as they are."""

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class SourceError:
    """Why a file can't be linted; the column counts from 0."""

    path: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class LintResult:
    """What was found in a file, in source order; nothing where it can't be parsed."""

    findings: tuple[Finding, ...] = ()
    error: SourceError | None = None


@dataclass(frozen=True, slots=True)
class FixResult:
    """A fixed file: its new text, what was cured, and what is still found in it."""

    source: str
    fixed: tuple[Finding, ...] = ()
    remaining: tuple[Finding, ...] = ()
    error: SourceError | None = None


def could_matter(data: bytes) -> bool:
    """Tell cheaply whether a file may use aiohttp at all; all others hold nothing for us."""
    return b"aiohttp" in data


class Projects:
    """What the other files say: one project for each set of settings that changes what they mean.

    A run, or a worker of one, keeps one of these, so that each file of a project is parsed once in it.

    Args:
        folders: The folders that the run was given. What no file of a project may contradict is only said of
            projects that lie in them.
        linted: The files of the run by their absolute paths, where it is known: no others are changed.
    """

    def __init__(self, *, folders: Sequence[str] = (), linted: frozenset[str] | None = None) -> None:
        self._folders = folders
        self.linted = linted
        self._projects: dict[object, Project] = {}
        self._of_settings: dict[Settings, Project] = {}
        self._proven: dict[object, dict[str, GivenRoles]] = {}
        self._plans: Mapping[object, Mapping[str, Plan]] = {}

    def of(self, settings: Settings) -> Project:
        """Give the project in which the files of these settings look for each other."""
        project = self._of_settings.get(settings)
        if project is None:
            project = self._of_settings[settings] = self._make(settings)
        return project

    def _make(self, settings: Settings) -> Project:
        key = self.key_of(settings)
        if key not in self._projects:
            project = self._projects[key] = Project(
                settings.source_roots,
                _read,
                target=settings.aiohttp_target,
                python_minimum=settings.python_minimum,
                options=_options_of(settings),
                place_of=settings.place_of,
                given=self._folders,
                linted=self.linted,
                installed=partial(installed_packages, settings.environments),
            )
            project.registrations.adopt(self._proven.get(key, {}))
            project.key_plans.adopt(self._plans.get(key, {}))
        return self._projects[key]

    @staticmethod
    def key_of(settings: Settings) -> object:
        """Give what tells the projects of a run apart."""
        return (
            settings.root,
            settings.source_roots,
            settings.environments,
            settings.aiohttp_target,
            settings.python_minimum,
            _options_of(settings),
        )

    def registrations(self) -> dict[object, Mapping[str, GivenRoles]]:
        """Give what is known of registrations, for the projects of another process."""
        return {key: project.registrations.by_file() for key, project in self._projects.items()}

    def adopt(self, proven: Mapping[object, Mapping[str, GivenRoles]]) -> None:
        """Take over what another process found out of registrations, for the projects of these keys."""
        for key, by_file in proven.items():
            self._proven.setdefault(key, {}).update(by_file)
            if key in self._projects:
                self._projects[key].registrations.adopt(by_file)

    def prepare_fixes(self, files: Mapping[str, Settings]) -> None:
        """Settle what fixes do to several files at once, before the first of them is changed.

        Args:
            files: The files that are going to be fixed, with their settings.
        """
        spanning = {
            os.path.abspath(path): settings
            for path, settings in files.items()
            if any(
                rule.fixes_across_files
                for rule in _rules_for(settings, path if settings.per_file_ignores else None)
            )
        }
        self.linted = frozenset(spanning)
        for path, settings in spanning.items():
            # What goes wrong here goes wrong again with the file that needs it, and is reported with that.
            with suppress(Exception):
                self.of(settings).key_plans.prepare(path)

    def plans(self) -> dict[object, Mapping[str, Plan]]:
        """Give what was settled, for the projects of another process."""
        return {key: project.key_plans.by_folder() for key, project in self._projects.items()}

    def adopt_plans(self, plans: Mapping[object, Mapping[str, Plan]]) -> None:
        """Go by what another process has settled."""
        self._plans = plans

    def news(self) -> dict[object, Seen]:
        """Give what each project saw since this was asked last."""
        return {key: project.news() for key, project in self._projects.items()}


def lint_source(
    source: str,
    path: str,
    settings: Settings,
    *,
    tree: ast.Module | None = None,
    projects: Projects | None = None,
) -> LintResult:
    """Lint the text of one file.

    Args:
        source: The text; a byte order mark is passed over.
        path: Its path, for the findings and to tell tests and examples.
        settings: What runs, and for which versions.
        tree: The parsed text, where the caller has it already.
        projects: Where imports lead; without it the file stands alone, and what it imports is unknown.

    Returns:
        The findings that are selected, not suppressed and not said twice; or why the text can't be parsed.
    """
    source = source.removeprefix(_BYTE_ORDER_MARK)
    project = None if projects is None else projects.of(settings)
    if tree is None and project is not None:
        tree = project.known_tree(source, path)
    if tree is None:
        parsed = parse(source, path)
        if isinstance(parsed, SourceError):
            return LintResult(error=parsed)
        tree = parsed
    chosen_for = path if settings.per_file_ignores else None
    if settings.own_names == OwnNames():
        rules: Sequence[Rule] = _mentions_for(settings, chosen_for).rules_for(words_in(source))
    else:
        # What a project calls its own functions is not among the words of a rule.
        rules = _rules_for(settings, chosen_for)
    if not rules:
        if project is not None:
            project.note(source, path, tree)
        return LintResult()
    place = settings.place_of(path)
    if project is not None:
        module = project.open(source, path, tree, place)
    else:
        module = Module(
            source,
            path,
            tree,
            target=settings.aiohttp_target,
            python_minimum=settings.python_minimum,
            options=_options_of(settings),
            place=place,
        )
    is_relaxed = module.is_test or module.is_example
    found = [
        finding
        for rule in rules
        if not (rule.relaxed_in_tests and is_relaxed) and rule.is_concerned(module)
        for finding in rule.check(module)
    ]
    if not found:
        return LintResult()
    comments = suppressions.parse(source, settings.suppressions)
    by_code: dict[str, Rule] = {rule.code: rule for rule in rules}
    kept = [
        finding
        for finding in without_overlaps(found)
        if not comments.is_suppressed(finding, frozenset(by_code[finding.code].equivalents))
    ]
    spelled = [_spelled(finding) for finding in _once(kept)]
    return LintResult(tuple(sorted(spelled, key=lambda finding: finding.sort_key)))


def _spelled(finding: Finding) -> Finding:
    """Name the other files of a finding in the way of its own, whether they were linted already or not."""
    if all(related.path == finding.path for related in finding.related):
        return finding
    spell = os.path.abspath if os.path.isabs(finding.path) else os.path.relpath
    return replace(
        finding,
        related=tuple(
            related if related.path == finding.path else replace(related, path=spell(related.path))
            for related in finding.related
        ),
    )


def _once(findings: list[Finding]) -> Iterable[Finding]:
    """Say of a place what a rule has to say once; a fix there is the fix of all that it says."""
    unique: dict[tuple[str, Span], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.span)
        first = unique.setdefault(key, finding)
        if first is not finding and first.fix is not None and finding.fix is not None:
            edits = tuple(dict.fromkeys((*first.fix.edits, *finding.fix.edits)))
            unsafe = Applicability.UNSAFE in (first.fix.applicability, finding.fix.applicability)
            applicability = Applicability.UNSAFE if unsafe else Applicability.SAFE
            unique[key] = replace(first, fix=Fix(first.fix.title, applicability, edits))
    return unique.values()


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return None


@lru_cache(maxsize=256)
def _rules_for(settings: Settings, path: str | None) -> tuple[Rule, ...]:
    return tuple(
        rule for code, rule in all_rules().items() if settings.selects(code, opt_in=rule.opt_in, path=path)
    )


@lru_cache(maxsize=256)
def _mentions_for(settings: Settings, path: str | None) -> Mentions:
    return Mentions(_rules_for(settings, path))


@lru_cache(maxsize=64)
def _options_of(settings: Settings) -> RuleOptions:
    named = frozenset(code for code in all_rules() if settings.names(code))
    return RuleOptions(settings.timeouts, settings.cookies, settings.own_names, named)


def parse(source: str, path: str) -> ast.Module | SourceError:
    """Parse the text of a file, or tell why that can't be done."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source, path)
    except SyntaxError as error:
        return SourceError(path, error.lineno or 1, max((error.offset or 1) - 1, 0), error.msg)
    except ValueError as error:
        return SourceError(path, 1, 0, str(error))
    except (RecursionError, MemoryError):
        return SourceError(path, 1, 0, "nested too deeply for this Python's parser")


def fix_source(
    source: str, path: str, settings: Settings, *, unsafe: bool, projects: Projects | None = None
) -> FixResult:
    """Apply the fixes of what is found, and lint again, until nothing changes any more.

    Args:
        source: The text of the file.
        path: Its path.
        settings: What runs.
        unsafe: Whether fixes that change behaviour are applied too.
        projects: Where imports lead, as in `lint_source`.

    Returns:
        The new text, which parses; what is gone from it; and what is left.
    """
    from aiohttp_lint.fixes import apply_fixes

    first = lint_source(source, path, settings, projects=projects)
    if first.error is not None:
        return FixResult(source, error=first.error)
    current, findings = source, first.findings
    for _ in range(MAXIMUM_ROUNDS):
        offered = [fix for finding in findings if (fix := _usable(finding, unsafe)) is not None]
        if not offered:
            break
        applied = apply_fixes(current, offered)
        if applied.source == current:
            break
        current = applied.source
        findings = lint_source(current, path, settings, projects=projects).findings
    return FixResult(current, _gone(first.findings, findings, unsafe), findings)


def _usable(finding: Finding, unsafe: bool) -> Fix | None:
    if finding.fix is None or (finding.fix.applicability is Applicability.UNSAFE and not unsafe):
        return None
    return finding.fix


def _gone(before: tuple[Finding, ...], after: tuple[Finding, ...], unsafe: bool) -> tuple[Finding, ...]:
    """Give the fixable findings of the first round, as many of each code as there are fewer now."""
    fewer = Counter(finding.code for finding in before)
    fewer.subtract(finding.code for finding in after)
    gone: list[Finding] = []
    for finding in before:
        if fewer[finding.code] > 0 and _usable(finding, unsafe) is not None:
            fewer[finding.code] -= 1
            gone.append(finding)
    return tuple(gone)
