from __future__ import annotations

import pytest

from procurement.rules.licence_scopes import scopes_wanted


class TestScopesWanted:
    @pytest.mark.parametrize(
        ("number", "scopes"),
        [
            ("国药准字H20193001", {"chemical"}),
            ("国药准字HJ20200001", {"chemical"}),
            ("国药准字Z20193001", {"traditional"}),
            ("国药准字S20193001", {"biological"}),
            ("H20160001", {"chemical"}),
            ("SC20160001", {"biological"}),
            # the letters of repacked imports, diagnostics and excipients do not say what the medicine is
            ("国药准字J20160001", set()),
            ("国药准字T20160001", set()),
            ("国药准字F20160001", set()),
            ("", set()),
        ],
    )
    def test_reads_the_letter_of_the_approval_number(self, number: str, scopes: set[str]) -> None:
        assert scopes_wanted([number]) == scopes

    def test_names_each_kind_that_the_firm_makes(self) -> None:
        assert scopes_wanted(["国药准字H20193001", "国药准字S20193001", ""]) == {"chemical", "biological"}

    def test_knows_a_chinese_patent_medicine_without_its_number(self) -> None:
        assert scopes_wanted(["国药准字H20193001"], is_traditional=True) == {"traditional"}
        assert scopes_wanted([]) == set()
