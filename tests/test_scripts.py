"""The scripts that measure the linter on real code: sampling, reading, judging and counting, without a network."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))
ecosystem = importlib.import_module("ecosystem")
accuracy = importlib.import_module("accuracy")
cross_file = importlib.import_module("cross_file")
generate_coverage = importlib.import_module("generate_coverage")
Place = ecosystem.Place

HEADER = "package\tversion\tpath\tline\tcode\tselection\tverdict\treason\n"
CLIENT = "import aiohttp\n\n\nasync def fetch(session: aiohttp.ClientSession) -> None:\n    await session.close()\n"


def found(code: str, number: int) -> list[object]:
    return [Place("shop", "1.0", f"shop/module_{n % 3}.py", 10 + n, code) for n in range(number)]


def wheel(folder: Path, members: dict[str, str], name: str = "shop-1.0-py3-none-any.whl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with ZipFile(folder / name, "w") as archive:
        for member, text in members.items():
            archive.writestr(member, text)
    return folder / name


class TestSample:
    def test_has_five_of_every_rule_and_the_asked_number_in_all(self) -> None:
        everything = [*found("AIO101", 40), *found("AIO301", 6), *found("AIO402", 2)]
        sample = ecosystem.draw_sample(everything, 20, seed=1)
        codes = [place.code for place in sample]
        assert len(sample) == len(set(sample)) == 20
        assert codes.count("AIO402") == 2
        assert codes.count("AIO301") >= 5
        assert codes == sorted(codes)

    def test_is_larger_than_asked_where_the_rules_need_it(self) -> None:
        everything = [*found("AIO101", 9), *found("AIO301", 9), *found("AIO402", 3)]
        assert len(ecosystem.draw_sample(everything, 4, seed=1)) == 5 + 5 + 3

    def test_is_everything_where_there_is_less_than_asked(self) -> None:
        everything = found("AIO101", 7)
        assert ecosystem.draw_sample(everything, 100, seed=1) == sorted(everything)

    def test_depends_on_the_seed_and_not_on_the_order(self) -> None:
        everything = found("AIO101", 200)
        sample = ecosystem.draw_sample(everything, 50, seed=1)
        assert ecosystem.draw_sample(everything[::-1], 50, seed=1) == sample
        assert ecosystem.draw_sample(everything, 50, seed=2) != sample

    def test_keeps_its_places_when_findings_come_and_go(self) -> None:
        everything = found("AIO101", 100)
        sample = ecosystem.draw_sample(everything, 30, seed=1)
        gone = sample[3]
        fewer = ecosystem.draw_sample([place for place in everything if place != gone], 30, seed=1)
        assert set(sample) - set(fewer) == {gone}

    def test_is_written_for_a_reader_and_read_back_when_judged(self, tmp_path: Path) -> None:
        path = tmp_path / "sample.tsv"
        ecosystem.write_sample(found("AIO101", 2), path, "AIO")
        assert path.read_text() == (
            HEADER
            + "shop\t1.0\tshop/module_0.py\t10\tAIO101\tAIO\t\t\nshop\t1.0\tshop/module_1.py\t11\tAIO101\tAIO\t\t\n"
        )
        path.write_text(path.read_text().replace("\t\t\n", "\ttrue\tthe session leaks\n"))
        assert [verdict.place for verdict in accuracy.read_verdicts(path)] == found("AIO101", 2)


class TestReport:
    def test_gives_paths_relative_to_the_package(self, tmp_path: Path) -> None:
        entry = {"code": "AIO101", "message": "m", "location": {"row": 3, "column": 5}}
        entries = [{**entry, "filename": str(tmp_path / "shop" / "a.py")}, {**entry, "filename": "shop/b.py"}]
        report = ecosystem.read_report(json.dumps(entries), tmp_path)
        assert report == (
            ecosystem.Reported("shop/a.py", 3, 5, "AIO101", "m"),
            ecosystem.Reported("shop/b.py", 3, 5, "AIO101", "m"),
        )

    def test_counts_a_file_level_entry_without_a_code(self, tmp_path: Path) -> None:
        entry = {"code": None, "message": "m", "filename": "a.py", "location": {"row": 1, "column": 1}}
        assert ecosystem.read_report(json.dumps([entry]), tmp_path)[0].code == "no code"

    @pytest.mark.parametrize("text", ["", "[", "{}x", '[{"code": "AIO101"}]', "3", "[3]", '["AIO101"]'])
    def test_refuses_what_is_no_report(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"."):
            ecosystem.read_report(text, tmp_path)

    def test_tells_a_crash_from_a_run_that_worked(self, tmp_path: Path) -> None:
        trace = "Traceback (most recent call last):\nKeyError: 'x'\n"
        assert ecosystem.judge_run(0, "[]", "", tmp_path, 1.0) == ecosystem.Outcome((), 1.0, None)
        assert (
            ecosystem.judge_run(2, "", "no such option", tmp_path, 1.0).crash == "exit code 2: no such option"
        )
        assert (
            ecosystem.judge_run(-11, "", "", tmp_path, 1.0).crash
            == "exit code -11: nothing on standard error"
        )
        assert ecosystem.judge_run(0, "[]", trace, tmp_path, 1.0).crash == "exit code 0: KeyError: 'x'"
        assert ecosystem.judge_run(0, "oops", "", tmp_path, 1.0).crash.startswith("invalid report: ")


class TestPackages:
    def test_lists_are_pinned_and_without_repetition(self) -> None:
        lists = [ecosystem.read_packages(path) for path in accuracy.PACKAGES]
        names = [package.name for packages in lists for package in packages]
        assert len(names) == len(set(names))
        assert [len(packages) for packages in lists] >= [20, 25]
        assert all(package.version for packages in lists for package in packages)

    def test_finds_exactly_the_release_under_any_spelling(self, tmp_path: Path) -> None:
        old = wheel(tmp_path, {}, "Web_Shop.py-1.0-py3-none-any.whl")
        wheel(tmp_path, {}, "web_shop_py-1.0.1-py3-none-any.whl")
        assert ecosystem.downloaded_wheel(ecosystem.Package("web.shop-py", "1.0.0"), tmp_path) == old
        assert ecosystem.downloaded_wheel(ecosystem.Package("web.shop-py", "2"), tmp_path) is None

    def test_unpacks_python_sources_only(self, tmp_path: Path) -> None:
        members = {
            "shop/__init__.py": CLIENT,
            "shop/api.pyi": "",
            "shop/fast.so": "",
            "shop-1.0.dist-info/RECORD": "",
        }
        ecosystem.unpack(wheel(tmp_path, members), tmp_path / "shop-1.0")
        files = sorted(path.name for path in (tmp_path / "shop-1.0").rglob("*") if path.is_file())
        assert files == ["__init__.py", "api.pyi"]
        assert not (tmp_path / "shop-1.0.part").exists()

    @pytest.mark.parametrize(
        "member", ["../escaped.py", "/escaped.py", "shop/../../escaped.py", "..\\escaped.py"]
    )
    def test_refuses_a_member_outside_the_folder(self, member: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="lies outside"):
            ecosystem.unpack(wheel(tmp_path / "downloads", {"a.py": "", member: ""}), tmp_path / "shop-1.0")
        assert list(tmp_path.rglob("*.py")) == []

    def test_counts_imports_and_what_does_not_parse(self, tmp_path: Path) -> None:
        sources = {
            "client.py": CLIENT,
            "server.py": "def run():\n    from aiohttp.web import Application\n",
            "relative.py": "from .aiohttp import x\n",
            "other.py": "import aiohttp_session\n",
            "newer.py": "import aiohttp\nclass {}\n",
            "plain.py": "this is no Python\n",
        }
        for name, text in sources.items():
            (tmp_path / name).write_text(text)
        assert ecosystem.count_sources(tmp_path) == ecosystem.Sources(files=6, importing=2, unparsable=1)

    def test_a_whole_run_without_network(self, tmp_path: Path) -> None:
        wheel(tmp_path / "downloads", {"shop/__init__.py": CLIENT, "shop/empty.py": ""})
        packages = tmp_path / "packages.tsv"
        packages.write_text("name\tversion\nshop\t1.0\n")
        report, sample = tmp_path / "report.json", tmp_path / "sample.tsv"
        options = [
            "--packages",
            packages,
            "--folder",
            tmp_path,
            "--report",
            report,
            "--sample",
            3,
            "--sample-file",
            sample,
        ]
        assert ecosystem.main([str(option) for option in options]) == 0
        (package,) = json.loads(report.read_text())["packages"]
        assert (package["name"], package["files"], package["importing"], package["crash"]) == (
            "shop",
            2,
            1,
            None,
        )
        assert sample.read_text().startswith(HEADER)


RULES = {
    "AIO101": accuracy.RuleFacts("session-per-request", default_on=True),
    "AIO113": accuracy.RuleFacts("session-for-one-request", default_on=False),
}


def judged(code: str, *words: str, by_default: bool = True) -> list[object]:
    return [
        accuracy.Verdict(place, by_default, word, "read")
        for place, word in zip(found(code, len(words)), words, strict=True)
    ]


class TestAccuracy:
    def test_counts_by_rule_and_by_default(self) -> None:
        verdicts = [
            *judged("AIO101", "true", "true", "true", "false", "arguable"),
            *judged("AIO113", "arguable", by_default=False),
        ]
        part = accuracy.generated_part(verdicts, RULES, [])
        assert (
            "| AIO101 | session-per-request | by default | by default | 5 | 3 | 1 | 1 | 75.0 % | 60.0 % |"
            in part
        )
        assert (
            "| AIO113 | session-for-one-request | opt-in | when named | 1 | 0 | 0 | 1 | – | 0.0 % |" in part
        )
        assert "| by default | 5 | 3 | 1 | 1 | 75.0 % | 60.0 % |" in part
        assert "| only when named | 1 | 0 | 0 | 1 | – | 0.0 % |" in part
        assert "| all | 6 | 3 | 1 | 2 | 75.0 % | 50.0 % |" in part

    def test_lists_every_package_with_its_version(self) -> None:
        packages = [ecosystem.Package("shop", "1.0"), ecosystem.Package("Attic", "2.1")]
        part = accuracy.generated_part(judged("AIO101", "true", "true"), RULES, packages)
        assert "| Attic | 2.1 | 0 |\n| shop | 1.0 | 2 |\n" in part

    def test_counts_fixes_by_rule_and_kind(self) -> None:
        fixes = [
            accuracy.FixVerdict(place, applicability, word, "read")
            for place, applicability, word in zip(
                found("AIO101", 4),
                ("safe", "safe", "safe", "unsafe"),
                ("right", "right", "wrong", "ugly"),
                strict=True,
            )
        ]
        part = accuracy.generated_part([], RULES, [], fixes)
        assert "| all |  | safe | 3 | 2 | 1 | 0 |\n| all |  | unsafe | 1 | 0 | 0 | 1 |\n" in part
        assert "| AIO101 | session-per-request | safe | 3 | 2 | 1 | 0 |\n" in part
        assert "| AIO101 | session-per-request | unsafe | 1 | 0 | 0 | 1 |\n" in part

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ("a/b\tc\ta.py\t3\tAIO101\tsafe\ttrue\tread\n", "fixes.tsv:2: the verdict must be one of right"),
            (
                "a/b\tc\ta.py\t3\tAIO101\tmaybe\tright\tread\n",
                "the applicability must be one of safe, unsafe",
            ),
            ("a/b\tc\ta.py\t3\tAIO101\tsafe\tright\t\n", "the reason is missing"),
            ("a/b\tc\ta.py\t3\tAIO101\tsafe\tright\tread\n" * 2, "fixes.tsv:3: this fix is judged already"),
        ],
    )
    def test_refuses_unfinished_verdicts_on_fixes(self, row: str, message: str, tmp_path: Path) -> None:
        (tmp_path / "fixes.tsv").write_text("\t".join(accuracy.FIX_COLUMNS) + "\n" + row)
        with pytest.raises(ValueError, match=message):
            accuracy.read_fixes(tmp_path / "fixes.tsv")

    def test_the_repository_s_verdicts_on_fixes_can_be_read(self) -> None:
        for verdict in accuracy.read_fixes(accuracy.FIXES):
            assert len(verdict.reason.split()) <= 15
            assert not Path(verdict.place.path).is_absolute()

    def test_leaves_out_rules_that_no_longer_exist(self) -> None:
        part = accuracy.generated_part(judged("AIO999", "false"), RULES, [])
        assert "AIO999" not in part
        assert "| all | 0 | 0 | 0 | 0 | – | – |" in part

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (
                "shop\t1.0\ta.py\t3\tAIO101\tALL\t\t\n",
                "verdicts.tsv:2: the verdict must be one of true, false, arguable",
            ),
            ("shop\t1.0\ta.py\t3\tAIO101\tALL\tmaybe\tread\n", "the verdict must be one of"),
            ("shop\t1.0\ta.py\t3\tAIO101\tALL\ttrue\t\n", "the reason is missing"),
            ("shop\t1.0\ta.py\t3\tAIO101\tsome\ttrue\tread\n", "the selection must be one of"),
            (
                "shop\t1.0\ta.py\t3\tAIO101\tALL\ttrue\tread\n" * 2,
                "verdicts.tsv:3: this finding is judged already",
            ),
        ],
    )
    def test_refuses_unfinished_verdicts(self, row: str, message: str, tmp_path: Path) -> None:
        (tmp_path / "verdicts.tsv").write_text(HEADER + row)
        with pytest.raises(ValueError, match=message):
            accuracy.read_verdicts(tmp_path / "verdicts.tsv")

    def test_refuses_other_columns(self, tmp_path: Path) -> None:
        (tmp_path / "verdicts.tsv").write_text("package\tcode\n")
        with pytest.raises(ValueError, match="the columns must be"):
            accuracy.read_verdicts(tmp_path / "verdicts.tsv")

    def test_renews_the_generated_part_and_keeps_the_rest(self) -> None:
        part = accuracy.generated_part(judged("AIO101", "true"), RULES, [])
        page = f"# Accuracy\n\nBy hand.\n\n{accuracy.BEGIN}\nold\n{accuracy.END}\n\n## Recall\n"
        renewed = accuracy.renew(page, part)
        assert renewed == f"# Accuracy\n\nBy hand.\n\n{part}\n## Recall\n"
        assert accuracy.renew(renewed, part) == renewed

    def test_refuses_a_page_without_markers(self) -> None:
        with pytest.raises(ValueError, match="must contain"):
            accuracy.renew("# Accuracy\n", "part")

    def test_the_repository_s_verdicts_can_be_read(self) -> None:
        for verdict in accuracy.read_verdicts(accuracy.VERDICTS):
            assert verdict.place.line > 0
            assert not Path(verdict.place.path).is_absolute()


STORAGE = """from pathlib import Path


