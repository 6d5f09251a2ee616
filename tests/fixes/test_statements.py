from __future__ import annotations

import pytest

from aiohttp_lint.edits import (
    AddDecorator,
    Edit,
    InsertAfter,
    InsertBefore,
    InsertExceptClause,
    InsertFirst,
    MakeAsync,
    RemoveDecorator,
    RemoveParameter,
    RemoveStatement,
    RenameFunction,
    RenameParameter,
    ReplaceExceptType,
    ReplaceExpression,
    ReplaceReturnByRaise,
    ReplaceStatement,
    SplitWithItems,
    WrapFollowing,
)
from aiohttp_lint.fixes import apply_fixes

from .places import changed, fix, place


def check(source: str, expected: str | None, *edits: Edit) -> None:
    """Check what edits make of a source, None where they are refused."""
    assert changed(source, *edits) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("with OLD:\n        pass", "async with OLD:\n        pass"),
        ("with OLD: pass", "async with OLD: pass"),
        ("for OLD in b: pass", "async for OLD in b: pass"),
        ("with OLD, b: pass", None),
        ("async with OLD: pass", None),
        ("while OLD: pass", None),
    ],
)
@pytest.mark.parametrize("function", ["async def f():", "async  def  f( ) :  # why"])
def test_make_async(source: str, expected: str | None, function: str) -> None:
    before = f"{function}\n    {source}\n"
    after = None if expected is None else f"{function}\n    {expected}\n"
    check(before, after, MakeAsync(place(before, source)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# why\nDEF\n", "# why\n@web.middleware\nDEF\n"),
        ("class C:\n    # why\n    DEF\n", "class C:\n    # why\n    @web.middleware\n    DEF\n"),
        ("x\n\n@e  # why\nDEF\n", "x\n\n@web.middleware\n@e  # why\nDEF\n"),
    ],
)
@pytest.mark.parametrize("definition", ["async  def f(a): pass", "class D: pass"])
def test_decorator_stands_above_the_others(before: str, after: str, definition: str) -> None:
    source = before.replace("DEF", definition)
    expected = after.replace("DEF", definition)
    check(source, expected, AddDecorator(place(source, definition), "web.middleware"))


def test_only_definitions_are_decorated() -> None:
    check("x = 1\n", None, AddDecorator(place("x = 1\n", "x = 1"), "web.middleware"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("async def f(self, a) -> int: pass", "async def f(self) -> int: pass"),
        ("def f(self, a: int = 1,): pass", "def f(self,): pass"),
        ("def f(a): pass", "def f(): pass"),
        ("def f(self, a, *, b): pass", "def f(self, *, b): pass"),
        ("def f(a, self): pass", None),
        ("def f(self, *a): pass", None),
        ("def f(\n    self,  # itself\n    a,\n): pass", None),
        ("class a: pass", None),
    ],
)
def test_last_parameter_is_taken_out(before: str, after: str | None) -> None:
    check(before + "\n", None if after is None else after + "\n", RemoveParameter(place(before, before), "a"))


def test_make_async_needs_an_asynchronous_function() -> None:
    source = "def f():\n    with a: pass\nwith b: pass\n"
    check(source, None, MakeAsync(place(source, "with a: pass")))
    check(source, None, MakeAsync(place(source, "with b: pass")))
    function = MakeAsync(place(source, "def f():\n    with a: pass"))
    expected = "async def f():\n    async with a: pass\nwith b: pass\n"
    check(source, expected, function, MakeAsync(place(source, "with a: pass")))
    source = "@d\n@e  # why\ndef f():\n    yield from a\n"
    check(source, None, MakeAsync(place(source, "def f():\n    yield from a")))
    source = "@d\n@e  # why\ndef f():\n    yield a\n"
    check(source, source.replace("def", "async def"), MakeAsync(place(source, "def f():\n    yield a")))


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        ("OLD\n", "new\nOLD\n", "OLD\nnew\n"),
        ("OLD", "new\nOLD", "OLD\nnew"),
        (
            "if a:\n\tb\n\n\t# why\n\tOLD  # x\n",
            "if a:\n\tb\n\n\tnew\n\t# why\n\tOLD  # x\n",
            "if a:\n\tb\n\n\t# why\n\tOLD  # x\n\tnew\n",
        ),
        ("# why\nOLD\n# end\n", "# why\nnew\nOLD\n# end\n", "# why\nOLD\nnew\n# end\n"),
        ("if a: OLD\n", None, None),
        ("OLD; b\n", "new\nOLD; b\n", None),
        ("b; OLD\n", None, "b; OLD\nnew\n"),
        ("b; OLD; c\n", None, None),
        (
            "if a:\n  b\n  OLD\n  # end\nelse:\n  c\n",
            "if a:\n  b\n  new\n  OLD\n  # end\nelse:\n  c\n",
            "if a:\n  b\n  OLD\n  new\n  # end\nelse:\n  c\n",
        ),
    ],
)
def test_insert_before_and_after(source: str, before: str | None, after: str | None) -> None:
    check(source, before, InsertBefore(place(source, "OLD"), "new"))
    check(source, after, InsertAfter(place(source, "OLD"), "new"))


