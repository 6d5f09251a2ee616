"""Write the accuracy page of the docs from the verdicts of those who read the findings."""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ecosystem import SAMPLE_COLUMNS, SCRIPTS, Package, Place, read_packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DOCS = SCRIPTS.parent / "docs"
VERDICTS = DOCS / "accuracy" / "verdicts.tsv"
FIXES = DOCS / "accuracy" / "fixes.tsv"
PAGE = DOCS / "accuracy.md"
PACKAGES = (SCRIPTS / "ecosystem_packages.tsv", SCRIPTS / "ecosystem_holdout.tsv")
BEGIN = "<!-- written by scripts/accuracy.py: begin -->"
END = "<!-- written by scripts/accuracy.py: end -->"
VERDICT_WORDS = ("true", "false", "arguable")
SELECTIONS = ("AIO", "ALL")
FIX_COLUMNS = ("project", "commit", "path", "line", "code", "applicability", "verdict", "reason")
FIX_WORDS = ("right", "wrong", "ugly")
APPLICABILITIES = ("safe", "unsafe")
NEW_PAGE = f"# Accuracy\n\n{BEGIN}\n{END}\n"


@dataclass(frozen=True)
class Verdict:
    """What a reader says of one finding."""

    place: Place
    by_default: bool
    """Whether it is found without naming the rule."""
    word: str
    reason: str


@dataclass(frozen=True)
class FixVerdict:
    """What a reader says of what a fix made of one place."""

    place: Place
    applicability: str
    word: str
    reason: str


@dataclass(frozen=True)
class RuleFacts:
    """What the page needs to know of a rule."""

    name: str
    default_on: bool


def read_verdicts(path: Path) -> list[Verdict]:
    """Read the verdicts.

    Raises:
        ValueError: The columns are others, a verdict or its reason is missing, or a finding is judged twice.
    """
    verdicts: dict[Place, Verdict] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        if tuple(rows.fieldnames or ()) != SAMPLE_COLUMNS:
            raise ValueError(f"{path.name}: the columns must be {', '.join(SAMPLE_COLUMNS)}")
        for row in rows:
            where = f"{path.name}:{rows.line_num}"
            if row["verdict"] not in VERDICT_WORDS:
                raise ValueError(f"{where}: the verdict must be one of {', '.join(VERDICT_WORDS)}")
            if row["selection"] not in SELECTIONS:
                raise ValueError(f"{where}: the selection must be one of {', '.join(SELECTIONS)}")
            if not row["reason"]:
                raise ValueError(f"{where}: the reason is missing")
            place = Place(row["package"], row["version"], row["path"], int(row["line"]), row["code"])
            if place in verdicts:
                raise ValueError(f"{where}: this finding is judged already")
            verdicts[place] = Verdict(place, row["selection"] == "AIO", row["verdict"], row["reason"])
    return list(verdicts.values())


def read_fixes(path: Path) -> list[FixVerdict]:
    """Read the verdicts on fixes.

    Raises:
        ValueError: The columns are others, a verdict or its reason is missing, or a fix is judged twice.
    """
    verdicts: dict[Place, FixVerdict] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        if tuple(rows.fieldnames or ()) != FIX_COLUMNS:
            raise ValueError(f"{path.name}: the columns must be {', '.join(FIX_COLUMNS)}")
        for row in rows:
            where = f"{path.name}:{rows.line_num}"
            if row["verdict"] not in FIX_WORDS:
                raise ValueError(f"{where}: the verdict must be one of {', '.join(FIX_WORDS)}")
            if row["applicability"] not in APPLICABILITIES:
                raise ValueError(f"{where}: the applicability must be one of {', '.join(APPLICABILITIES)}")
            if not row["reason"]:
                raise ValueError(f"{where}: the reason is missing")
            place = Place(row["project"], row["commit"], row["path"], int(row["line"]), row["code"])
            if place in verdicts:
                raise ValueError(f"{where}: this fix is judged already")
            verdicts[place] = FixVerdict(place, row["applicability"], row["verdict"], row["reason"])
    return list(verdicts.values())


def known_rules() -> dict[str, RuleFacts]:
    """Give the facts of every rule, by its code."""
    from aiohttp_lint.rules import all_rules

    return {code: RuleFacts(rule.name, not rule.opt_in) for code, rule in all_rules().items()}


