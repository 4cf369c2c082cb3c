"""Committees: how they were drawn, who sits on them, and how far they are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, Lines, actor_of, badge, link_to, sent, table
from catalog.foundation.web.admin.forms import Select, TextInput
from catalog.foundation.web.admin.values import EMPTY
from procurement.admin.technical_words import REASONS
from procurement.models import Committee, CommitteeMember
from procurement.services.committees import replace_member
from procurement.states import ScoreSheetStatus, TenderStatus


def progress_badge(member: CommitteeMember) -> SafeString:
    """Whether the member has submitted their scores."""
    if member.left_at is not None:
        return badge(_("replaced"), "danger")
    if member.sheet.status == ScoreSheetStatus.SUBMITTED:
        return badge(_("submitted"), "success")
    return badge(_("not submitted"), "warning")


class MemberLines(Lines):
    model = CommitteeMember
    fields = ("number", "expert", "is_outside", "is_primary", "progress", "left_reason")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("expert__user", "expert__employer", "sheet")

    @display(description=gettext_lazy("scores"))
    def progress(self, member: CommitteeMember) -> SafeString:
        return progress_badge(member)


class ReplaceForm(forms.Form):
    """Who cannot come, and why."""

    member = forms.ModelChoiceField(
        CommitteeMember.objects.none(), label=gettext_lazy("committee member"), widget=Select
    )
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=200, widget=TextInput)

    def __init__(self, committee: Committee, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sitting = committee.members.sitting().select_related("expert__user", "expert__employer")
        self.fields["member"].queryset = sitting  # type: ignore[attr-defined]


@admin.register(Committee)
class CommitteeAdmin(DecidingAdmin, ExportingAdmin):
    """The draw of each committee, so that anybody can repeat it."""

    fields = (("tender_link", "progress"), ("drawn_at", "drawn_by"), "seed", "drawn_from", "left_out")
    list_display = ("tender", "drawn_at", "drawn_by", "progress")
    list_select_related = ("tender", "drawn_by")
    search_fields = ("tender__number", "tender__title")
    ordering = ("-drawn_at",)
    inlines = (MemberLines,)
    actions_detail = ("replace",)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).prefetch_related("members__sheet")

    def may_decide(self, request: HttpRequest, record: Committee | None = None) -> bool:
        """Officers of the agency whose tender it is."""
        is_own = record is None or record.tender.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Committee) -> list[str]:
        is_at_work = record.tender.status == TenderStatus.TECHNICAL_OPENED
        return ["replace"] if is_at_work and self.may_decide(request, record) else []

    @display(description=gettext_lazy("tender"))
    def tender_link(self, committee: Committee) -> str | SafeString:
        return link_to(committee.tender)

    @display(description=gettext_lazy("score sheets submitted"))
    def progress(self, committee: Committee) -> str:
        sheets = [member.sheet for member in committee.members.all() if member.left_at is None]
        submitted = sum(sheet.status == ScoreSheetStatus.SUBMITTED for sheet in sheets)
        return _("%(submitted)s of %(size)s") % {"submitted": submitted, "size": len(sheets)}

    @display(description=gettext_lazy("pool"))
    def drawn_from(self, committee: Committee) -> SafeString:
        rows = [
            (
                entry["expert"],
                entry["name"],
                _("yes") if entry["outside"] else _("no"),
                _("yes") if entry["primary"] else _("no"),
            )
            for entry in committee.pool
        ]
        headings = [_("number"), _("expert"), _("from outside the agency"), _("of a primary institution")]
        return table(headings, rows)

    @display(description=gettext_lazy("left out"))
    def left_out(self, committee: Committee) -> str | SafeString:
        rows = [
            (pk, entry["name"], REASONS.get(entry["reason"], entry["reason"]), entry.get("firm", EMPTY))
            for pk, entry in committee.excluded.items()
        ]
        return table([_("number"), _("expert"), _("reason"), _("bidder")], rows) if rows else EMPTY

    @action(description=gettext_lazy("Replace a member"), url_path="replace", icon="swap_horiz")
    def replace(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Seat the next of the draw."""
        committee = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            came = replace_member(
                member_id=values["member"].pk, reason=values["reason"], actor=actor_of(request), at=timezone.now()
            )
            return _("“%(expert)s” comes in their stead.") % {"expert": came.expert}

        return self.decide(
            request,
            title=_("Replace a member of the committee of %(tender)s") % {"tender": committee.tender.number},
            record=committee,
            form=ReplaceForm(committee, **sent(request)),
            act=act,
            is_final=True,
            confirm=_("Replace"),
            explanation=_(
                "The next expert of the same draw comes. Who has submitted their scores is replaced only where a "
                "conflict of interest came to light."
            ),
        )
