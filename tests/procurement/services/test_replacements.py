from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from catalog.errors import PriceAlreadyFixed
from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import GuidePrice, ProcurementPrice, Product
from catalog.services.adjustments import approve_adjustment
from catalog.states import PriceSource
from procurement.errors import NoPriceAgreed, ReasonMissing
from procurement.models import Agreement, AgreementLine, Award, AwardArea, Bid, EvaluationLine, Lot, VolumeEntry
from procurement.queries.awards import areas_without_supplier
from procurement.services.agreements import change_agreement, conclude_agreements, replace_lines
from procurement.services.awards import Winner, award_lot
from procurement.services.negotiations import agree
from procurement.services.replacements import passed_over, revoke_award
from procurement.services.volumes import take_volume
from procurement.states import BidStatus, Procedure, SupplyRole
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW
from tests.factories.procedures import evaluated_lot, negotiation, negotiation_round
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")

BOTH = (HENAN, HUBEI)
LATER = NOW + timedelta(days=5)


@pytest.fixture
def third(cast: Cast) -> Actor:
    return factories.firm("黄河制药有限公司")


@pytest.fixture
def lot(cast: Cast) -> Lot:
    """Awarded to the supplier at 6.00; the rival came second at 7.20."""
    lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
    return factories.award(lot, cast)


def revoke(lot: Lot, cast: Cast, firm: Actor | None = None, **changed: Any) -> Award | None:
    bid = factories.bid_of(lot, firm or cast.supplier)
    options = {"reason": "企业声明不能供应", "actor": cast.second_officer, "at": LATER} | changed
    return revoke_award(bid_id=bid.pk, **options)


def period_of(lot: Lot) -> DateRange:
    return DateRange(lot.tender.supply_from, lot.tender.supply_until)


def supplying(role: SupplyRole = SupplyRole.MAIN) -> dict[str, str]:
    areas = AwardArea.objects.filter(ended_at=None, role=role)
    return dict(areas.values_list("province_id", "award__bid__supplier__name"))


