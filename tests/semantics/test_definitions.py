"""Functions and classes: what they are, as their syntax says."""

from __future__ import annotations

import pytest

from tests.semantics.modules import function_named, module_of


@pytest.mark.parametrize(
    ("body", "is_stub"),
    [
        ("...", True),
        ("pass", True),
        ('"""Documented."""', True),
        ("raise NotImplementedError", True),
        ("raise NotImplementedError('later')", True),
        ("raise ValueError", False),
        ("return 1", False),
    ],
)
def test_stubs(body: str, is_stub: bool) -> None:
    module = module_of(f"def f():\n    {body}\n")
    assert function_named(module, "f").is_stub is is_stub


def test_kinds_of_functions() -> None:
    module = module_of("""
        async def coroutine(): ...
        async def generator():
            yield 1
        def plain(a, /, b, *c, d, **e): ...
        mapped = lambda x: x
        """)
    coroutine, generator, plain = (
        function_named(module, name) for name in ("coroutine", "generator", "plain")
    )
    assert (coroutine.is_coroutine, generator.is_coroutine, plain.is_coroutine) == (True, False, False)
    assert generator.is_generator
    assert [parameter.arg for parameter in plain.parameters] == ["a", "b", "c", "d", "e"]
    assert [parameter.arg for parameter in plain.positional] == ["a", "b"]
    unnamed = function_named(module, "<lambda>")
    assert list(unnamed.decorators) == []


def test_lineage_of_classes() -> None:
    module = module_of("""
        import aiohttp
        import elsewhere

        class Base(aiohttp.ClientSession):
            def shared(self): ...

        class Middle(Base):
            def own(self): ...

        class Open(Middle, elsewhere.Mixin): ...
        """)
    base, middle, opened = module.classes()
    assert [ancestor.name for ancestor in opened.lineage()] == ["Open", "Middle", "Base"]
    assert (base.is_complete, middle.is_complete, opened.is_complete) == (True, True, False)
    assert "aiohttp.ClientSession" in opened.outside_bases
    shared, missing = opened.find_method("shared"), opened.find_method("missing")
    assert shared is not None
    assert shared.class_scope is base.scope
    assert missing is None
