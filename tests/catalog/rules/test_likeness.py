from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.forms import FORMS
from catalog.rules.likeness import KEY_LENGTH, Difference, differences, presentation_key

amounts = st.decimals(min_value="0.001", max_value="99999", places=3)
spellings = st.sampled_from([names for _family, names in FORMS]).flatmap(
    lambda names: st.tuples(st.sampled_from(names), st.sampled_from(names))
)


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


class TestPresentationKey:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("片剂", "0.25g"), ("片", "250mg")),
            (("片剂", "0.25g"), ("普通片", "２５０ｍｇ")),
            (("胶囊", "25mg"), ("胶囊剂", "25mg×20粒")),
            (("(盐酸盐)片剂", "10mg"), ("片剂", "10mg")),
            (("片剂", "0.25g(25万单位)"), ("片剂", "0.25g")),
            (("注射液", "1ml:10mg"), ("小水针", "10mg/ml,1ml")),
            (("注射液", "100mg/10ml"), ("注射液", "10ml:0.1g")),
            (("粉针", "80万IU"), ("注射用无菌粉末", "80万单位")),
            (("颗粒剂", "125mg:31.25mg(4:1)"), ("颗粒剂", "125mg+31.25mg")),
            (("片剂", "5mg/160mg"), ("片剂", "5mg+0.16g")),
            (("丸剂", "每20丸重3g"), ("丸剂", "每10丸重1.5g")),
            (("合剂", "每支装10ml"), ("合剂", "10ml")),
            (("片剂", " 未知 A"), ("片", "未知a")),
        ],
    )
    def test_is_equal_for_two_spellings_of_the_same(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        assert presentation_key(*one) == presentation_key(*other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("片剂", "0.25g"), ("片剂", "0.5g")),
            (("片剂", "0.25g"), ("分散片", "0.25g")),
            (("口服常释剂型", "0.25g"), ("口服常释剂型(不含分散片)", "0.25g")),
            (("注射液", "1ml:10mg"), ("注射液", "2ml:10mg")),
            (("注射液", "10mg"), ("注射液", "1ml:10mg")),
            (("片剂", "每片重0.25g"), ("片剂", "0.25g")),
            (("颗粒剂", "每袋装5g(相当于饮片15g)"), ("颗粒剂", "每袋装5g(相当于饮片30g)")),
            (("片剂", "氨氯地平5mg+阿托伐他汀10mg"), ("片剂", "氨氯地平10mg+阿托伐他汀5mg")),
            (("片剂", "5mg/10mg"), ("片剂", "10mg/5mg")),
            (("丸剂", "每丸重1.5g"), ("丸剂", "每10丸重1.5g")),
            (("合剂", "10ml"), ("合剂", "10ml(无糖型)")),
            (("吸入气雾剂", "100揿:每揿100μg"), ("吸入气雾剂", "200揿:每揿100μg")),
            (("乳膏剂", "1%(10g)"), ("乳膏剂", "1%")),
            (("凝胶剂", "10g:0.2g"), ("凝胶剂", "5g:0.2g")),
            (("注射液", ""), ("注射液", "10mg")),
        ],
    )
    def test_differs_for_different_things(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        assert presentation_key(*one) != presentation_key(*other)

    @given(spellings, amounts)
    def test_does_not_change_with_the_spelling(self, forms: tuple[str, str], amount: Decimal) -> None:
        one, other = forms
        expected = presentation_key(one, f"{amount}g")
        assert presentation_key(other, f"{amount * 1000}mg") == expected
        assert presentation_key(full_width(other), full_width(f" {amount} G ")) == expected
        assert presentation_key(other, f"{amount}g×24片/盒") == expected

    @given(st.sampled_from([names[0] for _family, names in FORMS]), amounts, amounts)
    def test_changes_with_the_content(self, form: str, one: Decimal, other: Decimal) -> None:
        same = presentation_key(form, f"{one}mg") == presentation_key(form, f"{other}mg")
        assert same == (one == other)

    @given(st.text(max_size=300), st.text(max_size=300))
    def test_reads_any_text_and_fits_its_column(self, form: str, strength: str) -> None:
        assert len(presentation_key(form, strength)) <= KEY_LENGTH

    def test_tells_long_texts_apart(self) -> None:
        assert presentation_key("片剂", "甲" * 300) != presentation_key("片剂", "甲" * 301)


class TestDifferences:
    def test_names_what_is_written_otherwise(self) -> None:
        assert differences(("(钾盐)片", "0.25g×24片"), ("片剂", "250mg")) == [
            Difference("form", "片", "片剂"),
            Difference("salt", "钾盐", ""),
            Difference("strength", "0.25g", "250mg"),
            Difference("pack", "0.25g×24片", ""),
        ]

    def test_finds_none_in_one_spelling(self) -> None:
        assert differences(("（钾盐）片剂", "0.25g"), ("(钾盐)片剂", "0.25g")) == []