class TestRevokeAward:
    def test_lets_the_next_in_rank_move_up_at_its_own_price(self, cast: Cast, lot: Lot) -> None:
        successor = revoke(lot, cast)
        assert successor is not None
        former = Award.objects.get(bid__supplier=cast.supplier_firm)
        assert (successor.replaces, successor.price, successor.awarded_at) == (former, Decimal("7.20"), LATER)
        assert (former.revoked_at, former.revoke_reason) == (LATER, "企业声明不能供应")
        assert supplying() == dict.fromkeys(BOTH, cast.rival_firm.name)
        assert factories.bid_of(lot, cast.supplier).status == BidStatus.REVOKED
        assert factories.bid_of(lot, cast.rival).status == BidStatus.AWARDED
        assert Event.objects.get(action="award.revoke").changes["reason"] == [None, "企业声明不能供应"]

    def test_before_the_supply_leaves_no_price_of_the_revoked(self, cast: Cast, lot: Lot) -> None:
        revoke(lot, cast)
        price = ProcurementPrice.objects.filter(province_id=HENAN).get()
        assert (price.product.manufacturer, price.price) == (cast.rival_firm, Decimal("7.20"))
        assert price.validity.lower == lot.tender.supply_from

    def test_during_the_supply_ends_its_price_that_day(self, cast: Cast, lot: Lot) -> None:
        day = lot.tender.supply_from + timedelta(days=3)
        revoke(lot, cast, at=NOW + (day - NOW.date()))
        prices = ProcurementPrice.objects.filter(province_id=HENAN).order_by("price")
        assert [(price.validity.lower, price.validity.upper) for price in prices] == [
            (lot.tender.supply_from, day),
            (day, lot.tender.supply_until),
        ]

    def test_leaves_areas_without_supplier_where_nobody_is_left(self, cast: Cast, lot: Lot) -> None:
        revoke(lot, cast)
        assert not areas_without_supplier(lot.tender)
        assert revoke(lot, cast, cast.rival, at=LATER + timedelta(days=1)) is None
        assert [area.province_id for area in areas_without_supplier(lot.tender)] == [HENAN, HUBEI]

    def test_does_not_bring_back_who_was_passed_over(self, cast: Cast, third: Actor) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20", third: "7.50"})
        factories.award(lot, cast, winner=cast.rival, reason="产能不足")
        successor = revoke(lot, cast, cast.rival)
        assert successor is not None and successor.bid.supplier_id == third.organization_id

    def test_passes_over_who_is_barred_by_now(self, cast: Cast, third: Actor) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20", third: "7.50"})
        factories.award(lot, cast)
        factories.conduct_record(cast, firm=cast.rival_firm)
        successor = revoke(lot, cast)
        assert successor is not None and successor.bid.supplier_id == third.organization_id

    def test_leaves_out_who_would_have_had_no_volume(self, cast: Cast, lot: Lot) -> None:
        EvaluationLine.objects.filter(bid=factories.bid_of(lot, cast.rival)).update(is_zero_volume=True)
        assert revoke(lot, cast) is None

    def test_hands_over_the_areas_it_stood_by_in(self, cast: Cast, third: Actor) -> None:
        factories.procedure_rules(backup=True)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20", third: "7.50"}, winners=2)
        bids = {actor: factories.bid_of(lot, actor).pk for actor in (cast.supplier, cast.rival)}
        award_lot(
            lot_id=lot.pk,
            winners=[Winner(bids[cast.supplier], (HENAN,), (HUBEI,)), Winner(bids[cast.rival], (HUBEI,), (HENAN,))],
            actor=cast.second_officer,
            at=NOW,
        )
        revoke(lot, cast)
        assert supplying() == {HENAN: "黄河制药有限公司", HUBEI: cast.rival_firm.name}
        assert supplying(SupplyRole.BACKUP) == {HENAN: cast.rival_firm.name, HUBEI: "黄河制药有限公司"}

    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_needs_a_reason(self, cast: Cast, lot: Lot, reason: str) -> None:
        with refused(ReasonMissing):
            revoke(lot, cast, reason=reason)

    def test_happens_once(self, cast: Cast, lot: Lot) -> None:
        revoke(lot, cast)
        with refused(AlreadyDone):
            revoke(lot, cast)

    def test_is_of_an_awarded_bid(self, cast: Cast, lot: Lot) -> None:
        with refused(WrongState):
            revoke(lot, cast, cast.rival)

    def test_refuses_a_decision_on_an_old_version(self, cast: Cast, lot: Lot) -> None:
        with refused(Stale):
            revoke(lot, cast, expected_version=1)

    def test_refuses_the_officer_who_published_the_tender(self, cast: Cast, lot: Lot) -> None:
        with refused(NotAllowed):
            revoke(lot, cast, actor=cast.officer)

    @pytest.mark.parametrize("who", ["foreign_officer", "supervisor", "supplier"])
    def test_shows_others_nothing(self, cast: Cast, lot: Lot, who: str) -> None:
        with refused(NotVisible):
            revoke(lot, cast, actor=getattr(cast, who))


