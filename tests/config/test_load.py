from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from catalog.accounts.models import User
from catalog.foundation.imports import read_table
from catalog.foundation.journal.models import Event
from catalog.models import Edition, Medicine, Product, Region, RuleSet
from catalog.queries import guide_prices, rule_set
from catalog.services.imports.mappings import save_mapping
from config.management.commands.load import Command
from tests.cast import PRICE_RATIOS, make_cast

pytestmark = pytest.mark.django_db

HEADER = ["part", "number", "name", "inn", "category", "subcategory", "specialist", "form", "strength"]
CAPSULES = ["chemical", "6", "阿莫西林", "Amoxicillin", "抗微生物药", "青霉素类", "no", "胶囊", "0.25g"]
TABLETS = [*CAPSULES[:7], "片剂", "0.25g"]
PILLS = ["tcm", "6", "六味地黄", "", "补益剂", "", "no", "丸剂", "每袋装3g"]
EDITION = ["--code=2026", "--title=国家基本药物目录（2026年版）", "--source=国家卫生健康委员会", "--from=2026-09-01"]

Sheet = Callable[..., Path]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    def write(*rows: list[str], header: list[str] = HEADER, ending: str = "csv") -> Path:
        path = tmp_path / f"list.{ending}"
        if ending == "csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *rows])
        else:
            with xlsxwriter.Workbook(path) as workbook:
                page = workbook.add_worksheet()
                for number, row in enumerate([header, *rows]):
                    page.write_row(number, 0, row)
        return path

    return write


def run(path: Path, *options: str) -> str:
    said = io.StringIO()
    call_command("load", "list", str(path), *options, stdout=said, stderr=said)
    return said.getvalue()


def refused(path: Path, *options: str) -> tuple[str, str]:
    """What was said line by line, and what at the end; nothing may be in the database."""
    said = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("load", "list", str(path), *options, stdout=said, stderr=said)
    assert caught.value.returncode == 1
    assert not Edition.objects.exists()
    assert not Medicine.objects.exists()
    assert not Event.objects.exists()
    return said.getvalue(), str(caught.value)


class TestLoadList:
    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_loads_a_sheet_and_says_how_much(self, sheet: Sheet, ending: str) -> None:
        said = run(sheet(CAPSULES, TABLETS, PILLS, ending=ending), *EDITION, "--until=2029-09-01")
        assert said == "Loaded: added 3\n"
        edition = Edition.objects.get()
        assert (edition.code, str(edition.validity.lower), str(edition.validity.upper)) == (
            "2026",
            "2026-09-01",
            "2029-09-01",
        )
        assert set(Event.objects.values_list("channel", flat=True)) == {"command"}

    def test_reads_the_columns_in_any_order(self, sheet: Sheet) -> None:
        run(sheet(CAPSULES[::-1], header=HEADER[::-1]), *EDITION)
        assert Medicine.objects.get().name == "阿莫西林"

    def test_reads_forms_and_strengths_as_the_list_writes_them(self, sheet: Sheet) -> None:
        header = [*HEADER[:-2], "forms_and_strengths", "function"]
        run(sheet([*CAPSULES[:-2], "片剂、胶囊：0.125g、0.25g", "口服"], header=header), *EDITION)
        entry = Edition.objects.get().entries.get()
        assert (entry.presentations.count(), entry.section.path) == (4, "抗微生物药 › 青霉素类 › 口服")

    def test_refuses_an_edition_in_a_period_that_has_one(self, sheet: Sheet) -> None:
        path = sheet(CAPSULES)
        run(path, *EDITION)
        with pytest.raises(CommandError, match="is already there"):
            run(path, *EDITION)
        assert Edition.objects.count() == 1

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ([], "--code, --title, --source, --from"),
            ([*EDITION, "--until=2026-09-01"], "must lie after"),
            ([*EDITION, f"--code={'9' * 21}"], "--code"),
        ],
    )
    def test_refuses_an_edition_that_is_not_described(self, sheet: Sheet, options: list[str], said: str) -> None:
        assert said in refused(sheet(CAPSULES), *options)[1]


class TestCheck:
    def test_says_how_much_is_good_and_writes_nothing(self, sheet: Sheet) -> None:
        assert "Good: added 3" in run(sheet(CAPSULES, TABLETS, PILLS), "--check")
        assert not Edition.objects.exists()

    def test_finds_what_loading_would_refuse(self, sheet: Sheet) -> None:
        lines, _last = refused(sheet(["herbal", *CAPSULES[1:]]), "--check")
        assert "Row 2" in lines


