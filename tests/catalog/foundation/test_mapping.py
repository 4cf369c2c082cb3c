from __future__ import annotations

import io
import tracemalloc
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from catalog.foundation.errors import RulesBroken
from catalog.foundation.imports import Column, MissingColumns, read_row, write_refused
from catalog.foundation.mapping import (
    MAX_COMPOSED,
    ColumnMapping,
    MalformedMapping,
    Pad,
    RepeatedColumns,
    Source,
    UnknownColumns,
    UnmappedColumns,
    suggest,
)
from catalog.foundation.readers import BadValue, Formats, day, one_of, price, text
from catalog.foundation.sheets import open_sheet

WHOLE = {
    "columns": {
        "status": {"from": "挂网状态", "words": {"1": "trading", "0": "stopped"}, "only": True},
        "region": {"from": "区划", "pad": {"right": "0", "length": 6}},
        "source": {"value": "2026 list"},
        "number": {"template": "{区划}-{row}"},
        "price": {"from": "价格"},
    },
    "decimal_sign": ",",
    "day_order": "dmy",
    "distinct": True,
}
HEADER = ["挂网状态", "区划", "价格"]
COLUMNS = [
    Column("status", one_of("trading", "stopped")),
    Column("region", text),
    Column("source", text),
    Column("number", text),
    Column("price", price),
]


def mapping(**columns: Any) -> ColumnMapping:
    return ColumnMapping.read({"columns": columns})


def applied(of: ColumnMapping, *rows: list[str], header: list[str] = HEADER) -> list[tuple[int, dict[str, str]]]:
    return list(of.apply(header, enumerate(rows, start=2)))


words = st.text(st.characters(exclude_characters="{}", exclude_categories=("Cs",)), max_size=5)
sources = st.one_of(
    words.map(lambda value: Source(value=value)),
    words.filter(bool).map(lambda name: Source(template=f"{{{name}}}-{{row}}")),
    st.builds(
        Source,
        header=words,
        words=st.dictionaries(words, words, max_size=3),
        only=st.booleans(),
        pad=st.none()
        | st.builds(Pad, side=st.sampled_from(["left", "right"]), sign=st.just("0"), length=st.integers(1, 50)),
    ),
)


class TestJson:
    @given(
        st.builds(
            ColumnMapping,
            columns=st.dictionaries(words, sources, max_size=4),
            formats=st.builds(
                Formats,
                decimal_sign=st.sampled_from(["auto", ".", ","]),
                day_order=st.sampled_from(["auto", "ymd", "dmy", "mdy"]),
            ),
            distinct=st.booleans(),
        )
    )
    def test_says_all_that_a_mapping_says(self, made: ColumnMapping) -> None:
        assert ColumnMapping.read(made.as_json()) == made

    def test_is_what_people_write(self) -> None:
        assert ColumnMapping.read(WHOLE).as_json() == WHOLE

    def test_may_leave_out_what_is_usual(self) -> None:
        assert mapping(a={"from": "b"}) == ColumnMapping(columns={"a": Source(header="b")})

    @pytest.mark.parametrize(
        ("content", "pointer"),
        [
            ([], ""),
            ({}, "/columns"),
            ({"columns": []}, "/columns"),
            ({"columns": {}, "colums": 1}, "/colums"),
            ({"columns": {}, "decimal_sign": ";"}, "/decimal_sign"),
            ({"columns": {}, "decimal_sign": []}, "/decimal_sign"),
            ({"columns": {}, "day_order": "ydm"}, "/day_order"),
            ({"columns": {}, "distinct": "yes"}, "/distinct"),
            ({"columns": {"a": "b"}}, "/columns/a"),
            ({"columns": {"a": {}}}, "/columns/a"),
            ({"columns": {"a": {"from": "b", "value": "c"}}}, "/columns/a"),
            ({"columns": {"a": {"form": "b"}}}, "/columns/a/form"),
            ({"columns": {"a": {"from": 1}}}, "/columns/a/from"),
            ({"columns": {"a": {"value": None}}}, "/columns/a/value"),
            ({"columns": {"a": {"value": "b", "words": {}}}}, "/columns/a"),
            ({"columns": {"a": {"template": "{b"}}}, "/columns/a/template"),
            ({"columns": {"a": {"template": "{}-{row}"}}}, "/columns/a/template"),
            ({"columns": {"a": {"from": "b", "words": []}}}, "/columns/a/words"),
            ({"columns": {"a": {"from": "b", "words": {"c": 1}}}}, "/columns/a/words/c"),
            ({"columns": {"a": {"from": "b", "only": 1}}}, "/columns/a/only"),
            ({"columns": {"a": {"from": "b", "pad": {"right": "0"}}}}, "/columns/a/pad"),
            ({"columns": {"a": {"from": "b", "pad": {"right": "0", "left": "0", "length": 3}}}}, "/columns/a/pad"),
            ({"columns": {"a": {"from": "b", "pad": {"right": "0", "length": True}}}}, "/columns/a/pad"),
            ({"columns": {"a": {"from": "b", "pad": {"right": "00", "length": 3}}}}, "/columns/a/pad/right"),
        ],
    )
    def test_is_refused_with_the_place_where_it_is_wrong(self, content: Any, pointer: str) -> None:
        with pytest.raises(MalformedMapping) as caught:
            ColumnMapping.read(content)
        assert caught.value.pointer == pointer


