"""From options and `pyproject.toml` to one frozen, validated `Settings` for each file."""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from aiohttp_lint import environments, requirements
from aiohttp_lint.options import CookieOptions, OwnNames, TimeoutOptions
from aiohttp_lint.semantics.aiohttp_versions import DEFAULT_TARGET, Target
from aiohttp_lint.suppressions import Honoured

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TABLE = "tool.aiohttp-lint"
DEFAULT_PYTHON_MINIMUM = (3, 9)
"""The oldest Python of the oldest aiohttp in the default target that is still met with."""
DEFAULT_EXCLUDE = (
    ".*",
    "__pycache__",
    "__pypackages__",
    "_build",
    "_vendor",
    "_vendored",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "third_party",
    "thirdparty",
    "thirdparty_files",
    "vendored",
    "venv",
)
"""Folders that are not looked into; one that holds a `pyvenv.cfg` is left alone whatever its name."""

DEFAULT_CACHE_DIR = ".aiohttp_lint_cache"
"""Where results are kept for the next run, relative to the root."""

_PROJECT_FILES = ("pyproject.toml", "setup.cfg", "requirements.txt")


class SettingsError(Exception):
    """The configuration can't be used; the text is one line that names the file, the key and what was expected."""


@dataclass(frozen=True)
class Settings:
    """Everything that can change what is found in a file. Folders and patterns are relative to `root`."""

    root: str = "."
    select: tuple[str, ...] = ("AIO",)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    preset: Literal["default", "strict"] = "default"
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    src: tuple[str, ...] = (".", "src")
    environments: tuple[str, ...] = ()
    """The Python environments whose packages imports may lead to: absolute paths, the first one first."""
    aiohttp_target: Target = DEFAULT_TARGET
    python_minimum: tuple[int, int] = DEFAULT_PYTHON_MINIMUM
    timeouts: TimeoutOptions = field(default_factory=TimeoutOptions)
    cookies: CookieOptions = field(default_factory=CookieOptions)
    own_names: OwnNames = field(default_factory=OwnNames)
    suppressions: Honoured = Honoured.ALL
    cache_dir: str = DEFAULT_CACHE_DIR

    def selects(self, code: str, *, opt_in: bool, path: str | None = None) -> bool:
        """Tell whether a rule runs.

        The longest prefix that fits decides, `ignore` where two are equally long. An opt-in rule needs more
        than a prefix: its full code, `ALL`, or the strict preset.

        Args:
            code: The rule's code.
            opt_in: Whether the rule is off unless it is named.
            path: The file, where `per-file-ignores` count as well.
        """
        if opt_in and not self.names(code):
            return False
        ignored = self.ignore if path is None else self.ignore + self.ignored_in(path)
        return _longest_fit(code, self.select + self.extend_select) > _longest_fit(code, ignored)

    def names(self, code: str) -> bool:
        """Tell whether a rule is asked for expressly: by its full code, by `ALL`, or by the strict preset."""
        named = self.select + self.extend_select
        return self.preset == "strict" or code in named or "ALL" in named

    def place_of(self, path: str) -> str:
        """Give a file's path within the project, with forward slashes."""
        return path_from_root(path, self.root)

    def ignored_in(self, path: str) -> tuple[str, ...]:
        """Give the codes and prefixes that `per-file-ignores` switches off in a file."""
        if not self.per_file_ignores:
            return ()
        relative = path_from_root(path, self.root)
        return tuple(
            code
            for (_, codes), pattern in zip(self.per_file_ignores, self._file_patterns, strict=True)
            if pattern.match_file(relative)
            for code in codes
        )

    @cached_property
    def source_roots(self) -> tuple[str, ...]:
        """The folders in which imports of the project are looked up, as absolute paths."""
        root = Path(self.root).absolute()
        return tuple(str((root / folder).resolve()) for folder in self.src)

    @cached_property
    def _file_patterns(self) -> tuple[Any, ...]:
        from pathspec import GitIgnoreSpec

        return tuple(GitIgnoreSpec.from_lines([pattern]) for pattern, _ in self.per_file_ignores)

    def __getstate__(self) -> dict[str, Any]:
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says over any configuration file; None is "not said"."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] | None = None
    aiohttp_target: Target | None = None
    suppressions: Honoured = Honoured.ALL

    def apply(self, settings: Settings) -> Settings:
        """Give the settings as the command line wants them.

        `--select` replaces the file's whole selection, `--ignore` and `--extend-select` add to it; a code
        named by `--extend-select` is no longer ignored.
        """
        if self.select is not None:
            settings = replace(settings, select=self.select, extend_select=(), ignore=())
        if self.extend_select is not None:
            settings = replace(
                settings,
                extend_select=settings.extend_select + self.extend_select,
                ignore=tuple(code for code in settings.ignore if code not in self.extend_select),
            )
        if self.ignore is not None:
            settings = replace(settings, ignore=settings.ignore + self.ignore)
        if self.aiohttp_target is not None:
            settings = replace(settings, aiohttp_target=self.aiohttp_target)
        return replace(settings, suppressions=self.suppressions)