class TestASheetThatIsNotAcceptable:
    def test_damaged(self, sheet: Sheet) -> None:
        path = sheet(CAPSULES, ending="xlsx")
        path.write_bytes(path.read_bytes()[:200])
        assert "cannot be read as a spreadsheet" in refused(path, *EDITION)[1]
        assert list(path.parent.iterdir()) == [path]

    def test_not_there(self, tmp_path: Path) -> None:
        assert "No such file" in refused(tmp_path / "list.csv", *EDITION)[1]

    def test_with_a_column_of_another_name(self, sheet: Sheet) -> None:
        said = refused(sheet(CAPSULES, header=["chapter", *HEADER[1:]]), *EDITION)[1]
        assert "columns part are needed" in said
        assert "chapter" in said

    def test_with_a_row_twice(self, sheet: Sheet) -> None:
        path = sheet(CAPSULES, TABLETS, CAPSULES)
        lines, last = refused(path, *EDITION)
        assert "Row 4 says the same thing as row 2" in lines
        assert "1 of 3 rows" in last
        beside = path.with_name("list-errors.xlsx")
        written = read_table(beside.read_bytes(), name=beside.name)
        assert [row[:9] for row in written.rows] == [CAPSULES]
        assert written.rows[0][-1]

    def test_names_every_bad_row_and_writes_where_it_was_told(self, sheet: Sheet, tmp_path: Path) -> None:
        place = tmp_path / "wrong.xlsx"
        bad = ["chemical", "six", "", *CAPSULES[3:]]
        lines, last = refused(sheet(CAPSULES, bad, ["", *PILLS[1:]]), *EDITION, f"--errors={place}")
        assert "Row 3, column “number”: “six” is not a whole number.; Row 3, column “name”" in lines
        assert lines.count("Row 4") == 1
        assert str(place) in last
        assert len(read_table(place.read_bytes(), name=place.name).rows) == 2


# The sheets of a platform that begins with nothing, in the order in which they build on each other.
SHEETS = {
    "regions": "code,name,level,parent\n410000,河南省,province,\n410100,郑州市,prefecture,410000\n",
    "organizations": (
        "code,kind,name,short_name,region,tier,uscc\n"
        "AG410000,agency,河南省药品采购中心,,410000,,\n"
        "H1,institution,郑州市医院,,410100,tertiary,\n"
        "M1,supplier,华夏制药有限公司,华夏制药,,,\n"
    ),
    "people": "username,name,organization,role\nzhao,赵一,AG410000,procurement_officer\nqian,钱二,H1,buyer\n",
    "list": f"{','.join(HEADER)}\n{','.join(CAPSULES)}\n",
    "products": ("code,medicine,form,strength,pack_quantity,pack_unit,manufacturer\nP1,阿莫西林,胶囊,0.25g,24,盒,M1\n"),
    "guide-prices": "medicine,form,strength,pack_quantity,price,derivation\n阿莫西林,胶囊,0.25g,24,8.72,\n",
}
DECISION = [
    "--number=发改价格〔2009〕2498号",
    "--title=国家基本药物零售指导价格",
    "--issuer=国家发展和改革委员会",
    "--decided-on=2009-09-28",
    "--from=2009-10-22",
]
OPTIONS = {"list": EDITION, "guide-prices": DECISION}
RULES = ["--title=零差率", "--source=国发〔2009〕12号", "--from=2017-10-01"]


@pytest.fixture
def platform(tmp_path: Path) -> Callable[..., str]:
    """Loads a kind, with its own sheet and options or with others."""

    def load(kind: str, *options: str, content: str | None = None) -> str:
        path = tmp_path / f"{kind}.csv"
        path.write_text(content or SHEETS[kind], encoding="utf-8")
        said = io.StringIO()
        call_command("load", kind, str(path), *(options or OPTIONS.get(kind, ())), stdout=said, stderr=said)
        return said.getvalue()

    return load


def enter_rules(*options: str) -> str:
    said = io.StringIO()
    call_command("load", "rules", *options, stdout=said)
    return said.getvalue()


