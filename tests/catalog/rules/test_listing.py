"""The grammar of the national list by lines of its 2026 edition, and, where that is at hand, over all of it."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.forms import OTHER, read_form
from catalog.rules.listing import Listing, parse_listing
from catalog.rules.strengths import format_strength, parse_strength

ROOT = Path(__file__).resolve().parents[3]
SOURCES = Path(os.environ.get("SOURCE_DATA_DIR") or ROOT.parent / "shared" / "data")
EDITION_OF_2026 = SOURCES / "cn-neml-2026" / "neml_2026.csv"

# Ratios without amounts, two compositions in one bracket, a pack of two bottles, contents of an aerosol.
UNREAD_IN_2026 = {
    ("阿莫西林克拉维酸钾", "阿莫西林:克拉维酸=2:1"),
    ("阿莫西林克拉维酸钾", "阿莫西林:克拉维酸=4:1"),
    ("阿莫西林克拉维酸钾", "阿莫西林:克拉维酸=7:1"),
    ("曲安奈德益康唑", "15g(硝酸益康唑0.15g与曲安奈德15mg、醋酸曲安奈德16.5mg与硝酸益康唑150mg)"),
    ("水合氯醛", "水合氯醛浓缩液1.342g:1g/糖浆(稀释液)9ml"),
    ("水合氯醛", "水合氯醛浓缩液0.671g:0.5g/糖浆(稀释液)4.5ml"),
    ("宽胸气雾剂", "每瓶含内容物5.8g,其中药液2.7ml(含挥发油0.6ml)"),
    ("宽胸气雾剂", "每瓶内容物重13.8g,内含药液4.8g(含挥发油1.5ml)"),
}


def as_table(listing: Listing) -> dict[str, list[str]]:
    return {form.form: [strength.text for strength in form.strengths] for form in listing.forms}


class TestParseListing:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", {}),
            ("注射液", {"注射液": []}),
            ("片剂、胶囊:0.25g | 注射用无菌粉末:0.5g、1.0g", {
                "片剂": ["0.25g"], "胶囊": ["0.25g"], "注射用无菌粉末": ["0.5g", "1.0g"],
            }),
            ("(钾盐)注射用无菌粉末：0．25g（40万单位）", {"(钾盐)注射用无菌粉末": ["0.25g(40万单位)"]}),
            ("(头孢呋辛酯)片剂、分散片:0.125g", {"(头孢呋辛酯)片剂": ["0.125g"], "(头孢呋辛酯)分散片": ["0.125g"]}),
            ("肠溶(片剂、胶囊)、(琥珀酸乙酯)片剂:0.125g", {
                "肠溶片剂": ["0.125g"], "肠溶胶囊": ["0.125g"], "(琥珀酸乙酯)片剂": ["0.125g"],
            }),
            ("(苯磺酸盐、马来酸盐)片剂:5mg", {"(苯磺酸盐、马来酸盐)片剂": ["5mg"]}),
            ("(酒石酸盐)片剂:50mg(琥珀酸盐)缓释(片、胶囊):47.5mg", {
                "(酒石酸盐)片剂": ["50mg"], "(琥珀酸盐)缓释片": ["47.5mg"], "(琥珀酸盐)缓释胶囊": ["47.5mg"],
            }),
            ("(氨丁三醇)散剂:3.0g(300万单位)", {"(氨丁三醇)散剂": ["3.0g(300万单位)"]}),
            ("片剂(I):每片含缬沙坦80mg、氨氯地平5mg", {"片剂(I)": ["每片含缬沙坦80mg,氨氯地平5mg"]}),
            ("口服溶液剂:100ml:2.4g颗粒剂、栓剂", {"口服溶液剂": ["100ml:2.4g"], "颗粒剂": [], "栓剂": []}),
            ("人干扰素α1b注射液:10μg:0.5ml注射用人干扰素α1b:10μg", {
                "人干扰素α1b注射液": ["10μg:0.5ml"], "注射用人干扰素α1b": ["10μg"],
            }),
            ("颗粒剂:125mg:31.25mg(4:1)、200mg:28.5mg(7:1)(阿莫西林:克拉维酸)", {
                "颗粒剂": ["125mg:31.25mg(4:1)(阿莫西林:克拉维酸)", "200mg:28.5mg(7:1)(阿莫西林:克拉维酸)"],
            }),
            ("注射液:0.9%(10ml、50ml)、10%(10ml)", {"注射液": ["0.9%(10ml)", "0.9%(50ml)", "10%(10ml)"]}),
            ("注射液:1.34mg/ml,1.5ml(预填充注射笔);1.34mg/ml,3ml(预填充注射笔)", {
                "注射液": ["1.34mg/ml,1.5ml(预填充注射笔)", "1.34mg/ml,3ml(预填充注射笔)"],
            }),
            ("眼用注射液:10mg/ml,0.2ml/支;10mg/ml,0.05ml/支(预充式)", {
                "眼用注射液": ["10mg/ml,0.2ml/支", "10mg/ml,0.05ml/支(预充式)"],
            }),
            ("吸入粉雾剂:0.1mg/吸;200μg/吸,200吸/支", {"吸入粉雾剂": ["0.1mg/吸", "200μg/吸,200吸/支"]}),
        ],
    )  # fmt: skip
    def test_reads_chemical_medicines(self, text: str, expected: dict[str, list[str]]) -> None:
        listing = parse_listing(text)
        assert as_table(listing) == expected
        assert listing.unread == ()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("胶囊:每粒装0.2g合剂:每支装10ml,每1ml相当于饮片1g", {
                "胶囊": ["每粒装0.2g"], "合剂": ["每支装10ml(每1ml相当于饮片1g)"],
            }),
            ("丸剂:每丸重3g、9g,每10丸重1.5g颗粒剂:每袋装3g、6g(相当于饮片8.85g)", {
                "丸剂": ["每丸重3g", "每丸重9g", "每10丸重1.5g"],
                "颗粒剂": ["每袋装3g", "每袋装6g(相当于饮片8.85g)"],
            }),
            ("合剂:每瓶装100ml;每支装10ml;每1ml相当于饮片1.5g、3.0g", {
                "合剂": ["每瓶装100ml", "每支装10ml", "每1ml相当于饮片1.5g", "每1ml相当于饮片3.0g"],
            }),
            ("软膏剂:每1g相当于饮片0.161g,每支装10g、20g", {
                "软膏剂": ["每支装10g(每1g相当于饮片0.161g)", "每支装20g(每1g相当于饮片0.161g)"],
            }),
            ("颗粒剂:每袋装4g,每袋相当于饮片4g", {"颗粒剂": ["每袋装4g(每袋相当于饮片4g)"]}),
            ("丸剂:每丸重9g,每8丸相当于原药材(原生药、饮片)3g", {
                "丸剂": ["每丸重9g", "每8丸相当于原药材(原生药、饮片)3g"],
            }),
            ("片剂胶囊:每粒装0.4g", {"片剂": [], "胶囊": ["每粒装0.4g"]}),
            ("颗粒剂:3.5g/袋片剂:每片重0.3g", {"颗粒剂": ["3.5g/袋"], "片剂": ["每片重0.3g"]}),
            ("注射液:每支装2ml:70mg(三七总皂苷)注射用无菌粉末:每瓶(支)装100mg", {
                "注射液": ["每支装2ml:70mg(三七总皂苷)"], "注射用无菌粉末": ["每瓶(支)装100mg"],
            }),
            ("胶囊:每粒含总黄酮醇苷9.6mg、萜类内酯2.4mg,每粒含总黄酮醇苷19.2mg、萜类内酯4.8mg", {
                "胶囊": ["每粒含总黄酮醇苷9.6mg,萜类内酯2.4mg", "每粒含总黄酮醇苷19.2mg,萜类内酯4.8mg"],
            }),
            ("片剂:每片含灯盏花素20mg、40mg", {"片剂": ["每片含灯盏花素20mg", "每片含灯盏花素40mg"]}),
            ("丸剂:炭衣丸每丸重0.1g、0.133g,糖衣丸每瓶装400丸", {
                "丸剂": ["炭衣丸每丸重0.1g", "炭衣丸每丸重0.133g", "糖衣丸每瓶装400丸"],
            }),
            ("散剂、胶囊、贴膏剂", {"散剂": [], "胶囊": [], "贴膏剂": []}),
        ],
    )  # fmt: skip
    def test_reads_patent_medicines_whose_forms_run_together(self, text: str, expected: dict[str, list[str]]) -> None:
        listing = parse_listing(text)
        assert as_table(listing) == expected
        assert listing.unread == ()

    def test_names_what_it_cannot_read_and_keeps_it(self) -> None:
        listing = parse_listing("片剂:10mg、20mg、30、约少许")
        assert listing.unread == ("30", "约少许")
        assert as_table(listing) == {"片剂": ["10mg", "20mg", "30", "约少许"]}

    @given(st.text(alphabet="片剂胶囊注射液每丸重装含相当于饮片0123459.g mlμ%:、,;|()[]/×", max_size=60))
    def test_takes_any_text(self, text: str) -> None:
        listing = parse_listing(text)
        unread = [item.text for form in listing.forms for item in form.strengths if item.strength is None]
        assert set(listing.unread) == set(unread)


@pytest.fixture(scope="module")
def listings() -> list[tuple[dict[str, str], Listing]]:
    with EDITION_OF_2026.open(encoding="utf-8", newline="") as file:
        return [(row, parse_listing(row["forms_and_strengths"])) for row in csv.DictReader(file)]


@pytest.mark.skipif(not EDITION_OF_2026.exists(), reason="the list of 2026 is not at hand")
class TestEditionOf2026:
    def test_is_read_but_for_what_is_no_quantity(self, listings: list[tuple[dict[str, str], Listing]]) -> None:
        assert len(listings) == 816
        assert {(row["name_zh"], text) for row, listing in listings for text in listing.unread} == UNREAD_IN_2026

    def test_is_read_to_99_in_100(self, listings: list[tuple[dict[str, str], Listing]]) -> None:
        strengths = [item for _row, listing in listings for form in listing.forms for item in form.strengths]
        unread = [item for item in strengths if item.strength is None]
        assert len(strengths) > 2000
        assert len(unread) / len(strengths) <= 0.01

    def test_loses_no_number_of_a_line(self, listings: list[tuple[dict[str, str], Listing]]) -> None:
        for row, listing in listings:
            written = [form.form + item.text for form in listing.forms for item in form.strengths]
            numbers = set(re.findall(r"[\d.]+", "|".join(written + [form.form for form in listing.forms])))
            assert set(re.findall(r"[\d.]+", row["forms_and_strengths"])) == numbers, row["name_zh"]

    def test_names_no_form_that_is_unknown(self, listings: list[tuple[dict[str, str], Listing]]) -> None:
        forms = {form.form for _row, listing in listings for form in listing.forms}
        assert {form for form in forms if read_form(form).family == OTHER} == set()

    def test_gives_texts_that_stand_alone_and_are_written_as_they_are_read(
        self, listings: list[tuple[dict[str, str], Listing]]
    ) -> None:
        for _row, listing in listings:
            for form in listing.forms:
                for item in form.strengths:
                    if item.strength:
                        assert parse_strength(item.text, form.form) == item.strength, item.text
                        assert parse_strength(format_strength(item.strength)) == item.strength, item.text
