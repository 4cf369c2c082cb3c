"""Who brings what, with what, and until when: decided for a whole set of requisitions at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Licence, Organization
from catalog.models import Product, Township
from catalog.states import Storage
from distribution.models import ConsolidatedDelivery, Entrustment, Order, Requisition, Route, RouteStop
from distribution.states import Urgency
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, ZHONGYUAN, Cast
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def other_distributor(cast: Cast) -> Organization:
    return Organization.objects.create(code="OTHER", name="黄河配送", kind=OrganizationKind.DISTRIBUTOR)


@pytest.fixture
def township(cast: Cast) -> Township:
    """Where the hospital lies."""
    township = Township.objects.create(code=f"{ZHONGYUAN}001", name="棉纺路", county_id=ZHONGYUAN)
    Organization.objects.filter(pk=cast.hospital.pk).update(township=township)
    return township


def entrust(
    line: AgreementLine,
    distributor: Organization,
    region: str,
    *,
    is_of_product: bool = False,
    begin: int = -1,
    end: int = 30,
) -> None:
    """File it, from so many days from today until before so many; with what stood against it at that time."""
    Entrustment.objects.create(
        supplier=line.agreement.supplier,
        distributor=distributor,
        product=line.product if is_of_product else None,
        region_id=region,
        validity=DateRange(TODAY + timedelta(days=begin), TODAY + timedelta(days=end)),
    )


def placed(cast: Cast, *lines: AgreementLine) -> dict[int, Order]:
    """The orders by the agreed volume, after a run."""
    factories.approved_requisition(cast, dict.fromkeys(lines, 1))
    factories.run(cast)
    return {line.agreement_line_id: order for order in Order.objects.all() for line in order.lines.all()}


class TestDistributor:
    @pytest.mark.parametrize("region", [HENAN, ZHENGZHOU, ZHONGYUAN])
    def test_is_who_is_entrusted_with_a_region_around(self, cast: Cast, line: AgreementLine, region: str) -> None:
        entrust(line, cast.distributor_firm, region)
        assert placed(cast, line)[line.pk].distributor == cast.distributor_firm

    @pytest.mark.parametrize(("wider", "narrower"), [(HENAN, ZHENGZHOU), (ZHENGZHOU, ZHONGYUAN), (HENAN, ZHONGYUAN)])
    def test_is_that_of_the_narrowest_region(
        self, cast: Cast, line: AgreementLine, other_distributor: Organization, wider: str, narrower: str
    ) -> None:
        entrust(line, other_distributor, wider)
        entrust(line, cast.distributor_firm, narrower)
        assert placed(cast, line)[line.pk].distributor == cast.distributor_firm

    def test_is_that_of_the_product_before_that_of_all(
        self, cast: Cast, lines: list[AgreementLine], other_distributor: Organization
    ) -> None:
        entrust(lines[0], other_distributor, ZHONGYUAN)
        entrust(lines[0], cast.distributor_firm, HENAN, is_of_product=True)
        orders = placed(cast, *lines)
        assert orders[lines[0].pk].distributor == cast.distributor_firm
        assert orders[lines[1].pk].distributor == other_distributor

    @pytest.mark.parametrize("flaw", ["another region", "ended", "not begun", "not active", "barred"])
    def test_is_nobody_where_none_is_in_force(self, cast: Cast, line: AgreementLine, flaw: str) -> None:
        begin, end = {"ended": (-9, 0), "not begun": (1, 9)}.get(flaw, (-9, 9))
        entrust(line, cast.distributor_firm, HUBEI if flaw == "another region" else HENAN, begin=begin, end=end)
        Organization.objects.filter(pk=cast.distributor_firm.pk).update(is_active=flaw != "not active")
        if flaw == "barred":
            factories.conduct_record(cast, firm=cast.distributor_firm)
        assert placed(cast, line)[line.pk].distributor is None

    @pytest.mark.parametrize(
        ("scopes", "days", "changes", "is_fit"),
        [
            ([], 9, {}, True),
            (["chemical"], 9, {}, True),
            (["chemical"], 0, {}, False),
            (["traditional"], 9, {}, False),
            (["chemical"], 9, {"is_controlled": True}, False),
            (["chemical", "controlled"], 9, {"is_controlled": True}, True),
            (["chemical"], 9, {"storage": Storage.COLD}, False),
            (["chemical", "cold_chain"], 9, {"storage": Storage.FROZEN}, True),
            (["chemical", "cold_chain"], 9, {"storage": Storage.COOL}, True),
            ([], 9, {"storage": Storage.COLD}, False),
        ],
    )
    def test_is_licensed_for_what_it_brings(
        self, cast: Cast, line: AgreementLine, scopes: list[str], days: int, changes: dict[str, object], is_fit: bool
    ) -> None:
        """Without any licence on file nothing but the cold chain is held against it."""
        Product.objects.filter(pk=line.product_id).update(approval_number="国药准字H20260001", **changes)
        if scopes:
            factories.licence(
                cast.distributor_firm,
                *map(Licence.Scope, scopes),
                kind=Licence.Kind.DISTRIBUTION,
                valid_until=TODAY + timedelta(days=days),
            )
        entrust(line, cast.distributor_firm, HENAN)
        assert placed(cast, line)[line.pk].distributor == (cast.distributor_firm if is_fit else None)

    def test_gives_way_to_a_wider_one_that_is_fit(
        self, cast: Cast, line: AgreementLine, other_distributor: Organization
    ) -> None:
        factories.licence(other_distributor, Licence.Scope.TRADITIONAL, kind=Licence.Kind.DISTRIBUTION)
        Product.objects.filter(pk=line.product_id).update(approval_number="国药准字H20260001")
        entrust(line, other_distributor, ZHONGYUAN)
        entrust(line, cast.distributor_firm, HENAN)
        assert placed(cast, line)[line.pk].distributor == cast.distributor_firm

    def test_is_that_of_the_village_where_the_goods_go(self, cast: Cast, line: AgreementLine) -> None:
        """The centre orders for its village, which lies elsewhere; here without the services that see to that."""
        village = Organization.objects.create(
            code="VILLAGE", name="村卫生室", kind=OrganizationKind.INSTITUTION, region_id=ZHENGZHOU
        )
        entrust(line, cast.distributor_firm, ZHONGYUAN)
        approved = factories.approved_requisition(cast, {line: 1})
        Requisition.objects.filter(pk=approved.pk).update(recipient=village)
        factories.run(cast)
        order = Order.objects.get()
        assert (order.institution, order.recipient, order.distributor) == (cast.hospital, village, None)
        assert order.delivery is not None and order.delivery.county_id == ZHENGZHOU


class TestDeadlines:
    @pytest.mark.parametrize(("is_remote", "hours"), [(False, 48), (True, 72)])
    def test_are_longer_for_remote_townships(
        self, cast: Cast, line: AgreementLine, township: Township, is_remote: bool, hours: int
    ) -> None:
        Township.objects.update(is_remote=is_remote)
        order = placed(cast, line)[line.pk]
        assert order.deliver_by == NOW + timedelta(hours=hours)
        assert (order.placed_at, order.urgency) == (NOW, Urgency.ORDINARY)
        assert order.answer_due_at is not None and order.answer_due_at >= NOW + timedelta(hours=24)


class TestConsolidatedDeliveries:
    def deliveries(self) -> list[tuple[object, ...]]:
        rows = ConsolidatedDelivery.objects.order_by("storage", "route")
        return list(rows.values_list("county", "carrier", "storage", "route__name", "deliver_by"))

    def test_bring_together_what_one_carrier_has_for_a_county(self, cast: Cast, lines: list[AgreementLine]) -> None:
        for line in lines:
            factories.approved_requisition(cast, {line: 1})
        entrust(lines[0], cast.distributor_firm, HENAN)
        run = factories.run(cast)
        due = NOW + timedelta(hours=48)
        assert self.deliveries() == [(ZHONGYUAN, cast.distributor_firm.pk, Storage.ROOM, None, due)]
        assert (run.order_count, run.delivery_count) == (2, 1)
        assert ConsolidatedDelivery.objects.get().orders.count() == 2

    def test_keep_the_temperature_classes_apart(self, cast: Cast, lines: list[AgreementLine]) -> None:
        Product.objects.filter(pk=lines[0].product_id).update(storage=Storage.COLD)
        orders = placed(cast, *lines)
        assert [orders[line.pk].storage for line in lines] == [Storage.COLD, Storage.ROOM]
        assert [storage for _county, _carrier, storage, *_ in self.deliveries()] == [Storage.COLD, Storage.ROOM]
        assert orders[lines[0].pk].delivery != orders[lines[1].pk].delivery

    def test_go_by_the_route_of_the_township(self, cast: Cast, line: AgreementLine, township: Township) -> None:
        entrust(line, cast.distributor_firm, HENAN)
        for number, carrier in enumerate((cast.distributor_firm, cast.supplier_firm)):
            route = Route.objects.create(carrier=carrier, county_id=ZHONGYUAN, name=f"{number}线")
            RouteStop.objects.create(route=route, carrier=carrier, township=township, position=1)
        order = placed(cast, line)[line.pk]
        assert order.delivery is not None and order.delivery.route is not None
        assert (order.delivery.carrier, order.delivery.route.name) == (cast.distributor_firm, "0线")

    def test_arrive_when_the_first_of_their_orders_is_due(
        self, cast: Cast, line: AgreementLine, township: Township, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whichever set of the run brought the order."""
        monkeypatch.setattr("distribution.services.runs.CHUNK", 1)
        Township.objects.update(is_remote=True)
        near = Organization.objects.create(
            code="NEAR", name="第二医院", kind=OrganizationKind.INSTITUTION, region_id=ZHONGYUAN
        )
        for institution in (cast.hospital, near, cast.hospital):
            approved = factories.approved_requisition(cast, {line: 1})
            Requisition.objects.filter(pk=approved.pk).update(institution=institution)
        factories.run(cast)
        assert [row[-1] for row in self.deliveries()] == [NOW + timedelta(hours=48)]
        assert ConsolidatedDelivery.objects.get().orders.count() == 3
