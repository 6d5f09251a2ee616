"""The modules of a release: read as text, parsed, and what their names lead to."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api_data.tables import (
    CANONICAL_MODULES,
    DEPENDENCY_SOURCES,
    INTERNAL_MODULES,
    NEEDED_CLASSES,
    THIRD_PARTY,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign
Function = ast.FunctionDef | ast.AsyncFunctionDef
Record = dict[str, Any]
Sources = dict[str, str]


@dataclass(frozen=True)
class Imported:
    """A name bound by an import: of a module when `name` is None."""

    module: str
    name: str | None


@dataclass(frozen=True)
class Module:
    """A parsed module: its statements, and what its names are bound to."""

    statements: tuple[ast.stmt, ...]
    names: dict[str, Definition | Imported]


def read_wheel(path: Path) -> Sources:
    """Read the Python modules of a wheel: dotted module name to source text."""
    with zipfile.ZipFile(path) as wheel:
        return {
            module_name(Path(entry)): wheel.read(entry).decode()
            for entry in wheel.namelist()
            if entry.endswith(".py") and entry.split("/")[0] in ("aiohttp", *THIRD_PARTY)
        }


def read_folder(folder: Path) -> Sources:
    """Read the Python modules of an installed package's folder: dotted module name to source text."""
    return {
        module_name(path.relative_to(folder.parent)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
    }


def read_installed(package: str) -> Sources:
    """Read an installed package without importing it.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(package)
    return read_folder(Path(found.origin).parent)


def module_name(path: Path) -> str:
    """Turn `aiohttp/web.py` into `aiohttp.web`, and `aiohttp/__init__.py` into `aiohttp`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def flatten(statements: Iterable[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the statements of all branches; the flag tells that an earlier binding of the name stays.

    Of an `if`, the first branch counts, save that code for type checkers yields to functions that run.
    """
    for statement in statements:
        if isinstance(statement, ast.If):
            yield from flatten(statement.body)
            checked = "TYPE_CHECKING" in ast.unparse(statement.test)
            for inner, stays in flatten(statement.orelse):
                is_function = isinstance(inner, Function)
                yield inner, stays or not (checked and is_function)
        elif isinstance(statement, ast.Try):
            yield from flatten([*statement.body, *statement.orelse])
            for handler in statement.handlers:
                yield from ((inner, True) for inner, _ in flatten(handler.body))
        else:
            # An overload counts where no implementation follows, as in a protocol.
            yield statement, isinstance(statement, Function) and "overload" in decorators(statement)


def decorators(node: Function | ast.ClassDef) -> list[str]:
    """Give the last name of each decorator: `setter` for `@x.setter`, `s` for `@attr.s(...)`."""
    callees = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
    return [ast.unparse(callee).rpartition(".")[2] for callee in callees]


def parse_module(name: str, source: str, is_package: bool) -> Module:
    """Parse a module and bind its top-level names."""
    names: dict[str, Definition | Imported] = {}
    statements = []
    for statement, stays in flatten(ast.parse(source).body):
        statements.append(statement)
        for bound, definition in bindings(statement, name, is_package):
            if not (stays and bound in names):
                names[bound] = definition
    return Module(tuple(statements), names)


def bindings(
    statement: ast.stmt, module: str, is_package: bool
) -> Iterator[tuple[str, Definition | Imported]]:
    """Yield the names that a statement binds."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield statement.name, statement
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from ((target.id, statement) for target in targets if isinstance(target, ast.Name))
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            whole = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or whole, Imported(whole, None)
    elif isinstance(statement, ast.ImportFrom):
        source = statement.module or ""
        if statement.level:
            parents = module.split(".")
            parents = parents[: len(parents) - statement.level + is_package]
            source = ".".join([*parents, source] if source else parents)
        yield from ((alias.asname or alias.name, Imported(source, alias.name)) for alias in statement.names)


class Package:
    """The modules of one release, and what their names mean."""

    def __init__(self, sources: Sources) -> None:
        every = {**sources, **DEPENDENCY_SOURCES}
        packages = {name.rpartition(".")[0] for name in every}
        self.modules = {name: parse_module(name, text, name in packages) for name, text in every.items()}
        # Full name of a definition to canonical name; filled by `aliases_of` and given by the caller.
        self.canonical: dict[str, str] = {}

    def resolve(self, module: str, name: str) -> str | None:
        """Follow imports from a name in a module to the full name of a definition, a module or an outside name."""
        for _ in range(20):
            bound = self.modules[module].names.get(name)
            if bound is None:
                return f"{module}.{name}" if f"{module}.{name}" in self.modules else None
            if not isinstance(bound, Imported):
                return f"{module}.{name}"
            if bound.name is None:
                return bound.module
            if bound.module not in self.modules:
                return f"{bound.module}.{bound.name}"
            module, name = bound.module, bound.name
        return None

    def resolve_expression(self, node: ast.expr, module: str) -> str | None:
        """Resolve a name or a dotted name as `resolve` does; builtins keep their bare name."""
        if isinstance(node, ast.Name):
            return self.resolve(module, node.id) or (node.id if hasattr(builtins, node.id) else None)
        if isinstance(node, ast.Attribute):
            owner = self.resolve_expression(node.value, module)
            if owner is None:
                return None
            return self.resolve(owner, node.attr) if owner in self.modules else f"{owner}.{node.attr}"
        return None

    def definition(self, full_name: str) -> Definition | None:
        """Give the definition with this full name, None for outside names and modules."""
        module, _, name = full_name.rpartition(".")
        found = self.modules[module].names.get(name) if module in self.modules else None
        return None if isinstance(found, Imported) else found

    def offers(self, module: str, name: str) -> bool:
        """Tell whether a module means a name for its users: lists it in `__all__`, or, without that, defines it."""
        listed = self.modules[module].names.get("__all__")
        if isinstance(listed, ast.Assign | ast.AnnAssign) and isinstance(listed.value, ast.Tuple | ast.List):
            return any(isinstance(item, ast.Constant) and item.value == name for item in listed.value.elts)
        return not isinstance(self.modules[module].names.get(name), Imported)

    def location(self, canonical: str) -> str | None:
        """Give the full name of the definition that a canonical name leads to, None when it is not there."""
        module, _, name = canonical.rpartition(".")
        found = self.resolve(module, name) if module in self.modules else None
        return found if found and (self.definition(found) or self.passes_on(module, name, found)) else None

    def passes_on(self, module: str, name: str, full_name: str) -> bool:
        """Tell whether a module lists a name in `__all__` that another package defines."""
        own = full_name in self.modules or self.definition(full_name) is not None
        return module in CANONICAL_MODULES and not own and self.offers(module, name)


def aliases_of(package: Package, known: dict[str, str]) -> dict[str, str]:
    """Name every public symbol of a release: each dotted name that it can be imported by, to its canonical name."""
    names: dict[str, list[str]] = {}
    order = sorted(package.modules, key=lambda name: (*CANONICAL_MODULES, name).index(name))
    for module in order:
        for name in package.modules[module].names:
            full_name = package.resolve(module, name)
            if full_name and (package.definition(full_name) or package.passes_on(module, name, full_name)):
                names.setdefault(full_name, []).append(f"{module}.{name}")
    aliases = {}
    for full_name, spellings in names.items():
        split = [spelling.rpartition(".") for spelling in spellings]
        offers = (m for m, _, name in split if m in CANONICAL_MODULES and package.offers(m, name))
        offering = next(offers, None)
        canonical = full_name if offering is None else spellings[[m for m, _, _ in split].index(offering)]
        if not is_public(package, full_name, offering is not None):
            continue
        canonical = next((known[name] for name in (*spellings, full_name) if name in known), canonical)
        public = (
            name for name in spellings if not name.rpartition(".")[2].startswith("_") or "._" in canonical
        )
        aliases.update(dict.fromkeys((*public, canonical), canonical))
    return aliases


def is_public(package: Package, full_name: str, offered: bool) -> bool:
    """Tell whether a definition belongs into the data."""
    module, _, name = full_name.rpartition(".")
    if full_name in NEEDED_CLASSES:
        return True
    if name.startswith(("_", "pytest_")):
        return False
    definition = package.definition(full_name)
    if isinstance(definition, ast.Assign | ast.AnnAssign):
        # Type variables and loggers are nobody's API; constants of the modules that users import are.
        value = definition.value
        if isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] in (
            "TypeVar",
            "getLogger",
        ):
            return False
        return offered or module in ("aiohttp.hdrs", "aiohttp.typedefs", "aiohttp.client")
    return offered or module not in INTERNAL_MODULES
