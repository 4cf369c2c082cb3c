"""Near-identical presentations: found and proposed, merged or kept apart by an officer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from catalog.errors import MergeBlocked, ReasonNeeded
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import perform
from catalog.models import EditionEntry, MergeProposal, Presentation, ProvincialAddition
from catalog.policies import may_decide_merge, require_officer
from catalog.rules.likeness import differences
from catalog.states import MERGE


def propose_merges(*, actor: Actor, at: datetime, medicine_ids: list[int] | None = None) -> list[MergeProposal]:
    """Propose every pair of presentations of a medicine that are written otherwise and say the same; once each.

    Of all medicines, or of those named. The one registered first is to be kept.

    Raises:
        NotAllowed
    """
    require_officer(actor)
    rows = Presentation.objects.filter(merged_into=None).exclude(likeness="")
    if medicine_ids is not None:
        rows = rows.filter(medicine__in=medicine_ids)
    alike: dict[tuple[int, str], list[Presentation]] = defaultdict(list)
    doubled = (
        rows.values("medicine", "likeness").annotate(count=models.Count("pk")).filter(count__gt=1).values("likeness")
    )
    for item in rows.filter(likeness__in=doubled).select_related("medicine").order_by("pk"):
        alike[item.medicine_id, item.likeness].append(item)
    wanted = [
        MergeProposal(
            kept=first,
            merged=other,
            evidence=[
                {"field": difference.field, "kept": difference.one, "merged": difference.other}
                for difference in differences((first.form, first.strength), (other.form, other.strength))
            ],
        )
        for first, other in _pairs(alike.values())
    ]
    with transaction.atomic():
        known = set(MergeProposal.objects.values_list("kept", "merged"))
        new = [item for item in wanted if (item.kept_id, item.merged_id) not in known]
        MergeProposal.objects.bulk_create(new, ignore_conflicts=True)
        created = list(
            MergeProposal.objects.filter(
                kept__in=[item.kept_id for item in new], merged__in=[item.merged_id for item in new]
            )
        )
        if created:
            record(
                actor=actor,
                action="merge_proposal.propose",
                subject=created[0],
                at=at,
                changes={"pairs": [None, [[item.kept_id, item.merged_id] for item in created]]},
            )
    return created


def _pairs(groups: Iterable[list[Presentation]]) -> Iterator[tuple[Presentation, Presentation]]:
    """Each presentation with the first one before it that it could be: a salt is not another salt."""
    for group in groups:
        for place, other in enumerate(group):
            alike = (item for item in group[:place] if item.salt == other.salt or not (item.salt and other.salt))
            first = next(alike, None)
            if first is not None:
                yield first, other


def merge_presentations(
    *, proposal_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> MergeProposal:
    """Make one presentation of two: whatever names the merged one names the kept one from now on.

    The merged one stays as a spelling, so that sheets which write it so are still understood.

    Raises:
        MergeBlocked: both have what may be there only once, such as a product of the same maker and pack.
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with perform(
        "merge",
        MergeProposal.objects.all(),
        pk=proposal_id,
        machine=MERGE,
        policy=may_decide_merge,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as proposal:
        kept, merged = (
            Presentation.objects.select_for_update(no_key=True)
            .order_by("pk")
            .filter(pk__in=[proposal.kept_id, proposal.merged_id])
        )
        if kept.merged_into_id or merged.merged_into_id:
            raise MergeBlocked(kept=kept, merged=merged, problem=_("one of them has been merged meanwhile"))
        _move_everything(kept, merged)
        merged.spellings.update(merged_into=kept)
        merged.merged_into = kept
        merged.save(update_fields=["merged_into"])
        proposal.decided_by_id, proposal.decided_at = actor.user_id, at
    return proposal


def _move_everything(kept: Presentation, merged: Presentation) -> None:
    """Point every record of every app from the merged presentation to the kept one: products, prices, lots, demand.

    Raises:
        MergeBlocked
    """
    # also the relations that have no name here (related_name="+"), but not the tables between, which follow below
    relation: Any
    for relation in Presentation._meta.get_fields(include_hidden=True):
        model = relation.related_model
        if not relation.one_to_many or model in (MergeProposal, Presentation) or model._meta.auto_created:
            continue
        rows = model._base_manager.filter(**{relation.field.name: merged})
        try:
            with transaction.atomic():
                rows.update(**{relation.field.name: kept})
        except IntegrityError as error:
            names = ", ".join(str(row) for row in rows[:3])
            problem = _("%(kind)s that the kept one also has (%(names)s): end or withdraw one first") % {
                "kind": model._meta.verbose_name_plural,
                "names": names,
            }
            raise MergeBlocked(kept=kept, merged=merged, problem=problem) from error
    for through in (EditionEntry.presentations.through, ProvincialAddition.presentations.through):
        rows = through._base_manager.filter(presentation=merged)
        [owner] = {field.name for field in through._meta.fields} - {"id", "presentation"}
        standing = through._base_manager.filter(presentation=kept).values(owner)
        rows.filter(**{f"{owner}__in": standing}).delete()
        rows.update(presentation=kept)


def keep_apart(*, proposal_id: int, reason: str, actor: Actor, at: datetime) -> MergeProposal:
    """Say that the two are not one thing; the pair is not proposed again.

    Raises:
        ReasonNeeded, NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    with perform(
        "reject",
        MergeProposal.objects.all(),
        pk=proposal_id,
        machine=MERGE,
        policy=may_decide_merge,
        actor=actor,
        at=at,
    ) as proposal:
        if not reason.strip():
            raise ReasonNeeded(pointer="/reason")
        proposal.reason, proposal.decided_by_id, proposal.decided_at = reason.strip(), actor.user_id, at
    return proposal