def share(part: int, whole: int) -> str:
    """Write a share as a percentage."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _cells(words: Counter[str]) -> list[str]:
    true, false, arguable = (words[word] for word in VERDICT_WORDS)
    counts = [str(words.total()), str(true), str(false), str(arguable)]
    return [*counts, share(true, true + false), share(true, words.total())]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    head = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    return [*head, *(f"| {' | '.join(row)} |" for row in rows)]


def _fixes(fixes: Sequence[FixVerdict], rules: Mapping[str, RuleFacts]) -> list[str]:
    of_rule: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for fix in fixes:
        if fix.place.code in rules:
            of_rule[fix.place.code, fix.applicability][fix.word] += 1
    of_kind = {
        kind: sum((words for (_, one), words in of_rule.items() if one == kind), Counter[str]())
        for kind in APPLICABILITIES
    }

    def cells(words: Counter[str]) -> list[str]:
        return [str(words.total()), *(str(words[word]) for word in FIX_WORDS)]

    return [
        "## Fixes",
        "",
        "What `--fix --select ALL` made of projects that no rule was written with: right, wrong (the program does"
        " something else, or breaks), or ugly (right, but not as a maintainer would write it). What a reason in"
        " [fixes.tsv](accuracy/fixes.tsv) calls fixed was mended afterwards.",
        "",
        *_table(
            ("rule", "name", "fix", "judged", *FIX_WORDS),
            [
                *(("all", "", kind, *cells(words)) for kind, words in of_kind.items()),
                *(
                    (code, rules[code].name, kind, *cells(of_rule[code, kind]))
                    for code, kind in sorted(of_rule)
                ),
            ],
        ),
    ]


def generated_part(
    verdicts: Sequence[Verdict],
    rules: Mapping[str, RuleFacts],
    packages: Sequence[Package],
    fixes: Sequence[FixVerdict] = (),
) -> str:
    """Write the generated part of the page, markers included.

    Args:
        verdicts: What the readers said.
        rules: The rules that exist; verdicts on others (since removed) are left out of the page.
        packages: The packages that were linted.
        fixes: What the readers said of fixes.

    Returns:
        Markdown that ends in a newline.
    """
    of_rule: defaultdict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    of_default: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    of_package: Counter[Package] = Counter()
    for verdict in verdicts:
        if verdict.place.code not in rules:
            continue
        of_rule[verdict.place.code, verdict.by_default][verdict.word] += 1
        of_default[verdict.by_default][verdict.word] += 1
        of_package[Package(verdict.place.package, verdict.place.version)] += 1
    counts = ("judged", *VERDICT_WORDS, "precision", "strict precision")
    lines = [
        BEGIN,
        "Precision is the share of true findings among the true and the false ones;"
        " strict precision counts the arguable ones as false. What is false was mended afterwards, and its"
        " reduced form stands among the rule's good examples. Some rules find more when they are named by their"
        " full code; what only that finds is counted apart.",
        "",
        *_table(
            ("found", *counts),
            [
                ("by default", *_cells(of_default[True])),
                ("only when named", *_cells(of_default[False])),
                ("all", *_cells(of_default[True] + of_default[False])),
            ],
        ),
        "",
        "## By rule",
        "",
        *_table(
            ("rule", "name", "on", "found", *counts),
            [
                (
                    code,
                    rules[code].name,
                    "by default" if rules[code].default_on else "opt-in",
                    "by default" if by_default else "when named",
                    *_cells(of_rule[code, by_default]),
                )
                for code, by_default in sorted(of_rule, key=lambda key: (key[0], not key[1]))
            ],
        ),
        "",
        *_fixes(fixes, rules),
        "",
        "## Packages",
        "",
        *_table(
            ("package", "version", "judged findings"),
            [
                (package.name, package.version, str(of_package[package]))
                for package in sorted(
                    {*packages, *of_package}, key=lambda one: (one.name.lower(), one.version)
                )
            ],
        ),
        END,
    ]
    return "\n".join(lines) + "\n"


def renew(page: str, part: str) -> str:
    """Put the generated part in the place of the page's old one; the text around it is written by hand.

    Raises:
        ValueError: The page lacks one of the two markers.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(f"{END}\n")
    if not begin or not end:
        raise ValueError(f"the page must contain {BEGIN!r} and {END!r}, each on a line of its own")
    return before + part + after


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or tell with 1 that it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the page is stale")
    options = parser.parse_args(arguments)
    packages = [package for path in PACKAGES for package in read_packages(path)]
    part = generated_part(read_verdicts(VERDICTS), known_rules(), packages, read_fixes(FIXES))
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    new = renew(old or NEW_PAGE, part)
    if options.check:
        if new != old:
            print(f"docs/{PAGE.name} is stale: run scripts/{Path(__file__).name}", file=sys.stderr)
        return int(new != old)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
