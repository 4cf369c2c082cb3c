from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.pasted_lines import PastedLine, read_pasted

codes = st.from_regex(r"[A-Z][A-Z0-9-]{0,8}[A-Z]", fullmatch=True)
quantities = st.integers(1, 999_999_999)


def read(text: str) -> list[tuple[str, int | None, bool]]:
    """What was read of each row, none of which has a problem."""
    lines = read_pasted(text)
    assert [line.problem for line in lines] == [""] * len(lines)
    return [(line.code_or_name, line.quantity, line.in_units) for line in lines]


class TestReadPasted:
    @pytest.mark.parametrize(
        "row",
        [
            "P-1\t20",
            "P-1,20",
            "P-1;20",
            "P-1、20",
            "P-1 20",
            "P-1, 20",
            "  P-1    20  ",
            "P-1\t20.00",
            "P-1\t20盒",
            "P-1\t20\t盒",
            "P-1 20 盒",
            "P-1,20,盒",
            "P-1 20 Packs",
            "P-1　20",
            "P-1，20",
            '"P-1"\t"20"',
            "P-1\t阿莫西林胶囊\t0.25g\t20\t盒\t6.50",
            "P-1\t阿莫西林胶囊\t6901234567892\t20",
        ],
    )
    def test_reads_a_row_from_a_sheet_or_typed(self, row: str) -> None:
        assert read(row) == [("P-1", 20, False)]

    @pytest.mark.parametrize("row", ["P-1\t20片", "P-1\t20\t片", "P-1 20支", "P-1;20 tablets", "P-1,20,UNITS"])
    def test_reads_a_quantity_in_units(self, row: str) -> None:
        assert read(row) == [("P-1", 20, True)]

    @pytest.mark.parametrize("row", ["P-1\t1,200", "P-1;1,200", "P-1 1,200盒", "P-1, 1，200", "P-1\t001200"])
    def test_reads_thousands(self, row: str) -> None:
        assert read(row) == [("P-1", 1200, False)]

    @pytest.mark.parametrize(
        ("row", "name"),
        [
            ("阿莫西林胶囊 0.25g 20", "阿莫西林胶囊 0.25g"),
            ("Amoxicillin  capsules\t20", "Amoxicillin capsules"),
            ("6901234567892,20", "6901234567892"),
            ("氯化钠注射液(塑瓶),20", "氯化钠注射液(塑瓶)"),
        ],
    )
    def test_reads_names_and_bar_codes(self, row: str, name: str) -> None:
        assert read(row) == [(name, 20, False)]

    @pytest.mark.parametrize(
        ("header", "row", "expected"),
        [
            ("编码\t数量", "P-1\t20", ("P-1", 20, False)),
            ("编码 数量", "P-1 20", ("P-1", 20, False)),
            ("Product code;Quantity", "P-1;20", ("P-1", 20, False)),
            ("序号\t药品名称\t包装\t数量\t单位\t单价", "1\t阿莫西林\t24\t20\t片\t6", ("阿莫西林", 20, True)),
            ("代码\t名称\t数量（片）", "\t阿莫西林\t20", ("阿莫西林", 20, True)),
            ("代码\t名称", "P-1\t2片装\t20", ("P-1", 20, False)),
        ],
    )
    def test_takes_the_columns_from_a_header_row(self, header: str, row: str, expected: tuple[str, int, bool]) -> None:
        assert read(f"{header}\n{row}") == [expected]

    def test_counts_the_rows_as_they_were_pasted(self) -> None:
        assert [line.row for line in read_pasted("编码\t数量\r\n\r\nP-1\t20\r\n \t \r\nP-2\t5")] == [3, 5]

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ("P-1", "no quantity"),
            ("P-1\t", "no quantity"),
            ("阿莫西林胶囊 0.25g×24粒", "no quantity"),
            ("\t20", "names no product"),
            ("P-1\t0", "“0” is not a quantity"),
            ("P-1 2.5", "“2.5” is not a quantity"),
            ("P-1\t24\t20", "several numbers"),
            ("P-1,1,200", "several numbers"),
            ("编码\t数量\nP-1", "no quantity"),
            ("编码\t数量\nP-1\t-5", "“-5” is not a quantity"),
            ("编码\t数量\nP-1\t1000000000", "1000000000” is not a quantity: write a whole number from 1 to 999999999"),
        ],
    )
    def test_says_why_it_cannot_read_a_quantity(self, row: str, problem: str) -> None:
        line = read_pasted(row)[-1]
        assert problem in line.problem
        assert line.quantity is None or not line.code_or_name

    def test_does_not_guess_whether_a_bottle_is_a_pack(self) -> None:
        [line] = read_pasted("P-1\t20瓶")
        assert (line.quantity, line.in_units) == (20, False)
        assert "“瓶” may be a pack or a part of one" in line.problem

    def test_keeps_two_rows_of_one_thing_apart_and_says_so_at_the_later(self) -> None:
        first, second = read_pasted("P-1\t20\np-1\t5")
        assert first == PastedLine(1, "P-1", 20, False, "")
        assert (second.quantity, second.problem) == (5, "“p-1” stands on row 1 already: keep one of the two rows.")

    @given(
        st.lists(st.tuples(codes, quantities, st.booleans()), min_size=1, unique_by=lambda line: line[0].casefold()),
        st.sampled_from(["\t", ";", ",", " ", "，", "\t ", ", "]),
        st.booleans(),
        st.booleans(),
    )
    def test_reads_back_what_was_written_in_any_of_the_ways(
        self, lines: list[tuple[str, int, bool]], separator: str, full_width: bool, grouped: bool
    ) -> None:
        # a comma is not both the separator and within a number
        grouped &= separator.strip(" ") not in {",", "，"}
        digits = str.maketrans("0123456789", "０１２３４５６７８９") if full_width else {}
        style = "," if grouped else "d"
        rows = [
            f"{code}{separator}{format(quantity, style).translate(digits)}{'片' if in_units else '盒'}"
            for code, quantity, in_units in lines
        ]
        assert read("\n".join(rows)) == lines

    @given(st.text(alphabet='P1 0,;\t\n片瓶盒数量编码().-"'))
    def test_never_gives_up_on_a_text_and_has_a_quantity_or_a_problem(self, text: str) -> None:
        for line in read_pasted(text):
            assert line.problem or (line.code_or_name and line.quantity)

    @pytest.mark.parametrize(
        ("text", "quantity"),
        [
            ("a" + " " * 20_000 + "b(", None),
            ("P-1 " + "1" * 20_000, None),
            ("1 " * 20_000, 1),
            ("a,\t " * 5_000, None),
        ],
    )
    def test_reads_a_long_line_at_once(self, text: str, quantity: int | None) -> None:
        assert [line.quantity for line in read_pasted(text)] == [quantity]
