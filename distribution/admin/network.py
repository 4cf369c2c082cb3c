"""The supply network: who must serve which township, and where there are gaps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.admin.filters import InForceFilter, ProvinceFilter, provinces_and_chosen
from catalog.admin.forms import PeriodForm, beside_fields
from catalog.admin.pickers import one_of
from catalog.foundation.errors import NotAllowed
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of, badge, period, sent
from catalog.foundation.web.admin.exports import csv_response, workbook_response
from catalog.foundation.web.admin.forms import TextArea
from distribution.admin.entrustments import EndForm
from distribution.models import ServiceDuty
from distribution.policies import require_network_reader
from distribution.queries.network_gaps import Gap, GapKind, network_gaps
from distribution.services.duties import end_duty, give_duties

PER_PAGE = 50
# Refusals of remote townships are counted over a year.
REFUSED_WITHIN = timedelta(days=365)
REASONS = {
    "inactive": gettext_lazy("no longer active"),
    "barred": gettext_lazy("barred"),
    "not_licensed": gettext_lazy("no valid licence"),
}


class DutyForm(PeriodForm):
    """Who serves which townships from when on."""

    distributor = one_of(ServiceDuty.distributor, Organization.objects.filter(kind=OrganizationKind.DISTRIBUTOR))
    townships = forms.CharField(
        label=gettext_lazy("townships"),
        widget=TextArea(attrs={"rows": 6}),
        help_text=gettext_lazy("Codes of nine digits, one per line or with spaces or commas between them."),
    )

    field_order = ("distributor", "townships", "valid_from", "valid_until")

    def clean_townships(self) -> list[str]:
        return str(self.cleaned_data["townships"]).replace(",", " ").replace("，", " ").split()


class TownshipProvinceFilter(ProvinceFilter):
    """By the province of the township."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        return queryset.filter(township__code__startswith=value[:2]) if value else queryset


