from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.accounts.models import Licence, Organization
from catalog.models import Product, Region
from distribution.models import ServiceDuty
from distribution.queries.network import (
    RULE_ACTIVE,
    RULE_BARRED,
    RULE_ENTRUSTED,
    RULE_LICENCE,
    may_deliver,
)
from distribution.queries.network_gaps import Gap, GapKind, network_gaps
from distribution.rules.checks import Check, breaches
from distribution.states import AnswerReason, OrderStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, ZHONGYUAN, Cast
from tests.distribution.measured import DAY, DELIVERED, REFUSED, measured_order
from tests.factories import NOW, TODAY

DISTRIBUTION = Licence.Kind.DISTRIBUTION


@pytest.fixture
def line(cast: Cast, rule_sets: object) -> AgreementLine:
    [agreed] = factories.agreement_lines(cast)
    Product.objects.filter(pk=agreed.product_id).update(approval_number="国药准字H20000001")
    return agreed


def checks(cast: Cast, line: AgreementLine, *, distributor: Organization | None) -> list[Check]:
    product = Product.objects.select_related("presentation__medicine").get(pk=line.product_id)
    found = may_deliver(
        supplier_id=cast.supplier_firm.pk,
        distributor=distributor,
        products=[product],
        institution=cast.hospital,
        on=TODAY,
    )
    return found[product.pk]


class TestMayDeliver:
    def test_lets_pass_whoever_is_entrusted_and_licensed(self, cast: Cast, line: AgreementLine) -> None:
        factories.entrustment(cast, ZHENGZHOU)
        factories.licence(cast.distributor_firm, kind=DISTRIBUTION)
        points = checks(cast, line, distributor=cast.distributor_firm)
        of_both = [RULE_ACTIVE, RULE_BARRED] * 2
        assert [point.rule for point in points] == [*of_both, RULE_LICENCE, RULE_ENTRUSTED]
        assert breaches(points) == []

    def test_names_everything_that_stands_against_it(self, cast: Cast, line: AgreementLine) -> None:
        factories.entrustment(cast, HUBEI)
        factories.licence(cast.distributor_firm, Licence.Scope.TRADITIONAL, kind=DISTRIBUTION)
        factories.conduct_record(cast, firm=cast.distributor_firm)
        Organization.objects.filter(pk=cast.distributor_firm.pk).update(is_active=False)
        distributor = Organization.objects.get(pk=cast.distributor_firm.pk)
        broken = breaches(checks(cast, line, distributor=distributor))
        assert [point.rule for point in broken] == [RULE_ACTIVE, RULE_BARRED, RULE_LICENCE, RULE_ENTRUSTED]
        assert broken[2].values["lacking"] == ["chemical"]
        assert all(point.sentence and point.source for point in broken)

    def test_looks_at_the_supplier_as_well(self, cast: Cast, line: AgreementLine) -> None:
        factories.entrustment(cast)
        factories.conduct_record(cast, firm=cast.supplier_firm)
        [point] = breaches(checks(cast, line, distributor=cast.distributor_firm))
        assert (point.rule, point.values["firm"]) == (RULE_BARRED, cast.supplier_firm.code)

    def test_says_that_a_licence_lapsed(self, cast: Cast, line: AgreementLine) -> None:
        factories.entrustment(cast)
        factories.licence(cast.distributor_firm, kind=DISTRIBUTION, valid_until=TODAY)
        [point] = breaches(checks(cast, line, distributor=cast.distributor_firm))
        assert (point.rule, point.values["scopes"]) == (RULE_LICENCE, [])
        assert "is valid on" in point.sentence

    def test_needs_the_cold_chain_even_where_no_licence_is_on_file(self, cast: Cast, line: AgreementLine) -> None:
        factories.entrustment(cast)
        assert breaches(checks(cast, line, distributor=cast.distributor_firm)) == []
        Product.objects.filter(pk=line.product_id).update(storage="cold")
        [point] = breaches(checks(cast, line, distributor=cast.distributor_firm))
        assert point.values["lacking"] == ["cold_chain"]

    def test_asks_of_a_supplier_that_delivers_itself_neither(self, cast: Cast, line: AgreementLine) -> None:
        assert [point.rule for point in checks(cast, line, distributor=None)] == [RULE_ACTIVE, RULE_BARRED]


def gaps(kind: GapKind, province_id: str = HENAN) -> list[Gap]:
    return network_gaps(province_id, on=TODAY, refused_since=NOW - 300 * DAY, kinds=(kind,))


