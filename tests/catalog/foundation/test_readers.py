from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.foundation.readers import (
    BadValue,
    DayOrder,
    DecimalSign,
    ExactNumber,
    Formats,
    day,
    from_json,
    number,
    one_of,
    optional,
    optional_text,
    optional_text_up_to,
    price,
    share,
    text,
    text_up_to,
    to_json,
    under,
    whole_number,
    whole_number_up_to,
    yes_no,
)


class TestNumber:
    @pytest.mark.parametrize(
        ("cell", "value"),
        [
            ("0", "0"),
            ("-12.5", "-12.5"),
            ("−12.5", "-12.5"),
            ("+7", "7"),
            ("007", "7"),
            ("1.234", "1.234"),
            ("12,5", "12.5"),
            ("12,34", "12.34"),
            ("1234,56", "1234.56"),
            ("0,123", "0.123"),
            ("1,234.56", "1234.56"),
            ("1.234,56", "1234.56"),
            ("1,234,567", "1234567"),
            ("1.234.567", "1234567"),
            ("1 234,56", "1234.56"),
            ("1\u00a0234,56", "1234.56"),
            ("1\u202f234\u202f567.8", "1234567.8"),
            ("1'234.56", "1234.56"),
            ("1’234", "1234"),
            ("１２３４．５６", "1234.56"),
            ("１，２３４．５", "1234.5"),
            (" 7 ", "7"),
        ],
    )
    def test_reads_what_can_be_read_in_one_way_only(self, cell: str, value: str) -> None:
        assert number(cell) == Decimal(value)

    @pytest.mark.parametrize("cell", ["1,234", "12,345", "123,456", "-1,234"])
    def test_refuses_one_comma_before_three_digits_and_says_what_it_can_mean(self, cell: str) -> None:
        point, none = cell.strip("-").replace(",", "."), cell.strip("-").replace(",", "")
        with pytest.raises(BadValue) as caught:
            number(cell)
        assert point in str(caught.value) and none in str(caught.value)

    @pytest.mark.parametrize(
        "cell",
        [
            "",
            "abc",
            "1,23,456.7",
            "12,345,67.8",
            "1,234.567.8",
            "1,234'567",
            "1.234,567,8",
            "1 23",
            "12 34",
            "1  234",
            "1234 567",
            "0,123,456",
            "5.",
            ".5",
            "'12",
            "1e3",
            "1E+2",
            "1e999999",
            "NaN",
            "Infinity",
            "(12)",
            "12-",
            "12²",
            "½",
            "١٢",
            "一二",
            "12万",
            "¥12",
            "5%",
            "9" * 29,
            "1." + "0" * 28,
        ],
    )
    def test_refuses_the_rest(self, cell: str) -> None:
        for sign in ("auto", ".", ","):
            with under(Formats(decimal_sign=sign)), pytest.raises(BadValue):  # type: ignore[arg-type]
                number(cell)

    @pytest.mark.parametrize(
        ("sign", "cell", "value"),
        [(".", "1,234", "1234"), (",", "1,234", "1.234"), (",", "1.234", "1234"), (".", "1.234", "1.234")],
    )
    def test_reads_by_the_decimal_sign_that_is_declared(self, sign: DecimalSign, cell: str, value: str) -> None:
        with under(Formats(decimal_sign=sign)):
            assert number(cell) == Decimal(value)

    @pytest.mark.parametrize(("sign", "cell"), [(".", "12,5"), (",", "12.5"), (".", "1.234,5"), (",", "1,234.5")])
    def test_refuses_what_contradicts_the_declared_sign(self, sign: DecimalSign, cell: str) -> None:
        with under(Formats(decimal_sign=sign)), pytest.raises(BadValue):
            number(cell)

    def test_reads_a_number_of_the_file_itself_whatever_is_declared(self) -> None:
        with under(Formats(decimal_sign=",")):
            assert (number("1.234"), number(ExactNumber("1.234"))) == (1234, Decimal("1.234"))

    def test_reads_by_a_declaration_only_as_long_as_it_is_in_force(self) -> None:
        with under(Formats(decimal_sign=".")):
            number("1,234")
        with pytest.raises(BadValue):
            number("1,234")


