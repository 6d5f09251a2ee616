from __future__ import annotations

from textwrap import dedent

import pytest

from aiohttp_lint.edits import Await, MakeAsync, ReplaceExpression, SetKeyword
from aiohttp_lint.fixes import apply_fixes

from .places import changed, fix, place


def in_function(statement: str) -> str:
    return f"async def f():\n    {statement}\n"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("r.json()", "await r.json()"),
        ("x = r.json()", "x = await r.json()"),
        ('r.json()["a"]', '(await r.json())["a"]'),
        ("r.json().get(1)", "(await r.json()).get(1)"),
        ("r.json()(1)", "(await r.json())(1)"),
        ("r.json() ** 2", "(await r.json()) ** 2"),
        ("2 ** r.json()", "2 ** await r.json()"),
        ("-r.json()", "-await r.json()"),
        ("not r.json()", "not await r.json()"),
        ("await r.json()", "await (await r.json())"),
        ("(r.json())", "(await r.json())"),
        ('(r.json())["a"]', '(await r.json())["a"]'),
        ("g(*r.json(), **r.json())", "g(*await r.json(), **r.json())"),
        ("x = [r.json() for r in s]", "x = [await r.json() for r in s]"),
        ("x = {k: 1 for k in r.json()}", "x = {k: 1 for k in await r.json()}"),
        ("x = sum(i for i in r.json())", "x = sum(i for i in await r.json())"),
        ("x = lambda a=r.json(): a", "x = lambda a=await r.json(): a"),
        ("return r.json()", "return await r.json()"),
        ("if x: r.json()", "if x: await r.json()"),
        ("a(); r.json()", "a(); await r.json()"),
        ("assert x, r.json()", "assert x, await r.json()"),
        ("x[r.json()]", "x[await r.json()]"),
        ("return(r.json())", "return(await r.json())"),
        (
            "x = (\n        # why\n        r.json()\n    )",
            "x = (\n        # why\n        await r.json()\n    )",
        ),
        ("def g(a=r.json()): pass", "def g(a=await r.json()): pass"),
        ("class A(r.json()): pass", "class A(await r.json()): pass"),
        ("@r.json()\n    def g(): pass", "@await r.json()\n    def g(): pass"),
        ("x = lambda: r.json()", None),
        ("def g(): return r.json()", None),
        ("class A:\n        x = r.json()", None),
        ("x = sum(r.json() for i in s)", None),
        ("x = sum(i for i in s if r.json())", None),
        ("x = sum(i for s in t for i in r.json())", None),
        ("x: r.json() = 1", None),
        ('x = f"{r.json()}"', None),
        ("r.json().x += r.json", "(await r.json()).x += r.json"),
        ("def g() -> r.json(): pass", None),
    ],
)
def test_await(statement: str, expected: str | None) -> None:
    source = in_function(statement)
    result = changed(source, Await(place(source, "r.json()")))
    assert result == (None if expected is None else in_function(expected))


def test_await_needs_an_asynchronous_function() -> None:
    source = "def f():\n    r.json()\nr.text()\n"
    assert changed(source, Await(place(source, "r.json()"))) is None
    assert changed(source, Await(place(source, "r.text()"))) is None
    assert (
        changed(source, Await(place(source, "r.json()")), MakeAsync(place(source, source[:21].rstrip())))
        == "async def f():\n    await r.json()\nr.text()\n"
    )


def test_await_is_no_target() -> None:
    source = in_function("r.x = 1")
    assert changed(source, Await(place(source, "r.x"))) is None


@pytest.mark.parametrize(
    ("statement", "template", "expected"),
    [
        ("x = OLD", "new", "x = new"),
        ("x = g(OLD)", "T(total={})", "x = g(T(total=OLD))"),
        ("x = OLD.b", "{} or c", "x = (OLD or c).b"),
        ("x = (OLD).b", "{} or c", "x = (OLD or c).b"),
        ("x = OLD * 2", "{} + 1", "x = (OLD + 1) * 2"),
        ("x = 2 - OLD", "{} - 1", "x = 2 - (OLD - 1)"),
        ("x = OLD - 2", "{} - 1", "x = OLD - 1 - 2"),
        ("x = OLD < 2", "{} in c", "x = (OLD in c) < 2"),
        ("x = OLD if a else b", "c if {} else d", "x = (c if OLD else d) if a else b"),
        ("x = a if b else OLD", "c if {} else d", "x = a if b else c if OLD else d"),
        ("g(OLD)", "(yield {})", "g((yield OLD))"),
        ("g(OLD)", "a, {}", "g((a, OLD))"),
        ("g(k=OLD)", "lambda: {}", "g(k=lambda: OLD)"),
        ("x = OLD", "{{{}: 1}}", "x = {OLD: 1}"),
        ("x = OLD", "{0}", None),
        ("x = OLD", "{", None),
        ("x = OLD", "a b", None),
        ("x = 'a' + f'{OLD}'", "1", None),
        ("x = a.OLD", "b", "x = a.b"),
    ],
)
def test_replace_expression(statement: str, template: str, expected: str | None) -> None:
    source = in_function(statement)
    result = changed(source, ReplaceExpression(place(source, "OLD"), template))
    assert result == (None if expected is None else in_function(expected))


