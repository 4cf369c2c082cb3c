"""A winner withdraws or is removed: its award is revoked, and the next in rank moves up into its areas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.errors import PriceAlreadyFixed
from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Event
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, perform_all, unit_of_work
from catalog.models import PriceAdjustment, ProcurementPrice
from catalog.services.procurement_prices import end_procurement_prices, fix_procurement_prices
from catalog.states import PriceSource
from procurement.errors import AgreementNotInForce, ReasonMissing
from procurement.models import Award, AwardArea, Bid, Lot, Tender
from procurement.policies import may_set_aside_bid, require_person
from procurement.queries import Bidder, obstacles_of, rules_of
from procurement.services.agreements import lock_agreements, replace_lines
from procurement.services.awards import price_of, prices_of
from procurement.services.candidates import lock_tender_of
from procurement.services.price_limits import beyond_limits
from procurement.services.procedure_checks import unfit_for_quantity
from procurement.states import BID, AgreementStatus, BidStatus, SupplyRole, TenderStatus

ONE_DAY = timedelta(days=1)


def revoke_award(
    *, bid_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Award | None:
    """Revoke a winner's award with the reason; return that of the next in rank, which supplies its areas from now on.

    The successor is the next bid by rank that was not awarded and may supply: its supplier is admitted on the day, its
    price is agreed where the procedure asks for that, within the ceiling and the guide price, and free to be fixed, its
    output suffices, and no agreement of its supplier under the tender is suspended or ended. It supplies at its own
    price. Who is passed over is written down with the reasons (``passed_over``). Nothing is returned where nobody is
    left: the areas are without a supplier then, unless a backup stands by. Once agreements are concluded, what was not
    called off goes over to the successor's.

    Raises:
        NotVisible, NotAllowed (four eyes), Stale, WrongState, AlreadyDone
        ReasonMissing
    """
    person = require_person(actor)
    with unit_of_work():
        bids = Bid.objects.visible_to(actor).select_related("lot__tender", "supplier").defer("envelope")
        tender = lock_tender_of(actor, find(bids, pk=bid_id).lot_id)
        lot = lock(
            Lot.objects.select_related("tender__agency", "tender__procedure_rules", "presentation__medicine"),
            bids=bid_id,
        )
        with perform(
            "revoke",
            bids,
            pk=bid_id,
            machine=BID,
            policy=may_set_aside_bid,
            actor=actor,
            at=at,
            expected_version=expected_version,
        ) as bid:
            if not reason.strip():
                raise ReasonMissing(difference=_("an award is revoked"), pointer="/reason")
            award = Award.objects.select_related("bid__product", "bid__supplier").get(bid=bid)
            award.revoked_at, award.revoke_reason = at, reason.strip()
            award.save(update_fields=["revoked_at", "revoke_reason"])
        successor, passed = _replace(award, lot, tender, person=person, actor=actor, at=at)
        changes = {"reason": [None, award.revoke_reason], "successor": [None, successor and str(successor)]}
        if passed:
            changes["passed_over"] = [None, passed]
        record(actor=actor, action="award.revoke", subject=award, at=at, changes=changes)
    return successor


def passed_over(bid_id: int) -> list[str]:
    """Who did not move up when the award of the bid was revoked, and why, as it was written down then."""
    events = Event.objects.filter(action="award.revoke", subject_id=Award.objects.filter(bid=bid_id).values("pk")[:1])
    return [line for event in events for line in event.changes.get("passed_over", [None, []])[1]]


def _replace(
    award: Award, lot: Lot, tender: Tender, *, person: int, actor: Actor, at: datetime
) -> tuple[Award | None, list[str]]:
    areas = list(AwardArea.objects.filter(award=award, ended_at=None).order_by("province"))
    AwardArea.objects.filter(pk__in=[area.pk for area in areas]).update(ended_at=at)
    _end_prices(award, lot, areas, at)
    # a winner without volume leaves nothing that somebody else would have to supply
    taken = [area for area in areas if area.role != SupplyRole.LISTED]
    successor: Award | None = None
    passed: list[str] = []
    for bid, reasons in _next_in_rank(award, lot, taken, at) if taken else ():
        if not reasons:
            try:
                with transaction.atomic():
                    successor = _move_up(bid, award, lot, taken, person=person, actor=actor, at=at)
                break
            except PriceAlreadyFixed as error:
                reasons = [str(error)]
        passed.append(f"{bid.supplier}: {' '.join(reasons)}")
    if tender.status == TenderStatus.CONCLUDED:
        replace_lines(award=award, successor=successor, at=at)
    return successor, passed


def _move_up(
    bid: Bid, award: Award, lot: Lot, taken: Sequence[AwardArea], *, person: int, actor: Actor, at: datetime
) -> Award:
    """Award the areas to the next bid.

    Raises:
        PriceAlreadyFixed
    """
    own = Bid.objects.filter(pk=bid.pk).select_related("supplier").defer("envelope", "technical_envelope")
    perform_all("award", own, machine=BID, actor=actor, at=at)
    successor = Award.objects.create(
        lot=lot,
        bid=bid,
        price=price_of(bid),
        supply_until=award.supply_until,
        awarded_at=at,
        awarded_by_id=person,
        replaces=award,
    )
    AwardArea.objects.bulk_create(
        AwardArea(award=successor, lot=lot, province_id=area.province_id, role=area.role, quantity=area.quantity)
        for area in taken
    )
    fix_procurement_prices(
        prices=prices_of(successor, sorted({area.province_id for area in taken}), lot),
        source=PriceSource.AWARD if bid.agreed_price is None else PriceSource.NEGOTIATION,
        valid_from=_supplies_from(lot, at),
        valid_until=award.supply_until or lot.tender.supply_until,
    )
    return successor


def _supplies_from(lot: Lot, at: datetime) -> date:
    return max(localdate(at), lot.tender.supply_from)


def _next_in_rank(award: Award, lot: Lot, taken: Sequence[AwardArea], at: datetime) -> Iterator[tuple[Bid, list[str]]]:
    """The bids that may move up, in order, each with what stands against it.

    Those ranked before the revoked one were passed over with a reason, which still stands.
    """
    waiting = list(
        Bid.objects.filter(
            lot=lot,
            status=BidStatus.LOST,
            evaluation_line__is_zero_volume=False,
            evaluation_line__rank__gt=award.bid.evaluation_line.rank,
        )
        .select_related("product__presentation__medicine", "product__manufacturer", "supplier")
        .defer("envelope", "technical_envelope")
        .order_by("evaluation_line__rank")
    )
    # with the revoked one's, so that all are locked in one order
    agreements = lock_agreements(lot.tender, [award.bid.supplier_id, *(bid.supplier_id for bid in waiting)])
    resting = {one.supplier_id: one for one in agreements if one.status != AgreementStatus.IN_FORCE}
    found = obstacles_of(lot.tender, [Bidder(bid.supplier_id, lot, bid.product) for bid in waiting], at)
    rules, quantity = rules_of(lot.tender), sum(area.quantity for area in taken)
    for bid, obstacles in zip(waiting, found, strict=True):
        assert bid.product is not None and bid.price_ratio is not None  # a ranked bid has both
        broken = [
            *beyond_limits(lot, bid.product, bid.price_ratio, price_of(bid), _supplies_from(lot, at)),
            *unfit_for_quantity(lot, rules, bid, quantity),
        ]
        if (rest := resting.get(bid.supplier_id)) is not None:
            status = rest.get_status_display()
            broken.append(AgreementNotInForce(agreement=rest, status=status, action=_("move up")))
        yield bid, [*(f"{obstacle.sentence}." for obstacle in obstacles), *map(str, broken)]


def _end_prices(award: Award, lot: Lot, areas: Sequence[AwardArea], at: datetime) -> None:
    """The provinces stop paying this lot's price today; what they were to pay only later, they never do.

    A price that somebody has asked to adjust cannot be deleted: it ends after its first day.
    """
    product = award.bid.product_id
    assert product is not None  # a ranked bid has one
    today = localdate(at)
    prices = _prices_of_lot(product, f"{lot.tender.number}/{lot.number}", [area.province_id for area in areas])
    asked_about = set(PriceAdjustment.objects.filter(former__in=prices).values_list("former", flat=True))
    later = [price for price in prices if price.validity.lower >= today]
    ProcurementPrice.objects.filter(pk__in=[price.pk for price in later if price.pk not in asked_about]).delete()
    running = [price for price in prices if price.validity.lower < today and not _is_over(price, today)]
    end_procurement_prices([(product, price.province_id) for price in running], on=today)
    for price in later:
        if price.pk in asked_about:
            end_procurement_prices([(product, price.province_id)], on=price.validity.lower + ONE_DAY)


def _is_over(price: ProcurementPrice, today: date) -> bool:
    return price.validity.upper is not None and price.validity.upper <= today


def _prices_of_lot(product: int, reference: str, province_ids: Sequence[str]) -> list[ProcurementPrice]:
    """What the lot fixed, also what is to come, and what its prices were adjusted to; other lots' prices stay out."""
    adjusted = dict(PriceAdjustment.objects.filter(product=product).values_list("pk", "former"))
    own: dict[int, ProcurementPrice] = {}
    rows = ProcurementPrice.objects.select_for_update(no_key=True).filter(product=product, province__in=province_ids)
    for price in rows.order_by("pk"):
        is_adjusted = price.source == PriceSource.ADJUSTMENT and adjusted.get(int(price.source_reference)) in own
        if is_adjusted or price.source_reference == reference:
            own[price.pk] = price
    return list(own.values())
