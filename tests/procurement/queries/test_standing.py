from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.accounts.models import Licence
from catalog.models import Product
from catalog.rules.conduct_rules import Level, Offence
from catalog.services.licences import end_licence
from catalog.states import ProductStatus
from procurement.errors import SupplierNotAdmitted
from procurement.models import AgreementLine, Bid, ConductRecord, Invitation, Lot, LotArea, Tender
from procurement.policies import require_admitted
from procurement.queries import Bidder, Obstacle, barred_supplier_ids, obstacles, obstacles_of
from procurement.queries.standing import score_lowering_records
from procurement.services.conduct import repair_conduct_record
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW, TODAY, ago, ahead
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")
DAY = timedelta(days=1)


@pytest.fixture
def lot(cast: Cast) -> Lot:
    """For both provinces; under rules that ask for no licence on file."""
    return factories.drafted_tender(cast).lots.select_related("tender__agency", "presentation__medicine").get()


def found(lot: Lot, cast: Cast, **options: Any) -> list[Obstacle]:
    return obstacles(cast.supplier_firm.pk, lot.tender, lot, **{"at": NOW, **options})


def codes(lot: Lot, cast: Cast, **options: Any) -> list[str]:
    return [obstacle.code for obstacle in found(lot, cast, **options)]


class TestConduct:
    def test_bars_from_a_lot_of_the_province_on_its_day_and_says_until_when(self, cast: Cast, lot: Lot) -> None:
        record = factories.conduct_record(cast, starts_on=TODAY)
        assert codes(lot, cast, at=ago(days=1)) == []
        [obstacle] = found(lot, cast)
        assert obstacle.code == "barred"
        assert obstacle.evidence == {
            "record": record.pk,
            "until": record.validity.upper.isoformat(),
            "province": HENAN,
        }
        assert "河南省" in obstacle.sentence and record.source in obstacle.sentence
        assert codes(lot, cast, at=ahead(days=1000)) == []

    def test_of_another_province_does_not_bar_from_a_lot(self, cast: Cast, lot: Lot) -> None:
        lot.areas.filter(province=HUBEI).delete()
        factories.conduct_record(cast, province_id=HUBEI)
        assert codes(lot, cast) == []

    def test_counts_in_the_agencys_province_where_a_lot_names_none(self, cast: Cast, lot: Lot) -> None:
        lot.areas.all().delete()
        factories.conduct_record(cast)
        assert codes(lot, cast) == ["barred"]

    def test_bars_nationwide_whatever_the_areas(self, cast: Cast, lot: Lot) -> None:
        lot.areas.filter(province=HENAN).delete()
        factories.conduct_record(cast, Offence.FALSE_PAPERS, Level.SERIOUS)
        assert codes(lot, cast) == ["barred"]

    def test_does_not_bar_by_a_warning_or_a_proposal_or_another_firm(self, cast: Cast, lot: Lot) -> None:
        factories.conduct_record(cast, Offence.PRICE_ABUSE)
        factories.proposed_conduct(cast)
        factories.conduct_record(cast, firm=cast.rival_firm)
        assert codes(lot, cast) == []

    def test_bars_no_longer_once_it_is_repaired(self, cast: Cast, lot: Lot) -> None:
        record = factories.conduct_record(cast, starts_on=TODAY - 9 * DAY)
        repair_conduct_record(record_id=record.pk, on=TODAY, note="降价", actor=cast.officer, at=NOW)
        assert codes(lot, cast) == []
        assert codes(lot, cast, at=ago(days=1)) == ["barred"]


