"""One release described, and all releases merged into the data."""

from __future__ import annotations

import ast

from api_data.callables import callable_record, forward_keywords
from api_data.classes import class_record
from api_data.sources import Function, Package, Record, Sources, aliases_of, flatten
from api_data.tables import (
    DEPENDENCY_SOURCES,
    FORWARDED_KEYWORDS,
    NOT_IN_4,
    RESULTS,
    SSL_DEPRECATIONS,
    STAND_INS,
    THIRD_PARTY,
)
from api_data.type_expressions import type_expression


def extract(sources: Sources, canonical: dict[str, str]) -> dict[str, dict[str, Record]]:
    """Describe all that the sources of one release define: classes, callables and constants by canonical name.

    Args:
        sources: dotted module name to source text.
        canonical: every importable name to its canonical name, as in the data's `aliases`.
    """
    return extract_package(Package(sources), canonical)


def extract_package(package: Package, canonical: dict[str, str]) -> dict[str, dict[str, Record]]:
    """Describe what a parsed release defines; see `extract`."""
    locations: dict[str, str] = {}
    for name in sorted(set(canonical.values())):
        spellings = [
            name,
            *(alias for alias, target in canonical.items() if target == name and alias != name),
        ]
        # The canonical name first: what is only found under an alias is described, and marked as not offered.
        found = next((place for place in map(package.location, spellings) if place), None)
        if found is not None:
            locations[name] = found
    package.canonical = {place: name for name, place in locations.items()}
    classes: dict[str, Record] = {}
    callables: dict[str, Record] = {}
    constants: dict[str, Record] = {}
    for name, place in locations.items():
        module = place.rpartition(".")[0]
        definition = package.definition(place)
        if name in STAND_INS:
            continue
        if isinstance(definition, ast.ClassDef):
            record, methods = class_record(package, definition, module, name)
            classes[name] = record
            callables.update({f"{name}.{method}": described for method, described in methods.items()})
        elif isinstance(definition, Function):
            callables[name] = callable_record(package, definition, module, None)
            if name in RESULTS:
                callables[name]["result"] = RESULTS[name]
        else:
            constants[name] = constant_record(package, definition, module) if definition else {}
        offered = package.location(name) is not None
        for table in (classes, callables, constants):
            if name in table and not offered:
                table[name]["hidden"] = True
    session = package.definition("aiohttp.client.ClientSession")
    assert isinstance(session, ast.ClassDef)
    methods_of_session = {item.name: item for item, _ in flatten(session.body) if isinstance(item, Function)}
    for name, method in FORWARDED_KEYWORDS.items():
        if name in callables:
            forward_keywords(callables[name], methods_of_session[method])
    for full_name, described in callables.items():
        if full_name in FORWARDED_KEYWORDS or full_name == "aiohttp.TCPConnector.__init__":
            for parameter in described["parameters"]:
                if parameter["name"] in SSL_DEPRECATIONS:
                    parameter["deprecated"] = SSL_DEPRECATIONS[parameter["name"]]
    for name, (base, result) in STAND_INS.items():
        classes[name] = {"bases": [base], "attributes": {}, "awaits": result, "enters": result}
    return {"classes": classes, "callables": callables, "constants": constants}


def constant_record(package: Package, definition: ast.Assign | ast.AnnAssign, module: str) -> Record:
    """Describe a module's constant: its type, and its value when that is a plain one."""
    value = definition.value
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "istr":
        value = value.args[0]
    if isinstance(value, ast.Constant) and isinstance(value.value, str | int):
        return {"type": type(value.value).__name__, "value": value.value}
    annotation = definition.annotation if isinstance(definition, ast.AnnAssign) else None
    expression = type_expression(package, annotation, module)
    if expression is None and isinstance(value, ast.Call):
        expression = type_expression(package, value.func, module)
    return {"type": expression}


def lifetime(present: list[str], releases: tuple[str, ...]) -> Record:
    """Say when something came and went: the first release that has it, the first that has it no more.

    What the first release read already has gets no `since`, what the newest still has no `until`.
    """
    record = {}
    if present[0] != releases[0]:
        record["since"] = present[0].removesuffix(".0")
    if present[-1] != releases[-1]:
        record["until"] = releases[releases.index(present[-1]) + 1].removesuffix(".0")
    return record


def version_key(version: str) -> tuple[int, ...]:
    """Order releases: `3.9` before `3.10.1`."""
    return tuple(int(part) for part in version.split("."))