def grouped(digits: str, sign: str) -> str:
    head = len(digits) % 3 or 3
    return sign.join([digits[:head], *(digits[place : place + 3] for place in range(head, len(digits), 3))])


STYLES = [
    (group, sign) for group in ("", " ", "'", "\u00a0", "\u202f", ".", ",") for sign in (".", ",") if group != sign
]


class TestAnyNumber:
    @pytest.mark.parametrize(("group", "sign"), STYLES)
    @given(
        whole=st.integers(min_value=0, max_value=10**14).map(str),
        part=st.text("0123456789", max_size=6),
        is_wide=st.booleans(),
        is_negative=st.booleans(),
    )
    def test_is_read_exactly_or_refused(
        self, group: str, sign: DecimalSign, whole: str, part: str, is_wide: bool, is_negative: bool
    ) -> None:
        cell = "-" * is_negative + grouped(whole, group) + (sign + part if part else "")
        value = Decimal("-" * is_negative + whole + "." + (part or "0"))
        if is_wide:
            cell = cell.translate({code: code + 0xFEE0 for code in map(ord, "0123456789.,'-")})
        with under(Formats(decimal_sign=sign)):
            assert number(cell) == value
        # “1.234” alone is what the platform itself writes for one and a bit
        if group == "." and not part and 3 < len(whole) <= 6:
            return
        try:
            assert number(cell) == value
        except BadValue:
            assert cell.count("," if not is_wide else "，") == 1

    @given(st.text("0123456789.,' ¥元%-", max_size=12))
    def test_is_made_of_the_digits_that_stand_there(self, cell: str) -> None:
        try:
            found = number(cell)
        except BadValue:
            return
        digits = "".join(filter(str.isdigit, cell))
        assert "".join(filter(str.isdigit, f"{found:f}")).lstrip("0") == digits.lstrip("0")

    @given(st.one_of(st.integers(-(10**20), 10**20), st.floats(-1e15, 1e15, width=64)))
    def test_of_a_file_survives_as_json(self, value: int | float) -> None:
        cell = ExactNumber(f"{Decimal(repr(value)):f}")
        again = from_json(to_json(cell))
        assert Decimal(again) == Decimal(cell)
        assert isinstance(again, ExactNumber) or isinstance(to_json(cell), str)


class TestJson:
    def test_keeps_numbers_apart_from_texts(self) -> None:
        cells = [ExactNumber("12.1"), "12.1", ExactNumber("40"), "007", ""]
        kept = [to_json(cell) for cell in cells]
        assert kept == [12.1, "12.1", 40, "007", ""]
        again = [from_json(cell) for cell in kept]
        assert again == cells
        assert [type(cell) for cell in again] == [ExactNumber, str, ExactNumber, str, str]


class TestWholeNumber:
    @pytest.mark.parametrize(
        ("cell", "value"), [("1", 1), ("１００", 100), ("5.0", 5), (" 7 ", 7), ("1,234,567", 1234567), ("1 000", 1000)]
    )
    def test_reads(self, cell: str, value: int) -> None:
        assert whole_number(cell) == value

    @pytest.mark.parametrize(
        "cell", ["", "0", "-1", "1.5", "abc", "NaN", "Infinity", "1,000", "1e3", "1e15", "1e999999", "¥5", "5%"]
    )
    def test_refuses(self, cell: str) -> None:
        with pytest.raises(BadValue):
            whole_number(cell)

    def test_reads_what_an_integer_column_holds(self) -> None:
        assert whole_number("2147483647") == 2147483647
        with pytest.raises(BadValue, match="2147483647"):
            whole_number("2147483648")

    def test_reads_up_to_its_bound(self) -> None:
        assert whole_number_up_to(32767)("32767") == 32767
        with pytest.raises(BadValue, match="32767"):
            whole_number_up_to(32767)("32768")


