"""What a project says of the aiohttp and the Python that it needs, in any of the places where projects say it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aiohttp_lint.semantics.aiohttp_versions import DEFAULT_TARGET, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from packaging.specifiers import Specifier
    from packaging.version import Version

_PLAIN_VERSION = re.compile(r"\d+(\.\d+){0,2}")
_MENTION = re.compile(r"^\s*aiohttp\b(?![-_.])", re.IGNORECASE)
_POETRY_OPERATOR = re.compile(r"(?P<operator>\^|~(?!=))\s*(?P<version>\d+(?:\.\d+)*)")


def parse_target(text: str) -> Target:
    """Read an explicit `aiohttp-version`.

    Args:
        text: A version, which is the minimum, or specifiers; without an upper bound they end before 4,
            unless they begin there.

    Raises:
        ValueError: It is neither.
    """
    return _target_of(f">={text}" if _PLAIN_VERSION.fullmatch(text.strip()) else text, opens_next_major=True)


def declared_target(folder: Path, document: Mapping[str, Any]) -> Target | None:
    """Find the aiohttp that a project requires.

    Args:
        folder: Where the project's files are.
        document: Its parsed pyproject.toml, empty where it has none.

    Returns:
        The versions of the first requirement on aiohttp that can be read, never beyond 3; None without one.
    """
    # A bare "aiohttp" says nothing: a pin elsewhere may.
    for specifiers in filter(None, _requirements_on_aiohttp(folder, document)):
        try:
            return _target_of(specifiers, opens_next_major=False)
        except ValueError:
            continue
    return None


def declared_python_minimum(folder: Path, document: Mapping[str, Any]) -> tuple[int, int] | None:
    """Find the oldest Python that a project supports, None where it doesn't say (arguments as above)."""
    project = _table(document, "project")
    poetry = _table(document, "tool", "poetry", "dependencies")
    for specifiers in (
        project.get("requires-python"),
        poetry.get("python"),
        _setup_cfg(folder, "python_requires"),
    ):
        if isinstance(specifiers, str):
            try:
                minimum, _ = _bounds(specifiers)
            except ValueError:
                continue
            if minimum is not None:
                return minimum[:2]
    return None


def _target_of(specifiers: str, *, opens_next_major: bool) -> Target:
    minimum, below = _bounds(specifiers)
    default_minimum, default_below = DEFAULT_TARGET.minimum, DEFAULT_TARGET.below
    if minimum is not None and minimum >= default_below:
        # A project that begins at 4 has opened it by that.
        limit = (minimum[0] + 1, 0, 0)
        return Target(minimum, below if below is not None and below > minimum else limit)
    if below is None or (below > default_below and not opens_next_major):
        below = default_below
    if minimum is None:
        minimum = default_minimum if default_minimum < below else (below[0], 0, 0)
    if minimum >= below:
        raise ValueError(f"{specifiers!r} leaves no version")
    return Target(minimum, below)


def _bounds(specifiers: str) -> tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]:
    """Give the first version that is in and the first that is out, None for an open end.

    Raises:
        ValueError: The specifiers can't be read.
    """
    from packaging.specifiers import SpecifierSet

    minimum: tuple[int, int, int] | None = None
    below: tuple[int, int, int] | None = None
    # InvalidSpecifier is a ValueError.
    for specifier in SpecifierSet(_without_poetry_operators(specifiers)):
        first, end = _range(specifier)
        if first is not None:
            minimum = first if minimum is None else max(minimum, first)
        if end is not None:
            below = end if below is None else min(below, end)
    return minimum, below


def _range(specifier: Specifier) -> tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]:
    from packaging.version import Version

    operator, text = specifier.operator, specifier.version
    if operator in ("===", "!="):
        return None, None
    version = Version(text.removesuffix(".*"))
    release = _three(version)
    if operator == ">=":
        return release, None
    if operator == ">":
        return _next(release), None
    if operator == "<":
        return None, release
    if operator == "<=":
        return None, _next(release)
    if operator == "~=":
        return release, _bumped(version.release[:-1])
    return release, _bumped(version.release) if text.endswith(".*") else _next(release)


def _three(version: Version) -> tuple[int, int, int]:
    return (version.major, version.minor, version.micro)


def _next(release: tuple[int, int, int]) -> tuple[int, int, int]:
    return (release[0], release[1], release[2] + 1)


def _bumped(prefix: tuple[int, ...]) -> tuple[int, int, int]:
    """Give the first version after all that begin with `prefix`."""
    padded = [*prefix[:-1], prefix[-1] + 1, 0, 0, 0][:3]
    return (padded[0], padded[1], padded[2])


def _without_poetry_operators(specifiers: str) -> str:
    """Rewrite poetry's `^3.9`, `~3.9`, `3.9` and `*` as specifiers."""

    def rewritten(match: re.Match[str]) -> str:
        numbers = tuple(int(number) for number in match["version"].split("."))
        kept = numbers[:1] if match["operator"] == "^" or len(numbers) == 1 else numbers[:2]
        end = ".".join(map(str, _bumped(kept)))
        return f">={match['version']},<{end}"

    text = _POETRY_OPERATOR.sub(rewritten, specifiers.strip())
    if text == "*":
        return ""
    return f"=={text}" if text[:1].isdigit() else text


def _requirements_on_aiohttp(folder: Path, document: Mapping[str, Any]) -> Iterator[str]:
    for text in _declared_requirements(folder, document):
        if isinstance(text, str) and _MENTION.match(text):
            yield _specifiers_of(text)
    poetry = _table(document, "tool", "poetry")
    tables = [_table(poetry, "dependencies"), _table(poetry, "dev-dependencies")]
    tables += [_table(group, "dependencies") for group in _table(poetry, "group").values()]
    for table in tables:
        entry = table.get("aiohttp")
        version = entry.get("version") if isinstance(entry, dict) else entry
        if isinstance(version, str):
            yield version


def _declared_requirements(folder: Path, document: Mapping[str, Any]) -> Iterator[object]:
    """Yield each requirement of the project as it was written, the most binding places first."""
    project = _table(document, "project")
    yield from _list(project.get("dependencies"))
    for extra in _table(project, "optional-dependencies").values():
        yield from _list(extra)
    for group in _table(document, "dependency-groups").values():
        yield from _list(group)
    yield from (_setup_cfg(folder, "install_requires") or "").splitlines()
    for path in sorted(folder.glob("requirements*.txt")):
        try:
            yield from path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue


def _specifiers_of(requirement: str) -> str:
    """Give the version part of a requirement, empty where it has none or can't be read."""
    from packaging.requirements import InvalidRequirement, Requirement

    plain = re.split(r" #| --", requirement, maxsplit=1)[0].rstrip("\\ ")
    try:
        return str(Requirement(plain).specifier)
    except InvalidRequirement:
        return ""


def _setup_cfg(folder: Path, key: str) -> str | None:
    if not (folder / "setup.cfg").is_file():
        return None
    from configparser import ConfigParser
    from configparser import Error as ConfigParserError

    parser = ConfigParser(interpolation=None)
    try:
        parser.read(folder / "setup.cfg", encoding="utf-8")
        return parser.get("options", key, fallback=None)
    except (ConfigParserError, OSError, UnicodeDecodeError):
        # A broken setup.cfg is for its own tools to report.
        return None


def _table(value: object, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