class TestLicence:
    def test_is_not_asked_for_where_none_is_on_file_and_the_rules_do_not(self, cast: Cast, lot: Lot) -> None:
        assert codes(lot, cast) == []

    def test_is_asked_for_where_the_rules_do(self, cast: Cast, lot: Lot) -> None:
        rules = lot.tender.procedure_rules
        assert rules is not None
        rules.parameters["licence_required"] = True
        assert codes(lot, cast) == ["licence-missing"]
        factories.licence(cast.supplier_firm)
        assert codes(lot, cast) == []

    def test_must_be_valid_on_the_day(self, cast: Cast, lot: Lot) -> None:
        licence = factories.licence(cast.supplier_firm)
        assert codes(lot, cast) == []
        end_licence(licence_id=licence.pk, on=TODAY, actor=cast.officer, at=NOW)
        [obstacle] = found(lot, cast)
        assert obstacle.code == "licence-not-valid"
        assert obstacle.evidence["valid_until"] == TODAY.isoformat()
        assert codes(lot, cast, at=ago(days=1)) == []

    def test_must_be_one_for_production(self, cast: Cast, lot: Lot) -> None:
        factories.licence(cast.supplier_firm, kind=Licence.Kind.DISTRIBUTION)
        assert codes(lot, cast) == ["licence-not-valid"]

    def test_must_cover_what_the_firm_makes(self, cast: Cast, lot: Lot) -> None:
        factories.licence(cast.supplier_firm, Licence.Scope.TRADITIONAL)
        # unknown of what kind the firm's product is
        assert codes(lot, cast) == []
        product = factories.product(cast.supplier_firm, lot.presentation)
        Product.objects.filter(pk=product.pk).update(approval_number="国药准字H20193001")
        [obstacle] = found(lot, cast)
        assert (obstacle.code, obstacle.evidence["wanted"]) == ("licence-scope", ["chemical"])
        product.refresh_from_db()
        assert codes(lot, cast, product=product) == ["licence-scope"]
        factories.licence(cast.supplier_firm, Licence.Scope.CHEMICAL, number="豫20260002")
        assert codes(lot, cast) == codes(lot, cast, product=product) == []


class TestInvitation:
    def test_keeps_out_who_was_not_invited(self, cast: Cast, lot: Lot) -> None:
        Invitation.objects.create(tender=lot.tender, supplier=cast.rival_firm)
        assert codes(lot, cast) == ["not-invited"]
        Invitation.objects.create(tender=lot.tender, supplier=cast.supplier_firm)
        assert codes(lot, cast) == []


class TestAgency:
    @pytest.mark.parametrize("named_by", ["name", "code"])
    def test_keeps_out_who_is_tied_to_it(self, cast: Cast, lot: Lot, named_by: str) -> None:
        factories.ownership(cast.rival_firm, getattr(lot.tender.agency, named_by))
        factories.ownership(cast.supplier_firm, "华夏集团", share="0.4")
        assert codes(lot, cast) == []
        tie = factories.ownership(cast.supplier_firm, getattr(lot.tender.agency, named_by), share="0.6")
        [obstacle] = found(lot, cast)
        assert (obstacle.code, obstacle.evidence) == ("tied-to-agency", {"holder": tie.holder, "tie": "owner"})
        assert tie.holder in obstacle.sentence


class TestLoweredScore:
    def lowering(self, tender: Tender, **options: Any) -> dict[int, list[ConductRecord]]:
        bids = list(Bid.objects.filter(lot__tender=tender))
        return score_lowering_records(tender, bids, **{"on": TODAY, **options})

    def test_is_by_records_in_force_in_a_province_of_the_lot(self, cast: Cast) -> None:
        tender = factories.opened_tender(cast)
        own = factories.bid_of(tender.lots.get(), cast.supplier)
        # it bars in Hubei, and lowers the score in Henan
        record = factories.conduct_record(cast, province_id=HUBEI)
        factories.proposed_conduct(cast, firm=cast.rival_firm, province_id=HUBEI)
        assert self.lowering(tender) == {own.pk: [record]}
        assert self.lowering(tender, on=TODAY - DAY) == {}
        LotArea.objects.filter(lot__tender=tender, province=HENAN).delete()
        assert self.lowering(tender) == {}


