"""Generate `aiohttp_api.json`: aiohttp's classes and callables as data, from the sources of its wheels.

Nothing is installed and nothing is imported: the wheels are downloaded to a temporary folder, read as zip
files, and their modules parsed with `ast`.

    python scripts/generate_api_data.py            write the data from all the releases below
    python scripts/generate_api_data.py --check    compare the data with the installed aiohttp
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from api_data.comparison import differences, dump
from api_data.releases import generate
from api_data.sources import Sources, read_installed, read_wheel
from api_data.tables import THIRD_PARTY

DATA_PATH = Path(__file__).parent.parent / "src/aiohttp_lint/semantics/data/aiohttp_api.json"

# The first and the newest patch of each minor release, so that what came in a patch is told apart.
RELEASES = (
    "3.8.6",
    "3.9.0",
    "3.9.5",
    "3.10.0",
    "3.10.11",
    "3.11.0",
    "3.11.18",
    "3.12.0",
    "3.12.15",
    "3.13.0",
    "3.13.5",
    "3.14.0",
    "3.14.5",
)


def download(requirement: str, folder: Path) -> Sources:
    """Download one wheel and read its modules."""
    target = folder / requirement
    # The oldest releases have wheels for no newer Python; which Python does not matter to what is read.
    pick = ["--no-deps", "--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.11"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", *pick]
    subprocess.run([*command, "--dest", str(target), requirement], check=True)
    return read_wheel(next(target.glob("*.whl")))


def main(arguments: list[str] | None = None) -> int:
    """Write the data, or check it."""
    parser = argparse.ArgumentParser(description="Generate aiohttp's API as data from its wheels.")
    parser.add_argument("--check", action="store_true", help="compare the data with the installed aiohttp")
    options = parser.parse_args(arguments)
    if options.check:
        data = json.loads(DATA_PATH.read_text(encoding="utf-8"))
        found = differences(data, read_installed("aiohttp"), importlib.metadata.version("aiohttp"))
        print("\n".join(found) or "The data agrees with the installed aiohttp.")
        return 1 if found else 0
    with tempfile.TemporaryDirectory() as folder:
        aiohttp = {release: download(f"aiohttp=={release}", Path(folder)) for release in RELEASES}
        third_party: Sources = {}
        for package, version in THIRD_PARTY.items():
            third_party |= download(f"{package.replace('_', '-')}=={version}", Path(folder))
    DATA_PATH.parent.mkdir(exist_ok=True)
    DATA_PATH.write_text(dump(generate(aiohttp, third_party)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
