"""Recording what firms did: proposed by one person, put into force by another, ended early by a repair."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Func
from django.utils.timezone import localdate

from catalog.accounts.models import Organization
from catalog.errors import NoRuleSet, ReasonNeeded
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from catalog.models import Region, RuleSet
from catalog.rules.conduct_rules import ConductRules, Ground, Level, Offence, Scope
from catalog.services.licences import require_firm
from procurement.errors import GroundUnfit, RepairInTheFuture, RepairOutsideTerm
from procurement.models import ConductRecord
from procurement.policies import may_confirm_conduct, may_record_conduct, require_person
from procurement.states import CONDUCT, ConductStatus


def propose_conduct_record(
    *,
    organization_id: int,
    offence: Offence,
    level: Level,
    province_id: str,
    starts_on: date,
    facts: str,
    source: str,
    ground: Ground | None = None,
    actor: Actor,
    at: datetime,
) -> ConductRecord:
    """Propose to record what a firm did in a province; what that leads to from the day on, the rules of the day say.

    Nothing takes effect before another person has put it into force.

    Raises:
        NotAllowed, NotVisible, NotAFirm
        ReasonNeeded: without facts or a document.
        NoRuleSet: no rules about conduct hold on the day.
        GroundUnfit: bribery without a ground that the rules count; another offence with one.
    """
    with unit_of_work():
        firm = find(Organization.objects.all(), pk=organization_id)
        require_firm(firm)
        province = find(Region.objects.filter(parent=None), code=province_id)
        for name, text in (("facts", facts), ("source", source)):
            if not text.strip():
                raise ReasonNeeded(pointer=f"/{name}")
        rules = RuleSet.objects.in_force(starts_on).filter(kind=RuleSet.Kind.CONDUCT).first()
        if rules is None:
            raise NoRuleSet(kind=RuleSet.Kind.CONDUCT.label, on=starts_on, pointer="/starts_on")
        _refuse_unfit(ground, offence, rules)
        proposed = ConductRecord(
            organization=firm,
            offence=offence,
            ground=ground or "",
            level=level,
            recorded_in=province,
            validity=DateRange(starts_on, None),
            facts=facts,
            source=source,
            rules=rules,
            proposed_by_id=actor.user_id,
        )
        may_record_conduct(actor, "propose", proposed)
        _judge(proposed, [day for _pk, day in _days_of(proposed)])
        proposed.save()
        record(actor=actor, action="conduct.propose", subject=proposed, at=at, changes=_said(proposed))
    return proposed


def confirm_conduct_record(
    *, record_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> ConductRecord:
    """Put a proposed record into force; it takes effect everywhere on its day.

    The firm's other records of the offence are counted anew, under a lock of the firm: a repetition may bar it
    nationwide, by this record or by a later one that is in force already.

    Raises:
        NotAllowed: by who proposed it, or neither a supervisor nor an officer of the province.
        NotVisible, Stale, WrongState, AlreadyDone
    """
    with perform(
        "confirm",
        ConductRecord.objects.visible_to(actor).select_related("rules", "organization"),
        pk=record_id,
        machine=CONDUCT,
        policy=may_confirm_conduct,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as confirmed:
        lock(Organization.objects.all(), pk=confirmed.organization_id)
        confirmed.confirmed_by_id = require_person(actor)
        days = _days_of(confirmed)
        _judge(confirmed, [day for _pk, day in days])
        _judge_later(confirmed, days, actor, at)
    return confirmed


def drop_conduct_record(
    *, record_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> ConductRecord:
    """Drop a proposed record: it never takes effect.

    Raises:
        NotAllowed, NotVisible, Stale, WrongState, AlreadyDone
    """
    with perform(
        "drop",
        ConductRecord.objects.visible_to(actor).select_related("organization"),
        pk=record_id,
        machine=CONDUCT,
        policy=may_record_conduct,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as dropped:
        pass
    return dropped


def repair_conduct_record(
    *, record_id: int, on: date, note: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> ConductRecord:
    """Record that the firm has made good what it did: the effect ends on the day. The record itself still counts.

    Raises:
        NotAllowed, NotVisible, Stale, WrongState, AlreadyDone
        ReasonNeeded: without a note.
        RepairInTheFuture, RepairOutsideTerm
    """
    if not note.strip():
        raise ReasonNeeded(pointer="/note")
    if on > localdate(at):
        raise RepairInTheFuture(on=on, today=localdate(at), pointer="/on")
    with perform(
        "repair",
        ConductRecord.objects.visible_to(actor).select_related("organization"),
        pk=record_id,
        machine=CONDUCT,
        policy=may_record_conduct,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as repaired:
        begin, end = repaired.validity.lower, repaired.validity.upper
        if not begin < on < end:
            raise RepairOutsideTerm(on=on, begin=begin, end=end, pointer="/on")
        repaired.validity = DateRange(begin, on)
        repaired.repaired_on, repaired.repair_note = on, note
    return repaired


def _refuse_unfit(ground: Ground | None, offence: Offence, rules: RuleSet) -> None:
    counted = ConductRules.read(rules.parameters).grounds if offence == Offence.BRIBERY else (None,)
    if ground not in counted:
        words = ", ".join(str(ConductRecord.Ground(item).label) for item in counted if item)
        raise GroundUnfit(grounds=words or "–", pointer="/ground")


def _days_of(counted: ConductRecord) -> list[tuple[int, date]]:
    """The firm's other records of the offence that are or were in force, with their days."""
    others = ConductRecord.objects.filter(
        organization=counted.organization_id,
        offence=counted.offence,
        status__in=[ConductStatus.IN_FORCE, ConductStatus.REPAIRED],
    ).exclude(pk=counted.pk)
    return list(others.order_by().values_list("pk", Func(F("validity"), function="lower")))


def _judge(judged: ConductRecord, earlier: Collection[date]) -> None:
    """Give the record the effect, the term and the scope that its rule set gives it."""
    begin = judged.validity.lower
    measure = ConductRules.read(judged.rules.parameters).measure(
        Offence(judged.offence), Level(judged.level), on=begin, earlier=earlier
    )
    judged.effect, judged.elsewhere = measure.effect, measure.elsewhere or ""
    judged.province_id = judged.recorded_in_id if measure.scope == Scope.PROVINCE else None
    judged.validity = DateRange(begin, measure.until(begin))


def _judge_later(confirmed: ConductRecord, days: list[tuple[int, date]], actor: Actor, at: datetime) -> None:
    """Judge the firm's later records again, for which the confirmed one is now an earlier one."""
    begin = confirmed.validity.lower
    later = ConductRecord.objects.filter(
        pk__in=[pk for pk, day in days if day > begin], status=ConductStatus.IN_FORCE
    ).select_related("rules", "organization")
    for item in later.select_for_update(of=("self",), no_key=True).order_by("pk"):
        before = _said(item)
        _judge(item, [begin, *(day for pk, day in days if pk != item.pk)])
        after = _said(item)
        changes = {name: [before[name][1], after[name][1]] for name in after if before[name] != after[name]}
        if changes:
            item.version += 1
            item.save()
            record(actor=actor, action="conduct.judge_again", subject=item, at=at, changes=changes)


def _said(said: ConductRecord) -> dict[str, list[str | None]]:
    """What the record leads to."""
    return {
        "effect": [None, said.effect],
        "elsewhere": [None, said.elsewhere],
        "province_id": [None, said.province_id],
        "validity": [None, str(said.validity)],
    }
