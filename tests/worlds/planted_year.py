"""Twelve months of a province in which what is wrong was put there, and all else is as it should be.

Every month six institutions sell at what they paid, the hospital orders, receives, uses and pays, and a few harmless
reactions are reported. Between them stand the deeds of ``PLANTED``, each in its month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.timezone import localdate, localtime

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Product
from catalog.rules.months import months_after
from distribution.models import Invoice, Order
from distribution.services.case_opening import note_checked
from distribution.services.despatches import advise_despatch
from distribution.services.found_lots import Received
from distribution.services.receipts import receive_despatch
from distribution.services.retail import ReportedPrice, report_retail_prices
from distribution.services.retail_checks import check_retail_report
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast, make_cast, make_rule_sets, make_supervision_rules
from tests.distribution.measured import REFUSED, measured_order
from tests.factories import NOW, TODAY

MONTHS = range(12, 0, -1)
MEDICINES = ("阿莫西林", "布洛芬", "头孢拉定", "二甲双胍")
AGREED, CEILING = "6.00", "8.72"
HARMLESS = ("恶心", "皮疹", "头痛")
CLUSTER, SIGNAL = "寒战", "肝功能异常"
CLUSTER_LOT = "LOT-B6"
# Months before this one: in which the invoice was not paid, and until when the fourth medicine still came.
UNPAID, LAST_OF_FOURTH = 2, 3


def day(month: int, number: int) -> datetime:
    """In the morning of a day of the month so many months before this one."""
    first = months_after(TODAY.replace(day=1), -month)
    return localtime(NOW).replace(year=first.year, month=first.month, day=number, hour=9, minute=0)


# The day on which the province looks back.
END = day(0, 1)


@dataclass(slots=True)
class PlantedYear:
    """The cast, its products in the order of ``MEDICINES``, one that nobody procures, and who sells."""

    cast: Cast
    products: list[Product]
    unprocured: Product
    sellers: list[Organization]
    unpaid: list[Invoice] = field(default_factory=list)

    def price(self, seller: int, product: Product, month: int) -> str:
        """What patients of an institution paid for a pack: the agreed price, but for what was planted."""
        planted = {
            # one fen above what it was bought for, and mended the month after
            (1, self.products[0].pk, 9): "6.01",
            # one fen above the guide price, in two months
            (2, self.unprocured.pk, 5): "8.73",
            (2, self.unprocured.pk, 4): "8.73",
            # a third of what the others ask
            (3, self.products[1].pk, 3): "2.00",
            # far above everything
            (4, self.products[2].pk, 2): "9.00",
        }
        usual = CEILING if product == self.unprocured else AGREED
        return planted.get((seller, product.pk, month), usual)


def make_planted_year() -> PlantedYear:
    """All twelve months, each told by those who lived it."""
    cast = make_cast()
    make_rule_sets()
    make_supervision_rules()
    lines = factories.agreement_lines(cast, MEDICINES, at=day(12, 1))
    free = factories.presentation("硝苯地平")
    factories.guide_price(free, price=CEILING)
    world = PlantedYear(
        cast=cast,
        products=[line.product for line in lines],
        unprocured=factories.product(cast.rival_firm, free),
        sellers=[cast.hospital, *(factories.neighbour() for _ in range(5))],
    )
    for month in MONTHS:
        live_a_month(world, lines, month)
    return world


def live_a_month(world: PlantedYear, lines: list[AgreementLine], month: int) -> None:
    """Goods and money, prices, reactions."""
    cast = world.cast
    wanted = dict.fromkeys(lines if month >= LAST_OF_FOURTH else lines[:3], 10)
    if month == 6:
        # paid ten days late: it is no longer owed
        factories.paid_settlement(cast, at=day(6, 15))
    order = deliver(cast, wanted, month)
    invoice = factories.invoice(cast, order, issued_on=localdate(day(month, 5)), at=day(month, 5))
    if month == UNPAID:
        world.unpaid.append(invoice)
    elif month > UNPAID and month != 7:
        factories.paid_settlement(cast, at=day(month, 20))
    for place, line in enumerate(lines):
        if line not in wanted:
            # nobody supplies it any more
            for number in (10, 20):
                measured_order(cast.hospital, [(line, REFUSED)], placed_at=day(month, number))
        elif place == 3:
            factories.issue(cast.pharmacist, line.product, 240, at=day(month, 25))
        else:
            factories.issue(cast.pharmacist, line.product, 200, at=day(month, 25))
    sell(world, month)
    react(world, month)
    if month == 1:
        factories.shortage_report(cast.pharmacist, lines[3].product, at=day(1, 28))


def deliver(cast: Cast, wanted: Mapping[AgreementLine, int], month: int) -> Order:
    """Ordered on the second, here on the third; a lot for each month, and for one product a lot of its own."""
    order = factories.confirmed_order(cast, wanted, at=day(month, 2))
    lots = {
        line.pk: CLUSTER_LOT if month == 6 and line.product.presentation.medicine.name == MEDICINES[1] else f"L{month}"
        for line in order.lines.select_related("product__presentation__medicine")
    }
    sent = [factories.sent(line, lot_number=lots[line.pk]) for line in order.lines.all()]
    despatch = advise_despatch(
        order_id=order.pk,
        reference=f"DN-{month}",
        sent=sent,
        actor=factories.sender(cast, order),
        at=day(month, 2) + timedelta(hours=2),
    )
    received = [Received(line.pk, accepted=line.packs) for line in despatch.lines.all()]
    receive_despatch(despatch_id=despatch.pk, received=received, actor=cast.pharmacist, at=day(month, 3))
    return order


def sell(world: PlantedYear, month: int) -> None:
    """What each institution reports on the tenth, checked as it arrives."""
    on = localdate(day(month, 10))
    for place, seller in enumerate(world.sellers):
        products = world.products[:3] + ([world.unprocured] if place in (0, 2) else [])
        reported = [
            ReportedPrice(product.code, Decimal(world.price(place, product, month)), on, f"/prices/{number}")
            for number, product in enumerate(products)
        ]
        actor = world.cast.pharmacist if place == 0 else factories.pharmacist_of(seller)
        report = report_retail_prices(prices=reported, actor=actor, at=day(month, 10))
        check_retail_report(report_id=report.pk, actor=Actor.platform(), at=day(month, 11))
        note_checked(report_ids=[report.pk], at=day(month, 11))


def react(world: PlantedYear, month: int) -> None:
    """Each product has every harmless event equally often; one event crowds on a lot, one comes after one product."""
    pharmacist = world.cast.pharmacist

    def tell(product: int, event: str, number: int, lot: str = "", *, known_on: date | None = None) -> None:
        factories.reaction(
            pharmacist,
            world.products[product],
            event,
            lot_number=lot or f"L{month}",
            onset_on=known_on or localdate(day(month, number)),
            at=day(month, number),
        )

    for product in range(3):
        tell(product, HARMLESS[(month + product) % 3], 12)
    if month == 6:
        for number in (4, 9, 13):
            tell(1, CLUSTER, number, CLUSTER_LOT)
    if month in (10, 8, 4):
        tell(0, CLUSTER, 14)
    if month % 2 == 0:
        tell(2, SIGNAL, 16)
    if month == 11:
        tell(0, SIGNAL, 16)
        # known for forty days
        tell(1, HARMLESS[0], 21, known_on=localdate(day(11, 21)) - timedelta(days=40))