@pytest.mark.parametrize(
    ("statement", "old", "template", "expected"),
    [
        ("x = a or b", "a or b", "{}.c", "x = (a or b).c"),
        ("x = a or b", "a or b", "T({})", "x = T(a or b)"),
        ("x = 5", "5", "{}.c", "x = (5).c"),
        ("x = (a := 1)", "a := 1", "T(k={})", "x = (T(k=(a := 1)))"),
        ("x = yield a", "yield a", "T({})", "x = T((yield a))"),
        ("x = lambda: 1", "lambda: 1", "{} or c", "x = (lambda: 1) or c"),
        ("x = 1, 2", "1, 2", "T({})", "x = T((1, 2))"),
        ("x = (1, 2)", "(1, 2)", "T({})", "x = T((1, 2))"),
        ("x = ((1, 2))", "(1, 2)", "T({})", "x = (T((1, 2)))"),
        ("g(a for a in b)", "(a for a in b)", "list({})", "g(list(a for a in b))"),
        ("g(a for a in b)", "(a for a in b)", "list({}, 1)", "g(list((a for a in b), 1))"),
        ("g((a for a in b), 1)", "(a for a in b)", "list({})", "g(list((a for a in b)), 1)"),
        ("g(a, *b)", "*b", "c", None),
        ("x = 'a' 'b'", "'a'", "c", None),
        ("g(a,\n      # why\n      [1,  # one\n      ])", "[1,  # one\n      ]", "2", None),
        (
            "g(a,\n      # why\n      [1,  # one\n      ])",
            "[1,  # one\n      ]",
            "T({})",
            "g(a,\n      # why\n      T([1,  # one\n      ]))",
        ),
        ('x = """\n  a"""', '"""\n  a"""', "T({})", 'x = T("""\n  a""")'),
    ],
)
def test_the_old_expression_in_a_template(
    statement: str, old: str, template: str, expected: str | None
) -> None:
    source = in_function(statement)
    result = changed(source, ReplaceExpression(place(source, old), template))
    assert result == (None if expected is None else in_function(expected))


def test_edits_of_one_fix_nest() -> None:
    source = in_function("x = outer(inner(a))")
    outer, inner = place(source, "outer(inner(a))"), place(source, "inner(a)")
    edits = (Await(outer), SetKeyword(outer, "k", "1"), SetKeyword(inner, "l", "2"), Await(inner))
    assert changed(source, *edits) == in_function("x = await outer(await inner(a, l=2), k=1)")
    # What one edit throws away, another can't change.
    assert changed(source, ReplaceExpression(outer, "1"), Await(inner)) is None


def test_the_first_of_two_colliding_fixes_wins() -> None:
    source = in_function("x = outer(inner(a))")
    first = fix(ReplaceExpression(place(source, "inner(a)"), "1"))
    second = fix(ReplaceExpression(place(source, "outer(inner(a))"), "3"))
    outcome = apply_fixes(source, [first, second])
    assert (outcome.applied, outcome.deferred, outcome.refused) == ((first,), (second,), ())
    assert outcome.source == in_function("x = outer(1)")
    outcome = apply_fixes(source, [second, first])
    assert (outcome.applied, outcome.deferred) == ((second,), (first,))
    assert outcome.source == in_function("x = 3")


def test_fixes_that_do_not_collide_are_applied_together() -> None:
    source = in_function("x = outer(inner(a))") + dedent(
        """
        async def g():
            r.json()
        """
    )
    outer = place(source, "outer(inner(a))")
    fixes = [
        fix(SetKeyword(outer, "k", "1")),
        fix(SetKeyword(outer, "l", "2")),
        fix(SetKeyword(place(source, "x"), "m", "3")),
        fix(Await(place(source, "r.json()"))),
    ]
    outcome = apply_fixes(source, fixes)
    assert outcome.applied == (fixes[0], fixes[1], fixes[3])
    assert outcome.refused == (fixes[2],)
    assert "x = outer(inner(a), k=1, l=2)\n" in outcome.source
    assert "    await r.json()\n" in outcome.source
