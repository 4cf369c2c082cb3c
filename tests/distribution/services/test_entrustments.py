from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Licence, Organization
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from catalog.models import Product, RuleSet
from distribution.errors import (
    DistributorBarred,
    DistributorNotLicensed,
    EntrustmentExists,
    EntrustmentTermEmpty,
    TermNotShortened,
    TooManyDistributors,
)
from distribution.models import Entrustment
from distribution.queries.entrustments import carriers_for
from distribution.services.entrustments import end_entrustment, file_entrustment
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, ZHONGYUAN, Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused

TOMORROW, LATER = TODAY + timedelta(days=1), TODAY + timedelta(days=300)


def file(cast: Cast, **changed: Any) -> Entrustment:
    options = {
        "distributor_code": cast.distributor_firm.code,
        "region_code": HENAN,
        "valid_from": TODAY,
        "valid_until": LATER,
        "actor": cast.supplier,
        "at": NOW,
    } | changed
    return file_entrustment(**options)


class TestFileEntrustment:
    def test_entrusts_a_distributor_for_a_time(self, cast: Cast) -> None:
        filed = file(cast)
        assert (filed.supplier, filed.distributor) == (cast.supplier_firm, cast.distributor_firm)
        assert Event.objects.filter(action="entrustment.file").count() == 1

    def test_is_public(self, cast: Cast) -> None:
        file(cast)
        assert Entrustment.objects.visible_to(cast.visitor).exists()

    def test_refuses_a_second_one_for_the_region_in_the_period(self, cast: Cast) -> None:
        file(cast)
        with refused(EntrustmentExists):
            file(cast, valid_from=LATER - timedelta(days=1), valid_until=LATER + timedelta(days=1))
        assert Entrustment.objects.count() == 1

    def test_may_follow_another_one_and_stand_beside_one_of_another_region_or_supplier(self, cast: Cast) -> None:
        file(cast)
        file(cast, valid_from=LATER, valid_until=LATER + timedelta(days=1))
        file(cast, region_code=ZHENGZHOU)
        file(cast, actor=cast.rival)
        assert Entrustment.objects.count() == 4

    @pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(days=1)])
    def test_refuses_a_term_without_a_day(self, cast: Cast, until: date) -> None:
        with refused(EntrustmentTermEmpty):
            file(cast, valid_until=until)

    @pytest.mark.parametrize(
        "changed",
        [{"distributor_code": "none"}, {"distributor_code": "RIVAL"}, {"region_code": "999999"}],
        ids=["nobody", "no distributor", "nowhere"],
    )
    def test_refuses_what_is_not_there(self, cast: Cast, changed: dict[str, str]) -> None:
        with refused(NotVisible):
            file(cast, **changed)

    def test_refuses_a_distributor_that_is_no_longer_active(self, cast: Cast) -> None:
        type(cast.hospital).objects.filter(pk=cast.distributor_firm.pk).update(is_active=False)
        with refused(NotVisible):
            file(cast)

    @pytest.mark.parametrize("role", ["distributor", "officer", "buyer", "platform", "visitor"])
    def test_refuses_who_is_no_supplier(self, cast: Cast, role: str) -> None:
        with refused(NotAllowed):
            file(cast, actor=getattr(cast, role))


def firm(code: str) -> Organization:
    return Organization.objects.create(code=code, kind=OrganizationKind.DISTRIBUTOR, name=code)


class TestTheDistributor:
    """Who may be entrusted at all."""

    def test_may_be_entrusted_with_one_product(self, cast: Cast, line: AgreementLine) -> None:
        filed = file(cast, product_code=line.product.code)
        assert filed.product == line.product
        # beside all the others
        assert file(cast).product is None
        with refused(EntrustmentExists):
            file(cast, product_code=line.product.code, distributor_code=firm("OTHER").code)

    def test_is_not_entrusted_with_the_product_of_another_supplier(self, cast: Cast, line: AgreementLine) -> None:
        with refused(NotVisible):
            file(cast, actor=cast.rival, product_code=line.product.code)

    def test_is_not_entrusted_while_it_is_barred_in_the_province(self, cast: Cast) -> None:
        factories.conduct_record(cast, firm=cast.distributor_firm)
        with refused(DistributorBarred):
            file(cast)
        file(cast, region_code=HUBEI)

    def test_is_not_entrusted_when_none_of_its_licences_is_valid(self, cast: Cast) -> None:
        factories.licence(cast.distributor_firm, kind=Licence.Kind.DISTRIBUTION, valid_until=TODAY)
        with refused(DistributorNotLicensed):
            file(cast)

    @pytest.mark.parametrize(
        ("scopes", "lacking"),
        [
            ([Licence.Scope.TRADITIONAL, Licence.Scope.COLD_CHAIN], "chemical medicines"),
            ([Licence.Scope.CHEMICAL], "cold chain"),
            ([Licence.Scope.CHEMICAL, Licence.Scope.COLD_CHAIN], ""),
            ([], "cold chain"),
        ],
    )
    def test_needs_the_scopes_of_the_product(
        self, cast: Cast, line: AgreementLine, scopes: list[Licence.Scope], lacking: str
    ) -> None:
        Product.objects.filter(pk=line.product_id).update(storage="cold", approval_number="国药准字H20000001")
        if scopes:
            factories.licence(cast.distributor_firm, *scopes, kind=Licence.Kind.DISTRIBUTION)
        if not lacking:
            assert file(cast, product_code=line.product.code).pk
            return
        with refused(DistributorNotLicensed) as refusal:
            file(cast, product_code=line.product.code)
        assert refusal.facts["lacking"] == lacking


