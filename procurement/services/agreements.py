"""Agreements: concluded from awards, suspended and ended, their volumes amended and handed to who stands by."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from datetime import date, datetime
from itertools import groupby

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q, Sum
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from procurement.errors import (
    AgreedVolumeExceeded,
    AgreementNotInForce,
    AmendmentBeyondLimit,
    LessThanCalledOff,
    LotsUndecided,
    NoBackup,
    ReasonMissing,
)
from procurement.models import Agreement, AgreementLine, Award, AwardArea, Lot, Tender, VolumeEntry
from procurement.policies import may_run_agreement, may_run_tender, require_person
from procurement.queries import late_interest, rules_of
from procurement.services.filings import filing_due_on
from procurement.services.objections import refuse_while_objected
from procurement.services.volumes import enter, hand_over_volume
from procurement.states import AGREEMENT, TENDER, AgreementStatus, LotStatus, SupplyRole

# The reference of the first entry of every agreed volume.
CONCLUDED = "concluded"
# What a volume's amendments are entered under; every other entry moves what the limit of amendments is measured from.
AMENDED, BACKUP_CALLED = "amend", "backup"


def conclude_agreements(*, tender_number: str, actor: Actor, at: datetime) -> list[Agreement]:
    """Make one agreement per winning supplier from the awards, with a volume per lot and province.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone
        LotsUndecided, ObjectionsUnanswered, UpheldObjections
    """
    with perform(
        "conclude",
        Tender.objects.of_agency(actor),
        number=tender_number,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        require_person(actor)
        refuse_while_objected(tender)
        undecided = Lot.objects.filter(tender=tender).exclude(status__in=[LotStatus.AWARDED, LotStatus.FAILED])
        if undecided.exists():
            numbers = undecided.order_by("number").values_list("number", flat=True)
            raise LotsUndecided(lots=", ".join(map(str, numbers)))
        tender.filing_due_on = filing_due_on(tender)
        areas = (
            AwardArea.objects.filter(lot__tender=tender, ended_at=None)
            .select_related("award__bid__supplier", "award__bid__product")
            .order_by("award__bid__supplier__code", "award__supply_until", "lot__number", "province")
        )
        return _conclude(tender, areas, at)


def _conclude(tender: Tender, areas: Iterable[AwardArea], at: datetime) -> list[Agreement]:
    """One agreement per supplier and term; the areas come in that order."""
    agreements: list[Agreement] = []
    lines: list[AgreementLine] = []
    names: set[str] = set()
    per_day = late_interest(localdate(at))

    def until(area: AwardArea) -> date:
        return area.award.supply_until or tender.supply_until

    for (supplier, end), group in groupby(areas, key=lambda area: (area.award.bid.supplier, until(area))):
        number = f"{tender.number}-{supplier.code}"
        agreement = Agreement.objects.create(
            number=f"{number}-{end.year}" if number in names else number,
            tender=tender,
            agency_id=tender.agency_id,
            supplier=supplier,
            validity=DateRange(tender.supply_from, end),
            interest_per_day=per_day,
            concluded_at=at,
        )
        names.add(number)
        agreements.append(agreement)
        lines += [
            AgreementLine(
                agreement=agreement,
                lot_id=area.lot_id,
                product=area.award.bid.product,
                province_id=area.province_id,
                role=area.role,
                price=area.award.price,
                agreed_quantity=area.quantity,
            )
            for area in group
        ]
    written = AgreementLine.objects.bulk_create(lines)
    enter(VolumeEntry.Kind.AGREE, {line.pk: line.agreed_quantity for line in written}, CONCLUDED, at)
    return agreements


def change_agreement(*, number: str, action: str, reason: str, actor: Actor, at: datetime) -> Agreement:
    """Suspend, resume or end an agreement, with the reason; ``action`` is one of its machine's.

    Raises:
        NotVisible, NotAllowed, WrongState, ReasonMissing
    """
    with perform(
        action,
        Agreement.objects.visible_to(actor),
        number=number,
        machine=AGREEMENT,
        policy=may_run_agreement,
        actor=actor,
        at=at,
    ) as agreement:
        require_person(actor)
        agreement.status_reason = _stated(reason, AGREEMENT.transitions[action].label)
    return agreement


def amend_volume(*, line_id: int, quantity: int, reason: str, actor: Actor, at: datetime) -> AgreementLine:
    """Change an agreed volume to ``quantity`` units, within the share of it that the rules admit.

    The share is of what was agreed first, less or plus what a backup supplier or a successor took over.

    Raises:
        NotVisible, NotAllowed, ReasonMissing
        AgreementNotInForce, AmendmentBeyondLimit, LessThanCalledOff
    """
    with unit_of_work():
        line = _lock_line(line_id, actor, _("amend the volume"))
        stated = _stated(reason, _("amend the volume"))
        limit = rules_of(line.agreement.tender).amendment_limit
        base = _unamended_volume(line)
        least, most = math.ceil(base * (1 - limit)), math.floor(base * (1 + limit))
        if not least <= quantity <= most:
            raise AmendmentBeyondLimit(quantity=quantity, least=least, most=most, base=base, pointer="/quantity")
        if quantity < line.called_off_quantity:
            raise LessThanCalledOff(quantity=quantity, called_off=line.called_off_quantity, pointer="/quantity")
        former, line.agreed_quantity = line.agreed_quantity, quantity
        line.save(update_fields=["agreed_quantity"])
        enter(VolumeEntry.Kind.AGREE, {line.pk: quantity - former}, _next_reference(AMENDED, line), at, stated)
        changes = {"agreed_quantity": [former, quantity], "reason": [None, stated]}
        record(actor=actor, action="agreed_volume.amend", subject=line, at=at, changes=changes)
    return line


def call_backup(*, line_id: int, units: int | None = None, reason: str, actor: Actor, at: datetime) -> AgreementLine:
    """Let the backup supplier of an area take over ``units`` of the main supplier's rest, or all of it.

    The backup supplies at its own awarded price. Returns the backup's line.

    Raises:
        NotVisible, NotAllowed, ReasonMissing, AgreementNotInForce
        NoBackup: nobody stands by for the area. AgreedVolumeExceeded: the rest is smaller.
    """
    with unit_of_work():
        main = _lock_line(line_id, actor, _("call the backup supplier"), with_backup=True)
        stated = _stated(reason, _("call the backup supplier"))
        backup = (
            AgreementLine.objects.filter(
                lot=main.lot_id,
                province=main.province_id,
                role=SupplyRole.BACKUP,
                ended_at=None,
                agreement__status=AgreementStatus.IN_FORCE,
            )
            .select_related("agreement__supplier", "product__presentation__medicine", "product__manufacturer")
            .first()
        )
        if backup is None or main.role != SupplyRole.MAIN:
            raise NoBackup(line=main)
        moved = main.remaining_quantity if units is None else units
        if not 0 < moved <= main.remaining_quantity:
            raise AgreedVolumeExceeded(product=main.product, wanted=moved, remaining=main.remaining_quantity)
        reference = _next_reference(BACKUP_CALLED, main)
        hand_over_volume({(main.pk, backup.pk): moved}, reference=reference, at=at, reason=stated)
        backup.refresh_from_db(fields=["agreed_quantity"])
        record(
            actor=actor,
            action="agreed_volume.call_backup",
            subject=main,
            at=at,
            changes={"units": [None, moved], "to": [None, str(backup.agreement)], "reason": [None, stated]},
        )
    return backup


def _stated(reason: str, what: str | Promise) -> str:
    if not reason.strip():
        raise ReasonMissing(difference=what, pointer="/reason")
    return reason.strip()


def _lock_line(line_id: int, actor: Actor, what: str, *, with_backup: bool = False) -> AgreementLine:
    """The line, and where asked for its area's backup, locked in the order of their keys; the agreement is in force."""
    visible = AgreementLine.objects.visible_to(actor).select_related(
        "agreement__tender__procedure_rules", "product__presentation__medicine", "product__manufacturer", "province"
    )
    found = find(visible, pk=line_id)
    may_run_agreement(actor, "suspend", found.agreement)
    require_person(actor)
    lock(Agreement.objects.all(), pk=found.agreement_id)
    area = Q(lot=found.lot_id, province=found.province_id, ended_at=None) if with_backup else Q(pk=found.pk)
    locked = AgreementLine.objects.select_for_update(of=("self",), no_key=True).filter(area | Q(pk=found.pk))
    list(locked.order_by("pk"))
    line = find(visible, pk=line_id)
    if line.agreement.status != AgreementStatus.IN_FORCE or line.ended_at is not None:
        raise AgreementNotInForce(agreement=line.agreement, status=line.agreement.get_status_display(), action=what)
    return line