class TestCheck:
    def test_finds_nothing_where_all_fits(self) -> None:
        ColumnMapping.read(WHOLE).check(HEADER, COLUMNS)

    def test_tells_all_that_does_not_fit_and_what_the_file_has(self) -> None:
        made = mapping(price={"from": "单价"}, region={"template": "{省}{row}"}, prise={"value": "1"})
        columns = [*COLUMNS, Column("note", text, is_required=False)]
        with pytest.raises(RulesBroken) as caught:
            made.check(HEADER, columns)
        assert [(type(error), error.pointer, error.facts) for error in caught.value.errors] == [
            (MissingColumns, "/columns/price", {"missing": "单价", "found": "挂网状态, 区划, 价格"}),
            (MissingColumns, "/columns/region", {"missing": "省", "found": "挂网状态, 区划, 价格"}),
            (
                UnknownColumns,
                "/columns",
                {"unknown": "prise", "known": "status, region, source, number, price, note"},
            ),
            (
                UnmappedColumns,
                "/columns",
                {"missing": "status, source, number", "found": "挂网状态, 区划, 价格"},
            ),
        ]

    def test_refuses_a_column_that_is_there_twice_only_where_it_is_read(self) -> None:
        header = ["价格", "备注", "价格", "备注"]
        with pytest.raises(RulesBroken) as caught:
            mapping(price={"from": "价格"}).check(header, [Column("price", price)])
        assert [(type(error), error.facts) for error in caught.value.errors] == [(RepeatedColumns, {"heading": "价格"})]
        mapping(price={"from": "价格"}).check(header[1:], [Column("price", price)])


class TestApply:
    def test_gives_each_row_by_the_columns_that_are_read(self) -> None:
        assert applied(ColumnMapping.read(WHOLE), ["1", "3101", "8,72"], [], ["2", "", "5"]) == [
            (
                2,
                {"status": "trading", "region": "310100", "source": "2026 list", "number": "3101-2", "price": "8,72"},
            ),
            (4, {"status": "2", "region": "", "source": "2026 list", "number": "-4", "price": "5"}),
        ]

    def test_fills_up_on_either_side_what_is_too_short(self) -> None:
        made = mapping(left={"from": "a", "pad": {"left": "0", "length": 3}}, right={"from": "a"})
        assert applied(made, ["7"], ["1234"], header=["a"]) == [
            (2, {"left": "007", "right": "7"}),
            (3, {"left": "1234", "right": "1234"}),
        ]

    def test_fills_up_what_the_words_give(self) -> None:
        made = mapping(a={"from": "a", "words": {"沪": "31"}, "pad": {"right": "0", "length": 6}, "only": True})
        assert applied(made, ["沪"], header=["a"]) == [(2, {"a": "310000"})]
        [column] = made.bind([Column("a", text)])
        assert column.read("310000") == "310000"

    def test_composes_no_more_than_is_seen_to_be_too_long(self) -> None:
        made = mapping(a={"template": "前{a}" * 20_000})
        tracemalloc.start()
        try:
            [(_number, cells)] = applied(made, ["长" * 30_000], header=["a"])
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert cells == {"a": "前" + "长" * (MAX_COMPOSED - 1)}
        # all of it would be 1.2 GB
        assert most < 20_000_000
        # refused also where the column's own texts have no greatest length
        [column] = made.bind([Column("a", text)])
        with pytest.raises(BadValue, match="2000"):
            column.read(cells["a"])
        assert column.read(cells["a"][1:]) == cells["a"][1:]

    def test_takes_cells_that_are_not_there_for_empty(self) -> None:
        assert applied(mapping(a={"from": "b"}, c={"template": "{b}/{a}"}), ["1"], header=["a", "b"]) == [
            (2, {"a": "", "c": "/1"})
        ]

    def test_passes_over_what_is_the_same_once_it_is_mapped(self) -> None:
        rows = [["甲厂", "1"], ["甲厂", "2"], ["乙厂", "3"], ["甲厂", "4"]]
        made = ColumnMapping.read({"columns": {"maker": {"from": "厂家"}}, "distinct": True})
        found = applied(made, *rows, header=["厂家", "品种"])
        assert found == [(2, {"maker": "甲厂"}), (4, {"maker": "乙厂"})]

    def test_tells_rows_apart_whose_cells_only_run_together_alike(self) -> None:
        made = ColumnMapping.read({"columns": {"a": {"from": "a"}, "b": {"from": "b"}}, "distinct": True})
        assert len(applied(made, ["x', 'y", "z"], ["x", "y', 'z"], ["x", "yz"], ["xy", "z"], header=["a", "b"])) == 4

    def test_reads_no_row_before_it_is_asked_for(self) -> None:
        def rows() -> Any:
            yield 2, ["1"]
            raise AssertionError("read ahead")

        assert next(mapping(a={"from": "a"}).apply(["a"], rows())) == (2, {"a": "1"})


