"""Adverse reactions: reviewed within their limits, reckoned into signals, and crowding on lots."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.web.admin import actor_of, badge, link_to
from catalog.foundation.web.admin.forms import Select, TextArea
from distribution.admin.numbers import NumberedAdmin
from distribution.admin.safety_pages import ReasonForm, SafetyAdmin, VersionForm
from distribution.models import AdverseReaction
from distribution.policies import may_handle_reaction
from distribution.services.reactions import conclude_reaction, review_reaction, set_aside_reaction
from distribution.states import (
    REACTION,
    Causality,
    ReactionStatus,
    Seriousness,
)

REACTION_COLOURS: dict[str, str] = {
    ReactionStatus.REPORTED: "warning",
    ReactionStatus.REVIEWED: "info",
    ReactionStatus.CONCLUDED: "success",
}
GRAVITY: dict[str, str] = {Seriousness.DEATH: "danger", Seriousness.SERIOUS: "warning"}


class JudgementForm(VersionForm):
    """How surely the medicine caused it."""

    causality = forms.ChoiceField(label=gettext_lazy("causality"), choices=Causality.choices, widget=Select)
    remark = forms.CharField(
        label=gettext_lazy("remark"), max_length=300, required=False, widget=TextArea(attrs={"rows": 3})
    )


class LateFilter(DropdownFilter):
    """What came, or waits, longer than it may."""

    title = gettext_lazy("limits")
    parameter_name = "limits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("late", gettext_lazy("reported too late")),
            ("overdue", gettext_lazy("not reviewed or concluded in time")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "late":
            return queryset.filter(pk__in=AdverseReaction.objects.late().values("pk"))
        if self.value() == "overdue":
            return queryset.filter(pk__in=AdverseReaction.objects.overdue(localdate()).values("pk"))
        return queryset


@admin.register(AdverseReaction)
class AdverseReactionAdmin(NumberedAdmin, SafetyAdmin):
    """What happened to patients after medicines; nobody is named."""

    machine = REACTION
    policy = may_handle_reaction
    decisions: ClassVar = {"review": "review", "conclude": "conclude", "set_aside": "set_aside"}
    fields = (
        ("name", "state"),
        ("product", "lot_number"),
        ("event", "gravity"),
        ("age_group", "sex", "outcome"),
        ("onset_on", "known_on"),
        ("reported_at", "due_on", "in_time"),
        ("reporter", "province"),
        ("rule", "source"),
        ("review_by", "reviewed_at"),
        ("conclude_by", "concluded_at"),
        ("causality", "remark"),
    )
    list_display = (
        *("name", "event", "gravity", "product", "lot_number", "reporter", "reported_at", "in_time", "review_by"),
        *("conclude_by", "state"),
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("seriousness", ChoicesDropdownFilter),
        LateFilter,
        ProvinceFilter,
    )
    list_select_related = ("product__presentation__medicine", "product__manufacturer", "reporter", "province")
    search_fields = ("event", "lot_number", "product__code", "product__presentation__medicine__name")
    actions_detail = tuple(decisions.values())
    export_values: ClassVar = {"name": lambda reaction: reaction.number}

    def may_decide(self, request: HttpRequest, record: AdverseReaction | None = None) -> bool:
        """Officers of the province."""
        is_own = record is None or record.province_id == actor_of(request).province
        return is_own and super().may_decide(request, record)

    @display(description=gettext_lazy("number"), ordering="pk")
    def name(self, reaction: AdverseReaction) -> str | SafeString:
        return link_to(reaction, reaction.number)

    @display(description=gettext_lazy("seriousness"), ordering="seriousness")
    def gravity(self, reaction: AdverseReaction) -> SafeString:
        return badge(reaction.get_seriousness_display(), GRAVITY.get(reaction.seriousness))

    @display(description=gettext_lazy("reported in time"))
    def in_time(self, reaction: AdverseReaction) -> SafeString:
        is_late = localdate(reaction.reported_at) > reaction.due_on
        return badge(_("too late"), "danger") if is_late else badge(_("in time"), "success")

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, reaction: AdverseReaction) -> SafeString:
        today = localdate()
        if reaction.status == ReactionStatus.REPORTED and reaction.review_by < today:
            return badge(_("not reviewed in time"), "danger")
        if reaction.status == ReactionStatus.REVIEWED and reaction.conclude_by and reaction.conclude_by < today:
            return badge(_("not concluded in time"), "danger")
        return badge(reaction.get_status_display(), REACTION_COLOURS.get(reaction.status))

    @action(
        description=pgettext_lazy("adverse reaction", "Review"),
        url_path="review",
        icon="rate_review",
        variant=ActionVariant.PRIMARY,
    )
    def review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Judge whether the medicine caused it."""
        return self.handle(
            request,
            object_id,
            "review",
            JudgementForm,
            review_reaction,
            title=_("Review %(record)s"),
            explanation=_("What is serious then waits for the conclusion of the province."),
            is_final=False,
            id_name="reaction_id",
        )

    @action(
        description=pgettext_lazy("adverse reaction", "Conclude"),
        url_path="conclude",
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
    )
    def conclude(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Judge it for the province."""
        return self.handle(
            request,
            object_id,
            "conclude",
            JudgementForm,
            conclude_reaction,
            title=_("Conclude %(record)s"),
            id_name="reaction_id",
        )

    @action(description=pgettext_lazy("adverse reaction", "Set aside"), url_path="set-aside", icon="block")
    def set_aside(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Count it no more."""
        return self.handle(
            request,
            object_id,
            "set_aside",
            ReasonForm,
            set_aside_reaction,
            title=_("Set %(record)s aside"),
            explanation=_("What was reported twice, or is no reaction, counts in no statistics."),
            id_name="reaction_id",
        )
