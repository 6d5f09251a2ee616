"""What the plugin and the fixes take in this process, as ratios to the parser's time for the same files."""

from __future__ import annotations

import ast
import gc
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import libcst

from aiohttp_lint.engine import Projects, could_matter, fix_source, lint_source
from aiohttp_lint.fixes import apply_fixes
from aiohttp_lint.rules import all_rules
from aiohttp_lint.settings import Settings

_clock = time.process_time
_MOST_FIXED_FILES = 12


@dataclass(frozen=True)
class Source:
    """A file that this Python can parse."""

    path: str
    text: str


@dataclass(frozen=True)
class Plugin:
    """The plugin's time over `ast.parse` of the same files."""

    using: float
    using_with_project: float
    others: float
    of_rules: dict[str, float]


def sources(tree: Path) -> tuple[list[Source], list[Source]]:
    """Give the files that use aiohttp, and the others."""
    warnings.simplefilter("ignore")
    using: list[Source] = []
    others: list[Source] = []
    for path in sorted(tree.rglob("*.py")):
        data = path.read_bytes()
        try:
            source = Source(str(path), data.decode())
            ast.parse(source.text)
        except (SyntaxError, ValueError):
            continue
        (using if could_matter(data) else others).append(source)
    return using, others


def plugin(using: Sequence[Source], others: Sequence[Source]) -> Plugin:
    """Measure all default rules, file by file next to the parser, so that both meet the same machine."""
    for source in using[:20]:
        lint_source(source.text, source.path, Settings())
    gc.collect()
    gc.disable()
    parsed = alone = 0.0
    projects = Projects()
    for source in using:
        parse, lint = _parse_and_lint(source, None)
        parsed, alone = parsed + parse, alone + lint
    of_rules = _rule_times(using)
    with_project = sum(_parse_and_lint(source, projects)[1] for source in using)
    started = _clock()
    for source in others:
        could_matter(source.text.encode())
    looked = _clock() - started
    started = _clock()
    for source in others:
        ast.parse(source.text)
    others_parsed = _clock() - started
    gc.enable()
    return Plugin(
        alone / parsed,
        with_project / parsed,
        looked / others_parsed,
        {code: seconds / parsed for code, seconds in of_rules.most_common()},
    )


def _parse_and_lint(source: Source, projects: Projects | None) -> tuple[float, float]:
    started = _clock()
    tree = ast.parse(source.text)
    parsed = _clock()
    lint_source(source.text, source.path, Settings(), tree=tree, projects=projects)
    return parsed - started, _clock() - parsed


def _rule_times(using: Sequence[Source]) -> Counter[str]:
    """Give each rule's own time; what several ask is on the account of the first."""
    from aiohttp_lint.semantics.module import Module
    from aiohttp_lint.semantics.source import words_in

    times: Counter[str] = Counter()
    for source in using:
        tree = ast.parse(source.text)
        started = _clock()
        module = Module(source.text, source.path, tree)
        times["walk"] += _clock() - started
        words = words_in(source.text)
        for code, rule in all_rules().items():
            if not rule.opt_in and rule.is_mentioned(words) and rule.is_concerned(module):
                started = _clock()
                list(rule.check(module))
                times[code] += _clock() - started
    return times


def fixing(using: Sequence[Source]) -> float | None:
    """Measure the fixes of changed files over parsing them with libcst, an empty transformer, and the code again."""
    settings = Settings(select=("ALL",))
    fixed = reference = 0.0
    count = 0
    for source in using:
        findings = lint_source(source.text, source.path, settings).findings
        fixes = [finding.fix for finding in findings if finding.fix is not None]
        if not fixes:
            continue
        apply_fixes(source.text, fixes)
        started = _clock()
        result = fix_source(source.text, source.path, settings, unsafe=True)
        taken = _clock() - started
        if result.source == source.text:
            continue
        started = _clock()
        _ = libcst.parse_module(source.text).visit(libcst.CSTTransformer()).code
        fixed, reference, count = fixed + taken, reference + _clock() - started, count + 1
        if count == _MOST_FIXED_FILES:
            break
    return fixed / reference if reference else None
