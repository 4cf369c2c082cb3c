"""What stands against a supplier: its conduct, its licences, its product, and whether it was asked at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.accounts.models import Licence, Ownership
from catalog.models import Product
from catalog.rules.conduct_rules import Effect
from catalog.states import ProductStatus
from procurement.models import Bid, ConductRecord, Invitation, Lot, LotArea, Tender
from procurement.queries.rules import rules_of
from procurement.rules.licence_scopes import scopes_wanted


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why a firm may not take part: a stable code, a sentence without its full stop, and the facts."""

    code: str
    sentence: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bidder:
    """A supplier that bids for a lot; ``product`` is what it offers, once that is known."""

    supplier_id: int
    lot: Lot
    product: Product | None = None


def barred_supplier_ids(on: date, province_id: str) -> QuerySet[Any]:
    """The ids of the firms that may not take part on the day in the province, for use inside another query."""
    return ConductRecord.objects.barring(on, province_id).order_by().values("organization_id")


def score_lowering_records(tender: Tender, bids: Collection[Bid], on: date) -> dict[int, list[ConductRecord]]:
    """The records that lower the score of a bid on the day, by the bid; a bid without any is left out.

    One lowers it that does so in any of the provinces that the lot supplies.
    """
    provinces, records = _provinces_of_lots(tender), _records_in_force({bid.supplier_id for bid in bids}, on)
    found = {
        bid.pk: [
            record
            for record in records.get(bid.supplier_id, ())
            if _means(Effect.LOWERS_SCORE, record, provinces.get(bid.lot_id, [tender.agency.province_id]))
        ]
        for bid in bids
    }
    return {bid: lowering for bid, lowering in found.items() if lowering}


def obstacles(
    supplier_id: int, tender: Tender, lot: Lot, at: datetime, product: Product | None = None
) -> list[Obstacle]:
    """Everything that keeps the supplier from bidding for the lot at the moment; nothing where it is admitted."""
    [found] = obstacles_of(tender, [Bidder(supplier_id, lot, product)], at)
    return found


def obstacles_of(tender: Tender, bidders: Sequence[Bidder], at: datetime) -> list[list[Obstacle]]:
    """What stands against each of the bidders of a tender, in their order; as many queries for all as for one.

    Who is barred in one of the provinces that a lot supplies is barred from the lot.
    """
    register = _Register.read(tender, bidders, localdate(at))
    return [list(register.judge(bidder)) for bidder in bidders]


def barring_obstacles(supplier_id: int, on: date) -> list[Obstacle]:
    """Where the firm is barred on the day, whatever the tender."""
    records = ConductRecord.objects.in_force(on).filter(organization=supplier_id).select_related("province")
    return [_barred(item) for item in records if Effect.BARRED in (item.effect, item.elsewhere)]


@dataclass(frozen=True, slots=True)
class _Register:
    """What is on file about the bidders of a tender."""

    on: date
    agency_province: str
    ties: dict[int, Ownership]
    is_licence_required: bool
    invited: frozenset[int]
    provinces: dict[int, list[str]]
    records: dict[int, list[ConductRecord]]
    licences: dict[int, list[Licence]]
    approvals: dict[tuple[int, int], set[str]]

    @classmethod
    def read(cls, tender: Tender, bidders: Sequence[Bidder], on: date) -> _Register:
        suppliers = {bidder.supplier_id for bidder in bidders}
        licences: defaultdict[int, list[Licence]] = defaultdict(list)
        held = Licence.objects.filter(organization__in=suppliers).order_by("validity")
        for licence in held:
            licences[licence.organization_id].append(licence)
        return cls(
            on=on,
            agency_province=tender.agency.province_id,
            ties=_ties(tender, suppliers),
            is_licence_required=rules_of(tender).licence_required,
            invited=frozenset(Invitation.objects.filter(tender=tender).values_list("supplier", flat=True)),
            provinces=_provinces_of_lots(tender),
            records=_records_in_force(suppliers, on),
            licences=licences,
            approvals=_approvals(bidders),
        )

    def judge(self, bidder: Bidder) -> Iterator[Obstacle]:
        if self.invited and bidder.supplier_id not in self.invited:
            yield Obstacle("not-invited", _("the tender is open to invited suppliers alone"))
        if tie := self.ties.get(bidder.supplier_id):
            yield _tied(tie)
        provinces = self.provinces.get(bidder.lot.pk, [self.agency_province])
        for record in self.records.get(bidder.supplier_id, ()):
            if _means(Effect.BARRED, record, provinces):
                yield _barred(record)
        yield from self._licence_obstacles(bidder)
        if bidder.product is not None:
            yield from _product_obstacles(bidder.product, self.on)

    def _licence_obstacles(self, bidder: Bidder) -> Iterator[Obstacle]:
        on_file = self.licences.get(bidder.supplier_id, [])
        if not on_file:
            if self.is_licence_required:
                yield Obstacle("licence-missing", _("no licence is on file"))
            return
        made_under = [licence for licence in on_file if licence.kind == Licence.Kind.PRODUCTION]
        valid = [licence for licence in made_under if self.on in licence.validity]
        if not valid:
            yield _no_valid_licence(made_under, self.on)
            return
        wanted = self._scopes_wanted(bidder)
        covered = {scope for licence in valid for scope in licence.scopes}
        if wanted and not wanted & covered:
            words = {"licence": valid[-1].number, "scope": ", ".join(_scope_words(wanted))}
            yield Obstacle(
                "licence-scope",
                _("the production licence %(licence)s does not cover %(scope)s") % words,
                {"licence": valid[-1].number, "wanted": sorted(wanted), "covered": sorted(covered)},
            )

    def _scopes_wanted(self, bidder: Bidder) -> set[str]:
        medicine = bidder.lot.presentation.medicine
        if bidder.product is not None:
            numbers = {bidder.product.approval_number}
        else:
            numbers = self.approvals.get((bidder.supplier_id, medicine.pk), set())
        return scopes_wanted(numbers, is_traditional=medicine.is_traditional)