class TestNetworkGaps:
    def test_name_townships_that_nobody_must_serve(self, cast: Cast) -> None:
        served, other = factories.township(), factories.township(f"{ZHONGYUAN}101", "沟赵乡", is_remote=True)
        factories.duty(cast, served)
        [gap] = gaps(GapKind.NO_DUTY)
        assert (gap.place, gap.place_name, gap.facts) == (other.code, "沟赵乡", {"is_remote": True})
        ServiceDuty.objects.update(validity=(TODAY - 9 * DAY, TODAY))
        assert len(gaps(GapKind.NO_DUTY)) == 2
        assert gaps(GapKind.NO_DUTY, HUBEI) == []

    def test_name_duties_that_cannot_be_fulfilled(self, cast: Cast) -> None:
        factories.duty(cast)
        assert gaps(GapKind.DUTY_UNFIT) == []
        factories.licence(cast.distributor_firm, kind=DISTRIBUTION, valid_until=TODAY)
        [gap] = gaps(GapKind.DUTY_UNFIT)
        assert (gap.firm, gap.facts["reasons"]) == ("DISTRIBUTOR", ["not_licensed"])
        factories.conduct_record(cast, firm=cast.distributor_firm)
        Organization.objects.filter(pk=cast.distributor_firm.pk).update(is_active=False)
        [gap] = gaps(GapKind.DUTY_UNFIT)
        assert gap.facts["reasons"] == ["inactive", "barred", "not_licensed"]

    def test_name_counties_without_a_cold_chain_for_what_is_agreed(self, cast: Cast, line: AgreementLine) -> None:
        Region.objects.create(code="410103", name="二七区", level="county", parent_id=ZHENGZHOU)
        assert gaps(GapKind.NO_COLD_CHAIN) == []
        Product.objects.filter(pk=line.product_id).update(storage="cold")
        assert [(gap.place, gap.facts) for gap in gaps(GapKind.NO_COLD_CHAIN)] == [
            (ZHONGYUAN, {"products": 1}),
            ("410103", {"products": 1}),
        ]
        factories.duty(cast)
        assert len(gaps(GapKind.NO_COLD_CHAIN)) == 2
        factories.licence(cast.distributor_firm, Licence.Scope.COLD_CHAIN, kind=DISTRIBUTION)
        assert [gap.place for gap in gaps(GapKind.NO_COLD_CHAIN)] == ["410103"]
        factories.entrustment(cast, ZHENGZHOU)
        assert gaps(GapKind.NO_COLD_CHAIN) == []

    def test_name_suppliers_whose_volumes_nobody_delivers(self, cast: Cast, line: AgreementLine) -> None:
        Region.objects.create(code="410103", name="二七区", level="county", parent_id=ZHENGZHOU)
        factories.entrustment(cast, ZHONGYUAN)
        [gap] = gaps(GapKind.NO_DISTRIBUTOR)
        assert (gap.firm, gap.facts["counties"], gap.facts["of_counties"]) == ("SUPPLIER", 1, 2)
        assert gap.facts["example"] == "二七区"
        # to whom the run would give nothing delivers nothing
        factories.conduct_record(cast, firm=cast.distributor_firm)
        [gap] = gaps(GapKind.NO_DISTRIBUTOR)
        assert gap.facts["counties"] == 2
        # who may trade may deliver itself
        factories.licence(cast.supplier_firm, kind=DISTRIBUTION)
        assert gaps(GapKind.NO_DISTRIBUTOR) == []

    def test_name_who_refuses_a_remote_township_again_and_again(self, cast: Cast, line: AgreementLine) -> None:
        place = factories.township(is_remote=True)
        Organization.objects.filter(pk=cast.hospital.pk).update(township=place)
        cast.hospital.refresh_from_db()
        majeure = replace(REFUSED, code=AnswerReason.FORCE_MAJEURE)
        for became in (REFUSED, DELIVERED, majeure):
            measured_order(cast.hospital, [(line, became)], placed_at=NOW - DAY, distributor=cast.distributor_firm)
        assert gaps(GapKind.REFUSES_REMOTE) == []
        measured_order(
            cast.hospital,
            [(line, replace(REFUSED, code=""))],
            placed_at=NOW - 2 * DAY,
            distributor=cast.distributor_firm,
            status=OrderStatus.REFUSED,
        )
        [gap] = gaps(GapKind.REFUSES_REMOTE)
        assert (gap.place, gap.firm, gap.facts["orders"]) == (place.code, "DISTRIBUTOR", 2)

    def test_are_told_all_at_once(self, cast: Cast) -> None:
        factories.township()
        found = network_gaps(HENAN, on=TODAY, refused_since=NOW - timedelta(days=1))
        assert [gap.kind for gap in found] == [GapKind.NO_DUTY]
