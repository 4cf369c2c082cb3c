"""Near-identical presentations: proposals to look at side by side, to merge or to keep apart."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.edition_forms import VersionForm
from catalog.admin.forms import ReasonForm, beside_fields
from catalog.admin.medicines import content_in_words
from catalog.admin.record_tables import TabledAdmin
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    actor_of,
    badge,
    link_to,
    sent,
    table,
    whole,
)
from catalog.models import MergeProposal
from catalog.queries.references import references_to
from catalog.services.merges import keep_apart, merge_presentations, propose_merges
from catalog.states import MERGE, MergeStatus

COLOURS: dict[str, str] = {MergeStatus.PROPOSED: "warning", MergeStatus.MERGED: "success"}
# What two spellings can write otherwise (``rules.likeness.differences``).
FIELDS: dict[str, Any] = {
    "form": gettext_lazy("dosage form"),
    "salt": pgettext_lazy("medicine", "salt"),
    "strength": gettext_lazy("strength"),
    "pack": gettext_lazy("pack"),
}
DECISIONS = {"merge": "merge", "reject": "keep_apart"}


@admin.register(MergeProposal)
class MergeProposalAdmin(TabledAdmin, DecidingAdmin, ExportingAdmin):
    """Two presentations that look like one thing in two spellings."""

    fields = ("state", ("kept_link", "merged_link"), ("decided_by", "decided_at"), "reason")
    list_display = ("pair", "merged", "kept", "differing", "state", "decided_at")
    list_display_links = ("pair",)
    list_filter = (("status", ChoicesDropdownFilter),)
    search_fields = ("kept__medicine__name", "kept__medicine__inn", "kept__medicine__initials")
    # what is to be decided comes first
    ordering = (Case(When(status=MergeStatus.PROPOSED, then=0), default=1), "kept__medicine__name", "pk")
    actions_list = ("look", "export_workbook", "export_csv")
    actions_detail = ("merge", "keep_apart")
    export_columns = (
        ExportColumn(gettext_lazy("medicine"), lambda row: row.kept.medicine.name),
        ExportColumn(gettext_lazy("kept"), lambda row: f"{row.kept.form} {row.kept.strength}"),
        ExportColumn(gettext_lazy("to be merged into it"), lambda row: f"{row.merged.form} {row.merged.strength}"),
        ExportColumn(gettext_lazy("written otherwise"), lambda row: in_words(row)),
        ExportColumn(gettext_lazy("status"), lambda row: row.get_status_display()),
        ExportColumn(gettext_lazy("decided by"), lambda row: row.decided_by),
        ExportColumn(gettext_lazy("decided at"), lambda row: row.decided_at),
        ExportColumn(gettext_lazy("reason"), lambda row: row.reason),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("kept__medicine", "merged__medicine", "decided_by")

    def offered(self, request: HttpRequest, record: MergeProposal) -> list[str]:
        allowed = MERGE.allowed(record.status) if self.may_decide(request, record) else []
        return [DECISIONS[name] for name in allowed]

    def tables(self, request: HttpRequest, record: MergeProposal) -> list[tuple[Any, SafeString | str]]:
        return [
            (_("Side by side"), _side_by_side(record)),
            (_("Written otherwise"), _evidence(record)),
            (_("What refers to each"), _references(record)),
        ]

    @display(description=gettext_lazy("medicine"), ordering="kept__medicine__name")
    def pair(self, proposal: MergeProposal) -> str:
        return proposal.kept.medicine.name

    @display(description=gettext_lazy("kept"))
    def kept(self, proposal: MergeProposal) -> str:
        return f"{proposal.kept.form} {proposal.kept.strength}"

    @display(description=gettext_lazy("to be merged into it"))
    def merged(self, proposal: MergeProposal) -> str:
        return f"{proposal.merged.form} {proposal.merged.strength}"

    @display(description=gettext_lazy("kept"))
    def kept_link(self, proposal: MergeProposal) -> str | SafeString:
        return link_to(proposal.kept)

    @display(description=gettext_lazy("to be merged into it"))
    def merged_link(self, proposal: MergeProposal) -> str | SafeString:
        return link_to(proposal.merged)

    @display(description=gettext_lazy("written otherwise"))
    def differing(self, proposal: MergeProposal) -> str:
        return in_words(proposal)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, proposal: MergeProposal) -> SafeString:
        return badge(proposal.get_status_display(), COLOURS.get(proposal.status))

    @action(description=gettext_lazy("Look for near-identical presentations"), url_path="look", icon="join_inner")
    def look(self, request: HttpRequest) -> HttpResponse:
        """Propose every pair that is not proposed yet."""

        def act(values: dict[str, Any]) -> str:
            found = propose_merges(actor=actor_of(request), at=timezone.now())
            return _("%(count)s pairs are proposed anew.") % {"count": len(found)}

        return self.decide(
            request,
            title=_("Look for near-identical presentations"),
            act=act,
            confirm=_("Look"),
            explanation=_(
                "Presentations of a medicine that are written otherwise and say the same are proposed, each pair once. "
                "Nothing is merged before an officer has decided."
            ),
        )

    @action(description=gettext_lazy("Merge"), url_path="merge", icon="merge", variant=ActionVariant.PRIMARY)
    def merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make one of the two."""
        proposal = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            merge_presentations(
                proposal_id=proposal.pk,
                actor=actor_of(request),
                at=timezone.now(),
                expected_version=values["version"],
            )
            return _("%(merged)s is now a spelling of %(kept)s.") % {"merged": proposal.merged, "kept": proposal.kept}

        return self.decide(
            request,
            title=_("Merge %(merged)s into %(kept)s") % {"merged": proposal.merged, "kept": proposal.kept},
            record=proposal,
            form=VersionForm(**sent(request), initial={"version": proposal.version}),
            act=act,
            confirm=_("Merge"),
            is_final=True,
            explanation=_(
                "Whatever names the one names the other from now on; its spelling is still understood. This cannot be "
                "undone."
            ),
        )

    @action(description=gettext_lazy("Keep apart"), url_path="keep-apart", icon="call_split")
    def keep_apart(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say that the two are not one thing."""
        proposal = self.record_of(request, object_id)
        form = ReasonForm(**sent(request))

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                keep_apart(proposal_id=proposal.pk, reason=values["reason"], actor=actor_of(request), at=timezone.now())
            return _("%(merged)s and %(kept)s stay apart.") % {"merged": proposal.merged, "kept": proposal.kept}

        return self.decide(
            request,
            title=_("Keep %(merged)s and %(kept)s apart") % {"merged": proposal.merged, "kept": proposal.kept},
            record=proposal,
            form=form,
            act=act,
            confirm=_("Keep apart"),
            explanation=_("The pair is not proposed again."),
        )


def in_words(proposal: MergeProposal) -> str:
    """What the two write otherwise, in one text."""
    return "; ".join(
        f"{FIELDS.get(item['field'], item['field'])}: {item['merged'] or '–'} → {item['kept'] or '–'}"
        for item in proposal.evidence
    )


def _evidence(proposal: MergeProposal) -> str | SafeString:
    rows = [
        [capfirst(str(FIELDS.get(item["field"], item["field"]))), item["kept"], item["merged"]]
        for item in proposal.evidence
    ]
    return table([_("fact"), _("kept"), _("to be merged into it")], rows) if rows else ""


def _side_by_side(proposal: MergeProposal) -> SafeString:
    kept, merged = proposal.kept, proposal.merged
    rows = [
        [capfirst(str(FIELDS[field])), getattr(kept, field), getattr(merged, field)]
        for field in ("form", "strength", "salt")
    ]
    rows.append([_("Content of one unit"), content_in_words(kept) or "", content_in_words(merged) or ""])
    return table([_("fact"), _("kept"), _("to be merged into it")], rows)


def _references(proposal: MergeProposal) -> SafeString:
    rows = [
        [
            capfirst(str(model._meta.verbose_name_plural)),
            whole(counts.get(proposal.kept_id, 0)),
            whole(counts.get(proposal.merged_id, 0)),
        ]
        for model, counts in references_to([proposal.kept, proposal.merged]).items()
    ]
    return table([_("kind of record"), _("kept"), _("to be merged into it")], sorted(rows))