class TestTheLimitOfACounty:
    @pytest.fixture
    def limit(self, cast: Cast) -> int:
        RuleSet.objects.filter(kind=RuleSet.Kind.SUPPLY).update(parameters={"distributors_per_county": 2})
        return 2

    def test_counts_the_supplier_s_distributors_at_a_time(self, cast: Cast, limit: int) -> None:
        file(cast)
        file(cast, region_code=ZHONGYUAN, distributor_code=firm("D2").code)
        with refused(TooManyDistributors) as refusal:
            file(cast, region_code=ZHENGZHOU, distributor_code=firm("D3").code)
        assert (refusal.facts["count"], refusal.facts["region"].code) == (3, ZHONGYUAN)
        # who is entrusted there already does not count again, nor what is after them, nor another supplier's
        file(cast, region_code=ZHENGZHOU, distributor_code="D2")
        file(cast, valid_from=LATER, valid_until=LATER + timedelta(days=9), distributor_code="D3")
        file(cast, region_code=ZHENGZHOU, distributor_code="D3", actor=cast.rival)


class TestEndEntrustment:
    @pytest.mark.parametrize("who", ["supplier", "officer"])
    def test_ends_it_from_the_day_on(self, cast: Cast, who: str) -> None:
        filed = factories.entrustment(cast)
        ended = end_entrustment(entrustment_id=filed.pk, on=TOMORROW, actor=getattr(cast, who), at=NOW)
        ended.refresh_from_db()
        assert (ended.validity.lower, ended.validity.upper) == (TODAY - timedelta(days=1), TOMORROW)
        assert Event.objects.get(action="entrustment.end").changes["validity"]
        # the region is free again
        file(cast, valid_from=TOMORROW, distributor_code=firm("NEXT").code)

    @pytest.mark.parametrize("who", ["rival", "distributor", "foreign_officer", "buyer", "supervisor"])
    def test_is_refused_to_everybody_else(self, cast: Cast, who: str) -> None:
        filed = factories.entrustment(cast)
        with refused(NotAllowed):
            end_entrustment(entrustment_id=filed.pk, on=TOMORROW, actor=getattr(cast, who), at=NOW)

    @pytest.mark.parametrize("on", [TODAY - timedelta(days=1), TODAY + timedelta(days=365)])
    def test_refuses_a_day_that_is_past_or_shortens_nothing(self, cast: Cast, on: date) -> None:
        filed = factories.entrustment(cast)
        with refused(TermNotShortened):
            end_entrustment(entrustment_id=filed.pk, on=on, actor=cast.supplier, at=NOW)


class TestCarriersFor:
    def carrier(self, cast: Cast, line: AgreementLine, on: date = TODAY) -> str | None:
        product = Product.objects.select_related("presentation__medicine").get(pk=line.product_id)
        found = carriers_for([(cast.supplier_firm.pk, product)], cast.hospital, on)
        chosen = found.get((cast.supplier_firm.pk, line.product_id))
        return Organization.objects.get(pk=chosen).code if chosen else None

    def test_takes_the_product_s_before_all_s_and_then_the_narrowest(self, cast: Cast, line: AgreementLine) -> None:
        assert self.carrier(cast, line) is None
        for region in (HENAN, ZHENGZHOU):
            file(cast, region_code=region, distributor_code=firm(region).code)
        assert self.carrier(cast, line) == ZHENGZHOU
        file(cast, product_code=line.product.code, distributor_code=firm("OWN").code)
        assert self.carrier(cast, line) == "OWN"
        assert self.carrier(cast, line, LATER) is None

    @pytest.mark.parametrize(
        ("regions", "chosen"),
        [
            ([HUBEI], None),
            ([HENAN], HENAN),
            ([HENAN, ZHENGZHOU], ZHENGZHOU),
            ([ZHONGYUAN, ZHENGZHOU, HENAN], ZHONGYUAN),
        ],
    )
    def test_takes_the_narrowest_region_around(
        self, cast: Cast, line: AgreementLine, regions: list[str], chosen: str | None
    ) -> None:
        for region in regions:
            factories.entrustment(cast, region, distributor=firm(region))
        assert self.carrier(cast, line) == chosen

    def test_passes_over_who_is_inactive_barred_or_not_licensed(self, cast: Cast, line: AgreementLine) -> None:
        file(cast)
        for region, code in ((HENAN, "BARRED"), (ZHENGZHOU, "LAPSED"), (ZHONGYUAN, "CLOSED")):
            file(cast, product_code=line.product.code, region_code=region, distributor_code=firm(code).code)
        Organization.objects.filter(code="CLOSED").update(is_active=False)
        factories.licence(Organization.objects.get(code="LAPSED"), kind=Licence.Kind.DISTRIBUTION, valid_until=TODAY)
        assert self.carrier(cast, line) == "BARRED"
        factories.conduct_record(cast, firm=Organization.objects.get(code="BARRED"))
        assert self.carrier(cast, line) == cast.distributor_firm.code
