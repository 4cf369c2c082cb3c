"""Screening opened bids: flags with figures for the supervisor, raised once however often it is done."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.accounts.models import Ownership
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from procurement.errors import FlagReviewed, TextMissing
from procurement.models import Bid, ScreenFlag, Tender
from procurement.rules.screens.flags import Kind
from procurement.services.evaluations import evaluate_tender
from procurement.services.openings import open_tender
from procurement.services.screens import review_flag, screen_tender
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, ago

pytestmark = pytest.mark.usefixtures("rule_sets")


def screened(tender: Tender, cast: Cast) -> dict[str, ScreenFlag]:
    """The flags that wait for a review, by kind."""
    return {flag.kind: flag for flag in screen_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)}


@pytest.fixture
def tender(cast: Cast) -> Tender:
    """Evaluated: 6.00 against 7.20 for a pack of 24; both bids were sealed on one machine."""
    tender = factories.opened_tender(cast)
    Bid.objects.filter(lot__tender=tender).update(machine="a" * 64)
    evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
    return tender


class TestScreenTender:
    def test_finds_nothing_in_bids_that_share_nothing(self, cast: Cast) -> None:
        assert screened(factories.evaluated_tender(cast), cast) == {}

    def test_finds_bids_from_one_machine(self, cast: Cast, tender: Tender) -> None:
        flag = screened(tender, cast)[Kind.SAME_MACHINE]
        assert flag.figures == {"trace": "a" * 64} and flag.lot is None
        assert {bid.supplier for bid in flag.bids.all()} == {cast.supplier_firm, cast.rival_firm}

    def test_finds_identical_prices(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, at=ago(days=30), deadline_at=ago(hours=1))
        lot = tender.lots.select_related("tender", "presentation").get()
        for actor in (cast.supplier, cast.rival):
            factories.bid(lot, actor, "6.00")
        factories.release(tender, cast.officer, cast.second_officer)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        flag = screened(tender, cast)[Kind.IDENTICAL_PRICES]
        assert flag.lot == lot and flag.figures["price"] == "0.2500" and flag.bids.count() == 2

    @pytest.mark.parametrize("holder", ["张三", "华夏制药有限公司", "SUPPLIER"])
    def test_finds_an_owner_of_both_or_a_bidder_that_owns_the_other(
        self, cast: Cast, tender: Tender, holder: str
    ) -> None:
        Ownership.objects.create(
            organization=cast.rival_firm, tie=Ownership.Tie.OWNER, holder=holder, share=Decimal("0.51")
        )
        if holder == "张三":
            Ownership.objects.create(
                organization=cast.supplier_firm, tie=Ownership.Tie.OWNER, holder=holder, share=Decimal("0.3")
            )
        flag = screened(tender, cast)[Kind.COMMON_OWNER]
        assert flag.figures["lots"] == "1" and flag.bids.count() == 2

    def test_finds_one_legal_representative(self, cast: Cast, tender: Tender) -> None:
        for firm in (cast.supplier_firm, cast.rival_firm):
            Ownership.objects.create(organization=firm, tie=Ownership.Tie.REPRESENTATIVE, holder="李四")
        assert Kind.COMMON_REPRESENTATIVE in screened(tender, cast)

    def test_finds_those_who_win_in_turn(self, cast: Cast) -> None:
        for number in range(5):
            # no supplier has two prices at a time: one term after the other
            at = ago(days=4000 - 765 * number)
            before = factories.tender_with_candidates(cast, at=at)
            winner = cast.supplier if number % 2 else cast.rival
            factories.award(before.lots.get(), cast, winner=winner, reason="更适宜", at=at)
        flag = screened(factories.evaluated_tender(cast), cast)[Kind.ROTATION]
        assert flag.figures["winners"] == " → ".join(["RIVAL", "SUPPLIER"] * 3)
        assert flag.figures["group"] == "阿莫西林 胶囊 0.25g" and flag.bids.count() == 2

    def test_done_twice_raises_nothing_twice(self, cast: Cast, tender: Tender) -> None:
        first, second = screened(tender, cast), screened(tender, cast)
        assert [flag.pk for flag in first.values()] == [flag.pk for flag in second.values()]
        assert Event.objects.filter(action="tender.screen").count() == 1

    def test_drops_what_is_found_no_more_unless_it_was_reviewed(self, cast: Cast, tender: Tender) -> None:
        Bid.objects.filter(lot__tender=tender).update(network_address="10.0.0.1")
        reviewed = screened(tender, cast)[Kind.SAME_MACHINE]
        review_flag(flag_id=reviewed.pk, note="同一代理机构的电脑", actor=cast.supervisor, at=NOW)
        Bid.objects.filter(lot__tender=tender, supplier=cast.rival_firm).update(machine="", network_address=None)
        assert screened(tender, cast) == {}
        assert list(ScreenFlag.objects.all()) == [reviewed]

    def test_does_not_raise_again_what_was_reviewed(self, cast: Cast, tender: Tender) -> None:
        flag = screened(tender, cast)[Kind.SAME_MACHINE]
        review_flag(flag_id=flag.pk, note="已核实", actor=cast.supervisor, at=NOW)
        assert screened(tender, cast) == {} and ScreenFlag.objects.count() == 1

    def test_is_not_done_by_an_officer_of_another_agency(self, cast: Cast, tender: Tender) -> None:
        with pytest.raises(NotAllowed):
            screen_tender(tender_id=tender.pk, actor=cast.foreign_officer, at=NOW)

    def test_costs_the_same_for_one_lot_as_for_many(self, cast: Cast) -> None:
        counts = []
        for medicines in (["甲"], ["乙", "丙", "丁"]):
            items = [factories.presentation(name) for name in medicines]
            for item in items:
                factories.guide_price(item)
            plans = [factories.lot_plan(item, number) for number, item in enumerate(items, start=1)]
            tender = factories.evaluated_tender(cast, plans)
            Bid.objects.filter(lot__tender=tender).update(machine="b" * 64)
            with CaptureQueriesContext(connection) as queries:
                assert len(screened(tender, cast)) == 1
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestVisibility:
    @pytest.mark.parametrize(
        ("who", "sees"),
        [
            *((name, True) for name in ("supervisor", "officer", "second_officer", "platform")),
            *((name, False) for name in ("foreign_officer", "supplier", "rival", "buyer", "visitor")),
        ],
    )
    def test_is_the_supervisors_and_the_agencys(self, cast: Cast, tender: Tender, who: str, sees: bool) -> None:
        screened(tender, cast)
        assert ScreenFlag.objects.visible_to(getattr(cast, who)).exists() == sees


class TestReviewFlag:
    @pytest.fixture
    def flag(self, cast: Cast, tender: Tender) -> ScreenFlag:
        return screened(tender, cast)[Kind.SAME_MACHINE]

    def review(self, flag: ScreenFlag, actor: Actor, note: str = "已核实") -> ScreenFlag:
        return review_flag(flag_id=flag.pk, note=note, actor=actor, at=NOW)

    def test_writes_down_who_made_what_of_it(self, cast: Cast, flag: ScreenFlag) -> None:
        reviewed = self.review(flag, cast.supervisor)
        assert (reviewed.note, reviewed.reviewed_at, reviewed.reviewed_by_id) == (
            "已核实",
            NOW,
            cast.supervisor.user_id,
        )
        assert Event.objects.filter(action="screen_flag.review", subject_id=flag.pk).count() == 1

    def test_is_a_supervisors(self, cast: Cast, flag: ScreenFlag) -> None:
        with pytest.raises(NotAllowed):
            self.review(flag, cast.officer)
        with pytest.raises(NotVisible):
            self.review(flag, cast.foreign_officer)

    def test_needs_words(self, cast: Cast, flag: ScreenFlag) -> None:
        with pytest.raises(TextMissing):
            self.review(flag, cast.supervisor, " ")

    def test_is_done_once(self, cast: Cast, flag: ScreenFlag) -> None:
        self.review(flag, cast.supervisor)
        with pytest.raises(FlagReviewed):
            self.review(flag, cast.supervisor, "另一说法")
