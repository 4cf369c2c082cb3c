from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.packs import Pack, UnreadablePack, read_pack, split_pack_from_strength


class TestReadPack:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("25mg×20片", Pack(20, "片", "", "25mg")),
            ("20片", Pack(20, "片", "", "")),
            ("12片×2板/盒", Pack(24, "片", "盒", "")),
            ("2板×12片/盒", Pack(24, "片", "盒", "")),
            ("12片/板×2板/盒", Pack(24, "片", "盒", "")),
            ("0.25g*24粒/盒", Pack(24, "粒", "盒", "0.25g")),
            ("0.25gX24粒", Pack(24, "粒", "", "0.25g")),
            ("10ml×6支", Pack(6, "支", "", "10ml")),
            ("0.5g×12片×2板/盒", Pack(24, "片", "盒", "0.5g")),
            ("100片/瓶", Pack(100, "片", "瓶", "")),
            ("６支／盒", Pack(6, "支", "盒", "")),
            ("24", Pack(24, "", "", "")),
            ("7cm×10cm×2贴", Pack(2, "贴", "", "7cm×10cm")),
            ("5mg/160mg×7片/盒", Pack(7, "片", "盒", "5mg/160mg")),
        ],
    )
    def test_reads(self, text: str, expected: Pack) -> None:
        assert read_pack(text) == expected

    @pytest.mark.parametrize(
        "text", ["", "×", "0片", "1.5片", "0.25g", "10ml", "2ml:10mg/支", "7cm×10cm", "片", "0.25g×", "-3片", "20片×"]
    )
    def test_refuses_what_names_no_number_of_units_in_words(self, text: str) -> None:
        with pytest.raises(UnreadablePack) as refusal:
            read_pack(text)
        assert f"“{text}”" in str(refusal.value)
        assert "20片" in str(refusal.value)

    @given(
        st.integers(1, 10_000),
        st.sampled_from(["片", "粒", "支", ""]),
        st.sampled_from(["盒", "瓶", ""]),
        st.sampled_from(["0.25g", "每丸重9g", "2ml:10mg", ""]),
    )
    def test_reads_a_pack_from_its_words(self, quantity: int, unit: str, container: str, strength: str) -> None:
        pack = Pack(quantity, unit, container, strength)
        assert read_pack(pack.in_words) == pack


class TestSplitPackFromStrength:
    def test_takes_the_pack_off(self) -> None:
        assert split_pack_from_strength("25mg×20片") == ("25mg", Pack(20, "片", "", "25mg"))

    def test_leaves_nothing_of_a_pack_alone(self) -> None:
        assert split_pack_from_strength("20片") == ("", Pack(20, "片", "", ""))

    @pytest.mark.parametrize("text", ["25mg", "7cm×10cm", "2ml:10mg", "复方", "24", ""])
    def test_leaves_a_strength_without_a_pack_as_it_is(self, text: str) -> None:
        assert split_pack_from_strength(text) == (text, None)