def merge(described: dict[str, dict[str, Record]], releases: tuple[str, ...]) -> dict[str, Record]:
    """Merge one table of all releases: the newest description of each name, with its lifetime.

    Args:
        described: release to its table (as of `extract`).
        releases: all releases, oldest first.
    """
    merged: dict[str, Record] = {}
    for name in sorted({name for table in described.values() for name in table}):
        having = [release for release in releases if name in described[release]]
        newest = dict(described[having[-1]][name])
        newest.pop("hidden", None)
        offered = [release for release in having if "hidden" not in described[release][name]] or having
        newest |= lifetime(offered, releases)
        if "deprecated" in newest:
            newest["deprecated"] = {
                "message": newest["deprecated"],
                **deprecated_since([r for r in having if "deprecated" in described[r][name]], releases),
            }
        if "parameters" in newest:
            newest["parameters"] = merge_parameters(
                {release: described[release][name]["parameters"] for release in having}, releases
            )
        merged[name] = newest
    return merged


def merge_parameters(described: dict[str, list[Record]], releases: tuple[str, ...]) -> list[Record]:
    """Merge a callable's parameters of all releases: the newest ones in order, then those that are gone."""
    having = [release for release in releases if release in described]
    order = {parameter["name"]: None for release in reversed(having) for parameter in described[release]}
    merged = []
    for name in order:
        found = {r: parameter for r in having for parameter in described[r] if parameter["name"] == name}
        newest = dict(found[max(found, key=having.index)])
        present = [release for release in having if release in found]
        newest |= lifetime(present, tuple(having))
        if having[-1] != releases[-1] and present[-1] == having[-1]:
            newest.pop("until", None)
        if "deprecated" in newest:
            warned = [release for release in present if "deprecated" in found[release]]
            newest["deprecated"] = {"message": newest["deprecated"], **deprecated_since(warned, releases)}
        merged.append(newest)
    return merged


def deprecated_since(warned: list[str], releases: tuple[str, ...]) -> Record:
    """Say which release warns first; nothing when it is older than those read."""
    return {} if warned[0] == releases[0] else {"since": warned[0].removesuffix(".0")}


def generate(aiohttp: dict[str, Sources], third_party: Sources) -> Record:
    """Build the whole data.

    Args:
        aiohttp: release to the sources of its wheel, oldest first.
        third_party: the sources of the packages in `THIRD_PARTY`.
    """
    releases = tuple(aiohttp)
    packages = {
        release: Package({**sources, **third_party} if release == releases[-1] else sources)
        for release, sources in aiohttp.items()
    }
    aliases = {name: name for name in STAND_INS}
    for release in reversed(releases):
        aliases = aliases_of(packages[release], aliases) | aliases
    described = {release: extract_package(package, aliases) for release, package in packages.items()}
    data: Record = {"releases": list(releases), "third_party": THIRD_PARTY}
    data["modules"] = sorted(
        {name for package in packages.values() for name in package.modules if name not in DEPENDENCY_SOURCES}
    )
    data["aliases"] = {name: target for name, target in sorted(aliases.items()) if name != target}
    for table in ("classes", "callables", "constants"):
        own: dict[str, dict[str, Record]] = {release: {} for release in releases}
        others: dict[str, Record] = {}
        for release in releases:
            for name, record in described[release][table].items():
                is_own = name.startswith("aiohttp.")
                (own[release] if is_own else others)[name] = record
        newest = releases[-1:]
        data[table] = merge(own, releases) | merge({newest[0]: others}, newest)
    join_kinds(data)
    join_inherited(data)
    mark_dropped(data)
    return data


def join_kinds(data: Record) -> None:
    """Keep one entry for a name that was a constant or alias first and became a class or function."""
    for table in ("classes", "callables"):
        for name in data[table].keys() & data["constants"].keys():
            earlier = data["constants"].pop(name)
            data[table][name].pop("since", None)
            if "since" in earlier:
                data[table][name]["since"] = earlier["since"]


def join_inherited(data: Record) -> None:
    """Let a method live on where it moved to a base, and have lived where it moved down from one."""
    callables = data["callables"]
    for name, record in callables.items():
        owner, _, method = name.rpartition(".")
        described = data["classes"].get(owner, {"until": None})
        queue = [] if "until" in described else list(described.get("bases", []))
        while queue and ("since" in record or "until" in record):
            base = queue.pop(0)
            queue += data["classes"].get(base, {}).get("bases", [])
            inherited = callables.get(f"{base}.{method}")
            if inherited is None:
                continue
            if "until" in record and "until" not in inherited:
                del record["until"]
                record["inherited"] = True
            since = inherited.get("since", data["releases"][0])
            since = max(since, data["classes"][owner].get("since", since), key=version_key)
            if "since" in record and version_key(since) < version_key(record["since"]):
                record["inherited"] = True
                record["since"] = since
                if since == data["releases"][0]:
                    del record["since"]


def mark_dropped(data: Record) -> None:
    """Say of the classes and parameters in `NOT_IN_4` that 4.0 drops them.

    Raises:
        KeyError: the data has not got what the table names.
    """
    for name, dropped in NOT_IN_4.items():
        if not dropped:
            data["classes"][name]["dropped"] = "4.0"
        for parameter in data["callables"][name]["parameters"] if dropped else ():
            if parameter["name"] in dropped:
                parameter["dropped"] = "4.0"
