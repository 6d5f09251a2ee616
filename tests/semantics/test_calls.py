"""Call sites: callees, arguments by aiohttp's signature, and what becomes of results."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics.calls import UseKind
from tests.semantics.modules import call, expression, function_named, module_of


def test_arguments_are_bound_by_signature() -> None:
    module = module_of("""
        from aiohttp import web
        response = web.Response()
        response.set_cookie("name", "value", httponly=True)
        response.set_cookie("name", "value", **flags)
        response.set_cookie(*parts)
        response.set_cookie("name", **{"secure": True})
        """)
    first, second, third, fourth = module.calls_to("aiohttp.web.StreamResponse.set_cookie")
    assert ast.literal_eval(first.argument("value").value) == "value"
    assert first.argument("httponly").is_given
    assert first.argument("secure").is_missing
    assert second.argument("secure").is_unknown
    assert ast.literal_eval(second.argument("name").value) == "name"
    assert third.argument("name").is_unknown
    assert fourth.argument("secure").is_given
    assert fourth.argument("samesite").is_missing
    assert [site.has_unknown_arguments for site in (first, second, third, fourth)] == [
        False,
        True,
        True,
        False,
    ]


def test_calls_are_found_through_aliases_and_subclasses() -> None:
    module = module_of("""
        import aiohttp
        from aiohttp import ClientSession as Session
        Alias = Session
        class Mine(Session): ...
        a = Session()
        b = Alias()
        c = aiohttp.ClientSession()
        d = Mine()
        d.get("/")
        def ClientSession(): ...
        e = ClientSession()
        """)
    assert [site.node.lineno for site in module.calls_to("aiohttp.ClientSession")] == [6, 7, 8]
    assert [site.node.lineno for site in module.calls_to("aiohttp.ClientSession.get")] == [10]


def test_callees_that_may_be_something_else_are_not_certain() -> None:
    module = module_of("""
        import aiohttp
        def f(flag, given):
            session = aiohttp.ClientSession() if flag else given
            session.get("/")
        """)
    assert list(module.calls_to("aiohttp.ClientSession.get")) == []
    site = module.call_site(call(module, 'session.get("/")'))
    assert not site.is_certain
    assert "aiohttp.ClientSession.get" in site.names


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("x()", UseKind.DISCARDED),
        ("await x()", UseKind.AWAITED),
        ("a = x()", UseKind.ASSIGNED),
        ("a = b or x()", UseKind.ASSIGNED),
        ("a = x() if b else c", UseKind.ASSIGNED),
        ("f(x())", UseKind.ARGUMENT),
        ("f(a=x())", UseKind.ARGUMENT),
        ("f(*x())", UseKind.ARGUMENT),
        ("return x()", UseKind.RETURNED),
        ("a = [x()]", UseKind.STORED),
        ("a = {'k': x()}", UseKind.STORED),
        ("a = x().attribute", UseKind.ATTRIBUTE),
        ("a = x()()", UseKind.CALLED),
        ("a = x()[0]", UseKind.SUBSCRIPTED),
        ("a = b[x()]", UseKind.OPERAND),
        ("if x(): pass", UseKind.TESTED),
        ("if not x(): pass", UseKind.TESTED),
        ("while x() and b: pass", UseKind.TESTED),
        ("assert x()", UseKind.TESTED),
        ("a = x() == 1", UseKind.COMPARED),
        ("a = f'{x()}'", UseKind.FORMATTED),
        ("for a in x(): pass", UseKind.ITERATED),
        ("async for a in x(): pass", UseKind.ITERATED_ASYNC),
        ("with x(): pass", UseKind.ENTERED_SYNC),
        ("async with x() as a: pass", UseKind.ENTERED),
        ("raise x()", UseKind.RAISED),
        ("a = lambda: x()", UseKind.RETURNED),
        ("(a := x())", UseKind.ASSIGNED),
        ("a = -x()", UseKind.OPERAND),
    ],
)
def test_uses(statement: str, kind: UseKind) -> None:
    module = module_of(f"async def f():\n    {statement}\n")
    assert module.use_of(expression(module, "x()")).kind is kind


def test_scope_of_headers_and_comprehensions() -> None:
    module = module_of("""
        value = 1
        class C:
            value = 2
            def method(self, default=value):
                return value
            items = [value for value in range(value)]
        """)
    loads = [node for node in ast.walk(module.tree) if isinstance(node, ast.Name) and node.id == "value"]
    default, returned, iterable = (
        next(node for node in loads if (node.lineno, node.col_offset) == place)
        for place in [(5, 29), (6, 15), (7, 38)]
    )
    class_scope = next(iter(module.classes())).scope
    assert module.scope_at(default) is class_scope
    assert module.scope_at(default).binding_scope("value") is class_scope
    assert module.scope_at(returned).binding_scope("value") is module.scope
    assert module.scope_at(iterable) is class_scope


def test_spans_count_characters() -> None:
    module = module_of("näme = 'ß'; call(näme)\n")
    span = module.span(call(module, "call(näme)"))
    assert (span.column, span.end_column) == (12, 22)


def test_names_follow_what_the_file_imports() -> None:
    plain = module_of("import aiohttp")
    assert plain.name_for("aiohttp.ClientTimeout") == ("aiohttp.ClientTimeout", None)
    renamed = module_of("import aiohttp as http")
    assert renamed.name_for("aiohttp.ClientTimeout") == ("http.ClientTimeout", None)
    direct = module_of("from aiohttp import ClientTimeout as T, ClientSession")
    assert direct.name_for("aiohttp.ClientTimeout") == ("T", None)
    partial = module_of("from aiohttp import ClientSession")
    assert partial.name_for("aiohttp.ClientTimeout") == ("ClientTimeout", ("aiohttp", "ClientTimeout"))
    local = module_of("def f():\n    import aiohttp\n")
    assert local.name_for("aiohttp.ClientTimeout") == ("aiohttp.ClientTimeout", ("aiohttp", None))
    taken = module_of("from yarl import URL as aiohttp")
    assert taken.name_for("aiohttp.ClientTimeout") == ("ClientTimeout", ("aiohttp", "ClientTimeout"))
    dotted = module_of("import aiohttp.web")
    assert dotted.name_for("aiohttp.web.HTTPFound") == ("aiohttp.web.HTTPFound", None)
    web = module_of("from aiohttp import web")
    assert web.name_for("aiohttp.web.HTTPFound") == ("web.HTTPFound", None)


def test_functions_know_their_surroundings() -> None:
    module = module_of("""
        class C:
            def method(self):
                def inner(): ...
        """)
    inner = function_named(module, "inner")
    assert inner.enclosing_function == function_named(module, "method")
    around = inner.class_around
    assert around is not None
    assert around.name == "C"
