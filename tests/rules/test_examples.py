"""Every rule against its page of examples: what is found, what is not, and what the fixes give."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from aiohttp_lint.engine import Projects, fix_source, lint_source
from aiohttp_lint.findings import Applicability
from aiohttp_lint.options import RuleOptions
from aiohttp_lint.requirements import parse_target
from aiohttp_lint.rules import FixAvailability, all_rules
from aiohttp_lint.rules.mentions import Mentions
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.source import words_in
from aiohttp_lint.settings import Settings
from tests.rules.examples import FOLDER, Example, examples, pages

EXAMPLES = [example for page in pages() for example in examples(page)]


def settings_for(example: Example, *codes: str) -> Settings:
    settings = Settings(select=codes, timeouts=example.timeouts)
    if example.aiohttp is not None:
        settings = replace(settings, aiohttp_target=parse_target(example.aiohttp))
    if example.python is not None:
        settings = replace(settings, python_minimum=example.python)
    return settings


def given(example: Example, folder: Path) -> tuple[str, Projects | None]:
    """Give the path of an example, and the project that it is all of, where it is one."""
    if not example.is_whole:
        return example.path, None
    (folder / ".git").mkdir(exist_ok=True)
    path = folder / example.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(example.source, encoding="utf-8")
    return str(path), Projects(folders=(str(folder),))


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_findings(example: Example, tmp_path: Path) -> None:
    settings = settings_for(example, example.select)
    path, projects = given(example, tmp_path)
    result = lint_source(example.source, path, settings, projects=projects)
    assert result.error is None
    speaking_of = {example.code, *(code for _, code in example.expected)}
    found = {(finding.span.line, finding.code) for finding in result.findings if finding.code in speaking_of}
    assert found == example.expected


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example.is_bad], ids=str)
def test_fixes(example: Example, tmp_path: Path) -> None:
    settings = settings_for(example, example.code)
    path, projects = given(example, tmp_path)
    safe = fix_source(example.source, path, settings, unsafe=False, projects=projects)
    path, projects = given(example, tmp_path)
    unsafe = fix_source(example.source, path, settings, unsafe=True, projects=projects)
    assert safe.source == (example.fixed or example.source)
    assert unsafe.source == (example.unsafe_fixed or example.fixed or example.source)
    for text in (safe.source, unsafe.source):
        ast.parse(text)
    if example.unsafe_fixed or example.fixed:
        assert len(unsafe.remaining) < len(example.expected)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.stem))
def test_a_rule_that_is_not_asked_has_nothing_to_report(page: Path) -> None:
    rules = all_rules()
    mentions = Mentions(rules.values())
    for example in examples(page):
        options = RuleOptions(named=frozenset(rules))
        module, unlimited = (
            Module(example.source, example.path, ast.parse(example.source), options=options) for _ in range(2)
        )
        unlimited.at_hand.is_limited = False
        words = words_in(example.source)
        mentioned = mentions.rules_for(words)
        assert mentioned == [rule for rule in rules.values() if rule.is_mentioned(words)]
        for rule in rules.values():
            is_asked = rule in mentioned and rule.is_concerned(module)
            found = list(rule.check(module)) if is_asked else []
            assert found == list(rule.check(unlimited)), f"{rule.code} in {example}"


@pytest.mark.parametrize("code", all_rules())
def test_every_rule_has_a_page_of_examples(code: str) -> None:
    rule = all_rules()[code]
    module = type(rule).__module__.split(".")
    page = FOLDER / module[-2] / f"{module[-1]}.md"
    assert page.exists(), f"{page.relative_to(FOLDER)} is missing"
    found = examples(page)
    bad = [example for example in found if example.is_bad]
    good = [example for example in found if not example.is_bad]
    assert bad
    assert len(good) >= len(bad)
    has_safe, has_unsafe = any(one.fixed for one in bad), any(one.unsafe_fixed for one in bad)
    assert has_safe == (rule.fix in (FixAvailability.SAFE, FixAvailability.MIXED))
    assert has_unsafe == (rule.fix in (FixAvailability.UNSAFE, FixAvailability.MIXED))


@pytest.mark.parametrize("code", all_rules())
def test_metadata(code: str) -> None:
    rule = all_rules()[code]
    module = type(rule).__module__.rpartition(".")[2]
    assert module == f"{rule.code.lower()}_{rule.name.replace('-', '_')}"
    assert rule.summary.endswith(".")
    assert "\n" not in rule.message
    assert not {"should", "consider"} & set(rule.message.lower().split())
    assert "Bad:" in rule.documentation
    assert "Good:" in rule.documentation
    assert rule.practices
    assert rule.source.startswith("https://")


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example.is_bad], ids=str)
def test_offered_fixes_are_as_safe_as_the_rule_says(example: Example, tmp_path: Path) -> None:
    rule = all_rules()[example.code]
    path, projects = given(example, tmp_path)
    result = lint_source(example.source, path, settings_for(example, example.code), projects=projects)
    offered = {finding.fix.applicability for finding in result.findings if finding.fix is not None}
    allowed = {
        FixAvailability.NONE: set(),
        FixAvailability.SAFE: {Applicability.SAFE},
        FixAvailability.UNSAFE: {Applicability.UNSAFE},
        FixAvailability.MIXED: {Applicability.SAFE, Applicability.UNSAFE},
    }[rule.fix]
    assert offered <= allowed