class TestPrice:
    @pytest.mark.parametrize(
        ("cell", "value"),
        [
            ("8.72", "8.72"),
            ("８．７２", "8.72"),
            ("0.0001", "0.0001"),
            ("8", "8"),
            ("8,72", "8.72"),
            ("¥12.50", "12.50"),
            ("￥ 12.50", "12.50"),
            ("12.50元", "12.50"),
            ("12.50 元", "12.50"),
            ("RMB 12", "12"),
            ("cny12", "12"),
            ("人民币12元", "12"),
            ("¥1,234.50", "1234.50"),
        ],
    )
    def test_reads(self, cell: str, value: str) -> None:
        assert price(cell) == Decimal(value)

    @pytest.mark.parametrize(
        "cell",
        [
            "",
            "0",
            "-1",
            "¥-1",
            "0.00001",
            "1,234",
            "$8.72",
            "8.72元/盒",
            "8元7角",
            "8.72万元",
            "8.72%",
            "NaN",
            "-Infinity",
            "sNaN",
            "1000000000000",
            "1e12",
            "1e999999",
            "1.000000000000000000000000001",
        ],
    )
    def test_refuses(self, cell: str) -> None:
        with pytest.raises(BadValue):
            price(cell)


class TestShare:
    @pytest.mark.parametrize(
        ("cell", "value"),
        [
            ("5%", "0.05"),
            ("５％", "0.05"),
            ("12.5 %", "0.125"),
            ("0.05", "0.05"),
            ("0", "0"),
            ("1", "1"),
            ("100%", "1"),
        ],
    )
    def test_reads(self, cell: str, value: str) -> None:
        assert share(cell) == Decimal(value)

    @pytest.mark.parametrize("cell", ["", "5", "101%", "-1%", "5‰", "%", "5%%", "¥0.5"])
    def test_refuses(self, cell: str) -> None:
        with pytest.raises(BadValue):
            share(cell)


class TestDay:
    @pytest.mark.parametrize(
        "cell",
        [
            "2026-01-31",
            "2026/1/31",
            "2026.1.31",
            "2026年1月31日",
            "2026 年 1 月 31 日",
            "20260131",
            "2026-01-31 00:00:00",
            "2026-01-31T09:30",
            "２０２６-０１-３１",
            "２０２６－０１－３１",
            "31/01/2026",
            "31.1.2026",
            "1/31/2026",
        ],
    )
    def test_reads(self, cell: str) -> None:
        assert day(cell) == date(2026, 1, 31)

    @pytest.mark.parametrize(
        "cell",
        [
            "",
            "2026-02-30",
            "2026-13-01",
            "2026-31-01",
            "30/02/2026",
            "32/01/2026",
            "2026-1/31",
            "31/1-2026",
            "26-01-31",
            "31/01/26",
            "31012026",
            "2026013",
            "45000",
            "0026-01-31",
            "2026-01-31 25:00",
            "2026-01-31Z",
            "2026年1月",
            "今天",
        ],
    )
    def test_refuses(self, cell: str) -> None:
        with pytest.raises(BadValue):
            day(cell)

    def test_refuses_what_can_mean_two_days_and_says_which(self) -> None:
        with pytest.raises(BadValue, match=r"2026-01-02.*2026-02-01"):
            day("01/02/2026")
        assert day("02/02/2026") == date(2026, 2, 2)

    @pytest.mark.parametrize(
        ("order", "found"), [("dmy", date(2026, 2, 1)), ("mdy", date(2026, 1, 2)), ("ymd", None), ("auto", None)]
    )
    def test_reads_by_the_order_that_is_declared(self, order: DayOrder, found: date | None) -> None:
        with under(Formats(day_order=order)):
            assert day("2026-01-02") == date(2026, 1, 2)
            if found:
                assert day("01/02/2026") == found
            else:
                with pytest.raises(BadValue):
                    day("01/02/2026")

    @pytest.mark.parametrize(("order", "cell"), [("mdy", "31/01/2026"), ("dmy", "01/31/2026"), ("ymd", "31/01/2026")])
    def test_refuses_what_contradicts_the_declared_order(self, order: DayOrder, cell: str) -> None:
        with under(Formats(day_order=order)), pytest.raises(BadValue):
            day(cell)

    @pytest.mark.parametrize(
        ("form", "order"),
        [
            ("%Y-%m-%d", "ymd"),
            ("%Y%m%d", "ymd"),
            ("%Y年%m月%d日", "ymd"),
            ("%d.%m.%Y", "dmy"),
            ("%m/%d/%Y", "mdy"),
        ],
    )
    @given(written=st.dates(min_value=date(1900, 1, 1)))
    def test_reads_exactly_or_refuses_any_day(self, form: str, order: DayOrder, written: date) -> None:
        cell = written.strftime(form)
        with under(Formats(day_order=order)):
            assert day(cell) == written
        try:
            assert day(cell) == written
        except BadValue:
            assert written.day <= 12


