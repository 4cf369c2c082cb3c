"""Adverse reactions: reported, reviewed and concluded, each within its limits."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localdate

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform, unit_of_work
from catalog.models import Product, Region, RuleSet
from distribution.errors import DaysImpossible, EventMissing, PersonTold, PlaceUnclear, ReasonMissing
from distribution.models import AdverseReaction
from distribution.policies import may_handle_reaction, require_reaction_reporter
from distribution.queries.agencies import agency_ids
from distribution.queries.reactions import known_spelling
from distribution.queries.rules import safety_rules, source_of
from distribution.rules.reactions import REPORT, conclude_by, limits_of, tells_a_person, tidy
from distribution.services.notices import notify
from distribution.states import REACTION, AgeGroup, Causality, NoticeKind, Outcome, Seriousness, Sex


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of a patient whom nothing names; ``known_on`` is when the reporter learned of it."""

    event: str
    seriousness: Seriousness
    onset_on: date
    known_on: date
    age_group: AgeGroup = AgeGroup.UNKNOWN
    sex: Sex = Sex.UNKNOWN
    outcome: Outcome = Outcome.UNKNOWN


def report_reaction(
    *, product_code: str, lot_number: str, observed: Observed, province_code: str = "", actor: Actor, at: datetime
) -> AdverseReaction:
    """Report an adverse reaction, late or not; of a death the maker and the province's agencies learn at once.

    The province is the institution's; a firm names it.

    Raises:
        NotAllowed, NotVisible, PlaceUnclear, RuleSetMissing
        RulesBroken: no event, a number of a person, days in no possible order.
    """
    reporter_id = require_reaction_reporter(actor)
    today = localdate(at)
    event, lot = tidy(observed.event), tidy(lot_number)
    refuse(_broken(event, lot, observed, today))
    with unit_of_work():
        product = find(Product.objects.select_related("presentation__medicine", "manufacturer"), code=product_code)
        province_id = Organization.objects.get(pk=reporter_id).province_id or province_code
        if not province_id:
            raise PlaceUnclear(pointer="/province")
        province = find(Region.objects.filter(parent=None), code=province_id)
        rules = safety_rules(today)
        limits = limits_of(observed.seriousness, known_on=observed.known_on, reported_on=today, rules=rules)
        reaction = AdverseReaction.objects.create(
            province=province,
            reporter_id=reporter_id,
            product=product,
            lot_number=lot,
            event=known_spelling(event),
            seriousness=observed.seriousness,
            age_group=observed.age_group,
            sex=observed.sex,
            outcome=observed.outcome,
            onset_on=observed.onset_on,
            known_on=observed.known_on,
            due_on=limits.due_on,
            rule=REPORT,
            source=source_of(RuleSet.Kind.SAFETY, today),
            reported_at=at,
            reported_by_id=actor.user_id,
            review_by=limits.review_by,
        )
        if observed.seriousness == Seriousness.DEATH:
            notify(
                [product.manufacturer_id, *agency_ids(province.pk)],
                NoticeKind.DEATH_REPORTED,
                at=at,
                reaction=reaction.number,
                product=str(product),
                lot=lot,
                event=reaction.event,
            )
        record(actor=actor, action="adverse_reaction.report", subject=reaction, at=at)
    return reaction


def _broken(event: str, lot: str, observed: Observed, today: date) -> list[DomainError]:
    broken: list[DomainError] = []
    if not event:
        broken.append(EventMissing(pointer="/event"))
    if tells_a_person(event):
        broken.append(PersonTold(text=event, pointer="/event"))
    if not observed.onset_on <= observed.known_on <= today:
        broken.append(
            DaysImpossible(onset_on=observed.onset_on, known_on=observed.known_on, today=today, pointer="/known_on")
        )
    return broken


def review_reaction(
    *,
    reaction_id: int,
    causality: Causality,
    remark: str = "",
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> AdverseReaction:
    """Judge whether the medicine caused it; what is serious then waits for the province's conclusion.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, PersonTold, RuleSetMissing
    """
    with _handled("review", reaction_id, actor, at, expected_version) as reaction:
        today = localdate(at)
        reaction.causality, reaction.remark, reaction.reviewed_at = causality, _said(remark), at
        reaction.conclude_by = conclude_by(
            reaction.seriousness,
            reported_on=localdate(reaction.reported_at),
            reviewed_on=today,
            rules=safety_rules(today),
        )
    return reaction


def conclude_reaction(
    *,
    reaction_id: int,
    causality: Causality,
    remark: str = "",
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> AdverseReaction:
    """Judge it for the province, after the first review.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, PersonTold
    """
    with _handled("conclude", reaction_id, actor, at, expected_version) as reaction:
        reaction.causality, reaction.remark, reaction.concluded_at = causality, _said(remark), at
    return reaction


def set_aside_reaction(
    *, reaction_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> AdverseReaction:
    """Count it no more, since it was reported twice or is none; with the reason.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing, PersonTold
    """
    with _handled("set_aside", reaction_id, actor, at, expected_version) as reaction:
        if not reason.strip():
            raise ReasonMissing(product=reaction, pointer="/reason")
        reaction.remark = _said(reason)
    return reaction


def _said(text: str) -> str:
    """What an officer remarks, which names nobody either.

    Raises:
        PersonTold
    """
    if tells_a_person(text):
        raise PersonTold(text=text, pointer="/remark")
    return text.strip()


def _handled(
    action: str, reaction_id: int, actor: Actor, at: datetime, expected_version: int | None
) -> AbstractContextManager[AdverseReaction]:
    return perform(
        action,
        AdverseReaction.objects.visible_to(actor),
        pk=reaction_id,
        machine=REACTION,
        policy=may_handle_reaction,
        actor=actor,
        at=at,
        expected_version=expected_version,
    )
