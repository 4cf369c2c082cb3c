"""What bidders are told: each of what concerns it, once, and nobody of what is still secret."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.foundation.journal.models import Delivery
from procurement.models import EvaluationLine, Explanation, Notice, Tender
from procurement.services.amendments import propose_amendment, publish_amendment
from procurement.services.notices import send_notices
from procurement.services.replacements import revoke_award
from procurement.services.tenders import cancel_tender
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, ahead
from tests.factories.procedures import direct_listing, listed_offer, listing_offer

pytestmark = pytest.mark.usefixtures("rule_sets")


def told(tender: Tender) -> set[tuple[str, str]]:
    """Who has been told what, after two runs."""
    for _ in range(2):
        send_notices(tender_id=tender.pk, at=NOW)
    rows = Notice.objects.filter(tender=tender).values_list("organization__code", "kind")
    assert len(rows) == len(set(rows))
    return set(rows)


def amended(cast: Cast) -> Tender:
    tender = factories.published_tender(cast)
    lot = tender.lots.select_related("tender", "presentation").get()
    factories.bid(lot, cast.supplier, at=NOW)
    amendment = propose_amendment(
        tender_number=tender.number,
        text="延长",
        deadline_at=ahead(days=40),
        affects_preparation=False,
        actor=cast.officer,
        at=NOW,
    )
    publish_amendment(amendment_id=amendment.pk, actor=cast.second_officer, at=NOW)
    lot.tender.refresh_from_db()
    factories.bid(lot, cast.rival, at=ahead(days=1))
    return tender


def cancelled(cast: Cast) -> Tender:
    tender = amended(cast)
    cancel_tender(number=tender.number, reason="需求有变", actor=cast.officer, at=NOW)
    return tender


def replaced(cast: Cast) -> Tender:
    tender = factories.awarded_tender(cast)
    won = factories.bid_of(tender.lots.get(), cast.supplier)
    revoke_award(bid_id=won.pk, reason="无法供货", actor=cast.second_officer, at=NOW)
    return tender


def asked_to_explain(cast: Cast) -> Tender:
    tender = factories.evaluated_tender(cast)
    line = EvaluationLine.objects.get(bid__lot__tender=tender, rank=1)
    Explanation.objects.create(bid=line.bid, figures={"mean": "0.30"}, asked_at=NOW, due_at=ahead(days=2))
    return tender


class TestSendNotices:
    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            (factories.tender_with_bids, set()),
            (factories.opened_tender, set()),
            (factories.evaluated_tender, set()),
            (amended, {("SUPPLIER", "amended")}),
            (cancelled, {("SUPPLIER", "amended"), ("SUPPLIER", "cancelled"), ("RIVAL", "cancelled")}),
            (asked_to_explain, {("SUPPLIER", "explain")}),
            (factories.tender_with_candidates, {("SUPPLIER", "candidate")}),
            (
                factories.awarded_tender,
                {("SUPPLIER", "candidate"), ("SUPPLIER", "awarded"), ("RIVAL", "not_awarded")},
            ),
            (
                replaced,
                {
                    *(("SUPPLIER", kind) for kind in ("candidate", "awarded", "not_awarded")),
                    *(("RIVAL", kind) for kind in ("awarded",)),
                },
            ),
        ],
        ids=lambda value: getattr(value, "__name__", ""),
    )
    def test_tells_each_what_concerns_it(
        self, cast: Cast, state: Callable[[Cast], Tender], expected: set[tuple[str, str]]
    ) -> None:
        assert told(state(cast)) == expected

    def test_tells_who_is_on_the_shortlist_and_who_is_not(self, cast: Cast) -> None:
        kinds = {kind for _who, kind in told(factories.tender_with_published_shortlist(cast))}
        assert kinds == {"shortlisted", "not_shortlisted"}

    def test_tells_the_invited_of_a_cancellation(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, invited=[cast.rival_firm])
        cancel_tender(number=tender.number, reason="需求有变", actor=cast.officer, at=NOW)
        assert told(tender) == {("RIVAL", "cancelled")}

    @pytest.mark.parametrize(
        "state", [cancelled, asked_to_explain, replaced, factories.tender_with_published_shortlist]
    )
    def test_makes_nothing_anew_of_what_was_sent(self, cast: Cast, state: Callable[[Cast], Tender]) -> None:
        tender = state(cast)
        assert send_notices(tender_id=tender.pk, at=NOW) == Notice.objects.filter(tender=tender).count() > 0
        assert send_notices(tender_id=tender.pk, at=NOW) == 0

    def test_tells_a_firm_that_its_offer_is_listed_and_nobody_of_one_that_waits(self, cast: Cast) -> None:
        tender = direct_listing(cast)
        listed_offer(cast, tender, cast.supplier)
        listing_offer(tender, cast.rival, "7.00")
        assert told(tender) == {("SUPPLIER", "awarded")}
        assert Delivery.objects.filter(subscriber="procurement.send_notices").count() == 1

    def test_asks_as_often_for_many_bids_as_for_one(self, cast: Cast) -> None:
        counts = []
        for medicines in (["甲"], ["乙", "丙", "丁"]):
            items = [factories.presentation(name) for name in medicines]
            for item in items:
                factories.guide_price(item)
            plans = [factories.lot_plan(item, number) for number, item in enumerate(items, start=1)]
            tender = factories.awarded_tender(cast, plans)
            with CaptureQueriesContext(connection) as queries:
                assert send_notices(tender_id=tender.pk, at=NOW) == 3 * len(medicines)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestVisibility:
    @pytest.mark.parametrize(
        ("who", "kinds"),
        [
            ("supplier", {"amended", "cancelled"}),
            ("rival", {"cancelled"}),
            # it would tell them who has bid
            *((name, set()) for name in ("officer", "supervisor", "foreign_officer", "visitor", "buyer")),
        ],
    )
    def test_keeps_from_officials_who_has_bid(self, cast: Cast, who: str, kinds: set[str]) -> None:
        told(cancelled(cast))
        visible = Notice.objects.visible_to(getattr(cast, who))
        assert set(visible.values_list("kind", flat=True)) == kinds

    @pytest.mark.parametrize(("who", "count"), [("officer", 3), ("supervisor", 3), ("supplier", 2), ("rival", 1)])
    def test_shows_officials_what_follows_the_opening(self, cast: Cast, who: str, count: int) -> None:
        told(factories.awarded_tender(cast))
        assert Notice.objects.visible_to(getattr(cast, who)).count() == count
