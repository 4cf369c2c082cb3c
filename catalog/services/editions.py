"""The life of an edition of the national list: drafted, published by a second officer, turned by the days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, Q
from django.utils.timezone import localdate

from catalog.errors import CountsDiffer, EditionExists
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.imports import Table
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import perform, unit_of_work
from catalog.models import Edition
from catalog.policies import may_handle_edition, require_officer
from catalog.services.edition_entries import check_edition_table as check_edition_table
from catalog.services.edition_entries import listings_of, write_entries
from catalog.services.periods import period
from catalog.states import BINDING, EDITION, EditionStatus, ListPart


@dataclass(frozen=True, slots=True)
class LoadedEdition:
    """What was loaded."""

    edition: Edition
    medicines: int
    presentations: int


def draft_edition(
    *,
    code: str,
    title: str,
    source: str,
    valid_from: date,
    valid_until: date | None,
    actor: Actor,
    at: datetime,
    decision: str = "",
    decided_on: date | None = None,
    announced_chemical: int | None = None,
    announced_tcm: int | None = None,
) -> Edition:
    """Begin an edition; its entries are put on it as long as it is a draft.

    Raises:
        NotAllowed, EditionExists, PeriodReversed
    """
    require_officer(actor)
    with unit_of_work():
        try:
            with transaction.atomic():
                edition = Edition.objects.create(
                    code=code,
                    title=title,
                    source=source,
                    decision=decision,
                    decided_on=decided_on,
                    validity=period(valid_from, valid_until),
                    announced_chemical=announced_chemical,
                    announced_tcm=announced_tcm,
                    drafted_by_id=actor.user_id,
                )
        except IntegrityError as error:
            raise EditionExists(code=code) from error
        record(actor=actor, action="edition.draft", subject=edition, at=at, changes={"code": [None, code]})
    return edition


def publish_edition(*, edition_id: int, actor: Actor, at: datetime, expected_version: int | None = None) -> Edition:
    """Publish a draft; the edition that stands until now ends where this one begins.

    Raises:
        NothingGiven: it lists nothing.
        RulesBroken: with a ``CountsDiffer`` for each part that lists another number than was announced.
        EditionExists: another edition begins in its period.
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with unit_of_work():
        try:
            with perform(
                "publish",
                Edition.objects.all(),
                pk=edition_id,
                machine=EDITION,
                policy=may_handle_edition,
                actor=actor,
                at=at,
                expected_version=expected_version,
            ) as edition:
                _refuse_counts(edition)
                _end_former(edition, actor, at)
                edition.published_by_id, edition.published_at = actor.user_id, at
        except IntegrityError as error:
            raise EditionExists(code=Edition.objects.get(pk=edition_id).code) from error
        turn_editions(on=localdate(at), actor=actor, at=at)
        edition.refresh_from_db()
    return edition


def discard_edition(*, edition_id: int, actor: Actor, at: datetime) -> Edition:
    """Give a draft up.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    with perform(
        "discard",
        Edition.objects.all(),
        pk=edition_id,
        machine=EDITION,
        policy=may_handle_edition,
        actor=actor,
        at=at,
    ) as edition:
        pass
    return edition


def turn_editions(*, on: date, actor: Actor, at: datetime) -> list[Edition]:
    """Supersede what no longer holds on the day, and bring into force what holds; may come as often as it likes."""
    is_over, is_current = Q(validity__endswith__lte=on), Q(validity__contains=on)
    # what ends goes first; an edition that was over before it was published is superseded at once
    courses = (
        (EditionStatus.IN_FORCE, is_over, "supersede"),
        (EditionStatus.PUBLISHED, is_over, "supersede"),
        (EditionStatus.PUBLISHED, is_current, "bring_into_force"),
    )
    turned = []
    with unit_of_work():
        for status, due, action in courses:
            # locked, so that what another one turns meanwhile is not turned again
            standing = Edition.objects.filter(due, status=status).select_for_update(of=("self",), no_key=True)
            for edition in standing.order_by("validity"):
                _turn(action, edition.pk, actor, at)
                turned.append(edition)
    return turned


def _turn(action: str, pk: int, actor: Actor, at: datetime) -> None:
    platform = Actor.platform(actor.channel)
    with perform(
        action, Edition.objects.all(), pk=pk, machine=EDITION, policy=may_handle_edition, actor=platform, at=at
    ):
        pass


def _refuse_counts(edition: Edition) -> None:
    """Counted are medicines, each once however often it is listed again."""
    listed = dict(
        edition.entries.filter(is_repeat=False).values_list("part").annotate(count=Count("pk")).order_by("part")
    )
    if not listed:
        raise NothingGiven(pointer="/entries")
    announced = {ListPart.CHEMICAL: edition.announced_chemical, ListPart.TCM: edition.announced_tcm}
    errors: list[DomainError] = [
        CountsDiffer(part=part.label, announced=count, listed=listed.get(part, 0))
        for part, count in announced.items()
        if count is not None and count != listed.get(part, 0)
    ]
    refuse(errors)


def _end_former(edition: Edition, actor: Actor, at: datetime) -> None:
    """The edition in whose time this one begins ends on that day.

    Raises:
        EditionExists: another one begins in this one's time.
    """
    begin = edition.validity.lower
    standing = (
        Edition.objects.filter(status__in=BINDING, validity__overlap=edition.validity)
        .exclude(pk=edition.pk)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    for former in standing:
        if former.validity.lower >= begin:
            raise EditionExists(code=edition.code)
        before, former.validity = former.validity, DateRange(former.validity.lower, begin)
        former.version += 1
        former.save(update_fields=["validity", "version", "updated_at"])
        record(
            actor=actor,
            action="edition.end",
            subject=former,
            at=at,
            changes={"valid_until": [before.upper, begin]},
        )


def load_edition(
    *,
    code: str,
    title: str,
    source: str,
    valid_from: date,
    valid_until: date | None,
    table: Table,
    actor: Actor,
    at: datetime,
    decision: str = "",
    decided_on: date | None = None,
    announced_chemical: int | None = None,
    announced_tcm: int | None = None,
) -> LoadedEdition:
    """Draft, fill and publish an edition with its medicines and presentations; all or nothing.

    Raises:
        RulesBroken: with every bad row.
        MissingColumns, NothingGiven, NotAllowed, EditionExists, PeriodReversed
    """
    checked = check_edition_table(table)
    checked.refuse()
    if not checked.rows:
        raise NothingGiven(pointer="/rows")
    with unit_of_work():
        edition = draft_edition(
            code=code,
            title=title,
            source=source,
            valid_from=valid_from,
            valid_until=valid_until,
            decision=decision,
            decided_on=decided_on,
            announced_chemical=announced_chemical,
            announced_tcm=announced_tcm,
            actor=actor,
            at=at,
        )
        listings = listings_of(row for _number, row in checked.rows)
        write_entries(edition, listings)
        edition = publish_edition(edition_id=edition.pk, actor=actor, at=at)
        medicines = sum(not item.is_repeat for item in listings)
        presentations = sum(len(item.presentations) for item in listings)
        record(
            actor=actor,
            action="edition.load",
            subject=edition,
            at=at,
            changes={"medicines": [None, medicines], "presentations": [None, presentations]},
        )
    return LoadedEdition(edition=edition, medicines=medicines, presentations=presentations)