def load(name: str) -> str:
    return Path("data").joinpath(name).read_text()
"""
APPLICATION = """from aiohttp import web

from storage import load


async def show(request: web.Request) -> web.Response:
    return web.Response(text=load("greeting"))


app = web.Application()
app.router.add_get("/", show)
"""
FETCHING = """import aiohttp
from aiohttp import web


async def prices(request):
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        async with session.get("https://prices.example/", raise_for_status=True) as response:
            return web.json_response(await response.json())
"""
ROUTES = """from aiohttp import web

from views import prices

app = web.Application()
app.router.add_get("/prices", prices)
"""


class TestCrossFile:
    def test_tells_what_only_the_other_file_shows(self, tmp_path: Path) -> None:
        shop = tmp_path / "shop"
        shop.mkdir()
        (shop / "storage.py").write_text(STORAGE)
        (shop / "app.py").write_text(APPLICATION)
        (shop / "old.py").write_bytes(b"# coding: nothing\nimport aiohttp\n")
        output = tmp_path / "found.tsv"
        assert cross_file.main([str(shop), "--select", "AIO", "--output", str(output)]) == 0
        header, row = output.read_text().splitlines()
        assert header.split("\t") == list(cross_file.COLUMNS)
        assert row.split("\t")[:6] == ["shop", "app.py", "7", "AIO406", "AIO", "appears"]
        assert "storage.py:5" in row

    def test_tells_what_the_other_file_explains_better(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").touch()
        (tmp_path / "views.py").write_text(FETCHING)
        (tmp_path / "routes.py").write_text(ROUTES)
        found = cross_file.differences(tmp_path, "ALL")
        assert all(one.selection == "ALL" and one.project == tmp_path.name for one in found)
        assert [(one.place.path, one.place.line, one.place.code, one.direction) for one in found] == [
            ("views.py", 6, "AIO101", "appears"),
            ("views.py", 6, "AIO113", "disappears"),
        ]

    def test_says_nothing_of_a_file_that_stands_alone(self, tmp_path: Path) -> None:
        (tmp_path / "client.py").write_text(CLIENT)
        assert cross_file.differences(tmp_path, "ALL") == []


class TestCoverage:
    """The map of the practices."""

    def test_all_practices_are_there(self) -> None:
        numbers = {practice.number for practice in generate_coverage.practices()}
        topics = {f"{section}.{bullet}" for section in range(1, 17) for bullet in range(1, 9)}
        assert numbers == topics | {f"K{bullet}" for bullet in range(1, 9)}

    def test_each_is_shown(self) -> None:
        assert [practice.number for practice in generate_coverage.practices() if not practice.examples] == []

    def test_where_no_rule_can_decide_a_note_says_why(self) -> None:
        without = [practice for practice in generate_coverage.practices() if not practice.rules]
        assert {practice.number for practice in without} == {"K2", "16.4"}
        assert all(practice.note for practice in without)
