from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from distribution.rules.distributor_licences import Goods, is_licensed, lacking_scopes

CHEMICAL = Goods("国药准字H20000001", is_traditional=False, is_controlled=False, storage="room")


class TestLackingScopes:
    @pytest.mark.parametrize(
        ("changed", "scopes", "lacking"),
        [
            ({}, {"chemical"}, set()),
            ({}, {"biological"}, {"chemical"}),
            ({}, set(), {"chemical"}),
            ({}, None, set()),
            ({"is_traditional": True}, {"chemical"}, {"traditional"}),
            ({"approval_number": ""}, {"biological"}, set()),
            ({"storage": "cold"}, {"chemical"}, {"cold_chain"}),
            ({"storage": "frozen"}, {"chemical", "cold_chain"}, set()),
            # nobody is held capable of the cold chain without a licence that says so
            ({"storage": "cold"}, None, {"cold_chain"}),
            ({"storage": "cool"}, {"chemical"}, set()),
            ({"is_controlled": True}, {"chemical"}, {"controlled"}),
            ({"is_controlled": True, "storage": "cold"}, {"biological"}, {"chemical", "controlled", "cold_chain"}),
        ],
    )
    def test_are_what_the_goods_need_and_the_licences_do_not_have(
        self, changed: dict[str, Any], scopes: set[str] | None, lacking: set[str]
    ) -> None:
        goods = replace(CHEMICAL, **changed)
        assert lacking_scopes(goods, scopes) == lacking
        assert is_licensed(goods, scopes) is (not lacking)

    def test_may_be_none_of_unknown_goods_and_yet_a_lapsed_licence_covers_nothing(self) -> None:
        unknown = replace(CHEMICAL, approval_number="")
        assert lacking_scopes(unknown, set()) == set()
        assert not is_licensed(unknown, set())