class TestPassingOver:
    """Who may not take the areas over does not stop the revocation: the next one moves up, and it is said why."""

    @pytest.fixture
    def lot(self, cast: Cast, third: Actor) -> Lot:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20", third: "7.50"})
        return factories.award(lot, cast)

    def test_names_who_was_passed_over_in_the_journal(self, cast: Cast, third: Actor, lot: Lot) -> None:
        rivals = factories.bid_of(lot, cast.rival).product
        assert rivals is not None
        factories.procurement_price(rivals)
        successor = revoke(lot, cast)
        assert successor is not None and successor.bid.supplier_id == third.organization_id
        assert factories.bid_of(lot, cast.rival).status == BidStatus.LOST
        [told] = passed_over(factories.bid_of(lot, cast.supplier).pk)
        assert told == f"{cast.rival_firm}: {PriceAlreadyFixed(product=rivals.code, period=period_of(lot))}"
        assert Event.objects.get(action="award.revoke").changes["passed_over"] == [None, [told]]

    def test_says_nothing_where_the_first_one_moves_up(self, cast: Cast, lot: Lot) -> None:
        revoke(lot, cast)
        assert passed_over(factories.bid_of(lot, cast.supplier).pk) == []
        assert "passed_over" not in Event.objects.get(action="award.revoke").changes

    def test_leaves_the_areas_without_supplier_where_every_price_is_above_the_guide_price(
        self, cast: Cast, lot: Lot
    ) -> None:
        GuidePrice.objects.update(price=Decimal("7.00"))
        assert revoke(lot, cast) is None
        assert factories.bid_of(lot, cast.supplier).status == BidStatus.REVOKED
        assert [area.province_id for area in areas_without_supplier(lot.tender)] == [HENAN, HUBEI]
        assert len(passed_over(factories.bid_of(lot, cast.supplier).pk)) == 2

    def test_is_of_who_is_above_the_ceiling(self, cast: Cast, lot: Lot) -> None:
        Lot.objects.update(ceiling_price=Decimal("0.2999"))
        assert revoke(lot, cast) is None

    def test_holds_the_agreed_price_against_the_ceiling(self, cast: Cast, lot: Lot) -> None:
        Lot.objects.update(ceiling_price=Decimal("0.2999"))
        Bid.objects.filter(pk=factories.bid_of(lot, cast.rival).pk).update(agreed_price=Decimal("6.50"))
        successor = revoke(lot, cast)
        assert successor is not None and successor.price == Decimal("6.50")
        assert set(ProcurementPrice.objects.values_list("source", flat=True)) == {PriceSource.NEGOTIATION}

    def test_is_of_who_never_agreed_on_a_price(self, cast: Cast) -> None:
        offers = {cast.supplier: "8.40", cast.rival: "8.50"}
        lot = negotiated(cast, evaluated_lot(cast, Procedure.NEGOTIATION, offers))
        assert revoke(lot, cast) is None
        [told] = passed_over(factories.bid_of(lot, cast.supplier).pk)
        assert str(NoPriceAgreed(supplier=cast.rival_firm, lot=lot.number)) in told

    @pytest.mark.parametrize(("output", "moves_up"), [(359_999, False), (360_000, True)])
    def test_is_of_whose_output_is_too_small_for_the_areas(self, cast: Cast, output: int, moves_up: bool) -> None:
        lot = evaluated_lot(
            cast,
            Procedure.DESIGNATED_PRODUCTION,
            dict.fromkeys([cast.supplier, cast.rival], "8.64"),
            outputs={cast.supplier: 500_000, cast.rival: output},
            invited=[cast.supplier_firm, cast.rival_firm],
        )
        factories.publish(lot.tender, cast)
        factories.award(lot, cast, reason="x", at=LATER)
        assert (revoke(lot, cast) is not None) == moves_up

    def test_is_of_whose_agreement_is_suspended(self, cast: Cast, third: Actor, lot: Lot) -> None:
        conclude_agreements(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
        held = Agreement.objects.create(
            number="A-RIVAL",
            tender=lot.tender,
            agency=cast.agency,
            supplier=cast.rival_firm,
            validity=Agreement.objects.get().validity,
        )
        change_agreement(number=held.number, action="suspend", reason="停产", actor=cast.officer, at=NOW)
        revoke(lot, cast)
        assert supplying() == dict.fromkeys(BOTH, "黄河制药有限公司")
        assert "A-RIVAL" in passed_over(factories.bid_of(lot, cast.supplier).pk)[0]
        assert Agreement.objects.filter(supplier=cast.rival_firm).get() == held


def negotiated(cast: Cast, lot: Lot) -> Lot:
    """Awarded to the supplier at 8.30, which was agreed at the table."""
    talks = negotiation(cast, factories.bid_of(lot, cast.supplier))
    negotiation_round(cast, talks, "8.30", confirmed_by=cast.supplier)
    agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW)
    factories.publish(lot.tender, cast)
    return factories.award(lot, cast, at=LATER)


