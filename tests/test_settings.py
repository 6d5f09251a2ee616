"""Settings: where they come from, what they mean, and what is said of a broken file."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aiohttp_lint.options import CookieOptions, OwnNames, TimeoutOptions
from aiohttp_lint.semantics.aiohttp_versions import DEFAULT_TARGET, Target
from aiohttp_lint.settings import (
    DEFAULT_PYTHON_MINIMUM,
    Overrides,
    Settings,
    SettingsError,
    SettingsResolver,
    check_codes,
    load_file,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty project that is the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(folder: Path, table: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pyproject.toml"
    path.write_text(f"[tool.aiohttp-lint]\n{table}\n")
    return path


def test_every_key(project: Path) -> None:
    settings = load_file(
        configure(
            project,
            """
            select = ["AIO1", "AIO501"]
            ignore = ["AIO101"]
            extend-select = ["AIO210"]
            preset = "strict"
            exclude = ["generated"]
            extend-exclude = ["*_pb2.py"]
            src = ["lib"]
            aiohttp-version = ">=3.10,<5"
            sanitisers = ["shop.text.clean"]
            blocking-functions = ["shop.storage.load"]
            session-factories = ["shop.http.session", "shop.http.Clients.session"]
            transparent-decorators = ["shop.auth.required"]
            [tool.aiohttp-lint.per-file-ignores]
            "scripts/*" = ["AIO101"]
            [tool.aiohttp-lint.timeouts]
            total = 30
            sock-connect = 2.5
            [tool.aiohttp-lint.cookies]
            all-cookies = true
            """,
        )
    )

    assert settings == Settings(
        root=str(project),
        select=("AIO1", "AIO501"),
        ignore=("AIO101",),
        extend_select=("AIO210",),
        preset="strict",
        per_file_ignores=(("scripts/*", ("AIO101",)),),
        exclude=("generated",),
        extend_exclude=("*_pb2.py",),
        src=("lib",),
        aiohttp_target=Target((3, 10, 0), (5, 0, 0)),
        timeouts=TimeoutOptions(30.0, 2.5),
        cookies=CookieOptions(all_cookies=True),
        own_names=OwnNames(
            sanitisers=frozenset({"shop.text.clean"}),
            blocking_functions=frozenset({"shop.storage.load"}),
            session_factories=frozenset({"shop.http.session", "shop.http.Clients.session"}),
            transparent_decorators=frozenset({"shop.auth.required"}),
        ),
    )
    assert settings.source_roots == (str(project / "lib"),)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("select = 3", "[tool.aiohttp-lint] select: expected a list of rule codes, got int"),
        ('select = "AIO1"', "[tool.aiohttp-lint] select: expected a list of rule codes, got 'AIO1'"),
        (
            "ignore = [1]",
            "[tool.aiohttp-lint] ignore: expected a list of rule codes, got a list with int in it",
        ),
        ("selct = []", "[tool.aiohttp-lint] selct: unknown key; did you mean select?"),
        ("extend_select = []", "[tool.aiohttp-lint] extend_select: unknown key; did you mean extend-select?"),
        ('preset = "loose"', '[tool.aiohttp-lint] preset: expected "default" or "strict", got \'loose\''),
        ('select = ["AIO9999"]', "[tool.aiohttp-lint] select: no rule has the code or prefix 'AIO9999'"),
        ('select = [""]', "[tool.aiohttp-lint] select: no rule has the code or prefix ''"),
        (
            'aiohttp-version = "three"',
            '[tool.aiohttp-lint] aiohttp-version: expected a version such as "3.9" or specifiers such as '
            "\">=3.10,<4\", got 'three'",
        ),
        ('aiohttp-version = ">=3.9,<3.8"', "got '>=3.9,<3.8'"),
        ("aiohttp-version = 3.9", "aiohttp-version: expected a version"),
        ('per-file-ignores = ["AIO101"]', "per-file-ignores: expected a table of patterns"),
        ('per-file-ignores = {"a.py" = ["X1"]}', '[tool.aiohttp-lint] per-file-ignores "a.py": no rule has'),
        ("timeouts = 3", "[tool.aiohttp-lint] timeouts: expected a table, got int"),
        (
            "timeouts = {total = 0}",
            "[tool.aiohttp-lint.timeouts] total: expected a number of seconds above 0, got int",
        ),
        ("timeouts = {totl = 1}", "[tool.aiohttp-lint.timeouts] totl: unknown key; did you mean total?"),
        (
            "cookies = {all-cookies = 1}",
            "[tool.aiohttp-lint.cookies] all-cookies: expected true or false, got int",
        ),
        *(
            (
                f"{key} = {value}",
                f"[tool.aiohttp-lint] {key}: expected a list of full dotted names such as "
                f'"shop.text.clean", got {got}',
            )
            for key in ("sanitisers", "blocking-functions", "session-factories", "transparent-decorators")
            for value, got in (
                ("3", "int"),
                ('["clean"]', "'clean'"),
                ('["shop.text clean"]', "'shop.text clean'"),
            )
        ),
        ("sanitizers = []", "[tool.aiohttp-lint] sanitizers: unknown key; did you mean sanitisers?"),
        ("exclude = {a = 1}", "[tool.aiohttp-lint] exclude: expected a list of patterns, got table"),
        ("zzz = 1", "[tool.aiohttp-lint] zzz: unknown key; expected one of select, ignore"),
    ],
)
def test_broken_value_names_file_key_and_what_was_expected(project: Path, table: str, text: str) -> None:
    configure(project, table)

    with pytest.raises(SettingsError) as caught:
        SettingsResolver().for_file("app.py")

    assert str(caught.value).startswith("pyproject.toml: [tool.aiohttp-lint")
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_toml_names_the_line(project: Path) -> None:
    (project / "pyproject.toml").write_text("[project]\nname = \n")

    with pytest.raises(SettingsError, match=r"^pyproject\.toml: not valid TOML: .*line 2"):
        SettingsResolver().for_file("app.py")


def test_a_broken_template_inside_of_a_project_is_passed_over(project: Path) -> None:
    (project / "pyproject.toml").write_text("[project]\nname = 'shop'\n")
    template = project / "template"
    template.mkdir()
    (template / "pyproject.toml").write_text("[project]\nname = {{ name }}\n")
    resolver = SettingsResolver()

    assert resolver.for_file("template/app.py") == replace(resolver.for_file("app.py"), root=str(template))
    (template / "pyproject.toml").write_text("[tool.aiohttp-lint]\nselect = {{ codes }}\n")
    with pytest.raises(SettingsError, match="not valid TOML"):
        SettingsResolver().for_file("template/app.py")


def test_toml_that_is_not_utf8(project: Path) -> None:
    (project / "pyproject.toml").write_bytes(b"# \xff\n")

    with pytest.raises(SettingsError, match=r"^pyproject\.toml: not UTF-8"):
        SettingsResolver().for_file("app.py")


def test_table_that_is_no_table(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool]\naiohttp-lint = 3\n")

    with pytest.raises(SettingsError, match=r"expected a table, got int"):
        SettingsResolver().for_file("app.py")


@pytest.mark.parametrize(
    ("name", "text"), [("gone.toml", "no such file"), ("other.toml", "no [tool.aiohttp-lint] table")]
)
def test_named_file_has_to_be_one(project: Path, name: str, text: str) -> None:
    (project / "other.toml").write_text("[tool.other]\n")

    with pytest.raises(SettingsError) as caught:
        SettingsResolver(config=name)

    assert str(caught.value) == f"{name}: {text}"


def test_nearest_configuration_wins_whole(project: Path) -> None:
    configure(project, 'ignore = ["AIO101"]\npreset = "strict"')
    configure(project / "service", 'ignore = ["AIO501"]')
    (project / "service" / "pkg").mkdir()
    resolver = SettingsResolver()

    assert resolver.for_file("app.py").ignore == ("AIO101",)
    inner = resolver.for_file("service/pkg/app.py")
    assert (inner.ignore, inner.preset, inner.root) == (("AIO501",), "default", str(project / "service"))


def test_isolated_reads_nothing(project: Path) -> None:
    (project / "pyproject.toml").write_text("broken = \n")

    assert SettingsResolver(isolated=True).for_file("app.py") == Settings(root=str(project))


def test_named_file_counts_everywhere(project: Path) -> None:
    configure(project / "service", 'ignore = ["AIO501"]')
    (project / "lint.toml").write_text('[tool.aiohttp-lint]\nignore = ["AIO101"]\n')

    assert SettingsResolver(config="lint.toml").for_file("service/app.py").ignore == ("AIO101",)


@pytest.mark.parametrize(
    ("name", "content", "target"),
    [
        ("pyproject.toml", '[project]\ndependencies = ["aiohttp>=3.10"]', Target((3, 10, 0), (4, 0, 0))),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["aiohttp[speedups]~=3.10.2"]',
            Target((3, 10, 2), (3, 11, 0)),
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\"AioHTTP==3.9.5; python_version > '3.8'\"]",
            Target((3, 9, 5), (3, 9, 6)),
        ),
        ("pyproject.toml", '[project]\ndependencies = ["aiohttp==3.11.*"]', Target((3, 11, 0), (3, 12, 0))),
        ("pyproject.toml", '[project]\ndependencies = ["aiohttp>3.9,<=3.12"]', Target((3, 9, 1), (3, 12, 1))),
        ("pyproject.toml", '[project]\ndependencies = ["aiohttp<5"]', DEFAULT_TARGET),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["aiohttp>=3.8,<5,!=3.9.0"]',
            Target((3, 8, 0), (4, 0, 0)),
        ),
        ("pyproject.toml", '[project]\ndependencies = ["aiohttp>=4.0.0a1"]', Target((4, 0, 0), (5, 0, 0))),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["aiohttp-session>=2", "aiohttp_cors", "aiohttp.x"]',
            DEFAULT_TARGET,
        ),
        (
            "pyproject.toml",
            '[project.optional-dependencies]\nweb = ["aiohttp>=3.11"]',
            Target((3, 11, 0), (4, 0, 0)),
        ),
        (
            "pyproject.toml",
            '[dependency-groups]\nweb = ["aiohttp>=3.11", {include-group = "x"}]',
            Target((3, 11, 0), (4, 0, 0)),
        ),
        ("pyproject.toml", '[tool.poetry.dependencies]\naiohttp = "^3.10"', Target((3, 10, 0), (4, 0, 0))),
        ("pyproject.toml", '[tool.poetry.dependencies]\naiohttp = "~3.10"', Target((3, 10, 0), (3, 11, 0))),
        ("pyproject.toml", '[tool.poetry.dependencies]\naiohttp = "3.10.1"', Target((3, 10, 1), (3, 10, 2))),
        ("pyproject.toml", '[tool.poetry.dependencies]\naiohttp = "*"', DEFAULT_TARGET),
        (
            "pyproject.toml",
            '[tool.poetry.group.web.dependencies]\naiohttp = {version = "^3.12", extras = ["speedups"]}',
            Target((3, 12, 0), (4, 0, 0)),
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    attrs\n    aiohttp>=3.10\n",
            Target((3, 10, 0), (4, 0, 0)),
        ),
        ("setup.cfg", "[options\nbroken", DEFAULT_TARGET),
        (
            "requirements.txt",
            "# pinned\n-r other.txt\naiohttp==3.12.4  # latest\n",
            Target((3, 12, 4), (3, 12, 5)),
        ),
        ("requirements.txt", "aiohttp==3.12.4 --hash=sha256:0 \\\n", Target((3, 12, 4), (3, 12, 5))),
        ("requirements.txt", "aiohttp\n", DEFAULT_TARGET),
        ("requirements.txt", "aiohttp @ https://example.org/aiohttp.whl\n", DEFAULT_TARGET),
        ("requirements.txt", "aiohttp>=nonsense\n", DEFAULT_TARGET),
    ],
)
def test_declared_requirement(project: Path, name: str, content: str, target: Target) -> None:
    (project / name).write_text(content)
    (project / "pkg").mkdir()

    settings = SettingsResolver().for_file("pkg/app.py")

    assert settings.aiohttp_target == target
    assert settings.root == str(project)


def test_bare_requirement_leaves_the_pin_to_say(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\ndependencies = ["aiohttp"]\n')
    (project / "requirements-dev.txt").write_text("aiohttp==3.11.2\n")

    assert SettingsResolver().for_file("app.py").aiohttp_target == Target((3, 11, 2), (3, 11, 3))


@pytest.mark.parametrize(
    ("version", "target"),
    [
        ("3.11", Target((3, 11, 0), (4, 0, 0))),
        ("3", Target((3, 0, 0), (4, 0, 0))),
        (">=3.11", Target((3, 11, 0), (4, 0, 0))),
        (">=3.11,<5", Target((3, 11, 0), (5, 0, 0))),
        ("4.0", Target((4, 0, 0), (5, 0, 0))),
        ("<3.8", Target((3, 0, 0), (3, 8, 0))),
        ("==3.11.*", Target((3, 11, 0), (3, 12, 0))),
    ],
)
def test_explicit_version_wins_over_the_requirement(project: Path, version: str, target: Target) -> None:
    (project / "pyproject.toml").write_text(
        f'[project]\ndependencies = ["aiohttp>=3.12"]\n[tool.aiohttp-lint]\naiohttp-version = "{version}"\n'
    )
    (project / "deploy").mkdir()
    (project / "deploy" / "requirements.txt").write_text("aiohttp==3.13.1\n")
    resolver = SettingsResolver()

    assert resolver.for_file("app.py").aiohttp_target == target
    assert resolver.for_file("deploy/app.py").aiohttp_target == target


def test_requirement_of_the_nearest_folder(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\ndependencies = ["aiohttp>=3.12"]\n')
    (project / "deploy").mkdir()
    (project / "deploy" / "requirements.txt").write_text("aiohttp==3.13.1\n")
    configure(project / "service", "")
    resolver = SettingsResolver()

    assert resolver.for_file("deploy/app.py").aiohttp_target == Target((3, 13, 1), (3, 13, 2))
    assert resolver.for_file("service/app.py").aiohttp_target == Target((3, 12, 0), (4, 0, 0))


@pytest.mark.parametrize(
    ("content", "minimum"),
    [
        ('[project]\nrequires-python = ">=3.11"', (3, 11)),
        ('[tool.poetry.dependencies]\npython = "^3.10"', (3, 10)),
        ('[project]\nrequires-python = "<4"', DEFAULT_PYTHON_MINIMUM),
        ('[project]\nrequires-python = "nonsense"', DEFAULT_PYTHON_MINIMUM),
        ("", DEFAULT_PYTHON_MINIMUM),
    ],
)
def test_python_minimum(project: Path, content: str, minimum: tuple[int, int]) -> None:
    (project / "pyproject.toml").write_text(content)

    assert SettingsResolver().for_file("app.py").python_minimum == minimum


def test_python_minimum_of_setup_cfg(project: Path) -> None:
    (project / "setup.cfg").write_text("[options]\npython_requires = >=3.12\n")

    assert SettingsResolver().for_file("app.py").python_minimum == (3, 12)


@pytest.mark.parametrize(
    ("settings", "on", "opt_in"),
    [
        (Settings(), True, False),
        (Settings(select=("AIO1",)), False, False),
        (Settings(select=("AIO2",)), True, False),
        (Settings(select=("AIO210",)), False, True),
        (Settings(select=("ALL",)), True, True),
        (Settings(extend_select=("ALL",)), True, True),
        (Settings(extend_select=("AIO210",)), True, True),
        (Settings(extend_select=("AIO2",)), True, False),
        (Settings(preset="strict"), True, True),
        (Settings(preset="strict", select=("AIO1",)), False, False),
        (Settings(preset="strict", ignore=("AIO210",)), True, False),
        (Settings(ignore=("AIO2",)), False, False),
        (Settings(ignore=("ALL",)), False, False),
        (Settings(ignore=("AIO",)), False, False),
        (Settings(select=("AIO201",), ignore=("AIO2",)), True, False),
        (Settings(select=("AIO2",), ignore=("AIO201",)), False, False),
        (Settings(select=("AIO201",), ignore=("AIO201",)), False, False),
        (Settings(select=("ALL",), ignore=("AIO2",)), False, False),
        (Settings(select=("AIO2", "AIO210"), ignore=("AIO2",)), False, True),
    ],
)
def test_selection(settings: Settings, on: bool, opt_in: bool) -> None:
    assert settings.selects("AIO201", opt_in=False) is on
    assert settings.selects("AIO210", opt_in=True) is opt_in


def test_per_file_ignores(project: Path) -> None:
    settings = Settings(
        root=str(project), per_file_ignores=(("scripts/*.py", ("AIO1",)), ("old.py", ("AIO501", "AIO601")))
    )

    assert settings.ignored_in("scripts/load.py") == ("AIO1",)
    assert settings.ignored_in("pkg/old.py") == ("AIO501", "AIO601")
    assert settings.ignored_in("app.py") == ()
    assert settings.ignored_in(str(project.parent / "elsewhere.py")) == ()
    assert not settings.selects("AIO101", opt_in=False, path="scripts/load.py")
    assert settings.selects("AIO101", opt_in=False, path="app.py")


@pytest.mark.parametrize(
    ("overrides", "selection"),
    [
        (Overrides(), (("AIO1",), ("AIO210",), ("AIO101", "AIO103"))),
        (Overrides(select=("AIO5",)), (("AIO5",), (), ())),
        (Overrides(select=("AIO5",), ignore=("AIO501",)), (("AIO5",), (), ("AIO501",))),
        (Overrides(ignore=("AIO102",)), (("AIO1",), ("AIO210",), ("AIO101", "AIO103", "AIO102"))),
        (Overrides(extend_select=("AIO101",)), (("AIO1",), ("AIO210", "AIO101"), ("AIO103",))),
    ],
)
def test_command_line_over_configuration(
    overrides: Overrides, selection: tuple[tuple[str, ...], ...]
) -> None:
    settings = overrides.apply(
        Settings(select=("AIO1",), extend_select=("AIO210",), ignore=("AIO101", "AIO103"))
    )

    assert (settings.select, settings.extend_select, settings.ignore) == selection


def test_overrides_reach_every_folder(project: Path) -> None:
    configure(project, "")
    configure(project / "service", "")
    (project / "service" / "requirements.txt").write_text("aiohttp==3.12.1\n")
    resolver = SettingsResolver(Overrides(ignore=("AIO101",)))

    assert resolver.for_file("app.py").ignore == ("AIO101",)
    assert resolver.for_file("service/app.py").ignore == ("AIO101",)


def test_target_of_the_command_line_wins_everywhere(project: Path) -> None:
    configure(project, 'aiohttp-version = "3.10"')
    for folder, requirement in (("service", "aiohttp==3.12.1\n"), ("tool", "aiohttp<3.9\n")):
        (project / folder).mkdir()
        (project / folder / "requirements.txt").write_text(requirement)
    target = Target((4, 0, 0), (5, 0, 0))
    resolver = SettingsResolver(Overrides(aiohttp_target=target))

    for file in ("app.py", "service/app.py", "tool/app.py", "../elsewhere.py"):
        assert resolver.for_file(file).aiohttp_target == target
    assert (
        SettingsResolver(Overrides(aiohttp_target=target), isolated=True).for_file("app.py").aiohttp_target
        == target
    )


def test_settings_travel_to_worker_processes(project: Path) -> None:
    settings = Settings(root=str(project), per_file_ignores=(("old.py", ("AIO1",)),))
    assert settings.ignored_in("old.py") == ("AIO1",)

    copy = pickle.loads(pickle.dumps(settings))

    assert copy == settings
    assert copy.ignored_in("old.py") == ("AIO1",)


def test_codes_are_known() -> None:
    check_codes(("AIO101", "AIO", "AIO1", "ALL"), "--select")
    with pytest.raises(
        SettingsError, match=r"^--select: no rule has the code or prefix 'aio101' \(did you mean AIO101\?\)$"
    ):
        check_codes(("aio101",), "--select")
