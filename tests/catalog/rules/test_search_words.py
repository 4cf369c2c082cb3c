"""One spelling of what people search for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.search_words import SearchWords, fold


class TestFold:
    @given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30), max_size=20))
    def test_is_the_same_whatever_stands_together(self, texts: Sequence[str]) -> None:
        once = [fold(text) for text in texts]
        assert [" ".join(fold(text).split()) for text in once] == [" ".join(text.split()) for text in once]

    def test_puts_a_blank_before_what_is_latin(self) -> None:
        assert fold("０.9%ＮａＣｌ注射液Ⅱ") == " 0. 9% nacl注射液 ii"


class TestSearchWords:
    @given(st.text())
    def test_are_few_and_hold_no_null(self, question: str) -> None:
        words = SearchWords.read(question).words
        assert len(words) <= 100 and not any("\x00" in word for word in words)

    @given(st.text(), st.text())
    def test_do_not_depend_on_their_width_or_size(self, one: str, other: str) -> None:
        wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in f"{one} {other}")
        assert SearchWords.read(wide[:100]) == SearchWords.read(f"{one} {other}"[:100])

    def test_escape_what_like_and_the_index_would_read(self) -> None:
        asked = SearchWords.read("a%_\\'b")
        assert asked.patterns == ["% a\\%\\_\\\\' b%"]
        assert asked.whole_codes == "'= a%_\\\\'' b'"

    def test_ask_the_index_for_pairs_and_beginnings(self) -> None:
        assert SearchWords.read("阿莫西 0.2 林").terms == "'阿莫' & '莫西' & '0':* & '2':* & '林':*"

    @pytest.mark.parametrize(
        ("question", "word"),
        [
            ("(01)06901234567892", " 06901234567892"),
            ("（01）06901234567892(17)271231(10)A1", " 06901234567892"),
            ("(01)0690", " 0690"),
            ("81234560000000000001", " 8123456"),
            ("８１２３４５６００００００００００００１", " 8123456"),
            ("8123456000000000001", " 8123456000000000001"),
            ("(02)06901234567892", "( 02) 06901234567892"),
        ],
    )
    def test_take_what_names_the_product_from_the_code_of_a_box(self, question: str, word: str) -> None:
        assert SearchWords.read(question).words == (word,)