@dataclass(frozen=True, slots=True)
class _Resolved:
    settings: Settings
    configured: bool
    """Whether a configuration file was found, so that folders below it belong to its root."""
    target_is_explicit: bool
    in_project: bool = False
    """Whether the folder, or one above, has the file of a project."""


class SettingsResolver:
    """Finds the settings of each file in the nearest configuration above it, each folder looked at once.

    Args:
        overrides: What the command line says.
        config: A configuration file to use for every file, whatever lies nearer.
        isolated: Whether to read no file at all.

    Raises:
        SettingsError: The configuration file that was named can't be used (also from `for_folder`).
    """

    def __init__(
        self, overrides: Overrides | None = None, config: str | None = None, *, isolated: bool = False
    ) -> None:
        self._overrides = overrides or Overrides()
        self._by_folder: dict[str, _Resolved] = {}
        self._everywhere: Settings | None = None
        if config is not None:
            self._everywhere = self._overrides.apply(load_file(Path(config)))
        elif isolated:
            self._everywhere = self._overrides.apply(Settings(root=str(Path.cwd())))

    def for_file(self, path: str) -> Settings:
        """Give the settings of a file, which need not exist."""
        return self.for_folder(os.path.dirname(os.path.abspath(path)))

    def for_folder(self, folder: str) -> Settings:
        """Give the settings for the files in a folder (an absolute path)."""
        return self._everywhere or self._resolve(folder).settings

    def _resolve(self, folder: str) -> _Resolved:
        resolved = self._by_folder.get(folder)
        if resolved is None:
            resolved = self._look_at(folder)
            self._by_folder[folder] = resolved
        return resolved

    def _look_at(self, folder: str) -> _Resolved:
        parent = os.path.dirname(folder)
        if parent == folder:
            root = str(Path.cwd())
            settings = self._overrides.apply(Settings(root=root, environments=_environments(root)))
            outer = _Resolved(settings, configured=False, target_is_explicit=False)
        else:
            outer = self._resolve(parent)
        if not any(os.path.isfile(os.path.join(folder, name)) for name in _PROJECT_FILES):
            return outer
        path = Path(folder)
        document = _read_toml(path / "pyproject.toml", is_inner=outer.in_project)
        declared = _declared(path, document)
        table = _table(path / "pyproject.toml", document)
        if table is not None:
            values = _validated(path / "pyproject.toml", table)
            inherited = {
                "aiohttp_target": outer.settings.aiohttp_target,
                "python_minimum": outer.settings.python_minimum,
                "environments": _environments(folder) or outer.settings.environments,
            }
            settings = self._overrides.apply(Settings(root=folder, **{**inherited, **declared, **values}))
            return _Resolved(
                settings, configured=True, target_is_explicit="aiohttp_target" in values, in_project=True
            )
        if outer.target_is_explicit or self._overrides.aiohttp_target is not None:
            declared.pop("aiohttp_target", None)
        if not outer.configured:
            declared["root"] = folder
            declared["environments"] = _environments(folder) or outer.settings.environments
        return replace(outer, settings=replace(outer.settings, **declared), in_project=True)


