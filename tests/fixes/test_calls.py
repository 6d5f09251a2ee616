from __future__ import annotations

from textwrap import dedent

import pytest

from aiohttp_lint.edits import (
    NameArgument,
    RemoveKeyword,
    RenameKeyword,
    ReplaceCallee,
    SetKeyword,
)

from .places import changed, place


def whole(source: str) -> str:
    """Return the call that a source of one statement `x = call` or `call` is."""
    return source.rstrip("\n").removeprefix("x = ")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f()\n", "f(k=1)\n"),
        ("f(a)", "f(a, k=1)"),
        ("x = f(a, b=2)\n", "x = f(a, b=2, k=1)\n"),
        ("f(a,)\n", "f(a, k=1,)\n"),
        ("f(a, )\n", "f(a, k=1, )\n"),
        ("f(**options)\n", "f(**options, k=1)\n"),
        ("f(k=2)\n", "f(k=1)\n"),
        ("f( k = (2), b=3)\n", "f( k = 1, b=3)\n"),
        ("f(x for x in y)\n", "f((x for x in y), k=1)\n"),
        ("f(\n    a,\n    b=2,\n)\n", "f(\n    a,\n    b=2,\n    k=1,\n)\n"),
        ("f(\n    a,\n    b=2\n)\n", "f(\n    a,\n    b=2,\n    k=1\n)\n"),
        ("f(\n    a, b,\n)\n", "f(\n    a, b, k=1,\n)\n"),
        ("f(\n    a\n)\n", "f(\n    a,\n    k=1\n)\n"),
        ("f(a,\n  b)\n", "f(a,\n  b,\n  k=1)\n"),
        ("f(\n    a,  # why\n)\n", "f(\n    a,  # why\n    k=1,\n)\n"),
        ("f(\n    a  # why\n)\n", "f(\n    a,  # why\n    k=1\n)\n"),
        ("f(\n    a,\n    # end\n)\n", "f(\n    a,\n    # end\n    k=1,\n)\n"),
        ("f(a  # why\n  )\n", "f(a,  # why\n  k=1\n  )\n"),
        ("f(\n\ta,\n\tb,\n)\n", "f(\n\ta,\n\tb,\n\tk=1,\n)\n"),
        ("f(k=(2  # two\n))\n", None),
        ("f(# none\n)\n", "f(# none\nk=1)\n"),
    ],
)
def test_set_keyword(source: str, expected: str | None) -> None:
    assert changed(source, SetKeyword(place(source, whole(source)), "k", "1")) == expected


def test_set_keyword_parenthesises_its_value() -> None:
    source = "f()\n"
    assert changed(source, SetKeyword(place(source, "f()"), "k", "a, b")) == "f(k=(a, b))\n"
    assert changed(source, SetKeyword(place(source, "f()"), "k", "(a := b)")) == "f(k=(a := b))\n"
    assert changed(source, SetKeyword(place(source, "f()"), "k", "a b")) is None
    assert changed(source, SetKeyword(place(source, "f()"), "not", "1")) is None


