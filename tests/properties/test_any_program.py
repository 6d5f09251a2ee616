"""What must hold for any program: no crash, stable output, fixes that converge and touch nothing else."""

from __future__ import annotations

import ast
import io
import random
import site
import sysconfig
import tokenize
from difflib import SequenceMatcher
from pathlib import Path

import hypothesmith
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from aiohttp_lint.engine import fix_source, lint_source
from aiohttp_lint.findings import Finding
from aiohttp_lint.fixes import apply_fixes
from aiohttp_lint.settings import Settings
from tests.properties.programs import programs

EVERYTHING = Settings(select=("ALL",))
_FIXES_TRIED_ALONE = 6


def relaxed(examples: int) -> settings:
    return settings(
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        # Shrinking such programs takes longer than reading them.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )


def parses(source: str) -> bool:
    try:
        compile(source, "program.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def comments(source: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source, newline="").readline)
    return [token.string.strip() for token in tokens if token.type == tokenize.COMMENT]


def check(source: str) -> None:
    """Lint and fix a source, and demand all that is promised."""
    first = lint_source(source, "service/program.py", EVERYTHING)
    assert lint_source(source, "service/program.py", EVERYTHING) == first
    if first.error is not None:
        return
    check_each_fix(source, first.findings)
    for unsafe in (False, True):
        fixed = fix_source(source, "service/program.py", EVERYTHING, unsafe=unsafe)
        ast.parse(fixed.source)
        assert (
            fix_source(fixed.source, "service/program.py", EVERYTHING, unsafe=unsafe).source == fixed.source
        )
        assert fixed.remaining == lint_source(fixed.source, "service/program.py", EVERYTHING).findings
        if fixed.source == source:
            continue
        assert sorted(set(comments(source))) == sorted(set(comments(fixed.source)))
        check_untouched(source, fixed.source)


def check_each_fix(source: str, findings: tuple[Finding, ...]) -> None:
    """Demand that each fix, applied alone, takes its finding away; it may bring others to light."""
    fixable = [finding for finding in findings if finding.fix is not None]
    for finding in fixable[:_FIXES_TRIED_ALONE]:
        assert finding.fix is not None
        applied = apply_fixes(source, [finding.fix])
        if applied.applied:
            line = finding.span.line + lines_added_above(source, applied.source, finding.span.line)
            after = lint_source(applied.source, "service/program.py", EVERYTHING).findings
            assert (finding.code, finding.message, line) not in {
                (one.code, one.message, one.span.line) for one in after
            }


def lines_added_above(before: str, after: str, line: int) -> int:
    matcher = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    return sum(
        (new_end - new_start) - (end - start)
        for _, start, end, new_start, new_end in matcher.get_opcodes()
        if end < line
    )


def check_untouched(before: str, after: str) -> None:
    """Demand that top-level statements without a finding's fix stand there byte for byte."""
    old = before.splitlines(keepends=True)
    new = after.splitlines(keepends=True)
    touched: set[int] = set()
    for tag, start, end, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            # What is inserted at a line may belong to the statement before it.
            touched.update(range(start - (tag == "insert"), max(end, start + 1)))
    tree = ast.parse(before)
    kept = {ast.dump(statement) for statement in ast.parse(after).body}
    for statement in tree.body:
        lines = set(range(statement.lineno - 1, statement.end_lineno or statement.lineno))
        if not lines & touched:
            assert ast.dump(statement) in kept
    line_ends = {line[len(line.rstrip("\r\n")) :] for line in new[:-1]}
    assert line_ends <= {line[len(line.rstrip("\r\n")) :] for line in old}


@relaxed(100)
@given(programs())
def test_programs_from_aiohttp_fragments(source: str) -> None:
    check(source)


@relaxed(30)
@given(hypothesmith.from_node())
def test_programs_from_the_grammar(source: str) -> None:
    check(f"import aiohttp\n{source}" if parses(f"import aiohttp\n{source}") else source)


def real_files() -> list[Path]:
    """Give a sample of the standard library and of what is installed, the same on every run."""
    standard = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    installed = sorted(path for folder in site.getsitepackages() for path in Path(folder).rglob("*.py"))
    about_aiohttp = [path for path in installed if b"aiohttp" in path.read_bytes()]
    chosen = random.Random(20261124)
    return [
        *chosen.sample(standard, min(40, len(standard))),
        *chosen.sample(about_aiohttp, min(40, len(about_aiohttp))),
    ]


@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.name)
def test_real_files(path: Path) -> None:
    with tokenize.open(path) as stream:
        source = stream.read()
    check(source)