def test_inserted_blocks_follow_the_indentation_of_the_file() -> None:
    source = "class A:\n\tdef f(self):\n\t\tOLD\n"
    expected = "class A:\n\tdef f(self):\n\t\tif a:\n\t\t\tb = '''\n  '''\n\t\tOLD\n"
    check(source, expected, InsertBefore(place(source, "OLD"), "if a:\n    b = '''\n  '''"))
    source = "x\nif a:\n  b\n"
    check(source, "if c:\n  d\nx\nif a:\n  b\n", InsertBefore(place(source, "x"), "if c:\n    d"))


def test_insert_before_an_elif_or_into_nothing() -> None:
    source = "if a:\n    b\nelif c:\n    d\n"
    check(source, None, InsertBefore(place(source, "elif c:\n    d"), "new"))
    check(source, None, InsertBefore(place(source, "a"), "new"))
    check(source, None, InsertBefore(place(source, "b"), "not a statement"))
    check(source, None, InsertBefore(place(source, "b"), "# nothing"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():  # why\n    a\n", "def f():  # why\n    new\n    a\n"),
        ('def f():\n    """Doc."""\n    a\n', 'def f():\n    """Doc."""\n    new\n    a\n'),
        ('def f():\n    """Doc."""\n', 'def f():\n    """Doc."""\n    new\n'),
        ('with a:\n    """No doc."""\n', 'with a:\n    new\n    """No doc."""\n'),
        ("def f():\n    # why\n    a\n", "def f():\n    new\n    # why\n    a\n"),
        ("def f(): a\n", None),
        ("match a:\n    case 1: pass\n", None),
    ],
)
def test_insert_first(source: str, expected: str | None) -> None:
    check(source, expected, InsertFirst(place(source, source.rstrip()), "new"))


@pytest.mark.parametrize(
    ("source", "template", "expected"),
    [
        ("if a:\n    OLD  # why\n", "new", "if a:\n    new  # why\n"),
        ("if a:\n    OLD  # why\n", "new\nnewer", "if a:\n    new  # why\n    newer\n"),
        (
            "if a:\n    # up\n    OLD  # why\n",
            "with b:\n    new",
            "if a:\n    # up\n    with b:  # why\n        new\n",
        ),
        (
            "if a:\n    # up\n    OLD  # why\n",
            "with b:\n    {}",
            "if a:\n    # up\n    with b:\n        OLD  # why\n",
        ),
        ("if a:\n    OLD  # why\n", "x = {}.y", "if a:\n    x = OLD.y  # why\n"),
        ("if a: OLD  # why\n", "x = {}", "if a: x = OLD  # why\n"),
        ("if a: OLD\n", "x\ny", None),
        ("if a: OLD\n", "with x: {}", None),
        ("b; OLD; c\n", "new", "b; new; c\n"),
        ("b; OLD;\n", "new", "b; new;\n"),
        ("b; OLD\n", "with x: pass", None),
    ],
)
def test_replace_statement(source: str, template: str, expected: str | None) -> None:
    check(source, expected, ReplaceStatement(place(source, "OLD"), template))


