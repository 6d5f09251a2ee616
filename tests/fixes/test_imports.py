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
        ("import a", "import asyncio\n\nimport a"),
        ("import abc", "import abc\nimport asyncio"),
        ("import json\nimport os\n", "import asyncio\nimport json\nimport os\n"),
        ("import abc\nimport os\n\nimport a\n", "import abc\nimport asyncio\nimport os\n\nimport a\n"),
        ("import os\nimport abc\n", "import os\nimport abc\nimport asyncio\n"),
        ("# Paths.\nimport os\nimport re\n", "# Paths.\nimport os\nimport re\nimport asyncio\n"),
        ("from os import path\n\nimport a\n", "import asyncio\nfrom os import path\n\nimport a\n"),
        ("# The server.\nimport a\n", "# The server.\nimport a\nimport asyncio\n"),
        ("import os\nfrom a import *\n", "import os\nfrom a import *\nimport asyncio\n"),
        ("import os; import a\n", "import os; import a\nimport asyncio\n"),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nimport asyncio\n\nx = 1\n'),
        (
            "from __future__ import annotations\n\nx = 1\n",
            "from __future__ import annotations\nimport asyncio\n\nx = 1\n",
        ),
        (
            "import a\n\nimport b  # why\n\n\ndef f():\n    import c\n",
            "import asyncio\n\nimport a\n\nimport b  # why\n\n\ndef f():\n    import c\n",
        ),
        ("import a; import b; x = 1\ny = 2\n", "import a; import b; x = 1\nimport asyncio\ny = 2\n"),
        ("import a\nclass A: pass\nimport b\n", "import asyncio\n\nimport a\nclass A: pass\nimport b\n"),
        (
            "#!/usr/bin/python\n# License\n\n# About x.\nx = 1\n",
            "#!/usr/bin/python\n# License\n\nimport asyncio\n\n# About x.\nx = 1\n",
        ),
        ("#!/usr/bin/python\nx = 1\n", "#!/usr/bin/python\nimport asyncio\n\nx = 1\n"),
        (
            "if TYPE_CHECKING:\n    import asyncio\n",
            "import asyncio\n\nif TYPE_CHECKING:\n    import asyncio\n",
        ),
        ("import asyncio as a\n", "import asyncio\nimport asyncio as a\n"),
        ("import a\r\nx = 1\r\n", "import asyncio\r\n\r\nimport a\r\nx = 1\r\n"),
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
        ("import a\n", "from typing import cast\n\nimport a\n"),
        ("import os\nimport a\n", "import os\nfrom typing import cast\nimport a\n"),
        ("import typing\nimport a\n", "import typing\nfrom typing import cast\nimport a\n"),
        ("from typing import Any, overload\n", "from typing import Any, cast, overload\n"),
        ("from typing import overload, Any\n", "from typing import overload, Any, cast\n"),
        (
            "from typing import (\n    Any,\n    overload,\n)\n",
            "from typing import (\n    Any,\n    cast,\n    overload,\n)\n",
        ),
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
        ("from .typing import Any\n", "from typing import cast\n\nfrom .typing import Any\n"),
        ("from typing import cast as c\n", "from typing import cast as c, cast\n"),
        ("from typing import Any, cast\n", None),
    ],
)
def test_add_name(source: str, expected: str | None) -> None:
    assert changed(source, CAST) == expected


def test_aliases() -> None:
    assert changed("import a\n", AddImport("b", None, "c")) == "import a\nimport b as c\n"
    assert changed("import b as c\n", AddImport("b", None, "c")) is None
    assert changed("from b import d\n", AddImport("b", "c", "e")) == "from b import c as e, d\n"


def test_several_fixes_need_the_same_import() -> None:
    source = "import a\n\nx = f(1)\ny = f(2)\n"
    fixes = [
        fix(ReplaceExpression(place(source, "f(1)"), "asyncio.f(1)"), ASYNCIO),
        fix(ReplaceExpression(place(source, "f(2)"), "cast(2)"), ASYNCIO, CAST),
    ]
    outcome = apply_fixes(source, fixes)
    assert outcome.applied == tuple(fixes)
    assert outcome.source == (
        "import asyncio\nfrom typing import cast\n\nimport a\n\nx = asyncio.f(1)\ny = cast(2)\n"
    )


def test_the_import_stands_above_what_needs_it() -> None:
    source = "import a\nx = f(1)\nimport b\n"
    edits = (ReplaceExpression(place(source, "f(1)"), "asyncio.f(1)"), ASYNCIO)
    assert changed(source, *edits) == "import asyncio\n\nimport a\nx = asyncio.f(1)\nimport b\n"
