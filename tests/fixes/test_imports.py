from __future__ import annotations

import pytest

from aiohttp_lint.edits import AddImport, ReplaceExpression
from aiohttp_lint.fixes import apply_fixes

from .places import changed, fix, place

ASYNCIO = AddImport("asyncio")
CAST = AddImport("typing", "cast")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", "import asyncio\n"),
        ("x = 1\n", "import asyncio\n\nx = 1\n"),
        ("x = 1", "import asyncio\n\nx = 1"),
        ("import a", "import a\nimport asyncio"),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nimport asyncio\n\nx = 1\n'),
        (
            "from __future__ import annotations\n\nx = 1\n",
            "from __future__ import annotations\nimport asyncio\n\nx = 1\n",
        ),
        (
            "import a\n\nimport b  # why\n\n\ndef f():\n    import c\n",
            "import a\n\nimport b  # why\nimport asyncio\n\n\ndef f():\n    import c\n",
        ),
        ("import a; import b; x = 1\ny = 2\n", "import a; import b; x = 1\nimport asyncio\ny = 2\n"),
        ("import a\nclass A: pass\nimport b\n", "import a\nimport asyncio\nclass A: pass\nimport b\n"),
        (
            "#!/usr/bin/python\n# License\n\n# About x.\nx = 1\n",
            "#!/usr/bin/python\n# License\n\nimport asyncio\n\n# About x.\nx = 1\n",
        ),
        ("#!/usr/bin/python\nx = 1\n", "#!/usr/bin/python\nimport asyncio\n\nx = 1\n"),
        (
            "if TYPE_CHECKING:\n    import asyncio\n",
            "import asyncio\n\nif TYPE_CHECKING:\n    import asyncio\n",
        ),
        ("import asyncio as a\n", "import asyncio as a\nimport asyncio\n"),
        ("import a\r\nx = 1\r\n", "import a\r\nimport asyncio\r\nx = 1\r\n"),
        ("\ufeffx = 1\n", "\ufeffimport asyncio\n\nx = 1\n"),
        ("import asyncio\n", None),
        ("import asyncio.subprocess\n", None),
        ("import a, asyncio\n", None),
        ("try:\n    import asyncio\nexcept ImportError:\n    asyncio = None\n", None),
    ],
)
def test_add_import(source: str, expected: str | None) -> None:
    assert changed(source, ASYNCIO) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a\n", "import a\nfrom typing import cast\n"),
        ("from typing import Any\n", "from typing import Any, cast\n"),
        ("from typing import Any as Ä  # why\n", "from typing import Any as Ä, cast  # why\n"),
        ("from typing import (Any)\n", "from typing import (Any, cast)\n"),
        ("from typing import (Any, Final,)\n", "from typing import (Any, Final, cast,)\n"),
        (
            "from typing import (\n    Any,\n    Final,\n)\n",
            "from typing import (\n    Any,\n    Final,\n    cast,\n)\n",
        ),
        (
            "from typing import (\n    Any,\n    Final\n)\n",
            "from typing import (\n    Any,\n    Final,\n    cast\n)\n",
        ),
        ("from typing import (\n    Any, Final,\n)\n", "from typing import (\n    Any, Final, cast,\n)\n"),
        (
            "from typing import (\n    Any,  # why\n)\n",
            "from typing import (\n    Any,  # why\n)\nfrom typing import cast\n",
        ),
        ("from typing import *\n", "from typing import *\nfrom typing import cast\n"),
        ("from .typing import Any\n", "from .typing import Any\nfrom typing import cast\n"),
        ("from typing import cast as c\n", "from typing import cast as c, cast\n"),
        ("from typing import Any, cast\n", None),
    ],
)
def test_add_name(source: str, expected: str | None) -> None:
    assert changed(source, CAST) == expected


def test_aliases() -> None:
    assert changed("import a\n", AddImport("b", None, "c")) == "import a\nimport b as c\n"
    assert changed("import b as c\n", AddImport("b", None, "c")) is None
    assert changed("from b import d\n", AddImport("b", "c", "e")) == "from b import d, c as e\n"


def test_several_fixes_need_the_same_import() -> None:
    source = "import a\n\nx = f(1)\ny = f(2)\n"
    fixes = [
        fix(ReplaceExpression(place(source, "f(1)"), "asyncio.f(1)"), ASYNCIO),
        fix(ReplaceExpression(place(source, "f(2)"), "cast(2)"), ASYNCIO, CAST),
    ]
    outcome = apply_fixes(source, fixes)
    assert outcome.applied == tuple(fixes)
    assert outcome.source == (
        "import a\nimport asyncio\nfrom typing import cast\n\nx = asyncio.f(1)\ny = cast(2)\n"
    )


def test_the_import_stands_above_what_needs_it() -> None:
    source = "import a\nx = f(1)\nimport b\n"
    edits = (ReplaceExpression(place(source, "f(1)"), "asyncio.f(1)"), ASYNCIO)
    assert changed(source, *edits) == "import a\nimport asyncio\nx = asyncio.f(1)\nimport b\n"
