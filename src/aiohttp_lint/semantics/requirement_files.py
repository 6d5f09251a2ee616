"""What a project's files say of the packages that it needs besides aiohttp."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

_REQUIREMENTS = (
    "pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "pytest.ini", "Pipfile",
    "requirements.txt", "requirements-dev.txt", "requirements-test.txt", "requirements_test.txt", "requirements_dev.txt",
    "dev-requirements.txt", "test-requirements.txt", "requirements/dev.txt", "requirements/test.txt",
)  # fmt: skip
_LOCKS = ("Pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock")


def requirement_texts(module: Module) -> Iterator[tuple[str, bool]]:
    """Give the texts in which the project of a module says what it needs, each with whether it is a lock."""
    project = module.project
    folder = None if project is None else project.folder_of(module)
    if project is None or folder is None:
        return
    for name in (*_REQUIREMENTS, *_LOCKS):
        data = project.read(os.path.join(folder, *name.split("/"))) or b""
        yield data.decode("utf-8", "replace"), name in _LOCKS


def is_required(text: str, package: str) -> bool:
    """Tell whether a text that is no lock names a package (of normalised name)."""
    return _requirement(package).search(text) is not None


def is_held_below(text: str, is_lock: bool, package: str, major: int) -> bool:
    """Tell whether a text holds a package (of normalised name) below a major version."""
    older = f"[0-{major - 1}]"
    if is_lock:
        locked = rf"\"{package}\"(?:(?!\n\s*\}}|\[\[).){{0,2000}}?\bversion\"?\s*[:=]\s*\"=*{older}\."
        return re.search(locked, text, re.IGNORECASE | re.DOTALL) is not None
    held = re.compile(rf"(?:[~=<^]|[\"'])\s*(?:=\s*)?[\"']?\s*{older}\b|<\s*{major}\b")
    return any(held.search(found["versions"]) for found in _requirement(package).finditer(text))


def _requirement(package: str) -> re.Pattern[str]:
    name = package.replace("-", "[-_]")
    return re.compile(rf"(?<![\w-]){name}\b[\"']?\s*(?:\[[^\]]*\])?\s*(?P<versions>[^\n#;]*)", re.IGNORECASE)