class TestBind:
    def test_reads_by_the_formats_of_the_file(self) -> None:
        made = ColumnMapping.read({**WHOLE, "columns": {"price": {"from": "价格"}, "on": {"from": "日期"}}})
        columns = made.bind([Column("price", price), Column("on", day)])
        values, errors = read_row(2, {"price": "1.234,50", "on": "01/02/2026"}, columns)
        assert (values, errors) == ({"price": Decimal("1234.50"), "on": date(2026, 2, 1)}, [])

    def test_reads_what_the_mapping_itself_says_in_the_platforms_notation(self) -> None:
        made = ColumnMapping.read(
            {
                "columns": {"a": {"value": "1.234"}, "b": {"from": "b", "words": {"低": "1.234"}}},
                "decimal_sign": ",",
            }
        )
        [(number, cells)] = applied(made, ["低"], header=["b"])
        values, _errors = read_row(number, cells, made.bind([Column("a", price), Column("b", price)]))
        assert values == {"a": Decimal("1.234"), "b": Decimal("1.234")}

    def test_refuses_words_that_are_not_translated_and_names_those_that_are(self) -> None:
        made = ColumnMapping.read(WHOLE)
        [(number, cells)] = applied(made, ["2", "3101", "5"])
        values, [error] = read_row(number, cells, made.bind([Column("status", text)]))
        assert values == {}
        assert error.facts["value"] == "2" and "0, 1" in error.facts["problem"]

    def test_shows_no_more_of_a_long_value_than_tells_which_it_is(self) -> None:
        _values, [error] = read_row(2, {"price": "x" * 5_000}, [Column("price", price)])
        assert error.facts["value"] == "x" * 200 and len(str(error)) < 300

    def test_leaves_columns_alone_that_are_not_mapped(self) -> None:
        columns = [Column("note", text, is_required=False)]
        assert mapping().bind(columns) == columns


class TestAFileWithItsMapping:
    def test_is_read_exactly_and_again_once_its_refused_rows_are_mended(self) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["药品", "价格", "文字价格"])
            sheet.write_row(1, 0, ["", 1.234])
            sheet.write_string(1, 2, "1.234")
        made = ColumnMapping.read(
            {
                "columns": {"name": {"from": "药品"}, "own": {"from": "价格"}, "typed": {"from": "文字价格"}},
                "decimal_sign": ",",
            }
        )
        columns = made.bind([Column("name", text), Column("own", price), Column("typed", price)])
        content = buffer.getvalue()
        for _ in range(2):
            with open_sheet(content, name="a.xlsx") as sheet:
                made.check(sheet.header, columns)
                rows = list(sheet.rows)
            [(number, cells)] = made.apply(sheet.header, rows)
            values, [error] = read_row(number, cells, columns)
            assert values == {"own": Decimal("1.234"), "typed": Decimal(1234)}
            content = write_refused(sheet.header, [(row, str(error)) for _number, row in rows]).read()


class TestSuggest:
    def test_finds_columns_by_name_label_and_synonym_whatever_their_case_width_and_spaces(self) -> None:
        columns = [
            Column("generic_name", text),
            Column("price", price, gettext_lazy("unit price")),
            Column("maker", text, synonyms=("生产企业", "厂家")),
            Column("region", text),
            Column("note", text),
        ]
        header = ["Generic  Name", "ＵＮＩＴ PRICE", "生产\n企业", "地区", "", "其他"]
        made = suggest(header, columns, {"region": gettext_lazy("地区")})
        assert {target: source.header for target, source in made.columns.items()} == {
            "generic_name": "Generic  Name",
            "price": "ＵＮＩＴ PRICE",
            "maker": "生产\n企业",
            "region": "地区",
        }

    def test_uses_each_column_of_the_file_once_and_none_that_is_there_twice(self) -> None:
        columns = [Column("a", text), Column("b", text, synonyms=("a",)), Column("c", text)]
        assert suggest(["A", "c", "c"], columns) == ColumnMapping(columns={"a": Source(header="A")})