class TestYesNo:
    @pytest.mark.parametrize("cell", ["yes", "YES", "y", "true", "TRUE", "1", "１", "是", "有"])
    def test_reads_yes(self, cell: str) -> None:
        assert yes_no(cell) is True

    @pytest.mark.parametrize("cell", ["no", "No", "N", "false", "FALSE", "0", "否", "无", ""])
    def test_reads_no(self, cell: str) -> None:
        assert yes_no(cell) is False

    @pytest.mark.parametrize("cell", ["maybe", "2", "是的", "-"])
    def test_refuses_what_is_neither(self, cell: str) -> None:
        with pytest.raises(BadValue):
            yes_no(cell)


class TestText:
    def test_is_not_empty_and_has_no_null_character(self) -> None:
        assert (text("甲"), optional_text("")) == ("甲", "")
        for reader, cell in ((text, ""), (text, "a\x00b"), (optional_text, "a\x00b")):
            with pytest.raises(BadValue):
                reader(cell)

    @pytest.mark.parametrize(
        "sign",
        [
            *("\x01", "\x08", "\x0b", "\x0c", "\x0e", "\x1f", "\x7f", "\x9f", "\ud800", "\udfff", "\ufffe", "\uffff"),
            *("\u202a", "\u202e", "\u2066", "\u2069"),
        ],
    )
    def test_has_no_sign_that_is_none_or_that_turns_names_around(self, sign: str) -> None:
        for reader in (text, optional_text, text_up_to(3), optional_text_up_to(3)):
            with pytest.raises(BadValue):
                reader(f"甲{sign}乙")

    @pytest.mark.parametrize("cell", ["甲\t乙", "甲\n乙", "甲\r\n乙", "甲\u00a0乙", "𠮷", "α-μ", "💊"])
    def test_may_have_lines_tabs_and_rare_characters(self, cell: str) -> None:
        assert text(cell) == cell

    def test_is_not_longer_than_it_may_be(self) -> None:
        assert (text_up_to(3)("阿莫西"), optional_text_up_to(3)("阿莫西"), optional_text_up_to(3)("")) == (
            "阿莫西",
            "阿莫西",
            "",
        )
        for reader in (text_up_to(3), optional_text_up_to(3)):
            with pytest.raises(BadValue, match="3"):
                reader("阿莫西林")

    def test_up_to_a_length_is_text_like_any_other(self) -> None:
        for reader, cell in ((text_up_to(3), ""), (text_up_to(3), "a\x00b"), (optional_text_up_to(3), "a\x00b")):
            with pytest.raises(BadValue):
                reader(cell)


class TestOneOf:
    def test_refuses_other_words(self) -> None:
        assert one_of("a", "b")("b") == "b"
        with pytest.raises(BadValue, match="a, b"):
            one_of("a", "b")("c")


class TestOptional:
    def test_reads_an_empty_cell_as_nothing_and_refuses_what_its_reader_refuses(self) -> None:
        assert (optional(price)(""), optional(price)("5")) == (None, Decimal(5))
        with pytest.raises(BadValue):
            optional(price)("0")
