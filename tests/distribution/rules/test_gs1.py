from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from catalog.rules.months import months_after
from distribution.rules.gs1 import ElementString, UnreadableElementString, parse_element_string

TODAY = date(2026, 7, 1)
PACK = ElementString(gtin="06901234567892", lot="A1", expires_on=date(2027, 6, 30), serial="XYZ")
GS = "\x1d"

gtins = st.from_regex(r"[0-9]{13}", fullmatch=True).map(lambda body: body + ean.calc_check_digit(body))
# Brackets are signs of GS1, but in the printed form nobody can tell them from those of an identifier.
texts = st.from_regex(r"[!\"%&'*+,\-./0-9:;<=>?A-Z_a-z]{1,20}", fullmatch=True)
days = st.dates(TODAY - timedelta(days=49 * 365), TODAY + timedelta(days=49 * 365))


class TestParse:
    @pytest.mark.parametrize(
        "text",
        [
            "(01)06901234567892(10)A1(17)270630(21)XYZ",
            "(21)XYZ (17)270600 (10)A1 (01)06901234567892",
            "（01）06901234567892（10）A1（17）270600（21）XYZ",
            f"010690123456789210A1{GS}1727063021XYZ",
            f"01069012345678921727063010A1{GS}21XYZ",
            f"]d2010690123456789210A1{GS}1727060021XYZ\r\n",
            f"]C1{GS}010690123456789210A1{GS}1727063021XYZ",
            f"]Q30106901234567892{GS}17270630{GS}10A1{GS}21XYZ{GS}",
        ],
    )
    def test_reads_what_is_printed_and_what_scanners_send(self, text: str) -> None:
        assert parse_element_string(text, today=TODAY) == PACK

    @pytest.mark.parametrize(
        "before",
        [
            "00006141411234567890",
            "0200614141123452",
            "11260101",
            "13260102",
            "15270101",
            f"3010{GS}",
            f"37100{GS}",
            "3103001250",
            "4106141411234567",
            f"240AB-1{GS}",
            f"25361414112345671{GS}",
            f"4331000250-{GS}",
            f"99own{GS}",
        ],
    )
    def test_passes_over_other_elements(self, before: str) -> None:
        read = parse_element_string(f"{before}0106901234567892", today=TODAY)
        assert (read.gtin, read.lot, read.serial) == ("06901234567892", None, None)

    def test_reads_the_day_of_making(self) -> None:
        assert parse_element_string("(11)250615", today=TODAY) == ElementString(made_on=date(2025, 6, 15))

    @given(gtin=gtins, lot=texts, serial=texts, expires_on=days)
    def test_reads_both_forms_of_any_pack_alike(self, gtin: str, lot: str, serial: str, expires_on: date) -> None:
        day = f"{expires_on:%y%m%d}"
        expected = ElementString(gtin=gtin, lot=lot, expires_on=expires_on, serial=serial)
        assert parse_element_string(f"(01){gtin}(10){lot}(17){day}(21){serial}", today=TODAY) == expected
        assert parse_element_string(f"]d201{gtin}10{lot}{GS}17{day}21{serial}", today=TODAY) == expected

    @given(text=st.text(alphabet=st.sampled_from("0123456789AZ()]dC%\x1d "), max_size=40))
    def test_refuses_what_it_cannot_read_in_one_way_only(self, text: str) -> None:
        try:
            parse_element_string(text, today=TODAY)
        except UnreadableElementString as refusal:
            assert refusal.problem

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "it is empty"),
            ("(01)06901234567893", "ends with 3, reckoned it would be 2"),
            ("(01)6901234567892", "there should be 14 digits"),
            ("0106901234", "there should be 14 digits"),
            ("(10)A1(17)27O630", "there should be 6 digits, and there is “27O630”"),
            ("(17)271330", "“271330” after (17) is no day"),
            ("(17)270631", "is no day"),
            (f"10{'A' * 21}", "at most 20 characters"),
            ("(10)批号1", "letters, digits and signs of GS1"),
            ("(10)(21)XYZ", "letters, digits and signs of GS1, and there is “”"),
            ("(10)A1(10)A2", "states (10) twice, as “A1” and as “A2”"),
            ("(05)123", "“05” does not begin with an application identifier"),
            ("(0106)901234567892", "“0106” does not begin with"),
            ("]C00106901234567892", "“]C00106901234567892” does not begin with"),
            ("06901234567892(10)A1", "does not begin with"),
            (f"0106901234567892{GS}{GS}10A1", "“␝10A1” does not begin with"),
        ],
    )
    def test_refuses_a_code_and_says_why(self, text: str, words: str) -> None:
        with pytest.raises(UnreadableElementString) as refusal:
            parse_element_string(text, today=TODAY)
        assert words in refusal.value.problem


class TestDays:
    @pytest.mark.parametrize(
        ("written", "last"),
        [("280200", date(2028, 2, 29)), ("270200", date(2027, 2, 28)), ("261200", date(2026, 12, 31))],
    )
    def test_without_a_day_are_the_last_of_the_month(self, written: str, last: date) -> None:
        assert parse_element_string(f"(17){written}", today=TODAY).expires_on == last

    @pytest.mark.parametrize(
        ("today", "written", "year"),
        [
            (2026, "76", 2076),
            (2026, "77", 1977),
            (2026, "99", 1999),
            (2060, "10", 2110),
            (2060, "11", 2011),
            (1999, "49", 2049),
            (1999, "50", 1950),
        ],
    )
    def test_have_the_year_nearest_to_today(self, today: int, written: str, year: int) -> None:
        assert parse_element_string(f"(17){written}0115", today=date(today, 7, 1)).expires_on == date(year, 1, 15)

    @given(today=st.dates(date(1990, 1, 1), date(2150, 1, 1)), months=st.integers(-48 * 12, 49 * 12))
    def test_within_the_window_are_read_as_they_were_written(self, today: date, months: int) -> None:
        day = months_after(today, months)
        assert parse_element_string(f"(17){day:%y%m%d}", today=today).expires_on == day
