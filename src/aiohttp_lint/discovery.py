"""Which files are linted: the paths that were named, and what lies below them and is not to be ignored."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathspec import GitIgnoreSpec

    from aiohttp_lint.settings import SettingsResolver

_HIDDEN = ".*"
_GROUP_NAME = re.compile(r"\(\?P<\w+>")
_PLAIN_NAME = re.compile(r"[^*?\[\]/\\!]+")


@dataclass(frozen=True, slots=True)
class Discovered:
    """The files to lint in order, and what stood in the way."""

    files: tuple[str, ...]
    missing: tuple[str, ...] = ()
    """Named paths that don't exist."""
    unreadable: tuple[tuple[str, str], ...] = ()
    """Folders that can't be listed, each with the reason."""


def discover(paths: Iterable[str], resolver: SettingsResolver) -> Discovered:
    """Find the files to lint.

    A file that is named is always in, whatever its ending and whatever excludes it; so is a folder that is
    named. Below a folder come the `.py` files that neither `.gitignore` nor `exclude` leaves out; symbolic
    links are not followed.

    Args:
        paths: Files and folders.
        resolver: Gives the settings of each folder.

    Raises:
        SettingsError: A configuration file on the way can't be used.
    """
    files: list[str] = []
    missing: list[str] = []
    unreadable: list[tuple[str, str]] = []
    for path in paths:
        if os.path.isdir(path):
            folder = os.path.normpath(path)
            walk = _Walk(resolver, unreadable)
            files.extend(walk.below("" if folder == os.curdir else folder, _ignores_above(folder)))
        elif os.path.lexists(path):
            files.append(os.path.normpath(path))
        else:
            missing.append(path)
    return Discovered(tuple(sorted(set(files))), tuple(missing), tuple(unreadable))


def named_folders(paths: Iterable[str]) -> tuple[str, ...]:
    """Give the folders among the paths of a run."""
    return tuple(path for path in paths if os.path.isdir(path))


@dataclass(frozen=True, slots=True)
class _Ignores:
    """The patterns of one `.gitignore`, which hold below the folder that it stands in."""

    folder: str
    spec: GitIgnoreSpec
    any_pattern: re.Pattern[str]
    """All the patterns in one expression: a first look that says "none fits" five times as fast."""

    def verdict(self, absolute: str) -> bool | None:
        """Tell whether a path is left out (True) or let in again (False); None where no pattern fits."""
        start = len(self.folder) + (not self.folder.endswith(os.sep))
        relative = absolute[start:]
        return self.spec.check_file(relative).include if self.any_pattern.search(relative) else None


class _Walk:
    def __init__(self, resolver: SettingsResolver, unreadable: list[tuple[str, str]]) -> None:
        self._resolver = resolver
        self._unreadable = unreadable

    def below(self, folder: str, ignores: tuple[_Ignores, ...]) -> Iterator[str]:
        """Yield the files below a folder (empty for the current one)."""
        absolute = os.path.abspath(folder or os.curdir)
        try:
            with os.scandir(folder or os.curdir) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._unreadable.append((folder or os.curdir, error.strerror or type(error).__name__))
            return
        names = {entry.name for entry in listed}
        if ".gitignore" in names:
            ignores = (*ignores, *_ignores_in(absolute, ".gitignore"))
        settings = self._resolver.for_folder(absolute)
        excluded = _excluder(settings.root, settings.exclude + settings.extend_exclude)
        for entry in listed:
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not (entry.name.endswith(".py") and entry.is_file(follow_symlinks=False)):
                continue
            path = os.path.join(absolute, entry.name)
            if excluded.leaves_out(entry.name, path, is_folder=is_folder):
                continue
            if ignores and _is_ignored(path + "/" if is_folder else path, ignores):
                continue
            shown = os.path.join(folder, entry.name)
            if not is_folder:
                yield shown
            elif not any(os.path.exists(os.path.join(path, mark)) for mark in _marks_of_others(entry.name)):
                yield from self.below(shown, ignores)


def _marks_of_others(name: str) -> tuple[str, ...]:
    """Give the files that tell that a folder is not the project's own: an environment's, and of a copy of aiohttp."""
    return ("pyvenv.cfg", "client_reqrep.py") if name == "aiohttp" else ("pyvenv.cfg",)


class _Excluder:
    """`exclude` made quick: plain names are looked up, and only real patterns are matched."""

    def __init__(self, root: str, patterns: tuple[str, ...]) -> None:
        self._root = os.path.abspath(root) + os.sep
        self._hidden = _HIDDEN in patterns
        self._names = frozenset(filter(_PLAIN_NAME.fullmatch, patterns))
        rest = [pattern for pattern in patterns if pattern != _HIDDEN and pattern not in self._names]
        self._spec = _spec(rest) if rest else None

    def leaves_out(self, name: str, absolute: str, *, is_folder: bool) -> bool:
        """Tell whether a file or folder is excluded."""
        if name in self._names or (self._hidden and is_folder and name.startswith(".")):
            return True
        if self._spec is None:
            return False
        return self._spec.match_file(absolute.removeprefix(self._root) + ("/" if is_folder else ""))


@cache
def _excluder(root: str, patterns: tuple[str, ...]) -> _Excluder:
    return _Excluder(root, patterns)


def _is_ignored(path: str, ignores: tuple[_Ignores, ...]) -> bool:
    """Ask the innermost `.gitignore` first, as git does."""
    for patterns in reversed(ignores):
        verdict = patterns.verdict(path)
        if verdict is not None:
            return verdict
    return False


def _ignores_above(folder: str) -> tuple[_Ignores, ...]:
    """Read the `.gitignore` files between the root of the repository and a named folder."""
    absolute = os.path.abspath(folder)
    above: list[str] = []
    current = absolute
    while not os.path.exists(os.path.join(current, ".git")):
        parent = os.path.dirname(current)
        if parent == current:
            # Without a repository only the files below the folder count.
            return ()
        above.append(parent)
        current = parent
    ignores = _ignores_in(current, os.path.join(".git", "info", "exclude"))
    for outer in reversed(above):
        ignores += _ignores_in(outer, ".gitignore")
    # Who names an ignored folder wants it linted.
    return () if above and _is_ignored(absolute + "/", ignores) else ignores


def _ignores_in(folder: str, name: str) -> tuple[_Ignores, ...]:
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as stream:
            lines = [line for line in stream if line.strip() and not line.startswith("#")]
    except OSError:
        return ()
    if not lines:
        return ()
    spec = _spec(lines)
    expressions = [pattern.regex.pattern for pattern in spec.patterns if pattern.regex is not None]
    # Each expression names its groups alike, and one expression may not.
    any_pattern = re.compile("|".join(_GROUP_NAME.sub("(?:", expression) for expression in expressions))
    return (_Ignores(folder, spec, any_pattern),)


def _spec(patterns: list[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)