def _provinces_of_lots(tender: Tender) -> dict[int, list[str]]:
    provinces: defaultdict[int, list[str]] = defaultdict(list)
    for lot_id, province_id in LotArea.objects.filter(lot__tender=tender).values_list("lot", "province"):
        provinces[lot_id].append(province_id)
    return provinces


def _records_in_force(suppliers: Collection[int], on: date) -> dict[int, list[ConductRecord]]:
    records: defaultdict[int, list[ConductRecord]] = defaultdict(list)
    for record in ConductRecord.objects.in_force(on).filter(organization__in=suppliers).select_related("province"):
        records[record.organization_id].append(record)
    return records


def _means(effect: Effect, record: ConductRecord, provinces: Iterable[str]) -> bool:
    return any(record.effect_in(province) == effect for province in provinces)


def _ties(tender: Tender, suppliers: Collection[int]) -> dict[int, Ownership]:
    """How suppliers are tied to the agency of the tender, which is named as holder by its name or its code."""
    agency = {tender.agency.name, tender.agency.code}
    return {tie.organization_id: tie for tie in Ownership.objects.filter(organization__in=suppliers, holder__in=agency)}


def _tied(tie: Ownership) -> Obstacle:
    return Obstacle(
        "tied-to-agency",
        _("%(holder)s, which invites the tender, is its %(tie)s")
        % {"holder": tie.holder, "tie": tie.get_tie_display()},
        {"holder": tie.holder, "tie": tie.tie},
    )


def _approvals(bidders: Collection[Bidder]) -> dict[tuple[int, int], set[str]]:
    """The approval numbers of what each supplier makes of each medicine that is tendered."""
    sealed = [bidder for bidder in bidders if bidder.product is None]
    rows = Product.objects.filter(
        manufacturer__in={bidder.supplier_id for bidder in sealed},
        presentation__medicine__in={bidder.lot.presentation.medicine_id for bidder in sealed},
    ).values_list("manufacturer", "presentation__medicine", "approval_number")
    numbers: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for supplier_id, medicine_id, number in rows:
        numbers[supplier_id, medicine_id].add(number)
    return numbers


def _barred(record: ConductRecord) -> Obstacle:
    return Obstacle(
        "barred",
        _("it is barred %(where)s until before %(until)s for %(offence)s (%(source)s)")
        % {
            "where": _where(record),
            "until": record.validity.upper,
            "offence": record.get_offence_display(),
            "source": record.source,
        },
        {"record": record.pk, "until": record.validity.upper.isoformat(), "province": record.province_id or ""},
    )


def _where(record: ConductRecord) -> str:
    barred_there, barred_elsewhere = record.effect == Effect.BARRED, record.elsewhere == Effect.BARRED
    if record.province is None or (barred_there and barred_elsewhere):
        return _("nationwide")
    words = {"province": record.province.name}
    return _("in %(province)s") % words if barred_there else _("outside %(province)s") % words


def _no_valid_licence(on_file: Sequence[Licence], on: date) -> Obstacle:
    if not on_file:
        return Obstacle("licence-not-valid", _("no production licence is on file"))
    last = on_file[-1]
    words = {"licence": last.number, "on": on, "begin": last.validity.lower, "end": last.validity.upper}
    return Obstacle(
        "licence-not-valid",
        _("no production licence is valid on %(on)s; %(licence)s is so from %(begin)s until before %(end)s") % words,
        {"licence": last.number, "valid_from": str(last.validity.lower), "valid_until": str(last.validity.upper)},
    )


def _product_obstacles(product: Product, on: date) -> Iterator[Obstacle]:
    if product.status != ProductStatus.TRADING:
        words = {"product": product.code, "status": product.get_status_display(), "reason": product.status_reason}
        yield Obstacle(
            "product-not-trading",
            _("its product %(product)s is %(status)s: %(reason)s") % words,
            {"product": product.code, "status": product.status},
        )
    last = product.licence_valid_until
    if last is not None and last < on:
        yield Obstacle(
            "approval-ended",
            _("the approval of its product %(product)s ended on %(on)s") % {"product": product.code, "on": last},
            {"product": product.code, "ended": last.isoformat()},
        )


def _scope_words(scopes: Collection[str]) -> list[str]:
    return [str(Licence.Scope(scope).label) for scope in sorted(scopes)]
