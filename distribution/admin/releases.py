"""Releases from the reserve, and what of them is to be refilled."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.forms import ReasonForm
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of, badge, hindrance, sent
from distribution.admin.labels import RELEASE_COLOURS
from distribution.admin.numbers import NumberedAdmin
from distribution.admin.stock import OFFICERS, STOCK_READERS
from distribution.models import ReserveRelease
from distribution.policies import may_handle_release
from distribution.queries.reserve import overdue_refills
from distribution.services.releases import approve_release, drop_release
from distribution.states import RELEASE


class RefillFilter(DropdownFilter):
    """What should have been replaced by now."""

    title = gettext_lazy("refill")
    parameter_name = "refill"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", gettext_lazy("to be refilled")), ("overdue", gettext_lazy("overdue"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "overdue":
            return overdue_refills(queryset, localdate())
        is_open = {"issued_at__isnull": False, "refilled_units__lt": F("units")}
        return queryset.filter(**is_open) if self.value() == "open" else queryset


@admin.register(ReserveRelease)
class ReserveReleaseAdmin(DecidingAdmin, NumberedAdmin, ExportingAdmin):
    """Releases from the reserve: ordered by one officer, approved by another, issued by the holder."""

    readers: ClassVar = STOCK_READERS
    deciders: ClassVar = OFFICERS
    fields = (
        ("number", "state"),
        ("plan", "recipient"),
        ("units", "authority"),
        "reason",
        ("ordered_by", "approved_by"),
        ("ordered_at", "issued_at"),
        ("refill_due_on", "refilled_units"),
        "status_reason",
    )
    list_display = ("number", "state", "plan", "recipient", "units", "ordered_at", "refill_due_on", "refilled_units")
    list_filter = (("status", ChoicesDropdownFilter), RefillFilter)
    list_select_related = (
        "plan__product__presentation__medicine",
        "plan__product__manufacturer",
        "plan__holder",
        "recipient",
        "ordered_by",
        "approved_by",
    )
    search_fields = ("recipient__name", "plan__holder__name", "authority")
    search_help_text = gettext_lazy("Number (RR…), institution, holder or authority")
    actions_detail = ("approve", "drop")

    def offered(self, request: HttpRequest, record: ReserveRelease) -> list[str]:
        possible = set(RELEASE.allowed(record.status)) & {"approve", "drop"}
        return [name for name in possible if not hindrance(may_handle_release, request, name, record)]

    @display(description=gettext_lazy("number"), ordering="pk")
    def number(self, release: ReserveRelease) -> str:
        return release.number

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, release: ReserveRelease) -> SafeString:
        return badge(release.get_status_display(), RELEASE_COLOURS.get(release.status))

    @action(description=gettext_lazy("Approve"), url_path="approve", icon="check", variant=ActionVariant.PRIMARY)
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the holder issue it."""
        release = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            approve_release(
                release_id=release.pk,
                actor=actor_of(request),
                at=timezone.now(),
                expected_version=release.version,
            )
            return _("%(release)s is approved; the holder issues it.") % {"release": release}

        return self.decide(
            request,
            title=_("Approve %(release)s") % {"release": release},
            record=release,
            act=act,
            explanation=_(
                "%(units)s units of %(plan)s for %(recipient)s, by the authority of %(authority)s: %(reason)s"
            )
            % {
                "units": release.units,
                "plan": release.plan,
                "recipient": release.recipient,
                "authority": release.authority,
                "reason": release.reason,
            },
        )

    @action(description=gettext_lazy("Drop"), url_path="drop", icon="cancel", variant=ActionVariant.DANGER)
    def drop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End it before it is issued."""
        release = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            drop_release(release_id=release.pk, reason=values["reason"], actor=actor_of(request), at=timezone.now())
            return _("%(release)s is dropped.") % {"release": release}

        return self.decide(
            request,
            title=_("Drop %(release)s") % {"release": release},
            record=release,
            form=ReasonForm(**sent(request)),
            act=act,
        )
