"""The cache changes how long a run takes, and never what it says."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aiohttp_lint
from aiohttp_lint.cache import ResultCache
from aiohttp_lint.discovery import discover
from aiohttp_lint.project import FileReport, Job, Mode, lint_files
from aiohttp_lint.settings import DEFAULT_CACHE_DIR, Overrides
from tests.projects.test_projects import TREES

SHOP = {
    "pyproject.toml": "[project]\nname = 'shop'\n[tool.aiohttp-lint]\n",
    "shop/__init__.py": "",
    "shop/routes.py": TREES["a handler that is registered elsewhere blocks in a third file"][
        "shop/routes.py"
    ],
    "shop/views.py": """
        # Answers with aiohttp.
        from shop.storage import Store


        async def index(request):
            return Store().load()
        """,
    "shop/storage.py": """
        from shop import net


        class Store:
            def load(self):
                return net.fetch("https://shop.example/")
        """,
    "shop/net.py": """
        import urllib.request


        def fetch(url):
            return urllib.request.urlopen(url)
        """,
    "shop/alone.py": """
        import time

        import aiohttp


        async def ping(request):
            time.sleep(1)


        async def fetch(url):
            session = aiohttp.ClientSession()
            await session.get(url)
        """,
}

FIXABLE = """
    import aiohttp


    async def fetch(url):
        async with aiohttp.ClientSession() as session:
            async with session.get(url, verify_ssl=False) as response:
                response.text()
    """


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")


def run(root: Path, cache: ResultCache | None, job: Job | None = None, jobs: int = 1) -> list[FileReport]:
    job = job or Job(overrides=Overrides(select=("ALL",)))
    return list(lint_files(discover([str(root)], job.resolver()).files, job, jobs, cache))


def check(root: Path, job: Job | None = None) -> ResultCache:
    """Lint with the cache and without, see that nothing differs, and give the cache for what it did."""
    cache = ResultCache()
    cached = run(root, cache, job)
    assert cached == run(root, None, job)
    return cache


def names(paths: list[str]) -> set[str]:
    return {Path(path).stem for path in paths}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write(tmp_path, SHOP)
    assert names(check(tmp_path).linted) == {"routes", "views", "alone"}
    return tmp_path


def test_second_run_lints_nothing(shop: Path) -> None:
    cache = check(shop)
    assert names(cache.known) == {"routes", "views", "alone"}
    assert cache.linted == []
    blocking = [
        finding for report in run(shop, ResultCache()) for finding in report.findings if finding.related
    ]
    assert any("net.py" in related.path for finding in blocking for related in finding.related)


CHANGES: dict[str, tuple[dict[str, str | None], set[str]]] = {
    "the file itself": ({"shop/alone.py": "import aiohttp\n"}, {"alone"}),
    "its place only": ({"shop/alone.py": "# Moved.\n" + dedent(SHOP["shop/alone.py"])}, {"alone"}),
    "an imported module": (
        {"shop/storage.py": "class Store:\n    def load(self): ...\n"},
        {"routes", "views"},
    ),
    "a module behind that": ({"shop/net.py": "def fetch(url): ...\n"}, {"routes", "views"}),
    "a module behind that is gone": ({"shop/net.py": None}, {"routes", "views"}),
    "a module behind that can't be parsed": ({"shop/net.py": "def fetch(\n"}, {"routes", "views"}),
    "a package shadows a module": (
        {"shop/storage/__init__.py": "class Store:\n    def load(self): ...\n"},
        {"routes", "views"},
    ),
    "a stub shadows a module": ({"shop/net.pyi": "def fetch(url): ...\n"}, {"routes", "views"}),
    "the package is none any more": ({"shop/__init__.py": None}, {"routes", "views"}),
    "a registration is gone": (
        {"shop/routes.py": "from aiohttp import web\n\nfrom . import views\n"},
        {"routes", "views"},
    ),
    "a registration is new": (
        {
            "shop/admin.py": """
            from aiohttp import web

            from shop import alone

            app = web.Application()
            app.router.add_get("/", alone.ping)
            """
        },
        {"admin", "alone"},
    ),
    "a file that nobody uses": ({"shop/new.py": "import os\n"}, set()),
    "what is missing appears": ({"urllib/__init__.py": "", "urllib/request.py": ""}, {"routes", "views"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_costs_what_rests_on_it(shop: Path, change: str) -> None:
    files, expected = CHANGES[change]
    for name, text in files.items():
        if text is None:
            (shop / name).unlink()
        else:
            write(shop, {name: text})
    assert names(check(shop).linted) == expected
    assert check(shop).linted == []
    before = {name: SHOP[name] for name in files if name in SHOP}
    for name in files:
        (shop / name).unlink(missing_ok=True)
    write(shop, before)
    check(shop)


def test_settings_and_targets_have_results_of_their_own(shop: Path) -> None:
    everything = {"routes", "views", "alone"}
    job = Job(overrides=Overrides(select=("ALL",), ignore=("AIO401",)))
    assert names(check(shop, job).linted) == everything
    for line in (
        'aiohttp-version = "==3.9"',
        'src = ["lib"]',
        'per-file-ignores = {"shop/alone.py" = ["AIO401"]}',
    ):
        write(shop, {"pyproject.toml": SHOP["pyproject.toml"] + line + "\n"})
        assert names(check(shop).linted) == everything
    write(shop, {"pyproject.toml": SHOP["pyproject.toml"]})
    assert check(shop).linted == []
    assert check(shop, job).linted == []


def test_entries_of_other_paths_stay(shop: Path) -> None:
    (shop / "shop/alone.py").write_text("import aiohttp\n", encoding="utf-8")
    check(shop / "shop" / "alone.py")
    assert check(shop).linted == []


def test_results_move_with_the_project(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = shop.with_name("moved")
    shop.rename(moved)
    assert check(moved).linted == []
    monkeypatch.chdir(moved)
    assert check(Path("shop")).linted == []


@pytest.mark.parametrize("name", TREES)
def test_trees_of_projects(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, TREES[name])
    monkeypatch.chdir(tmp_path)
    assert check(Path()).known == []
    assert check(Path()).linted == []
    for path in sorted(tmp_path.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        path.write_text("# Moved.\n" + text, encoding="utf-8")
        check(Path())
        path.unlink()
        check(Path())
        path.write_text(text, encoding="utf-8")
    check(Path())


def test_order_of_files_does_not_matter(shop: Path) -> None:
    job = Job(overrides=Overrides(select=("ALL",)))
    files = discover([str(shop)], job.resolver()).files
    for path in files:
        path = Path(path)
        path.write_text(path.read_text(encoding="utf-8") + "\n# Changed.\n", encoding="utf-8")
        backwards = list(lint_files(files[::-1], job, 1, ResultCache()))
        assert backwards[::-1] == run(shop, None)


def test_processes_do_not_matter(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": SHOP["pyproject.toml"]})
    for number in range(25):
        package = f"shop{number}"
        write(
            tmp_path,
            {
                name.replace("shop/", f"{package}/"): text.replace("shop", package) + "# " + "x" * 9_000
                for name, text in SHOP.items()
                if name.startswith("shop/")
            },
        )
    cold = ResultCache()
    reports = run(tmp_path, cold, jobs=2)
    assert len(cold.linted) == 75
    assert reports == run(tmp_path, None)
    assert check(tmp_path).linted == []
    for number in range(20):
        write(tmp_path, {f"shop{number}/net.py": "def fetch(url): ...\n"})
    warm = ResultCache()
    assert run(tmp_path, warm, jobs=2) == run(tmp_path, None)
    assert len(warm.linted) == 40
    assert check(tmp_path).linted == []


# Random edits of a small project.

_BODIES = (
    "import aiohttp\nfrom aiohttp import web\n",
    "# aiohttp\nfrom {a} import make, handler\n\nasync def use(url):\n    session = make()\n    await session.get(url)\n",
    "from {a} import *\nfrom {b} import make\n",
    "import aiohttp\n\ndef make():\n    return aiohttp.ClientSession()\n",
    "# aiohttp\nimport time\n\nasync def handler(request):\n    time.sleep(1)\n    return request.json()\n",
    "from aiohttp import web\nimport {a}, {b}\n\ndef setup(app: web.Application):\n    app.router.add_get('/', {a}.handler)\n"
    "    app.on_startup.append({b}.handler)\n",
    "# aiohttp\nimport {a}\n\nclass Client({a}.Client):\n    async def get(self, url):\n        self.session.get(url)\n",
    "import aiohttp\n\nclass Client:\n    def __init__(self):\n        self.session = aiohttp.ClientSession()\n",
    "from {b} import Client\n\nasync def close(client: Client):\n    await client.session.close()\n",
    "def broken(\n",
)
_PLACES = ("one", "two", "three", "kit.__init__", "kit.four", "one.__init__")
_IMPORTED = ("one", "two", "three", "kit", "kit.four")

_edits = st.lists(
    st.tuples(
        st.sampled_from(_PLACES),
        st.none()
        | st.tuples(st.sampled_from(_BODIES), st.sampled_from(_IMPORTED), st.sampled_from(_IMPORTED)),
    ),
    min_size=2,
    max_size=14,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(_edits)
def test_random_edits(edits: list[tuple[str, tuple[str, str, str] | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, {"pyproject.toml": SHOP["pyproject.toml"]})
        for number, (place, content) in enumerate(edits):
            path = root / (place.replace(".", "/") + ".py")
            if content is None:
                path.unlink(missing_ok=True)
            else:
                body, a, b = content
                write(root, {str(path.relative_to(root)): body.format(a=a, b=b)})
            if number >= 1:
                check(root)


# The store.


def stores(root: Path) -> list[Path]:
    return sorted((root / DEFAULT_CACHE_DIR).glob("*.json"))


def test_folder_is_marked_as_a_cache(shop: Path) -> None:
    folder = shop / DEFAULT_CACHE_DIR
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert "*" in (folder / ".gitignore").read_text().splitlines()
    assert len(stores(shop)) == 1
    assert list(folder.glob("*.tmp")) == []


def test_nothing_is_written_where_nothing_uses_aiohttp(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "", "plain.py": "import os\n"})
    check(tmp_path)
    assert not (tmp_path / DEFAULT_CACHE_DIR).exists()


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "flipped", "folder", "other JSON"])
def test_broken_store_is_ignored(shop: Path, damage: str) -> None:
    (store,) = stores(shop)
    data = store.read_bytes()
    if damage == "folder":
        store.unlink()
        store.mkdir()
    else:
        store.write_bytes(
            {
                "empty": b"",
                "cut": data[: len(data) // 2],
                "garbage": os.urandom(500),
                "flipped": data.replace(b"AIO4", b"AIO5", 1),
                "other JSON": b"[1, 2]",
            }[damage]
        )
    assert names(check(shop).linted) == {"routes", "views", "alone"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_project(shop: Path) -> None:
    shutil.rmtree(shop / DEFAULT_CACHE_DIR)
    shop.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        check(shop)
    finally:
        shop.chmod(stat.S_IRWXU)


def test_folder_that_can_not_be_made(shop: Path) -> None:
    shutil.rmtree(shop / DEFAULT_CACHE_DIR)
    (shop / DEFAULT_CACHE_DIR).write_text("a file stands in its place")
    assert names(check(shop).linted) == {"routes", "views", "alone"}


def test_results_that_nobody_asked_for_in_a_month_go(shop: Path) -> None:
    folder = shop / DEFAULT_CACHE_DIR
    old = [folder / f"{number}.json" for number in range(3)] + [folder / "half.tmp"]
    for path in old:
        path.write_text("old")
        os.utime(path, (1, 1))
    many = [folder / f"many{number}.json" for number in range(40)]
    for path in many:
        path.write_text("new")
    write(shop, {"shop/alone.py": "import aiohttp\n"})
    check(shop)
    assert not any(path.exists() for path in old)
    assert len(stores(shop)) <= 16
    assert check(shop).linted == []


def test_files_that_are_gone_leave_nothing(shop: Path) -> None:
    (store,) = stores(shop)
    assert b"alone" in store.read_bytes()
    (shop / "shop/alone.py").unlink()
    write(shop, {"shop/net.py": "def fetch(url): ...\n"})
    check(shop)
    assert b"alone" not in store.read_bytes()


def test_runs_at_the_same_time(shop: Path) -> None:
    shutil.rmtree(shop / DEFAULT_CACHE_DIR)
    expected = run(shop, None)
    with ThreadPoolExecutor(4) as pool:
        for reports in pool.map(lambda _: run(shop, ResultCache()), range(12)):
            assert reports == expected
    assert check(shop).linted == []
    assert list((shop / DEFAULT_CACHE_DIR).glob("*.tmp")) == []


def fixed(root: Path, cache: ResultCache | None) -> list[tuple[list[str], list[str], bytes]]:
    job = Job(Mode.FIX, unsafe_fixes=True, overrides=Overrides(select=("ALL",)))
    return [
        (
            [finding.code for finding in report.fixed],
            [finding.code for finding in report.findings],
            Path(report.path).read_bytes(),
        )
        for report in run(root, cache, job)
    ]


def test_fixing_goes_by_the_cache_only_where_there_is_nothing_to_fix(shop: Path) -> None:
    write(shop, {"shop/fixable.py": FIXABLE})
    copy = Path(shutil.copytree(shop, shop.with_name("copy")))
    check(shop)
    first, second, third = ResultCache(), ResultCache(), ResultCache()
    results = fixed(shop, first)
    assert results == fixed(copy, None)
    assert any(cured for cured, _, _ in results)
    assert first.known == []
    check(shop)
    (shop / "shop" / "fixable.py").unlink()
    (shop / "shop" / "alone.py").unlink()
    check(shop)
    assert [left for _, left, _ in fixed(shop, second)]
    assert names(second.known) == {"routes", "views"}
    write(shop, {"shop/fixable.py": FIXABLE})
    assert fixed(shop, third)
    assert third.known == []


# The command.


def command(root: Path, *options: str, source: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if source is not None:
        environment["PYTHONPATH"] = str(source)
    return subprocess.run(
        [sys.executable, "-m", "aiohttp_lint", "--select", "ALL", "--output-format", "json", *options, "."],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_keeps_results_unless_told_not_to(tmp_path: Path) -> None:
    write(tmp_path, SHOP)
    fresh = command(tmp_path, "--no-cache")
    assert json.loads(fresh.stdout)
    assert not (tmp_path / DEFAULT_CACHE_DIR).exists()
    cold, warm = command(tmp_path), command(tmp_path)
    assert len(stores(tmp_path)) == 1
    assert fresh.stdout == cold.stdout == warm.stdout
    assert (
        (fresh.returncode, fresh.stderr) == (cold.returncode, cold.stderr) == (warm.returncode, warm.stderr)
    )


def test_cache_dir_of_the_settings(tmp_path: Path) -> None:
    write(tmp_path, {**SHOP, "pyproject.toml": SHOP["pyproject.toml"] + 'cache-dir = "kept/here"\n'})
    assert command(tmp_path).returncode == 1
    assert len(list((tmp_path / "kept" / "here").glob("*.json"))) == 1
    assert not (tmp_path / DEFAULT_CACHE_DIR).exists()


def test_another_version_of_the_tool_starts_anew(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write(project, SHOP)
    source = tmp_path / "source"
    package = Path(
        shutil.copytree(
            Path(aiohttp_lint.__file__).parent,
            source / "aiohttp_lint",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    )
    command(project, source=source)
    command(project, source=source)
    assert len(stores(project)) == 1
    rule = package / "rules" / "blocking" / "aio401_blocking_sleep.py"
    rule.write_text(rule.read_text(encoding="utf-8") + "\n# Changed.\n", encoding="utf-8")
    command(project, source=source)
    assert len(stores(project)) == 2
