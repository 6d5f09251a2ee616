"""Lint real packages from PyPI: count what is found, fail on any crash, and draw a sample to be read.

Nothing is installed, built or imported: only wheels are downloaded, and only their Python sources unpacked.
"""

from __future__ import annotations

import argparse
import ast
import csv
import hashlib
import json
import subprocess
import sys
import time
import warnings
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SCRIPTS = Path(__file__).resolve().parent
DEFAULT_PACKAGES = SCRIPTS / "ecosystem_packages.tsv"
DEFAULT_FOLDER = SCRIPTS.parent / "build" / "ecosystem"
SAMPLE_COLUMNS = ("package", "version", "path", "line", "code", "selection", "verdict", "reason")
LEAST_OF_A_RULE = 5
MOST_BYTES = 1 << 30
DOWNLOAD_SECONDS = 600
LINT_SECONDS = 1800


@dataclass(frozen=True, order=True)
class Package:
    """One release of a distribution."""

    name: str
    version: str


@dataclass(frozen=True)
class Sources:
    """What a package's folder holds; `importing` and `unparsable` are about files that mention aiohttp."""

    files: int
    importing: int
    unparsable: int


@dataclass(frozen=True)
class Reported:
    """One finding, as the command reported it; the path is relative to the package's folder."""

    path: str
    line: int
    column: int
    code: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """One run of the linter: its findings, or why the run counts as a crash."""

    findings: tuple[Reported, ...]
    seconds: float
    crash: str | None


@dataclass(frozen=True)
class Linted:
    """A package that was had and linted."""

    package: Package
    sources: Sources
    outcome: Outcome


@dataclass(frozen=True, order=True)
class Place:
    """The coordinates of a finding: enough to read it again, without a line of anybody's code."""

    package: str
    version: str
    path: str
    line: int
    code: str


class UnavailableError(Exception):
    """A package can't be had as a wheel."""


def read_packages(path: Path) -> list[Package]:
    """Read a TSV file with the columns `name` and `version`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Package(row["name"], row["version"]) for row in csv.DictReader(file, delimiter="\t")]


def downloaded_wheel(package: Package, downloads: Path) -> Path | None:
    """Find the wheel of exactly this release in the folder."""
    for wheel in sorted(downloads.glob("*.whl")):
        name, version, *_ = parse_wheel_filename(wheel.name)
        if name == canonicalize_name(package.name) and version == Version(package.version):
            return wheel
    return None


def download(package: Package, downloads: Path) -> Path:
    """Give the package's wheel, from the folder or from PyPI.

    Raises:
        UnavailableError: There is no such release, no wheel of it for this platform, or no network.
    """
    if wheel := downloaded_wheel(package, downloads):
        return wheel
    downloads.mkdir(parents=True, exist_ok=True)
    # Only wheels: pip would run a source distribution's build to learn its metadata.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--ignore-requires-python", "--dest", str(downloads)]
    command += [f"{package.name}=={package.version}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"pip did not end within {DOWNLOAD_SECONDS} s") from None
    wheel = downloaded_wheel(package, downloads)
    if done.returncode or wheel is None:
        raise UnavailableError((done.stderr.strip().splitlines() or ["pip downloaded nothing"])[-1])
    return wheel


def unpack(wheel: Path, folder: Path) -> None:
    """Unpack a wheel's Python sources into a new folder; an existing folder is taken as unpacked.

    Raises:
        ValueError: A member lies outside the folder, or the sources are too large to be sources.
    """
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.part")
    with ZipFile(wheel) as archive:
        sources = [member for member in archive.infolist() if member.filename.endswith((".py", ".pyi"))]
        for member in sources:
            path = PurePosixPath(member.filename)
            if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
                raise ValueError(f"{wheel.name}: {member.filename!r} lies outside the archive's folder")
        if sum(member.file_size for member in sources) > MOST_BYTES:
            raise ValueError(f"{wheel.name}: more than {MOST_BYTES} bytes of source")
        archive.extractall(unfinished, sources)
    unfinished.mkdir(exist_ok=True)
    unfinished.replace(folder)


def imports_aiohttp(tree: ast.AST) -> bool:
    """Tell whether aiohttp itself, or a module of it, is imported anywhere in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        else:
            continue
        if any(module.partition(".")[0] == "aiohttp" for module in modules):
            return True
    return False