class TestPricesOfTheRevoked:
    def product(self, cast: Cast, lot: Lot) -> Product:
        product = factories.bid_of(lot, cast.supplier).product
        assert product is not None
        return product

    def test_end_where_they_were_negotiated(self, cast: Cast) -> None:
        lot = negotiated(cast, evaluated_lot(cast, Procedure.NEGOTIATION, {cast.supplier: "8.40"}))
        assert ProcurementPrice.objects.filter(source=PriceSource.NEGOTIATION).exists()
        revoke(lot, cast)
        assert not ProcurementPrice.objects.exists()

    def test_are_not_those_of_another_tender(self, cast: Cast, lot: Lot) -> None:
        start = lot.tender.supply_from
        last_years = factories.procurement_price(self.product(cast, lot), valid_until=start)
        revoke(lot, cast)
        last_years.refresh_from_db()
        assert last_years.validity.upper == start

    def test_end_after_a_day_where_somebody_asked_to_adjust_them(self, cast: Cast, lot: Lot) -> None:
        start = lot.tender.supply_from
        factories.adjustment(cast, self.product(cast, lot), valid_from=start + timedelta(days=30))
        revoke(lot, cast)
        price = ProcurementPrice.objects.get(product=self.product(cast, lot))
        assert (price.province_id, price.validity.upper) == (HENAN, start + timedelta(days=1))

    def test_end_as_they_were_adjusted_meanwhile(self, cast: Cast, lot: Lot) -> None:
        start = lot.tender.supply_from
        asked = factories.adjustment(cast, self.product(cast, lot), valid_from=start + timedelta(days=1))
        approve_adjustment(adjustment_id=asked.pk, actor=cast.second_officer, at=NOW)
        day = start + timedelta(days=3)
        revoke(lot, cast, at=NOW + (day - NOW.date()))
        prices = ProcurementPrice.objects.filter(product=self.product(cast, lot))
        assert not prices.filter(validity__contains=day).exists()
        assert prices.get(source=PriceSource.ADJUSTMENT).validity.upper == day


class TestAfterTheAgreement:
    @pytest.fixture
    def line(self, cast: Cast, lot: Lot) -> AgreementLine:
        """Of the 240,000 units agreed for Henan 40,000 are called off."""
        conclude_agreements(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
        line = AgreementLine.objects.get(lot=lot, province_id=HENAN)
        take_volume({line.pk: 40_000}, reference="RQ1", at=NOW)
        return line

    def test_the_rest_goes_over_to_the_successor(self, cast: Cast, lot: Lot, line: AgreementLine) -> None:
        revoke(lot, cast)
        line.refresh_from_db()
        assert (line.agreed_quantity, line.called_off_quantity, line.ended_at) == (40_000, 40_000, LATER)
        follow = AgreementLine.objects.get(lot=lot, province_id=HENAN, ended_at=None)
        assert (follow.agreed_quantity, follow.called_off_quantity, follow.price) == (200_000, 0, Decimal("7.20"))
        assert follow.agreement.supplier == cast.rival_firm

    def test_the_ledger_says_why(self, cast: Cast, lot: Lot, line: AgreementLine) -> None:
        revoke(lot, cast)
        entries = VolumeEntry.objects.filter(line__province_id=HENAN, reason="企业声明不能供应").order_by("line")
        assert [(entry.kind, entry.quantity) for entry in entries] == [("agree", -200_000), ("agree", 200_000)]

    def test_the_successor_has_one_agreement_for_all_areas(self, cast: Cast, lot: Lot, line: AgreementLine) -> None:
        revoke(lot, cast)
        agreement = Agreement.objects.get(supplier=cast.rival_firm)
        assert agreement.lines.count() == 2
        assert (agreement.validity.lower, agreement.validity.upper) == (
            lot.tender.supply_from,
            lot.tender.supply_until,
        )

    def test_the_agreement_is_locked_before_its_volumes(self, cast: Cast, lot: Lot, line: AgreementLine) -> None:
        with CaptureQueriesContext(connection) as queries:
            replace_lines(award=Award.objects.get(), successor=None, at=LATER)
        locks = [sql.split(" FROM ")[1].split()[0] for sql in map(itemgetter("sql"), queries) if "FOR NO KEY" in sql]
        assert locks[:2] == ['"procurement_agreement"', '"procurement_agreementline"']

    def test_nothing_stays_agreed_where_nobody_is_left(self, cast: Cast, lot: Lot, line: AgreementLine) -> None:
        Bid.objects.filter(pk=factories.bid_of(lot, cast.rival).pk).update(status=BidStatus.SET_ASIDE)
        assert revoke(lot, cast) is None
        assert not AgreementLine.objects.filter(ended_at=None).exists()
