"""Input beyond what people write: it ends, nothing breaks, and what stands beside it is found all the same."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from aiohttp_lint.engine import Projects, fix_source, lint_source
from aiohttp_lint.findings import Finding
from aiohttp_lint.settings import Settings

ALL = Settings(select=("ALL",))
BAD = """
async def fetch(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        session.get(url)
"""
CODE = "AIO104"


def _found(source: str) -> tuple[Finding, ...]:
    result = lint_source(source, "app.py", ALL)
    assert result.error is None
    return result.findings


def _is_found_beside(strange: str) -> bool:
    """Tell whether the findings of `BAD` are the same, before and after something strange, as they are without."""
    alone = _codes_in_bad("", "")
    assert CODE in alone
    return alone == _codes_in_bad("", strange) == _codes_in_bad(strange, "")


def _codes_in_bad(before: str, after: str) -> list[str]:
    above = f"import aiohttp\n{before}\n"
    first = above.count("\n")
    lines = range(first + 1, first + BAD.count("\n") + 1)
    return [finding.code for finding in _found(f"{above}{BAD}\n{after}") if finding.span.line in lines]


def test_a_file_of_30_000_lines() -> None:
    functions = "\n".join(
        f"async def view{number}(request: web.Request) -> web.Response:\n"
        f"    name = request.match_info['name']\n"
        f"    value = await request.json()\n"
        f"    return web.json_response({{name: value}})\n\n"
        for number in range(5_000)
    )
    source = f"import aiohttp\nfrom aiohttp import web\n\n{functions}\n{BAD}"
    assert source.count("\n") >= 30_000
    assert [finding.span.line for finding in _found(source) if finding.code == CODE] == [source.count("\n")]


@pytest.mark.parametrize(
    "statement",
    [
        "value = session.get(str(value))",
        "if value: value = await session.get(str(value))",
        "try: value = await session.get(value)\n    except ValueError: value = None",
        "async with session.get(value) as value: pass",
    ],
)
def test_a_function_of_5_000_statements(statement: str) -> None:
    body = f"    {statement}\n" * 5_000
    strange = f"async def large(session: aiohttp.ClientSession, value: str) -> None:\n{body}"
    assert CODE in {
        finding.code for finding in _found(f"import aiohttp\n{strange}\n{BAD}") if finding.span.line > 5_000
    }


def test_an_import_cycle_of_500_modules(tmp_path: Path) -> None:
    package = tmp_path / "ring"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for number in range(500):
        following = (number + 1) % 500
        (package / f"part{number}.py").write_text(
            "import aiohttp\n"
            f"from ring.part{following} import Base as Next, make as make_next, session as session\n"
            f"class Base(Next):\n    pass\n"
            "def make():\n    return make_next()\n"
        )
    (package / "app.py").write_text(
        "import aiohttp\nfrom ring.part0 import Base, make, session\n"
        f"{BAD}\nasync def main() -> None:\n    session.get('/')\n    make().get('/')\n    await Base().close()\n"
    )
    names = ("app.py", "part0.py", "part250.py")
    found = _found_in(package, names)
    assert CODE in {finding.code for finding in found["app.py"]}
    assert found == _found_in(package, tuple(reversed(names)))


def _found_in(folder: Path, names: tuple[str, ...]) -> dict[str, tuple[Finding, ...]]:
    settings, projects = Settings(select=("ALL",), root=str(folder.parent)), Projects()
    found: dict[str, tuple[Finding, ...]] = {}
    for name in names:
        path = folder / name
        result = lint_source(path.read_text(), str(path), settings, projects=projects)
        assert result.error is None
        found[name] = result.findings
    return found


def test_200_bases_in_a_chain() -> None:
    bases = "".join(f"class Base{number + 1}(Base{number}):\n    pass\n\n" for number in range(200))
    source = f"""import aiohttp

class Base0:
    def __init__(self) -> None:
        self.http = aiohttp.ClientSession()

{bases}
class Client(Base200):
    async def fetch(self) -> None:
        self.http.get("/")
"""
    last = source.count("\n")
    assert [finding.span.line for finding in _found(source) if finding.code == CODE] == [last]


def test_200_bases_that_end_at_aiohttp() -> None:
    bases = "".join(f"class View{number + 1}(View{number}):\n    pass\n\n" for number in range(200))
    source = (
        f"import time\nfrom aiohttp import web\n\nclass View0(web.View):\n    pass\n\n{bases}"
        "class Last(View200):\n    async def get(self) -> web.Response:\n        time.sleep(1)\n"
        "        return web.Response()\n"
    )
    assert "AIO401" in {finding.code for finding in _found(source)}


_DEEP = {
    "attributes": lambda depth: "value = session" + ".part" * depth,
    "calls of results": lambda depth: "value = session" + "()" * depth,
    "method calls": lambda depth: "value = session" + ".get()" * depth,
    "subscripts": lambda depth: "value = session" + "[0]" * depth,
    "binary operators": lambda depth: "value = session" + " + 1" * depth,
    "boolean operators": lambda depth: "value = " + " and session or ".join(["session"] * depth),
    "comparisons": lambda depth: "value = session" + " < 1" * depth,
    "elif": lambda depth: "if session: pass\n" + "elif session: session.get('/')\n" * depth,
    "assignments": lambda depth: (
        "value0 = session\n"
        + "".join(f"value{number + 1} = value{number}\n" for number in range(depth))
        + f"value{depth}.get('/')"
    ),
    "results": lambda depth: (
        "def make0():\n    return aiohttp.ClientSession()\n"
        + "".join(f"def make{number + 1}():\n    return make{number}()\n" for number in range(depth))
        + f"async def use():\n    make{depth}().get('/')"
    ),
}


@pytest.mark.parametrize("kind", sorted(_DEEP))
def test_2_000_deep(kind: str) -> None:
    strange = _DEEP[kind](2_000)
    try:
        ast.parse(strange)
    except (RecursionError, MemoryError, SyntaxError):
        pytest.skip("this Python's parser refuses it")
    assert _is_found_beside(f"session = aiohttp.DummyCookieJar()\n{strange}\n")


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"),
        ("[", "]"),
        ("{0: ", "}"),
        ("f(", ")"),
        ("-", ""),
        ("not ", ""),
        ("lambda: ", ""),
        ("await ", ""),
    ],
)
@pytest.mark.parametrize("depth", [60, 90, 180, 900, 2_000, 100_000])
def test_nested_as_deep_as_the_parser_allows_and_deeper(opening: str, closing: str, depth: int) -> None:
    nested = f"import aiohttp\nasync def nested():\n    return {opening * depth}0{closing * depth}\n{BAD}"
    result = lint_source(nested, "app.py", ALL)
    if result.error is None:
        assert CODE in {finding.code for finding in result.findings}
    else:
        assert result.findings == ()
        assert result.error.message


def test_blocks_within_blocks() -> None:
    lines = [f"{' ' * depth}if value:" for depth in range(1, 95)]
    strange = "\n".join(["async def deep(value):", *lines, f"{' ' * 95}value = aiohttp.ClientSession()"])
    assert _is_found_beside(strange)


def test_fixes_beside_deep_expressions() -> None:
    deep = "value = aiohttp" + ".part" * 300
    result = fix_source(f"import aiohttp\n{deep}\n{BAD}", "app.py", ALL, unsafe=True)
    assert result.error is None
    assert CODE not in {finding.code for finding in result.remaining}
    assert deep in result.source