class TestProduct:
    def test_must_be_trading_and_approved(self, cast: Cast, lot: Lot) -> None:
        product = factories.product(cast.supplier_firm, lot.presentation)
        assert codes(lot, cast, product=product) == []
        product.status, product.status_reason = ProductStatus.SUSPENDED, "召回"
        product.licence_valid_until = TODAY - DAY
        assert codes(lot, cast, product=product) == ["product-not-trading", "approval-ended"]
        assert codes(lot, cast, product=product, at=ago(days=1)) == ["product-not-trading"]


class TestObstaclesOf:
    def test_asks_as_much_for_many_bidders_as_for_one(self, cast: Cast) -> None:
        plans = [factories.lot_plan(factories.presentation(name), n) for n, name in enumerate("甲乙丙", 1)]
        for plan in plans:
            factories.guide_price(plan.presentation)
        drafted = factories.drafted_tender(cast, plans)
        tender = Tender.objects.select_related("agency", "procedure_rules").get(pk=drafted.pk)
        factories.conduct_record(cast)
        factories.licence(cast.rival_firm, Licence.Scope.TRADITIONAL)
        lots = list(tender.lots.select_related("presentation__medicine"))
        firms = (cast.supplier_firm.pk, cast.rival_firm.pk)

        def queries(bidders: list[Bidder]) -> int:
            with CaptureQueriesContext(connection) as captured:
                obstacles_of(tender, bidders, NOW)
            return len(captured)

        everybody = [Bidder(firm, lot) for lot in lots for firm in firms]
        assert queries(everybody) == queries(everybody[:1])
        judged = obstacles_of(tender, everybody, NOW)
        assert [[obstacle.code for obstacle in one] for one in judged] == [["barred"], []] * 3


class TestRequireAdmitted:
    def test_lists_every_reason(self, cast: Cast, lot: Lot) -> None:
        factories.conduct_record(cast)
        factories.licence(cast.supplier_firm, kind=Licence.Kind.DISTRIBUTION)
        with refused(SupplierNotAdmitted) as refusal:
            require_admitted(cast.supplier_firm.pk, lot, NOW)
        first, second = refusal.facts["reasons"].split("; ")
        assert "河南省" in first and second

    def test_lets_the_others_pass(self, cast: Cast, lot: Lot) -> None:
        factories.conduct_record(cast)
        require_admitted(cast.rival_firm.pk, lot, NOW)


class TestBarredSupplierIds:
    @pytest.mark.parametrize(("province", "barred"), [(HENAN, True), (HUBEI, False)])
    def test_are_those_of_the_province(self, cast: Cast, province: str, barred: bool) -> None:
        factories.conduct_record(cast)
        ids = set(barred_supplier_ids(TODAY, province).values_list("organization", flat=True))
        assert ids == ({cast.supplier_firm.pk} if barred else set())

    def test_are_those_of_the_nation_everywhere(self, cast: Cast) -> None:
        factories.conduct_record(cast, Offence.FALSE_PAPERS, Level.SERIOUS, firm=cast.rival_firm)
        for province in (HENAN, HUBEI):
            assert barred_supplier_ids(TODAY, province).get()["organization_id"] == cast.rival_firm.pk
            assert not barred_supplier_ids(TODAY - DAY, province).exists()


class TestAgreementLinesInForce:
    def test_leave_out_the_barred_suppliers_in_the_province_alone(self, cast: Cast) -> None:
        factories.agreement_lines(cast)
        factories.conduct_record(cast)
        assert set(AgreementLine.objects.in_force(NOW).values_list("province", flat=True)) == {HUBEI}
        assert set(AgreementLine.objects.in_force(ago(days=1)).values_list("province", flat=True)) == {HENAN, HUBEI}

    def test_leave_out_who_is_barred_nationwide(self, cast: Cast) -> None:
        factories.agreement_lines(cast)
        factories.conduct_record(cast, Offence.FALSE_PAPERS, Level.SERIOUS)
        assert not AgreementLine.objects.in_force(NOW).exists()