def test_set_keyword_in_an_indented_call_follows_its_indentation() -> None:
    source = dedent(
        """
        class A:
            async def f(self):
                return await g(
                    a,
                    *b,
                )
        """
    )
    call = source[source.index("g(") :].rstrip()
    assert changed(source, SetKeyword(place(source, call), "k", "1")) == source.replace(
        "            *b,\n", "            *b,\n            k=1,\n"
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f(k=1)\n", "f()\n"),
        ("f(\n    k=1,\n)\n", "f()\n"),
        ("f(a, k=1)\n", "f(a)\n"),
        ("f(a, k=1,)\n", "f(a,)\n"),
        ("f(k=1, b=2)\n", "f(b=2)\n"),
        ("f(a, k=1, b=2)\n", "f(a, b=2)\n"),
        ("f(a, k=1,\n  b=2)\n", "f(a,\n  b=2)\n"),
        ("f(a,\n  k=1,\n  b=2)\n", "f(a,\n  b=2)\n"),
        ("f(k=1,\n  b=2)\n", "f(b=2)\n"),
        ("f(\n    a,\n    k=1,\n    b=2,\n)\n", "f(\n    a,\n    b=2,\n)\n"),
        ("f(\n    a,\n    k=1,\n)\n", "f(\n    a,\n)\n"),
        ("f(\n    a,\n    k=1\n)\n", "f(\n    a\n)\n"),
        ("f(\n    a,  # first\n    k=1,\n)\n", "f(\n    a,  # first\n)\n"),
        ("f(\n    a,  # first\n    k=1)\n", "f(\n    a  # first\n    )\n"),
        ("f(\n    a,\n    k=1,  # why\n)\n", None),
        ("f(\n    # why\n    k=1,\n)\n", None),
        ("f(a)\n", None),
        ("f(**{'k': 1})\n", None),
    ],
)
def test_remove_keyword(source: str, expected: str | None) -> None:
    assert changed(source, RemoveKeyword(place(source, whole(source)), "k")) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f(k = g(k=1))\n", "f(new = g(k=1))\n"),
        ("f(k=1, new=2)\n", None),
        ("f(a)\n", None),
    ],
)
def test_rename_keyword(source: str, expected: str | None) -> None:
    assert changed(source, RenameKeyword(place(source, whole(source)), "k", "new")) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f(a)\n", "f(k=a)\n"),
        ("f(a, b=1)\n", "f(k=a, b=1)\n"),
        ("f((a := 1))\n", "f(k=(a := 1))\n"),
        ("f(a := 1)\n", "f(k=(a := 1))\n"),
        ("f(x for x in y)\n", "f(k=(x for x in y))\n"),
        ("f(a, b)\n", None),
        ("f(*a)\n", None),
        ("f(a, *b)\n", None),
        ("f(a, k=1)\n", None),
        ("f()\n", None),
    ],
)
def test_name_argument(source: str, expected: str | None) -> None:
    assert changed(source, NameArgument(place(source, whole(source)), 0, "k")) == expected


def test_name_arguments_together_in_any_order() -> None:
    source = "f(a, b, c)\n"
    call = place(source, "f(a, b, c)")
    first, second, third = (NameArgument(call, i, "xyz"[i]) for i in range(3))
    assert changed(source, first, second, third) == "f(x=a, y=b, z=c)\n"
    assert changed(source, third, second, first) == "f(x=a, y=b, z=c)\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f(a)(b)\n", "s.get(b)\n"),
        ("(f)(b)\n", "s.get(b)\n"),
        ("(\n    f  # why\n)(b)\n", None),
    ],
)
def test_replace_callee(source: str, expected: str | None) -> None:
    assert changed(source, ReplaceCallee(place(source, whole(source)), "s.get")) == expected


def test_replace_callee_by_a_looser_expression() -> None:
    source = "f(a)\n"
    assert changed(source, ReplaceCallee(place(source, "f(a)"), "a or b")) == "(a or b)(a)\n"


def test_several_edits_of_one_call() -> None:
    source = "r = f(a, old=1, gone=2)\n"
    call = place(source, "f(a, old=1, gone=2)")
    edits = (
        ReplaceCallee(call, "g"),
        NameArgument(call, 0, "url"),
        RenameKeyword(call, "old", "new"),
        RemoveKeyword(call, "gone"),
    )
    assert changed(source, *edits) == "r = g(url=a, new=1)\n"


def test_a_call_must_stand_at_the_span() -> None:
    source = "x = f(a)\n"
    assert changed(source, SetKeyword(place(source, "f"), "k", "1")) is None
    assert changed(source, SetKeyword(place(source, "a"), "k", "1")) is None
    assert changed(source, SetKeyword(place("\n\n\nf(a)", "f(a)"), "k", "1")) is None


def test_nothing_inside_an_f_string() -> None:
    source = 'x = f"{g(a)} {b}"\n'
    assert changed(source, SetKeyword(place(source, "g(a)"), "k", "1")) is None
