"""The source trees that are measured: homeassistant from PyPI, and copies of a tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

PACKAGE = "homeassistant"


def homeassistant(folder: Path) -> Path:
    """Give the package's folder, downloaded (never installed) where `folder` has none yet."""
    tree = folder / PACKAGE / PACKAGE
    if not tree.is_dir():
        wheels = folder / "wheels"
        download = (
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--ignore-requires-python",
            "--only-binary",
            ":all:",
        )
        subprocess.run([sys.executable, "-m", *download, "--dest", str(wheels), PACKAGE], check=True)
        (wheel,) = wheels.glob(f"{PACKAGE}-*.whl")
        with ZipFile(wheel) as archive:
            archive.extractall(folder / PACKAGE)
    return tree


def excerpt(tree: Path, folder: Path, files: int) -> Path:
    """Give a folder with the first of a tree's packages that have so many files which use aiohttp."""
    target = folder / "excerpt"
    shutil.rmtree(target, ignore_errors=True)
    count = 0
    for package in sorted(path for path in tree.iterdir() if path.is_dir()):
        using = sum(b"aiohttp" in path.read_bytes() for path in package.rglob("*.py"))
        if using:
            shutil.copytree(package, target / package.name)
            count += using
        if count >= files:
            break
    return target


def copies(tree: Path, folder: Path, count: int) -> Path:
    """Give a folder with so many copies of a tree, each under a package name of its own."""
    target = folder / f"copies{count}"
    shutil.rmtree(target, ignore_errors=True)
    for number in range(count):
        shutil.copytree(tree, target / f"{tree.name}{number}")
    return target