@admin.register(ServiceDuty)
class ServiceDutyAdmin(DecidingAdmin, ExportingAdmin):
    """Who must serve which township; officers of the province give and end the duties."""

    fields = (("township", "county"), "distributor", "term")
    list_display = ("township_code", "township", "county", "is_remote", "distributor", "term")
    list_filter = (InForceFilter, TownshipProvinceFilter, "township__is_remote")
    list_select_related = ("township__county", "distributor")
    search_fields = ("township__code", "township__name", "township__county__name", "distributor__name")
    actions_list = ("give", "export_workbook", "export_csv")
    actions_detail = ("end",)

    def get_urls(self) -> list[Any]:
        gaps = path("gaps/", self.admin_site.admin_view(self.gaps), name="distribution_serviceduty_gaps")
        return [gaps, *super().get_urls()]

    def may_decide(self, request: HttpRequest, record: ServiceDuty | None = None) -> bool:
        """Officers of the province in which the township lies."""
        is_own = record is None or record.township.county.province_id == actor_of(request).province
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: ServiceDuty) -> list[str]:
        ended = record.validity.upper is not None and record.validity.upper <= localdate()
        return ["end"] if self.may_decide(request, record) and not ended else []

    @display(description=gettext_lazy("code"), ordering="township")
    def township_code(self, duty: ServiceDuty) -> str:
        return duty.township_id

    @display(description=gettext_lazy("county"), ordering="township__county")
    def county(self, duty: ServiceDuty) -> str:
        return str(duty.township.county)

    @display(description=gettext_lazy("remote"), boolean=True, ordering="township__is_remote")
    def is_remote(self, duty: ServiceDuty) -> bool:
        return duty.township.is_remote

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, duty: ServiceDuty) -> str:
        return period(duty.validity)

    @action(description=gettext_lazy("Bind a distributor to townships"), url_path="give", icon="add")
    def give(self, request: HttpRequest) -> HttpResponse:
        """Say who must serve them."""
        form = DutyForm(**sent(request), initial={"valid_from": localdate()})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                given = give_duties(
                    township_codes=values["townships"],
                    distributor_code=values["distributor"].code,
                    valid_from=values["valid_from"],
                    valid_until=values["valid_until"],
                    actor=actor_of(request),
                    at=timezone.now(),
                )
            return _("%(distributor)s must serve %(count)s townships.") % {
                "distributor": values["distributor"],
                "count": len(given),
            }

        return self.decide(
            request,
            title=_("Bind a distributor to townships"),
            form=form,
            act=act,
            explanation=_("It has to deliver there whatever is ordered, as far as it is entrusted."),
        )

    @action(description=gettext_lazy("End"), url_path="end", icon="stop", variant=ActionVariant.DANGER)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the duty end before its time."""
        duty = self.record_of(request, object_id)
        form = EndForm(**sent(request), initial={"on": localdate()})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                after = end_duty(duty_id=duty.pk, on=values["on"], actor=actor_of(request), at=timezone.now())
            return _("%(duty)s is in force %(term)s.") % {"duty": duty, "term": period(after.validity)}

        return self.decide(
            request,
            title=_("End: %(duty)s") % {"duty": duty},
            record=duty,
            form=form,
            act=act,
            explanation=_("From that day on the township is a gap of the network until another duty is given."),
            is_final=True,
        )

    def gaps(self, request: HttpRequest) -> HttpResponseBase:
        """Where the supply network of a province has gaps; ``?format=xlsx`` or ``csv`` gives them as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        provinces, province = provinces_and_chosen(request)
        try:
            province_id = require_network_reader(actor_of(request), province.code)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        kind = request.GET.get("kind", "")
        kinds = (GapKind(kind),) if kind in GapKind.values else tuple(GapKind)
        found = network_gaps(province_id, on=localdate(), refused_since=timezone.now() - REFUSED_WITHIN, kinds=kinds)
        headings = [_("gap"), _("code"), _("place"), _("firm"), _("facts")]
        form = request.GET.get("format", "")
        if form in ("xlsx", "csv"):
            lines = [[gap.kind.label, gap.place, gap.place_name, gap.firm_name, gap_facts(gap)] for gap in found]
            return (workbook_response if form == "xlsx" else csv_response)(
                f"network-gaps-{province_id}", headings, lines
            )
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        query = request.GET.copy()
        query.pop("page", None)
        return self.page(
            request,
            "admin/distribution/network_gaps.html",
            title=_("Gaps in the supply network of %(province)s") % {"province": province},
            gaps={"headers": headings, "rows": [_shown(gap) for gap in page]},
            page_obj=page,
            provinces=provinces if actor_of(request).province == "" else [province],
            province=province,
            kinds=GapKind.choices,
            kind=kind,
            query=query.urlencode(),
        )


def _shown(gap: Gap) -> list[str | SafeString]:
    colour = "danger" if gap.kind in (GapKind.NO_DUTY, GapKind.DUTY_UNFIT) else "warning"
    return [badge(gap.kind.label, colour), gap.place, gap.place_name, gap.firm_name, gap_facts(gap)]


def gap_facts(gap: Gap) -> str:
    """What makes it a gap, in words."""
    facts = gap.facts
    if gap.kind == GapKind.NO_DUTY:
        return _("remote") if facts["is_remote"] else ""
    if gap.kind == GapKind.DUTY_UNFIT:
        return ", ".join(str(REASONS[reason]) for reason in facts["reasons"])
    if gap.kind == GapKind.NO_COLD_CHAIN:
        return _("%(products)s cold products are agreed") % facts
    if gap.kind == GapKind.NO_DISTRIBUTOR:
        words = _("%(counties)s of %(of_counties)s counties, such as %(example)s; %(products)s agreed products")
        return words % facts
    return _("%(orders)s orders refused, %(lines)s lines, the latest placed on %(latest)s") % facts