def load_file(path: Path) -> Settings:
    """Read the settings of one configuration file.

    Args:
        path: A TOML file with a `[tool.aiohttp-lint]` table.

    Raises:
        SettingsError: It can't be read, is not TOML, has no such table, or holds what no setting takes.
    """
    if not path.is_file():
        raise SettingsError(f"{path}: no such file")
    document = _read_toml(path)
    table = _table(path, document)
    if table is None:
        raise SettingsError(f"{path}: no [{TABLE}] table")
    folder = path.absolute().parent
    found = {"environments": _environments(str(folder))}
    return Settings(root=str(folder), **{**found, **_declared(folder, document), **_validated(path, table)})


def check_codes(codes: Iterable[str], where: str) -> None:
    """Make sure that each entry of a selection means at least one rule.

    Raises:
        SettingsError: One does not; the text starts with `where`.
    """
    from aiohttp_lint.rules import all_rules

    known = tuple(all_rules())
    for code in codes:
        if code != "ALL" and not (code and any(rule.startswith(code) for rule in known)):
            nearest = difflib.get_close_matches(code.upper(), [*known, "ALL"], n=1, cutoff=0.5)
            hint = f" (did you mean {nearest[0]}?)" if nearest else ""
            raise SettingsError(f"{where}: no rule has the code or prefix {code!r}{hint}")


def read_target(text: str, where: str) -> Target:
    """Read the aiohttp versions that somebody asks for.

    Args:
        text: A version, which is the oldest one, or specifiers.
        where: What was read, for the error.

    Raises:
        SettingsError: It is neither, or leaves no version; the text starts with `where`.
    """
    try:
        return requirements.parse_target(text)
    except ValueError as error:
        raise SettingsError(f"{where}: expected {_VERSIONS}, got {text!r}") from error


def path_from_root(path: str, root: str) -> str:
    """Give a path relative to `root` with forward slashes, as patterns see it; the whole path where it lies elsewhere."""
    absolute, above = os.path.abspath(path), os.path.join(os.path.abspath(root), "")
    return absolute.removeprefix(above).replace(os.sep, "/").lstrip("/")


def _longest_fit(code: str, entries: tuple[str, ...]) -> int:
    """Give the length of the longest entry that fits, -1 where none does; `ALL` says as much as `AIO`."""
    prefixes = ("AIO" if entry == "ALL" else entry for entry in entries)
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


def _read_toml(path: Path, *, is_inner: bool = False) -> dict[str, Any]:
    """Read a TOML file; one that is not there is an empty one.

    Inside of another project, one may be broken if it doesn't speak of this tool: the template of a project that is yet
    to be made.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{_shown(path)}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{_shown(path)}: not UTF-8, as TOML has to be: {error.reason}") from error
    # Here and not above: a file without any configuration over it never pays for the import.
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        document: dict[str, Any] = toml.loads(text)
    except toml.TOMLDecodeError as error:
        if is_inner and TABLE.rpartition(".")[2] not in text:
            return {}
        raise SettingsError(f"{_shown(path)}: not valid TOML: {error}") from error
    return document


def _table(path: Path, document: Mapping[str, Any]) -> dict[str, Any] | None:
    tool = document.get("tool")
    table = tool.get("aiohttp-lint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise SettingsError(f"{_shown(path)}: [{TABLE}]: expected a table, got {_kind(table)}")
    return table


def _declared(folder: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the project's own metadata says of its aiohttp and its Python, as fields of `Settings`."""
    declared: dict[str, Any] = {}
    target = requirements.declared_target(folder, document)
    if target is not None:
        declared["aiohttp_target"] = target
    python = requirements.declared_python_minimum(folder, document)
    if python is not None:
        declared["python_minimum"] = python
    return declared


def _environments(root: str) -> tuple[str, ...]:
    return environments.environments_of(root, os.environ)


