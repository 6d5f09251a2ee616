from __future__ import annotations

import ast

import pytest

from aiohttp_lint.semantics.mappings import Mapping, written_mapping

from .modules import module_of


def mapping_given(source: str) -> Mapping | None:
    module = module_of(source)
    call = module.facts.calls["take"][0][0]
    return written_mapping(module, call.args[0])


def keys(mapping: Mapping | None) -> list[object] | None:
    if mapping is None:
        return None
    return [key.value for entry in mapping.entries if isinstance(key := entry.key, ast.Constant)]


@pytest.mark.parametrize(
    ("given", "expected", "is_complete"),
    [
        ("{'a': 1, 'b': 2}", ["a", "b"], True),
        ("{'a': 1, **x}", [], False),
        ("{**x, 'a': 1}", ["a"], False),
        ("{'a': 1, 'a': 2}", ["a"], True),
        ("[('a', 1), ('b', 2)]", ["a", "b"], True),
        ("[('a', 1), x]", ["a"], False),
        ("dict(a=1)", ["a"], True),
        ("dict(a=1, **x)", ["a"], False),
        ("dict([('a', 1)], b=2)", ["a", "b"], True),
    ],
)
def test_written_out(given: str, expected: list[str], is_complete: bool) -> None:
    mapping = mapping_given(f"def f(x):\n    take({given})\n")
    assert keys(mapping) == expected
    assert mapping is not None and mapping.is_complete is is_complete


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["m = {'a': 1}"], ["a"]),
        (["m = {'a': 1}", "m['b'] = 2"], ["a"]),
        (["m = {'a': 1}", "m['a'] = 2"], []),
        (["m = {'a': 1}", "m[x] = 2"], None),
        (["m = {'a': 1}", "del m['a']"], None),
        (["m = {'a': 1}", "m.pop('a')"], None),
        (["m = {'a': 1}", "x(m)"], None),
        (["m = {'a': 1}", "print(m, m['a'], m.get('b'))"], ["a"]),
        (["m = {'a': 1}", "n = {**m}"], ["a"]),
        (["m = {'a': 1}", "n = [m]"], None),
        (["m = {'a': 1}", "m |= x"], None),
        (["m = x", ""], None),
    ],
)
def test_a_local_name(lines: list[str], expected: list[str] | None) -> None:
    body = "".join(f"    {line}\n" for line in lines)
    assert (
        keys(mapping_given(f"def f(x):\n{body}    print(m)\n    dict(m)\n    take = dict\n    take(m)\n"))
        == expected
    )


def test_keys_in_any_case_and_by_name() -> None:
    source = "from aiohttp import hdrs\ndef f(x):\n    take({'accept': 'a', hdrs.CONTENT_TYPE: 'b'})\n"
    module = module_of(source)
    mapping = written_mapping(module, module.facts.calls["take"][0][0].args[0])
    assert mapping is not None
    assert mapping.has_key(module, "Accept") and mapping.has_key(module, "Content-Type")
    assert mapping.lacks_key(module, "Authorization") and not mapping.lacks_key(module, "ACCEPT")
