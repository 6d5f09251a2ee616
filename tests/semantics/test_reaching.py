"""Which bindings a use of a name can mean."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics.scopes import BindingKind
from tests.semantics.modules import module_of

CASES = {
    "the last one on a straight way": ("x = 1\nx = 2\nuse(x)", ["2"]),
    "both branches": ("if flag:\n    x = 1\nelse:\n    x = 2\nuse(x)", ["1", "2"]),
    "a walrus makes paths unable to tell": ("x = 1\n(x := 2)\nx = 3\nuse(x)", ["1", "2", "3"]),
    "a lambda runs later": ("x = 1\nlater = lambda: 0\nx = 2\nuse(x)", ["2"]),
    "a capture of a pattern": (
        "match flag:\n    case [x]:\n        use(x)\n    case _:\n        x = 2",
        [None],
    ),
    "the rest of a sequence": (
        "match flag:\n    case [_, *x]:\n        use(x)\n    case _:\n        x = 2",
        [None],
    ),
    "the rest of a mapping": (
        "match flag:\n    case {'a': 1, **x}:\n        use(x)\n    case _:\n        x = 2",
        [None],
    ),
    "patterns without names": (
        "x = 1\nmatch flag:\n    case [*_]:\n        x = 2\n    case {'a': 1}:\n        x = 3\nuse(x)",
        ["1", "2", "3"],
    ),
    "an import": ("import os as x\nuse(x)\nx = 2", [None]),
    "code after a return keeps nothing": ("x = 1\nx = 2\nreturn\nuse(x)", []),
    "a handler's name": ("x = 1\ntry:\n    flag()\nexcept OSError as x:\n    use(x)", ["OSError"]),
}


@pytest.mark.parametrize("title", CASES)
def test_reaching(title: str) -> None:
    body, expected = CASES[title]
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    module = module_of(f"def f(flag):\n{lines}")
    (name,) = (
        node.args[0]
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "use"
    )
    assert isinstance(name, ast.Name)
    values = [
        None if binding.value is None else ast.unparse(binding.value) for binding in module.reaching(name)
    ]
    assert sorted(values, key=str) == expected


def test_name_that_nothing_binds() -> None:
    module = module_of("print")
    statement = module.tree.body[0]
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name)
    assert module.reaching(statement.value) == []


def test_name_of_an_outer_function_can_mean_each_of_its_bindings() -> None:
    module = module_of("def f():\n    x = 1\n    def g():\n        return x\n    x = 2\n")
    (name,) = (
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )
    assert len(module.reaching(name)) == 2


def test_nonlocal_name_means_the_function_that_binds_it() -> None:
    module = module_of(
        "def f():\n    x = 1\n    def g():\n        def h():\n            nonlocal x\n            x = 2\n            return x\n"
    )
    (name,) = (
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )
    assert len(module.reaching(name)) == 2


def test_global_name_means_the_module_wherever_it_is_bound() -> None:
    module = module_of("x = 1\ndef f():\n    global x\n    x = 2\n    return x\n")
    (name,) = (
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )
    assert len(module.reaching(name)) == 2


@pytest.mark.parametrize(
    ("body", "kind", "value"),
    [
        ("x = 1\nuse(x)", BindingKind.ASSIGNMENT, "1"),
        ("x = 1\nx = 2\nuse(x)", BindingKind.ASSIGNMENT, "2"),
        ("if flag:\n    x = 1\nelse:\n    x = 2\nuse(x)", None, None),
        ("with opened() as x:\n    use(x)", BindingKind.WITH, None),
        ("use(flag)", BindingKind.PARAMETER, None),
        ("use(flag.attribute)", None, None),
    ],
)
def test_the_one_meaning_of_a_name(body: str, kind: BindingKind | None, value: str | None) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    module = module_of(f"def f(flag):\n{lines}")
    (node,) = (
        node.args[0]
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "use"
    )
    binding = module.only_binding(node, *BindingKind)
    assert (None if binding is None else binding.kind) is kind
    others = [other for other in BindingKind if other is not kind]
    assert module.only_binding(node, *others) is None
    given = module.only_value(node)
    assert (None if given is None else ast.unparse(given)) == value