def test_replace_a_compound_statement() -> None:
    source = "def f():\n    @d  # why\n    def g():\n        '''a\n  b'''\n        # end\n"
    span = place(source, "def g():\n        '''a\n  b'''")
    check(source, None, ReplaceStatement(span, "pass"))
    expected = (
        "def f():\n    try:\n        @d  # why\n        def g():\n            '''a\n  b'''\n"
        "            # end\n    finally:\n        c\n"
    )
    check(source, expected, ReplaceStatement(span, "try:\n    {}\nfinally:\n    c"))
    check(source, None, ReplaceStatement(span, "x = {}"))
    source = "a = (b  # why\n)\n"
    check(source, None, ReplaceStatement(place(source, source.rstrip()), "new"))


def test_enclose_a_statement_and_change_it_inside() -> None:
    source = "async def f():\n    async with A().get(b) as c:  # why\n        # how\n        d\n"
    expected = (
        "async def f():\n    async with A() as a:\n        async with a.get(b) as c:  # why\n"
        "            # how\n            d\n"
    )
    span = place(source, "async with A().get(b) as c:  # why\n        # how\n        d")
    enclose = ReplaceStatement(span, "async with A() as a:\n    {}")
    check(source, expected, enclose, ReplaceExpression(place(source, "A()"), "a"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("OLD\n", ""),
        ("a\nOLD\n\nb\n", "a\n\nb\n"),
        ("a\nOLD", "a\n"),
        ("if a:\n    OLD\n", "if a:\n    pass\n"),
        ("if a:\n    # why\n    OLD\n", "if a:\n    # why\n    pass\n"),
        ("if a:\n    OLD\n    # end\n", "if a:\n    pass\n    # end\n"),
        ("if a:\n    b\n    # why\n    OLD\nc\n", "if a:\n    b\n    # why\nc\n"),
        ("if a:\n    # why\n    OLD\n\n    b\n", "if a:\n    # why\n\n    b\n"),
        ("if a:\n    b\n\n    OLD\n    c\n", "if a:\n    b\n\n    c\n"),
        ("if a: OLD\n", "if a: pass\n"),
        ("b; OLD; c  # d\n", "b; c  # d\n"),
        ("b; OLD  # d\n", "b  # d\n"),
        ("OLD; c\n", "c\n"),
        ("OLD  # why\n", None),
    ],
)
def test_remove_statement(source: str, expected: str | None) -> None:
    check(source, expected, RemoveStatement(place(source, "OLD")))


def test_remove_a_compound_statement() -> None:
    source = "a\n@d\ndef f():\n    pass\nb\n"
    check(source, "a\nb\n", RemoveStatement(place(source, "def f():\n    pass")))
    source = "a\ndef f():\n    pass  # why\nb\n"
    check(source, None, RemoveStatement(place(source, "def f():\n    pass")))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if a:\n    b\nelif c:\n    d\ne\n", "if a:\n    b\ne\n"),
        ("if a:\n    b\nelif x:\n    y\nelif c:\n    d\n", "if a:\n    b\nelif x:\n    y\n"),
        ("if a:\n    b\nelif c:\n    d\nelse:\n    e\n", None),
        ("if a:\n    b\nelif c:\n    d\nelif e:\n    f\n", None),
        ("if a:\n    b\n# why\nelif c:\n    d\n", None),
        ("if a:\n    b\nelif c:\n    d  # why\n", None),
        ("if a:\n    b\nelse:\n    if z: e\n    elif c:\n        d\n", "if a:\n    b\nelse:\n    if z: e\n"),
    ],
)
def test_remove_an_elif(source: str, expected: str | None) -> None:
    check(source, expected, RemoveStatement(place(source, "elif c")))


BLOCK = '''\
async def f():
    # up
    OLD  # why

    # first
    a = """
  text
"""
    g(
        a,
          b,
    )
    if a: \\
      b
    last
    # end
'''
WRAPPED = '''\
async def f():
    # up
    async with s as t:  # why

        # first
        a = """
  text
"""
        g(
            a,
              b,
        )
        if a: \\
      b
        last
    # end
'''


def test_wrap_following() -> None:
    edit = WrapFollowing(place(BLOCK, "OLD"), "async with s as t:")
    check(BLOCK, WRAPPED, edit)
    until = WrapFollowing(edit.statement, "async with s as t:", place(BLOCK, 'a = """\n  text\n"""'))
    expected = BLOCK.replace("    OLD", "    async with s as t:")
    expected = expected.replace("    # first\n    a", "        # first\n        a")
    check(BLOCK, expected, until)
    check(
        BLOCK.replace("async ", ""),
        None,
        WrapFollowing(place("def f():\n    # up\n    OLD", "OLD"), edit.header),
    )
    check(BLOCK, None, WrapFollowing(edit.statement, "x = 1"))
    check(BLOCK, None, WrapFollowing(edit.statement, "with s:", place(BLOCK, "b", 1)))


