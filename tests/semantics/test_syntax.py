"""Questions about syntax alone."""

from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics.syntax import blocks, body_of, same_place, walk, walk_scope


def parsed(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


@pytest.mark.parametrize(
    ("left", "right", "is_same"),
    [
        ("ws", "ws", True),
        ("ws", "other", False),
        ("self.ws", "self.ws", True),
        ("self.ws", "self.other", False),
        ("self.ws", "other.ws", False),
        ("self.ws", "ws", False),
        ("peers[0]", "peers[0]", True),
        ("peers[0]", "peers[1]", False),
        ("peers[1]", "peers[True]", False),
        ("peers[name]", "peers[name]", True),
        ("peers[name]", "peers[other]", False),
        ("peers['a'].ws", "peers['a'].ws", True),
        ("find()", "find()", False),
    ],
)
def test_same_place(left: str, right: str, is_same: bool) -> None:
    assert same_place(parsed(left), parsed(right)) is is_same
    assert same_place(parsed(right), parsed(left)) is is_same


def test_body_of_a_lambda_is_a_return_where_its_expression_stands() -> None:
    node = parsed("lambda: value")
    assert isinstance(node, ast.Lambda)
    (statement,) = body_of(node)
    assert isinstance(statement, ast.Return)
    assert statement.value is node.body
    assert statement.col_offset == node.body.col_offset


def test_walk_of_a_scope_sees_headers_of_nested_definitions_and_not_their_bodies() -> None:
    tree = ast.parse(
        "def outer():\n"
        "    @decorator\n"
        "    def inner(a: annotated = default, *, b: other = keyword_only) -> result:\n"
        "        hidden\n"
        "    @class_decorator\n"
        "    class Inner(base, metaclass=meta):\n"
        "        hidden\n"
        "    lambda c=lambda_default: hidden\n"
    )
    seen = {node.id for node in walk_scope(tree.body[0]) if isinstance(node, ast.Name)}
    assert seen == {
        "decorator", "annotated", "default", "other", "keyword_only", "result", "class_decorator", "base", "meta",
        "lambda_default",
    }  # fmt: skip
    assert "hidden" in {node.id for node in walk(tree) if isinstance(node, ast.Name)}


def test_blocks_of_compound_statements() -> None:
    tree = ast.parse(
        "try:\n    a\nexcept OSError:\n    b\nelse:\n    c\nfinally:\n    d\n"
        "match x:\n    case 1:\n        e\n    case _:\n        f\n"
        "pass\n"
    )
    found = [[ast.unparse(block[0]) for block in blocks(statement)] for statement in tree.body]
    assert found == [["a", "c", "d", "b"], ["e", "f"], []]
