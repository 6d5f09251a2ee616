from __future__ import annotations

import pytest

from aiohttp_lint.edits import AddImport, Await, InsertBefore, RemoveStatement, ReplaceExpression, SetKeyword
from aiohttp_lint.findings import Span
from aiohttp_lint.fixes import TextEdit, apply_fixes, apply_text_edits, text_edits, unified_diff

from .places import changed, fix, place

ODD = (
    "\ufeff# -*- coding: utf-8 -*-\n"
    "\x0c\n"
    "x = 1 ; y = 2 ; \\\n"
    "z = 'é\x0c\u2028'  # type: int\n"
    "@décor  # why\n"
    "async def f(a, # type: str\n"
    "\t  b):\n"
    "\tif a:\n"
    "  # odd comment\n"
    "\t\tr = g('ü', OLD) + \\\n"
    "  h()   \n"
    "\x0c\n"
    "\t\t'''\n"
    "   text'''\n"
    "   \n"
    "def last(): pass # no newline at the end"
)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_odd_formatting_survives(newline: str) -> None:
    source = ODD.replace("\n", newline)
    edits = (
        ReplaceExpression(place(source, "OLD"), "new"),
        InsertBefore(place(source, "r = g('ü', OLD)"), "if b:\n    c"),
    )
    expected = source.replace("OLD", "new").replace(
        "\t\tr = g(", f"\t\tif b:{newline}\t\t\tc{newline}\t\tr = g("
    )
    # The comment, for all its odd indentation, stays with the statement that it is about.
    lines = expected.split(newline)
    comment = lines.index("  # odd comment")
    lines[comment : comment + 3] = [*lines[comment + 1 : comment + 3], lines[comment]]
    expected = newline.join(lines)
    assert changed(source, *edits) == expected


def test_mixed_newlines_stay_where_they_are() -> None:
    source = "def f():\r\n    a\n    OLD\r    b\r\n    c\r\n"
    span = place(source, "OLD")
    assert changed(source, ReplaceExpression(span, "new")) == source.replace("OLD", "new")
    expected = source.replace("    OLD", "    x\r\n    OLD")
    assert changed(source, InsertBefore(span, "x")) == expected


def test_a_form_feed_before_the_changed_statement() -> None:
    source = "a\n\x0cdef f():\n    OLD\n\x0c    OLD\n"
    first = ReplaceExpression(place(source, "OLD"), "new")
    assert changed(source, first) == "a\n\x0cdef f():\n    new\n\x0c    OLD\n"
    second = ReplaceExpression(place(source, "OLD", 1), "new")
    assert changed(source, second) is None


def test_no_fix_and_no_python() -> None:
    assert apply_fixes("x = (", [fix(AddImport("a"))]).refused == (fix(AddImport("a")),)
    assert apply_fixes("x\0", [fix(AddImport("a"))]).source == "x\0"
    assert apply_fixes("x = 1\n", []).source == "x = 1\n"


def test_a_fix_that_changes_nothing_is_refused() -> None:
    source = "x = 1\n"
    assert changed(source, ReplaceExpression(place(source, "1"), "1")) is None


def test_all_edits_or_none() -> None:
    source = "async def f():\n    g(a)\n    h\n"
    good, bad = RemoveStatement(place(source, "h")), Await(Span(9, 0, 9, 1))
    assert changed(source, good, bad) is None
    assert changed(source, good) == "async def f():\n    g(a)\n"


def test_what_would_not_compile_is_refused_and_the_rest_is_applied() -> None:
    source = "def f():\n    a\n    b\ndef g():\n    c\n"
    bad = fix(ReplaceExpression(place(source, "a"), "await {}"))
    good = fix(ReplaceExpression(place(source, "b"), "d"))
    outcome = apply_fixes(source, [bad, good])
    assert (outcome.applied, outcome.refused) == ((good,), (bad,))
    assert outcome.source == source.replace("b", "d")


def test_fixes_that_only_fail_together_are_deferred() -> None:
    source = "def f():\n    g(a, b)\n"
    first = fix(SetKeyword(place(source, "g(a, b)"), "k", "(x := 1)"))
    second = fix(ReplaceExpression(place(source, "a"), "[x for x in (await_, y)]"))
    outcome = apply_fixes(source, [first, second])
    assert outcome.applied == (first, second)
    outer = "def f():\n    a = 1\n    b = 2\n"
    one = fix(InsertBefore(place(outer, "a = 1"), "global x"))
    two = fix(InsertBefore(place(outer, "b = 2"), "nonlocal_ = x"))
    three = fix(InsertBefore(place(outer, "a = 1"), "x = 0"))
    outcome = apply_fixes(outer, [one, two, three])
    assert (outcome.applied, outcome.deferred) == ((one, two), (three,))
    late = fix(InsertBefore(place(outer, "b = 2"), "global x"))
    outcome = apply_fixes(outer, [three, late])
    assert (outcome.applied, outcome.deferred, outcome.refused) == ((three,), (late,), ())


def test_text_edits_are_minimal() -> None:
    source = "import é\nx = 'é'; f(a)\n"
    edit = fix(SetKeyword(place(source, "f(a)"), "k", "1"), AddImport("b"))
    (edits,) = text_edits(source, [edit])
    assert edits == (
        TextEdit(Span(2, 0, 2, 0), "import b\n"),
        TextEdit(Span(2, 12, 2, 12), ", k=1"),
    )
    assert apply_text_edits(source, edits) == apply_fixes(source, [edit]).source
    assert text_edits(source, [fix(Await(place(source, "f(a)")))]) == [None]


def test_text_edits_do_not_split_line_ends() -> None:
    source = "\ufeffif a:\r\n    b\r\n    c\r\n"
    edit = fix(RemoveStatement(place(source[1:], "b")))
    (edits,) = text_edits(source, [edit])
    assert edits is not None
    assert apply_text_edits(source[1:], edits) == "if a:\r\n    c\r\n"
    for one in edits:
        assert one.span.column <= 5
        assert one.span.end_column <= 5


def test_unified_diff() -> None:
    assert unified_diff("a.py", "x\n", "x\n") == ""
    assert unified_diff("d/a.py", "x\ny", "x\nz") == (
        "--- a/d/a.py\n+++ b/d/a.py\n@@ -1,2 +1,2 @@\n x\n"
        "-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n"
    )
    assert "-a\x0cb\r\n+c\r\n" in unified_diff("a", "a\x0cb\r\n", "c\r\n")
