"""The data as a file, and compared with the sources of one release."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from api_data.releases import extract, version_key

if TYPE_CHECKING:
    from api_data.sources import Record, Sources


def canonical_names(data: Record) -> dict[str, str]:
    """Give every importable name with its canonical name, the canonical ones included."""
    own = [name for table in ("classes", "constants") for name in data[table]]
    own += [name for name in data["callables"] if name.rpartition(".")[0] not in data["classes"]]
    aliases: dict[str, str] = data["aliases"]
    return aliases | {name: name for name in own}


def dump(data: Record) -> str:
    """Write the data as JSON: sorted, one symbol a line."""
    sections = []
    for section, content in data.items():
        if isinstance(content, dict):
            lines = [f"{json.dumps(key)}: {compact(value)}" for key, value in sorted(content.items())]
            sections.append(f"{json.dumps(section)}: {{\n" + ",\n".join(lines) + "\n}")
        else:
            sections.append(f"{json.dumps(section)}: {compact(content)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def compact(value: object) -> str:
    """Write a value without its empty parts."""
    if isinstance(value, dict):
        value = {
            key: item for key, item in value.items() if item not in (None, [], {}) or key == "attributes"
        }
        if value.get("attributes") == {}:
            del value["attributes"]
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def lives_in(record: Record, release: str) -> bool:
    """Tell whether a release has what the record describes."""
    since, until = record.get("since"), record.get("until")
    key = version_key(release)
    return (since is None or version_key(since) <= key) and (until is None or key < version_key(until))


def differences(data: Record, sources: Sources, release: str) -> list[str]:
    """Compare the data with the sources of one aiohttp release, and say in words where they differ.

    Descriptions are those of the newest release read, so of older ones only the presence of classes, callables and
    parameters is compared.
    """
    fresh = extract(sources, canonical_names(data))
    is_newest = release == data["releases"][-1]
    found = []
    for table in ("classes", "callables", "constants"):
        expected = {
            name: record
            for name, record in data[table].items()
            if name.startswith("aiohttp.") and lives_in(record, release)
        }
        offered = {name for name, record in fresh[table].items() if "hidden" not in record}
        others = {
            name for other in ("classes", "callables", "constants") if other != table for name in data[other]
        }
        present = {name for name in offered - others if name.startswith("aiohttp.")}
        if is_newest or table != "classes":
            missing = (
                name for name in sorted(expected.keys() - present) if "inherited" not in expected[name]
            )
            found += [f"{table}: {name} is only in the data" for name in missing]
            found += [f"{table}: {name} is only in aiohttp" for name in sorted(present - expected.keys())]
        for name in sorted(expected.keys() & present):
            found += record_differences(name, expected[name], fresh[table][name], release, is_newest)
    return found


def record_differences(
    name: str, expected: Record, present: Record, release: str, is_newest: bool
) -> list[str]:
    """Compare the description of one symbol with a fresh one."""
    living = [parameter for parameter in expected.get("parameters", []) if lives_in(parameter, release)]
    fresh = present.get("parameters", [])
    if sorted(item["name"] for item in living) != sorted(item["name"] for item in fresh):
        return [f"{name}: parameters {[p['name'] for p in living]}, in aiohttp {[p['name'] for p in fresh]}"]
    if not is_newest:
        return []
    ignored = {"since", "until", "deprecated", "dropped", "parameters", "hidden", "inherited"}
    found = []
    for key in sorted((expected.keys() | present.keys()) - ignored):
        if (expected.get(key) or None) != (present.get(key) or None):
            found.append(f"{name}: {key} {expected.get(key)!r}, in aiohttp {present.get(key)!r}")
    for one, other in zip(living, fresh, strict=True):
        for key in ("name", "kind", "default", "annotation"):
            if one.get(key) != other.get(key):
                found.append(f"{name}({one['name']}): {key} {one.get(key)!r}, in aiohttp {other.get(key)!r}")
    return found