def _validated(path: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the table into fields of `Settings`."""
    where = f"{_shown(path)}: [{TABLE}]"
    values = _fields(table, _keys(), where)
    for key in ("select", "ignore", "extend_select"):
        check_codes(values.get(key, ()), f"{where} {key.replace('_', '-')}")
    ignores = values.get("per_file_ignores")
    if ignores is not None:
        for pattern, codes in ignores.items():
            check_codes(codes, f'{where} per-file-ignores "{pattern}"')
        values["per_file_ignores"] = tuple(ignores.items())
    version = values.pop("aiohttp_version", None)
    if version is not None:
        values["aiohttp_target"] = read_target(version, f"{where} aiohttp-version")
    own = {
        entry.name: frozenset(values.pop(entry.name)) for entry in fields(OwnNames) if entry.name in values
    }
    for key, names in own.items():
        for name in sorted(names):
            if not all(part.isidentifier() for part in name.split(".")) or "." not in name:
                raise SettingsError(
                    f"{where} {key.replace('_', '-')}: expected {_DOTTED_NAMES}, got {name!r}"
                )
    if own:
        values["own_names"] = OwnNames(**own)
    python = values.pop("python_executable", None)
    if python is not None:
        environment = environments.environment_at(os.path.join(path.absolute().parent, python))
        if environment is None:
            expected = _keys()["python-executable"].expected
            raise SettingsError(f"{where} python-executable: expected {expected}, got {python!r}")
        values["environments"] = (environment,)
    if "timeouts" in values:
        options = _fields(values["timeouts"], _timeout_keys(), f"{where[:-1]}.timeouts]")
        values["timeouts"] = TimeoutOptions(**options)
    if "cookies" in values:
        values["cookies"] = CookieOptions(
            **_fields(values["cookies"], _cookie_keys(), f"{where[:-1]}.cookies]")
        )
    return values


_VERSIONS = 'a version such as "3.9" or specifiers such as ">=3.10,<4"'
_DOTTED_NAMES = 'a list of full dotted names such as "shop.text.clean"'


@dataclass(frozen=True, slots=True)
class _Key:
    type: Any
    expected: str


def _keys() -> dict[str, _Key]:
    codes = _Key(tuple[str, ...], "a list of rule codes")
    patterns = _Key(tuple[str, ...], "a list of patterns")
    return {
        "select": codes,
        "ignore": codes,
        "extend-select": codes,
        "preset": _Key(Literal["default", "strict"], '"default" or "strict"'),
        "per-file-ignores": _Key(
            dict[str, tuple[str, ...]], "a table of patterns, each with a list of rule codes"
        ),
        "exclude": patterns,
        "extend-exclude": patterns,
        "src": _Key(tuple[str, ...], "a list of folders"),
        "cache-dir": _Key(str, "a folder"),
        "python-executable": _Key(
            str, "the path of a Python interpreter, or of the folder of its environment, with packages in it"
        ),
        "aiohttp-version": _Key(str, _VERSIONS),
        "timeouts": _Key(dict[str, Any], "a table"),
        "cookies": _Key(dict[str, Any], "a table"),
        **{entry.name.replace("_", "-"): _Key(tuple[str, ...], _DOTTED_NAMES) for entry in fields(OwnNames)},
    }


def _timeout_keys() -> dict[str, _Key]:
    from msgspec import Meta

    seconds = _Key(Annotated[float, Meta(gt=0)], "a number of seconds above 0")
    return {"total": seconds, "sock-connect": seconds}


def _cookie_keys() -> dict[str, _Key]:
    return {"all-cookies": _Key(bool, "true or false")}


def _fields(table: Mapping[str, Any], keys: Mapping[str, _Key], where: str) -> dict[str, Any]:
    # Here and not above: a project without a table of ours never pays for the import.
    import msgspec

    values: dict[str, Any] = {}
    for name, value in table.items():
        key = keys.get(name)
        if key is None:
            nearest = difflib.get_close_matches(name, keys, n=1, cutoff=0.5)
            hint = f"did you mean {nearest[0]}?" if nearest else f"expected one of {', '.join(keys)}"
            raise SettingsError(f"{where} {name}: unknown key; {hint}")
        try:
            values[name.replace("-", "_")] = msgspec.convert(value, key.type)
        except msgspec.ValidationError as error:
            raise SettingsError(f"{where} {name}: expected {key.expected}, got {_kind(value)}") from error
    return values


def _kind(value: object) -> str:
    """Name what was found instead: the value where it is short enough to be told apart by, else its type."""
    if isinstance(value, list):
        kinds = sorted({type(item).__name__ for item in value if not isinstance(item, str)})
        return f"a list with {' and '.join(kinds)} in it" if kinds else "list"
    if isinstance(value, dict):
        return "table"
    return f"{value!r}" if isinstance(value, str) else type(value).__name__


def _shown(path: Path) -> str:
    return os.path.relpath(path) if path.absolute().is_relative_to(Path.cwd()) else str(path)