def _unamended_volume(line: AgreementLine) -> int:
    moved = line.entries.filter(kind=VolumeEntry.Kind.AGREE).exclude(reference__startswith=f"{AMENDED}-")
    return moved.aggregate(units=Sum("quantity"))["units"] or 0


def _next_reference(prefix: str, line: AgreementLine) -> str:
    return f"{prefix}-{line.pk}-{line.entries.filter(kind=VolumeEntry.Kind.AGREE).count()}"


def lock_agreements(tender: Tender, supplier_ids: Collection[int]) -> list[Agreement]:
    """The suppliers' agreements of a tender, locked in the order of their keys: before their lines, as all lock them.

    Part of the caller's transaction.
    """
    locked = Agreement.objects.select_for_update(of=("self",), no_key=True)
    return list(locked.filter(tender=tender, supplier__in=supplier_ids).order_by("pk"))


def replace_lines(*, award: Award, successor: Award | None, at: datetime) -> None:
    """End the volumes agreed by an award; what was not called off goes over to the successor's agreement.

    What was called off stays agreed with whom it was. Part of the caller's transaction.
    """
    lock_agreements(award.lot.tender, [award.bid.supplier_id])
    lines = list(
        AgreementLine.objects.select_for_update(of=("self",), no_key=True)
        .filter(lot=award.lot_id, agreement__supplier=award.bid.supplier_id, ended_at=None)
        .select_related("agreement")
        .order_by("pk")
    )
    reference = f"award-{award.pk}-revoked"
    rest = {line.pk: line.remaining_quantity for line in lines}
    for line in lines:
        line.agreed_quantity, line.ended_at = line.called_off_quantity, at
    AgreementLine.objects.bulk_update(lines, ["agreed_quantity", "ended_at"])
    given_up = {pk: -units for pk, units in rest.items()}
    enter(VolumeEntry.Kind.AGREE, given_up, reference, at, award.revoke_reason)
    if successor is None or not lines:
        return
    agreement = _agreement_with(successor, lines[0].agreement, at)
    follow = AgreementLine.objects.bulk_create(
        AgreementLine(
            agreement=agreement,
            lot_id=line.lot_id,
            product=successor.bid.product,
            province_id=line.province_id,
            role=line.role,
            price=successor.price,
            agreed_quantity=rest[line.pk],
        )
        for line in lines
        if line.role != SupplyRole.LISTED
    )
    taken_over = {line.pk: line.agreed_quantity for line in follow}
    enter(VolumeEntry.Kind.AGREE, taken_over, reference, at, award.revoke_reason)


def _agreement_with(successor: Award, former: Agreement, at: datetime) -> Agreement:
    """The supplier's agreement of the same tender that runs as long, or one from today for the rest of the term."""
    supplier, until = successor.bid.supplier, former.validity.upper
    own = Agreement.objects.filter(tender=former.tender_id, supplier=supplier)
    standing = own.filter(validity__endswith=until, status=AgreementStatus.IN_FORCE).first()
    if standing is not None:
        return standing
    number = f"{former.tender.number}-{supplier.code}"
    return Agreement.objects.create(
        number=f"{number}-{own.count() + 1}" if own.exists() else number,
        tender=former.tender,
        agency_id=former.agency_id,
        supplier=supplier,
        validity=DateRange(max(localdate(at), former.validity.lower), until),
        interest_per_day=late_interest(localdate(at)),
        concluded_at=at,
    )