class TestFromAnEmptyPlatform:
    def test_brings_everything_that_a_tender_stands_on(self, platform: Callable[..., str]) -> None:
        said = [platform(kind).splitlines() for kind in SHEETS]
        assert [lines[0] for lines in said] == [
            "Loaded: added 2",
            "Loaded: added 3",
            "Loaded: 2 people, 2 roles",
            "Loaded: added 1",
            "Loaded: added 1",
            "Loaded: added 1",
        ]
        for line in said[2][2:]:
            username, password = line.split()
            assert User.objects.get(username=username).check_password(password)
        product = Product.objects.get()
        assert guide_prices([product], date(2026, 9, 1))[product.pk].price == Decimal("8.72")
        assert set(Event.objects.values_list("channel", flat=True)) == {"command"}

    @pytest.mark.parametrize("kind", SHEETS)
    def test_looks_at_a_sheet_and_writes_nothing(self, platform: Callable[..., str], kind: str) -> None:
        for before in list(SHEETS)[: list(SHEETS).index(kind)]:
            platform(before)
        events, regions = Event.objects.count(), Region.objects.count()
        assert platform(kind, "--check").startswith("Good: ")
        assert (Event.objects.count(), Region.objects.count()) == (events, regions)

    @pytest.mark.parametrize("kind", ["organizations", "people", "products", "guide-prices"])
    def test_names_the_rows_whose_codes_nobody_knows(
        self, platform: Callable[..., str], tmp_path: Path, kind: str
    ) -> None:
        with pytest.raises(CommandError, match="rows are not acceptable"):
            platform(kind)
        beside = tmp_path / f"{kind}-errors.xlsx"
        written = read_table(beside.read_bytes(), name=beside.name)
        assert "nothing is registered as" in written.rows[0][-1]
        assert not Event.objects.exists()

    def test_says_the_row_of_what_it_refuses(self, tmp_path: Path) -> None:
        path = tmp_path / "regions.csv"
        path.write_text("code,name,level,parent\n410100,郑州市,prefecture,410000\n", encoding="utf-8")
        said = io.StringIO()
        with pytest.raises(CommandError):
            call_command("load", "regions", str(path), stderr=said)
        assert said.getvalue() == "Row 2: parent: nothing is registered as “410000”.\n"

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--number=1"], "--title, --issuer, --decided-on, --from"),
            ([*DECISION, "--until=2009-10-22"], "must lie after"),
            ([*DECISION, f"--number={'9' * 101}"], "--number"),
            ([*DECISION, "--source=" + "x" * 301], "--source"),
        ],
    )
    def test_refuses_a_decision_that_is_not_described(
        self, platform: Callable[..., str], options: list[str], said: str
    ) -> None:
        with pytest.raises(CommandError, match=said):
            platform("guide-prices", *options)

    def test_loads_the_good_rows_alone_where_that_is_said(self, platform: Callable[..., str]) -> None:
        said = platform("regions", "--by-row", content=SHEETS["regions"] + "4101,错,,\n")
        assert "is not a code of six digits" in said
        assert "Loaded: added 2, refused 1" in said
        assert Region.objects.count() == 2

    def test_reads_other_columns_by_a_mapping(self, platform: Callable[..., str], tmp_path: Path) -> None:
        mapping = tmp_path / "mapping.json"
        mapping.write_text('{"columns": {"code": {"from": "BM"}, "name": {"from": "MC"}}}')
        content = "BM,MC\n410000,河南省\n"
        assert platform("regions", f"--mapping={mapping}", content=content) == "Loaded: added 1\n"
        assert platform("regions", f"--mapping={mapping}", content=content) == "Loaded: left alone 1\n"
        officer = make_cast().officer
        save_mapping(
            kind="regions", name="省表", mapping=json.loads(mapping.read_text()), actor=officer, at=timezone.now()
        )
        assert platform("regions", "--mapping=省表", content=content) == "Loaded: left alone 1\n"
        with pytest.raises(CommandError, match="not exactly one saved mapping"):
            platform("regions", "--mapping=none", content=content)
        mapping.write_text("{")
        with pytest.raises(CommandError, match=r"mapping\.json"):
            platform("regions", f"--mapping={mapping}", content=content)

    def test_refuses_a_kind_that_there_is_not(self) -> None:
        with pytest.raises(CommandError, match="invalid choice"):
            call_command("load", "wishes", "wishes.csv")


class TestHelp:
    @pytest.mark.parametrize("of", [[], ["entries"], ["guide-prices"], ["rules"]], ids=" ".join)
    def test_is_english_throughout_whatever_the_language(
        self, capsys: pytest.CaptureFixture[str], of: list[str]
    ) -> None:
        with translation.override("zh-hans"), pytest.raises(SystemExit):
            Command().create_parser("manage.py", "load").parse_args([*of, "--help"])
        said = capsys.readouterr().out
        assert "usage: " in said
        assert said.isascii()


class TestRules:
    def test_enters_the_numbers_of_a_rule(self) -> None:
        said = enter_rules("--rule-kind=retail_check", *RULES, '--parameters={"markup": "0"}')
        assert said == "Entered: 零差率\n"
        assert rule_set(RuleSet.Kind.RETAIL_CHECK, date(2026, 9, 1)).parameters == {"markup": "0"}

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ([*RULES, '--parameters={"markup": "2"}'], "must be at most 1"),
            ([*RULES, '--parameters={"markup": 0}'], "as text"),
            ([*RULES, "--parameters=[]"], "give an object"),
            ([*RULES, "--parameters=markup"], "--parameters"),
            ([*RULES], "--parameters"),
            ([*RULES[1:], '--parameters={"markup": "0"}'], "--title"),
            ([*RULES, f"--title={'x' * 201}", '--parameters={"markup": "0"}'], "--title"),
            ([*RULES, "--until=2017-10-01", '--parameters={"markup": "0"}'], "must lie after"),
        ],
    )
    def test_refuses_a_rule_that_cannot_be(self, options: list[str], said: str) -> None:
        with pytest.raises(CommandError, match=said):
            enter_rules("--rule-kind=retail_check", *options)
        assert not RuleSet.objects.exists()

    def test_refuses_a_second_one_in_the_period(self) -> None:
        given = ["--rule-kind=price_ratio", *RULES, f"--parameters={json.dumps(PRICE_RATIOS)}"]
        enter_rules(*given)
        with pytest.raises(CommandError, match="already entered"):
            enter_rules(*given)