def test_wrap_following_with_edits_of_what_it_moves() -> None:
    source = "async def f():\n    OLD\n    a(b)\n    # why\n    gone\n"
    expected = "async def f():\n    async with s:\n        a(c)\n        # why\n"
    edits = (
        WrapFollowing(place(source, "OLD"), "async with s:"),
        ReplaceExpression(place(source, "b"), "c"),
        RemoveStatement(place(source, "gone")),
    )
    check(source, expected, *edits)
    outcome = apply_fixes(source, [fix(edit) for edit in edits])
    assert [len(outcome.applied), len(outcome.deferred), len(outcome.refused)] == [1, 2, 0]


def test_wrap_nothing_and_at_module_level() -> None:
    source = "if a:\n  OLD\nelse:\n  b\n"
    check(source, "if a:\n  with s:\n    pass\nelse:\n  b\n", WrapFollowing(place(source, "OLD"), "with s:"))
    source = "import a\n# up\nOLD\n\n# b\nb()\n\nc()\n# end\n"
    expected = "import a\n# up\nwith s:\n\n    # b\n    b()\n\n    c()\n# end\n"
    check(source, expected, WrapFollowing(place(source, "OLD"), "with s:"))
    expected = "import a\n# up\nwith s:\n\n    # b\n    b()\n\nc()\n# end\n"
    check(source, expected, WrapFollowing(place(source, "OLD"), "with s:", place(source, "b()")))
    check(source, None, WrapFollowing(place(source, "OLD"), "async with s:"))


@pytest.mark.parametrize(
    "source",
    [
        "if a: OLD\n",
        "OLD; b\n",
        "b; OLD\nc\n",
        "OLD\na = f'''{\n  b = }'''\n",
    ],
)
def test_wrap_refused(source: str) -> None:
    check(source, None, WrapFollowing(place(source, "OLD"), "with s:"))


TRY = "try:\n    a\n# why\nexcept A as e:  # all\n    b\nexcept:\n    c\nfinally:\n    d\n"


def test_except_type() -> None:
    named, bare = place(TRY, "except A as e:  # all\n    b"), place(TRY, "except:\n    c")
    check(TRY, TRY.replace("except A", "except (B, C)"), ReplaceExceptType(named, "(B, C)"))
    check(TRY, TRY.replace("except:", "except Exception:"), ReplaceExceptType(bare, "Exception"))
    check(TRY, None, ReplaceExceptType(place(TRY, "b"), "C"))
    source = "try: a\nexcept (A,  # why\n  B): c\n"
    check(source, None, ReplaceExceptType(place(source, source[7:].rstrip()), "C"))


def test_except_clause() -> None:
    named, bare = place(TRY, "except A as e:  # all\n    b"), place(TRY, "except:\n    c")
    new = "except asyncio.CancelledError:\n    raise"
    check(TRY, TRY.replace("except:", f"{new}\nexcept:"), InsertExceptClause(bare, new))
    check(TRY, TRY.replace("# why", f"{new}\n# why"), InsertExceptClause(named, new))
    apart = "try:\n    a\n\nexcept B:\n    c\n"
    clause = InsertExceptClause(place(apart, "except B:\n    c"), new)
    check(apart, apart.replace("except B", f"{new}\nexcept B"), clause)
    check(TRY, None, InsertExceptClause(named, "else:\n    raise"))
    check(TRY, None, InsertExceptClause(named, "except* A:\n    raise"))


