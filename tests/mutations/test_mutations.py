"""Each practice broken, one at a time: the rule that claims it finds it, and the unbroken system is clean."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from aiohttp_lint.findings import Finding
from aiohttp_lint.project import Job, lint_paths
from aiohttp_lint.requirements import parse_target
from aiohttp_lint.rules import all_rules
from aiohttp_lint.settings import Overrides
from tests.mutations.pages import EXAMPLES, Mutation, mutations

MUTATIONS = mutations()
# As it runs on aiohttp 3, and as it is written for a program that is to run on aiohttp 4 too.
TARGETS = ("3.12", ">=3.14,<5")


def findings_of(folder: Path, target: str) -> list[Finding]:
    """Lint a copy of the reference system as its own project, the whole of it, every rule awake."""
    overrides = Overrides(select=("ALL",), aiohttp_target=parse_target(target))
    reports = lint_paths([str(folder.parent)], Job(isolated=True, overrides=overrides))
    return [finding for report in reports for finding in report.findings]


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Under a name of its own: files of examples and tests are looked at with less rigour.
    copy = tmp_path_factory.mktemp("project") / "system"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("__pycache__", "*.md"))
    # Marked as a project: what a whole project lacks can be told only where it ends.
    (copy.parent / "pyproject.toml").write_text('[project]\nname = "system"\n', encoding="utf-8")
    return copy


@pytest.mark.parametrize("target", TARGETS)
def test_the_system_is_clean(system: Path, target: str) -> None:
    assert len(list(system.rglob("*.py"))) > 10
    findings = findings_of(system, target)
    assert [(finding.path, finding.code, finding.message) for finding in findings] == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_what_is_broken_is_found(mutation: Mutation, system: Path) -> None:
    broken = system / mutation.path
    source = mutation.applied_to(broken.read_text(encoding="utf-8"))
    ast.parse(source)
    broken.write_text(source, encoding="utf-8")
    assert any(mutation.code == finding.code for target in TARGETS for finding in findings_of(system, target))


def test_every_practice_with_a_rule_is_broken_once() -> None:
    claimed = {practice for rule in all_rules().values() for practice in rule.practices}
    assert claimed - {mutation.practice for mutation in MUTATIONS} == set()


def test_each_rule_claims_the_practice() -> None:
    rules = all_rules()
    assert [str(one) for one in MUTATIONS if one.practice not in rules[one.code].practices] == []


def test_every_mutation_is_one_of_its_own() -> None:
    assert len({(mutation.path, mutation.after, mutation.code) for mutation in MUTATIONS}) == len(MUTATIONS)