def count_sources(folder: Path) -> Sources:
    """Count the Python files below the folder, those that import aiohttp, and those that this Python can't parse."""
    files = importing = unparsable = 0
    for path in folder.rglob("*.py"):
        files += 1
        source = path.read_bytes()
        if b"aiohttp" not in source:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            unparsable += 1
        else:
            importing += imports_aiohttp(tree)
    return Sources(files, importing, unparsable)


def read_report(text: str, folder: Path) -> tuple[Reported, ...]:
    """Read the command's JSON report.

    Raises:
        ValueError: The text is no JSON, or not in the report's shape.
    """
    try:
        entries: list[dict[str, Any]] = json.loads(text)
        return tuple(
            Reported(
                path=(folder / entry["filename"]).relative_to(folder).as_posix(),
                line=int(entry["location"]["row"]),
                column=int(entry["location"]["column"]),
                code=str(entry["code"] or "no code"),
                message=str(entry["message"]),
            )
            for entry in entries
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a report: {error!r}") from error


def judge_run(returncode: int, stdout: str, stderr: str, folder: Path, seconds: float) -> Outcome:
    """Tell a run that worked from one that crashed; under `--exit-zero` every other exit code is a crash."""
    if "Traceback (most recent call last)" in stderr or returncode:
        reason = (stderr.strip().splitlines() or ["nothing on standard error"])[-1]
        return Outcome((), seconds, f"exit code {returncode}: {reason}")
    try:
        return Outcome(read_report(stdout, folder), seconds, None)
    except ValueError as error:
        return Outcome((), seconds, f"invalid report: {error}")


def lint(folder: Path, select: str) -> Outcome:
    """Run the command on a folder, in a process of its own."""
    folder = folder.resolve()
    command = [sys.executable, "-m", "aiohttp_lint", "--isolated", "--no-cache", "--select", select]
    command += ["--output-format", "json", "--exit-zero", str(folder)]
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=LINT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome((), float(LINT_SECONDS), f"did not end within {LINT_SECONDS} s")
    return judge_run(done.returncode, done.stdout, done.stderr, folder, time.perf_counter() - started)


def places(linted: Iterable[Linted]) -> set[Place]:
    """Give the coordinates of everything found; two findings of a rule on one line are one place."""
    return {
        Place(one.package.name, one.package.version, finding.path, finding.line, finding.code)
        for one in linted
        for finding in one.outcome.findings
    }


def draw_sample(found: Iterable[Place], size: int, seed: int) -> list[Place]:
    """Draw a random sample: at least five places of every rule (all, where it has fewer), and `size` in all.

    A place's rank depends on the seed and on its own coordinates alone, so that a finding that comes or goes
    leaves the rest of the sample, and the verdicts on it, in place.

    Args:
        found: The places to draw from.
        size: How many to draw; the least of every rule is drawn even where that makes more.
        seed: Another seed draws another sample.

    Returns:
        The sample, ordered by rule and coordinates.
    """
    taken_of: Counter[str] = Counter()
    chosen: list[Place] = []
    rest: list[Place] = []
    for place in sorted(found, key=lambda place: (_rank(place, seed), place)):
        if taken_of[place.code] < LEAST_OF_A_RULE:
            taken_of[place.code] += 1
            chosen.append(place)
        else:
            rest.append(place)
    chosen += rest[: max(0, size - len(chosen))]
    return sorted(chosen, key=lambda place: (place.code, place))


def _rank(place: Place, seed: int) -> bytes:
    text = "\t".join([str(seed), place.package, place.version, place.path, str(place.line), place.code])
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def write_sample(sample: Iterable[Place], path: Path, selection: str) -> None:
    """Write the sample as TSV, with empty columns for the reader's verdict and reason.

    `selection` is what the run selected: `AIO` finds what is on by default, `ALL` what has to be named as well.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(SAMPLE_COLUMNS)
        for place in sample:
            row = [place.package, place.version, place.path, place.line, place.code, selection, "", ""]
            writer.writerow(row)


def as_report(linted: Sequence[Linted], unavailable: dict[Package, str]) -> dict[str, Any]:
    """Give the whole result as JSON values."""
    return {
        "packages": [
            {
                **asdict(one.package),
                **asdict(one.sources),
                "seconds": round(one.outcome.seconds, 2),
                "crash": one.outcome.crash,
                "rules": dict(sorted(Counter(finding.code for finding in one.outcome.findings).items())),
                "findings": [asdict(finding) for finding in one.outcome.findings],
            }
            for one in linted
        ],
        "unavailable": [{**asdict(package), "reason": reason} for package, reason in unavailable.items()],
    }


def as_table(linted: Sequence[Linted]) -> str:
    """Give the two tables for a terminal: by package, and by rule."""
    lines = [f"{'package':44} {'files':>6} {'aiohttp':>7} {'unparsable':>10} {'findings':>8} {'seconds':>8}"]
    for one in linted:
        title = f"{one.package.name} {one.package.version}"
        sources, outcome = one.sources, one.outcome
        lines.append(
            f"{title:44} {sources.files:6} {sources.importing:7} {sources.unparsable:10}"
            f" {len(outcome.findings):8} {outcome.seconds:8.1f}" + (" CRASH" if outcome.crash else "")
        )
    findings = Counter(finding.code for one in linted for finding in one.outcome.findings)
    packages = Counter(code for one in linted for code in {finding.code for finding in one.outcome.findings})
    lines += ["", f"{'rule':10} {'findings':>8} {'packages':>8}"]
    lines += [f"{code:10} {findings[code]:8} {packages[code]:8}" for code in sorted(findings)]
    lines.append(f"{'all':10} {findings.total():8} {len(linted):8}")
    return "\n".join(lines)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--packages",
        type=Path,
        action="append",
        metavar="FILE",
        help="TSV with the columns name and version; may be given again (default: ecosystem_packages.tsv)",
    )
    parser.add_argument(
        "--folder", type=Path, default=DEFAULT_FOLDER, help="where wheels and sources are kept"
    )
    parser.add_argument("--select", default="ALL", help="rules to run (default: ALL)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write everything as JSON")
    parser.add_argument("--sample", type=int, metavar="N", help="draw N findings to be read")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default: 1)")
    parser.add_argument(
        "--sample-file",
        type=Path,
        default=Path("sample.tsv"),
        help="where the sample goes (default: sample.tsv)",
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; 1 where the linter crashed on a package, or where no package could be had."""
    options = parse_arguments(arguments)
    packages = [package for path in options.packages or [DEFAULT_PACKAGES] for package in read_packages(path)]
    linted: list[Linted] = []
    unavailable: dict[Package, str] = {}
    for package in packages:
        print(f"{package.name} {package.version}", file=sys.stderr, flush=True)
        folder = options.folder / f"{package.name}-{package.version}"
        try:
            if not folder.exists():
                unpack(download(package, options.folder / "downloads"), folder)
        except UnavailableError as error:
            unavailable[package] = str(error)
            continue
        linted.append(Linted(package, count_sources(folder), lint(folder, options.select)))
    print(as_table(linted))
    for package, reason in unavailable.items():
        print(f"unavailable: {package.name} {package.version}: {reason}")
    crashed = [one for one in linted if one.outcome.crash]
    for one in crashed:
        print(f"crash: {one.package.name} {one.package.version}: {one.outcome.crash}")
    if options.report:
        options.report.write_text(
            json.dumps(as_report(linted, unavailable), indent=1) + "\n", encoding="utf-8"
        )
    if options.sample is not None:
        sample = draw_sample(places(linted), options.sample, options.seed)
        write_sample(sample, options.sample_file, options.select)
    return 1 if crashed or not linted else 0


if __name__ == "__main__":
    sys.exit(main())
