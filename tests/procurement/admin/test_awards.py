"""Deciding a lot on its page."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from procurement.admin.awards import in_turn
from procurement.models import Award, AwardArea, Lot, LotArea
from procurement.states import LotStatus
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.procurement.admin.pages import action_of, client_of, get, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def lot(cast: Cast) -> Lot:
    """The supplier is proposed; the rival is ranked second."""
    cache.clear()
    return factories.tender_with_candidates(cast).lots.get()


def choice(lot: Lot, bid: int, **changed: Any) -> dict[str, Any]:
    return {
        "version": lot.version,
        "winners": [bid],
        f"area_{HENAN}": bid,
        f"area_{HUBEI}": bid,
        "reason": "",
    } | changed


class TestRanking:
    def test_shows_the_prices_the_marks_and_every_step(self, cast: Cast, lot: Lot) -> None:
        page = get(client_of(cast.officer), page_of(lot))
        for words in ("华夏制药有限公司", "长江制药有限公司", "¥6.00", "¥0.25", "¥0.36", "proposed"):
            assert words in page
        assert "6.0000 ÷ 24 ÷ 1.000000" in page

    def test_says_why_a_bid_was_set_aside(self, cast: Cast) -> None:
        plan = factories.lot_plan(factories.presentation("布洛芬"), ceiling="0.2600")
        lot = factories.tender_with_candidates(cast, [plan]).lots.get()
        assert "set aside: above the ceiling" in get(client_of(cast.officer), page_of(lot))


class TestAward:
    def test_is_filled_in_as_proposed_and_fixes_the_price(self, cast: Cast, lot: Lot) -> None:
        client = client_of(cast.second_officer)
        bid = factories.bid_of(lot, cast.supplier).pk
        page = get(client, action_of(lot, "award"))
        assert f'name="winners" value="{bid}" aria-label="华夏制药有限公司" checked' in page
        assert page.count(f'<option value="{bid}" selected>') == 2
        page = post(client, action_of(lot, "award"), **choice(lot, bid))
        lot.refresh_from_db()
        assert "Lot 1 is awarded." in page
        assert lot.status == LotStatus.AWARDED
        assert set(AwardArea.objects.values_list("province_id", "award__bid")) == {(HENAN, bid), (HUBEI, bid)}

    def test_is_refused_to_whoever_published(self, cast: Cast, lot: Lot) -> None:
        client = client_of(cast.officer)
        words = "who published the tender does not award its lots"
        assert words in get(client, page_of(lot))
        page = post(client, action_of(lot, "award"), **choice(lot, factories.bid_of(lot, cast.supplier).pk))
        assert words in page
        assert not Award.objects.exists()

    def test_of_another_bid_than_proposed_needs_a_reason(self, cast: Cast, lot: Lot) -> None:
        client = client_of(cast.second_officer)
        other = choice(lot, factories.bid_of(lot, cast.rival).pk)
        page = post(client, action_of(lot, "award"), **other)
        assert "say why" in page
        assert not Award.objects.exists()
        # what was chosen is still there
        assert f'value="{other["winners"][0]}" aria-label="长江制药有限公司" checked' in page
        post(client, action_of(lot, "award"), **other | {"reason": "生产资质被暂停"})
        lot.refresh_from_db()
        assert (lot.status, lot.decision_reason) == (LotStatus.AWARDED, "生产资质被暂停")

    def test_of_a_lot_that_changed_meanwhile_is_refused(self, cast: Cast, lot: Lot) -> None:
        values = choice(lot, factories.bid_of(lot, cast.supplier).pk, version=lot.version - 1)
        assert "This was changed meanwhile" in post(client_of(cast.second_officer), action_of(lot, "award"), **values)
        assert not Award.objects.exists()

    def test_gives_an_area_only_to_a_winner_that_is_ticked(self, cast: Cast, lot: Lot) -> None:
        rival = factories.bid_of(lot, cast.rival).pk
        values = choice(lot, factories.bid_of(lot, cast.supplier).pk, **{f"area_{HUBEI}": rival})
        page = post(client_of(cast.second_officer), action_of(lot, "award"), **values)
        assert "This bid is not among the winners that are ticked." in page
        assert not Award.objects.exists()

    def test_leaves_no_area_out(self, cast: Cast, lot: Lot) -> None:
        values = choice(lot, factories.bid_of(lot, cast.supplier).pk, **{f"area_{HUBEI}": ""})
        page = post(client_of(cast.second_officer), action_of(lot, "award"), **values)
        assert f"left out {HUBEI}" in page

    def test_shares_the_areas_out_anew_without_deciding(self, cast: Cast, lot: Lot) -> None:
        bids = [factories.bid_of(lot, actor).pk for actor in (cast.supplier, cast.rival)]
        values = choice(lot, bids[0], winners=bids, _redistribute="1", reason="kept")
        page = post(client_of(cast.second_officer), action_of(lot, "award"), **values)
        assert [page.count(f'<option value="{bid}" selected>') for bid in bids] == [1, 1]
        assert "kept" in page
        assert not Award.objects.exists()

    @pytest.mark.parametrize("name", ["supervisor", "foreign_officer"])
    def test_is_for_the_agencys_officers(self, cast: Cast, lot: Lot, name: str) -> None:
        client = client_of(getattr(cast, name))
        assert client.get(action_of(lot, "award")).status_code == 403
        values = choice(lot, factories.bid_of(lot, cast.supplier).pk)
        assert client.post(action_of(lot, "award"), values).status_code == 403
        assert not Award.objects.exists()


class TestFail:
    def test_needs_a_reason(self, cast: Cast, lot: Lot) -> None:
        client = client_of(cast.second_officer)
        assert "say why" in post(client, action_of(lot, "fail"), reason="  ")
        assert "is declared failed" in post(client, action_of(lot, "fail"), reason="串通投标")
        lot.refresh_from_db()
        assert (lot.status, lot.decision_reason) == (LotStatus.FAILED, "串通投标")

    def test_is_refused_to_whoever_published(self, cast: Cast, lot: Lot) -> None:
        post(client_of(cast.officer), action_of(lot, "fail"), reason="串通投标")
        lot.refresh_from_db()
        assert lot.status == LotStatus.PROPOSED


class TestInTurn:
    def test_gives_the_largest_area_to_the_lowest_price_and_goes_round(self) -> None:
        areas = [LotArea(province_id=str(code), quantity=code * 10) for code in (1, 2, 3, 4, 5)]
        assert in_turn(areas, [7, 8]) == {"5": 7, "4": 8, "3": 7, "2": 8, "1": 7}

    def test_gives_nothing_where_nobody_won(self) -> None:
        assert in_turn([LotArea(province_id="1", quantity=1)], []) == {}