@pytest.mark.parametrize(
    ("copied", "written"),
    [
        ("a(\n        b,\n    )", "a(\n        b,\n    )"),
        ("a(b,\n      c)", "a(b,\n      c)"),
        ("a(\n    b,\n)", "a(\n        b,\n    )"),
        ('a("""\n    b""")', 'a("""\n    b""")'),
    ],
)
def test_what_was_copied_from_the_block_keeps_its_indentation(copied: str, written: str) -> None:
    before = "def f():\n    x = a\n    b\n"
    span = place(before, "x = a")
    check(
        before,
        f"def f():\n    with {written} as x:\n        b\n",
        WrapFollowing(span, f"with {copied} as x:"),
    )
    check(before, f"def f():\n    x = {written}\n    b\n", ReplaceStatement(span, f"x = {copied}"))
    check(before, f"def f():\n    x = {written}\n    b\n", ReplaceExpression(place(before, "a"), copied))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("return a(b)", "raise a(b)"),
        ("return(a)", "raise(a)"),
        ("if b: return a  # why", "if b: raise a  # why"),
        ("b; return a; c", "b; raise a; c"),
        ("return (  # why\n        a\n    )", "raise (  # why\n        a\n    )"),
        ("return a(b,\n             c)", "raise a(b,\n            c)"),
        ("return a(b,\n        c)", "raise a(b,\n        c)"),
        ("return a(\n        b)", "raise a(\n        b)"),
        ("return", None),
        ("return a, b", None),
    ],
)
def test_return_by_raise(source: str, expected: str | None) -> None:
    before = f"def f():\n    {source}\n"
    start = source.index("return")
    text = source[start:].split("  # why\n", maxsplit=1)[0] if ")" not in source else source[start:]
    span = place(before, text.split(";")[0].removesuffix("  # why"))
    check(before, None if expected is None else f"def f():\n    {expected}\n", ReplaceReturnByRaise(span))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "with a as b, c:  # why\n    d\n    # end\n",
            "with a as b:\n    with c:  # why\n        d\n        # end\n",
        ),
        ("with a, b, c: d\n", "with a:\n    with b:\n        with c: d\n"),
        ("with (\n  a as b,\n  c as d,\n):\n    e\n", "with a as b:\n    with c as d:\n        e\n"),
        ("with (\n  a as b,  # why\n  c as d,\n):\n    e\n", None),
        ("with a:\n    b\n", None),
    ],
)
def test_split_with_items(source: str, expected: str | None) -> None:
    check(source, expected, SplitWithItems(place(source, source.removesuffix("    # end\n").rstrip())))


def test_comments_inside_what_goes_are_kept_by_refusing() -> None:
    source = "def f():\n    x = [\n        1,  # one\n    ]\n"
    span = place(source, source[source.index("x =") :].rstrip())
    check(source, None, RemoveStatement(span))
    check(source, None, ReplaceStatement(span, "y"))
    check(source, None, WrapFollowing(span, "with a:"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# why\n@OLD\ndef f(): pass\n", "# why\ndef f(): pass\n"),
        ("@a\n@OLD\n@b(1)\nasync def f():\n    pass\n", "@a\n@b(1)\nasync def f():\n    pass\n"),
        ("class C:\n    @OLD\n    class D: pass\n", "class C:\n    class D: pass\n"),
        ("@OLD  # why\ndef f(): pass\n", None),
        ("@a\n# why\n@OLD\ndef f(): pass\n", None),
        ("@a(OLD)\ndef f(): pass\n", None),
    ],
)
def test_remove_decorator(source: str, expected: str | None) -> None:
    check(source, expected, RemoveDecorator(place(source, "OLD")))


def test_rename_function_and_parameter() -> None:
    source = "class C:\n    @a\n    def f(self, b, /, c=1, *, d: int) -> None:  # why\n        return c\n"
    definition = "def f(self, b, /, c=1, *, d: int) -> None:  # why\n        return c"
    renamed = source.replace("def f", "async def g")
    check(
        source, renamed, RenameFunction(place(source, definition), "g"), MakeAsync(place(source, definition))
    )
    for old, new in (("b, ", "e, "), ("c=1", "e=1"), ("d: ", "e: ")):
        edit = RenameParameter(place(source, definition), old[0], "e")
        check(source, source.replace(old, new), edit)


@pytest.mark.parametrize("name", ["1", "class", ""])
def test_a_new_name_has_to_be_one(name: str) -> None:
    source = "def f(a): pass\n"
    check(source, None, RenameFunction(place(source, "def f(a): pass"), name))
    check(source, None, RenameParameter(place(source, "def f(a): pass"), "a", name))
    check(source, None, RenameParameter(place(source, "def f(a): pass"), "b", "c"))
    check("x = 1\n", None, RenameFunction(place("x = 1\n", "x = 1"), "f"))
