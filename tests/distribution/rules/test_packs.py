from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.packs import Rounded, packs_for

quantities = st.integers(0, 10**6)
pack_sizes = st.integers(1, 1000)


class TestPacksFor:
    @pytest.mark.parametrize(
        ("units", "pack", "expected"),
        [
            (0, 24, Rounded(0, 0, 0)),
            (1, 24, Rounded(1, 24, 23)),
            (24, 24, Rounded(1, 24, 0)),
            (25, 24, Rounded(2, 48, 23)),
            (7, 1, Rounded(7, 7, 0)),
        ],
    )
    def test_rounds_up_and_says_by_how_much(self, units: int, pack: int, expected: Rounded) -> None:
        assert packs_for(units, pack) == expected

    @pytest.mark.parametrize(("units", "pack"), [(-1, 24), (1, 0)])
    def test_refuses_what_no_pack_can_hold(self, units: int, pack: int) -> None:
        with pytest.raises(ValueError, match="units are not negative"):
            packs_for(units, pack)

    @given(quantities, pack_sizes)
    def test_gives_the_fewest_packs_that_hold_the_units(self, units: int, pack: int) -> None:
        rounded = packs_for(units, pack)
        assert rounded.units == rounded.packs * pack == units + rounded.added
        assert 0 <= rounded.added < pack
