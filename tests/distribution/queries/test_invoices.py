"""Through whose hands a lot came: what is registered of firms, townships and orders decides with the invoices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from catalog.accounts.models import Ownership
from catalog.models import Product, RuleSet, Township
from distribution.models import Order
from distribution.queries.invoices import GoodsLot, chain_check
from distribution.rules.checks import Check, Gate
from distribution.services.deemed import enter_deemed_producer
from distribution.states import DeemedGround, Urgency
from tests import factories
from tests.cast import ZHONGYUAN, Cast
from tests.factories import NOW, TODAY

LOT = "L001"


@pytest.fixture
def order(cast: Cast, rule_sets: object) -> Order:
    """On its way from the distributor."""
    factories.entrustment(cast)
    return factories.despatch(cast).order


@pytest.fixture
def product(order: Order) -> Product:
    return order.lines.get().product


@pytest.fixture
def three_sales(cast: Cast, order: Order, product: Product) -> None:
    """Maker to rival, rival to distributor, distributor to hospital: one too many."""
    factories.sale(cast.supplier, cast.rival, {product: LOT})
    factories.sale(cast.rival, cast.distributor, {product: LOT})
    factories.invoice(cast, order, actor=cast.distributor, judged=False)


def check(order: Order, product: Product) -> Check:
    found = chain_check(order=Order.objects.get(pk=order.pk), lines=[GoodsLot(product.pk, LOT)], on=TODAY)
    assert found is not None
    return found


class TestChainCheck:
    def test_says_nothing_where_nothing_arrives(self, order: Order) -> None:
        assert chain_check(order=order, lines=[], on=TODAY) is None

    def test_lets_two_invoices_pass(self, cast: Cast, order: Order, product: Product) -> None:
        factories.sale(cast.supplier, cast.distributor, {product: LOT})
        factories.invoice(cast, order, actor=cast.distributor, judged=False)
        found = check(order, product)
        assert found.passed
        assert [lot["length"] for lot in found.values["lots"]] == [2]

    @pytest.mark.parametrize(("required", "gate"), [(False, Gate.WARNING), (True, Gate.HARD)])
    def test_of_what_is_missing_warns_or_breaks_as_the_rule_set_says(
        self, cast: Cast, order: Order, product: Product, required: bool, gate: Gate
    ) -> None:
        rules = RuleSet.objects.filter(kind=RuleSet.Kind.INVOICING)
        rules.update(parameters={"chain_required_for_acceptance": required})
        found = check(order, product)
        assert (found.passed, found.gate) == (False, gate)

    @pytest.mark.usefixtures("three_sales")
    def test_of_three_invoices_breaks_the_rule(self, order: Order, product: Product) -> None:
        found = check(order, product)
        assert (found.passed, found.gate) == (False, Gate.HARD)

    @pytest.mark.usefixtures("three_sales")
    def test_tells_the_worst_of_several_lots(self, cast: Cast, order: Order, product: Product) -> None:
        [line] = factories.billed(order)
        factories.sale(cast.supplier, cast.distributor, {product: "L002"})
        other = [replace(line, lot_number="L002")]
        factories.invoice(cast, order, other, actor=cast.distributor, judged=False)
        lots = [GoodsLot(product.pk, lot) for lot in ("L002", LOT)]
        with CaptureQueriesContext(connection) as queries:
            found = chain_check(order=order, lines=lots, on=TODAY)
        assert found is not None
        assert (found.passed, found.gate) == (False, Gate.HARD)
        assert [lot["verdict"] for lot in found.values["lots"]] == ["too_long", "within"]
        with CaptureQueriesContext(connection) as fewer:
            chain_check(order=order, lines=lots[:1], on=TODAY)
        assert len(queries) == len(fewer)


@pytest.mark.usefixtures("three_sales")
class TestExceptions:
    def test_a_remote_township_may_have_one_more(self, cast: Cast, order: Order, product: Product) -> None:
        township = Township.objects.create(code=f"{ZHONGYUAN}201", name="偏远乡", county_id=ZHONGYUAN, is_remote=False)
        cast.hospital.township = township
        cast.hospital.save()
        assert not check(order, product).passed
        Township.objects.update(is_remote=True)
        assert check(order, product).passed

    def test_an_emergency_is_free(self, order: Order, product: Product) -> None:
        Order.objects.update(urgency=Urgency.EMERGENCY)
        assert check(order, product).passed

    def test_a_controlled_medicine_is_free(self, order: Order, product: Product) -> None:
        Product.objects.update(is_controlled=True)
        assert check(order, product).passed

    def test_a_sales_company_counts_as_the_maker_while_it_is_entered(
        self, cast: Cast, order: Order, product: Product
    ) -> None:
        entry = enter_deemed_producer(
            maker_code=cast.supplier_firm.code,
            firm_code=cast.rival_firm.code,
            ground=DeemedGround.SALES_COMPANY,
            papers="集团授权书",
            valid_from=TODAY,
            valid_until=None,
            actor=cast.officer,
            at=NOW,
        )
        assert check(order, product).passed
        entry.validity = DateRange(TODAY.replace(year=2000), TODAY)
        entry.save()
        assert not check(order, product).passed

    @pytest.mark.parametrize(
        ("holder", "share", "passes"), [("中原医药集团", "0.51", True), ("中原医药集团", "0.50", False)]
    )
    def test_one_transfer_within_a_group_is_not_counted(
        self, cast: Cast, order: Order, product: Product, holder: str, share: str, passes: bool
    ) -> None:
        for firm in (cast.rival_firm, cast.distributor_firm):
            Ownership.objects.create(organization=firm, tie=Ownership.Tie.OWNER, holder=holder, share=Decimal(share))
        assert check(order, product).passed is passes

    def test_a_firm_and_the_one_that_it_owns_are_a_group(self, cast: Cast, order: Order, product: Product) -> None:
        Ownership.objects.create(
            organization=cast.distributor_firm,
            tie=Ownership.Tie.OWNER,
            holder=cast.rival_firm.name,
            share=Decimal("1"),
        )
        assert check(order, product).passed
