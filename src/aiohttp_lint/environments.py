"""Python environments on the disk: which one a project uses, and the folders of the packages installed in it.

Nothing is executed: an environment is known by its folders and by its `pyvenv.cfg`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping

_USUAL_FOLDERS = (".venv", "venv")
_CONFIGURATION = "pyvenv.cfg"
_VERSION = re.compile(r"3\.\d+")


def environment_at(path: str) -> str | None:
    """Give the environment that a path means: its folder, or that of the interpreter at the path; None for none."""
    folder = path
    if not os.path.isdir(path):
        if not os.path.isfile(path):
            return None
        folder = os.path.dirname(path)
        if os.path.basename(folder).lower() in ("bin", "scripts"):
            folder = os.path.dirname(folder)
    folder = os.path.abspath(folder)
    return folder if any(_libraries(folder)) else None


def environments_of(root: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Give the environments of a project that nobody configured: the active one, then those in its root.

    Both, since the active one may be there for a tool alone.

    Args:
        root: The root of the project.
        variables: The variables of the process.
    """
    found: list[str] = []
    active = variables.get("VIRTUAL_ENV")
    for path in (*([active] if active else []), *(os.path.join(root, name) for name in _USUAL_FOLDERS)):
        environment = environment_at(path) if os.path.isdir(path) else None
        if environment is not None and environment not in found:
            found.append(environment)
    return tuple(found)


def installed_packages(environments: Iterable[str]) -> tuple[list[str], list[str]]:
    """Give the folders in which environments keep packages, and those that their `.pth` files add.

    The second are plain paths only, as those of editable installs; a line that would be executed is passed over.
    """
    folders: list[str] = []
    for environment in environments:
        folders.extend(_libraries(environment))
        settings = _settings(environment)
        home = settings.get("home")
        if home is not None and settings.get("include-system-site-packages", "").lower() == "true":
            folders.extend(_libraries(os.path.dirname(home), settings))
    added = [path for folder in folders for path in _added_by(folder) if path not in folders]
    return folders, list(dict.fromkeys(added))


def _libraries(environment: str, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    settings = _settings(environment) if settings is None else settings
    version = _VERSION.search(settings.get("version", settings.get("version_info", "")))
    seen: set[str] = set()
    windows = os.path.join(environment, "Lib")
    for library in (windows, *(os.path.join(environment, name) for name in ("lib", "lib64", "local/lib"))):
        versions = sorted(name for name in _names_in(library) if name.startswith(("python3", "pypy3")))
        matching = [name for name in versions if version is not None and name.endswith(version[0])]
        for inner in ("", *(matching or versions)):
            for name in ("site-packages", "dist-packages"):
                folder = os.path.join(library, inner, name)
                if not os.path.isdir(folder):
                    continue
                # `lib64` often is `lib` by another name, and so is `Lib` where case does not count.
                real = os.path.realpath(folder)
                if real not in seen:
                    seen.add(real)
                    yield folder


def _added_by(folder: str) -> Iterator[str]:
    for name in sorted(_names_in(folder)):
        if not name.endswith(".pth"):
            continue
        try:
            with open(os.path.join(folder, name), encoding="utf-8-sig", errors="replace") as stream:
                lines = stream.read().splitlines()
        except OSError:
            continue
        for line in lines:
            text = line.strip()
            if text and not text.startswith(("#", "import ", "import\t")):
                path = os.path.normpath(os.path.join(folder, text))
                if os.path.isdir(path):
                    yield path


def _settings(environment: str) -> dict[str, str]:
    try:
        with open(os.path.join(environment, _CONFIGURATION), encoding="utf-8", errors="replace") as stream:
            pairs = [line.partition("=") for line in stream]
    except OSError:
        return {}
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
