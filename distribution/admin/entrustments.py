from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.admin.organizations import OrganizationAdmin
from catalog.admin.filters import InForceFilter
from catalog.admin.forms import beside_fields
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, Lines, actor_of, hindrance, period, sent
from catalog.foundation.web.admin.forms import DayInput
from distribution.models import Entrustment
from distribution.policies import may_end_entrustment
from distribution.services.entrustments import end_entrustment


class EndForm(forms.Form):
    """The first day on which it no longer holds."""

    on = forms.DateField(label=gettext_lazy("no longer in force from"), widget=DayInput)


class TermColumn:
    """From when to when an entrustment holds."""

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, entrustment: Entrustment) -> str:
        return period(entrustment.validity)

    @display(description=gettext_lazy("products"), ordering="product")
    def goods(self, entrustment: Entrustment) -> str:
        return str(entrustment.product) if entrustment.product else _("all")


class DistributorLines(TermColumn, Lines):
    """In the dossier of a firm: who delivers for it."""

    model = Entrustment
    fk_name = "supplier"
    fields = ("distributor", "goods", "region", "term")
    verbose_name_plural = gettext_lazy("entrusted distributors")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related(
            "distributor", "region", "product__presentation__medicine", "product__manufacturer"
        )


class SupplierLines(TermColumn, Lines):
    """In the dossier of a firm: for whom it delivers."""

    model = Entrustment
    fk_name = "distributor"
    fields = ("supplier", "goods", "region", "term")
    verbose_name_plural = gettext_lazy("suppliers that entrust it")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related(
            "supplier", "region", "product__presentation__medicine", "product__manufacturer"
        )


OrganizationAdmin.dossier += [DistributorLines, SupplierLines]


@admin.register(Entrustment)
class EntrustmentAdmin(TermColumn, DecidingAdmin, ExportingAdmin):
    """Who delivers for whom, where and until when; officers end what should not stand."""

    fields = ("supplier", "distributor", "goods", "region", "term")
    list_display = ("supplier", "distributor", "goods", "region", "term")
    list_filter = (InForceFilter,)
    list_select_related = (
        "supplier",
        "distributor",
        "region",
        "product__presentation__medicine",
        "product__manufacturer",
    )
    search_fields = ("supplier__name", "distributor__name", "region__name", "product__code")
    actions_detail = ("end",)

    def may_decide(self, request: HttpRequest, record: Entrustment | None = None) -> bool:
        """Officers of the province where it holds."""
        return super().may_decide(request, record) and (
            record is None or not hindrance(_may_end, request, "end", record)
        )

    def offered(self, request: HttpRequest, record: Entrustment) -> list[str]:
        ended = record.validity.upper is not None and record.validity.upper <= localdate()
        return ["end"] if self.may_decide(request, record) and not ended else []

    @action(description=gettext_lazy("End"), url_path="end", icon="stop", variant=ActionVariant.DANGER)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the entrustment end before its time."""
        entrustment = self.record_of(request, object_id)
        form = EndForm(**sent(request), initial={"on": localdate()})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                after = end_entrustment(
                    entrustment_id=entrustment.pk, on=values["on"], actor=actor_of(request), at=timezone.now()
                )
            return _("%(entrustment)s is in force %(term)s.") % {
                "entrustment": entrustment,
                "term": period(after.validity),
            }

        return self.decide(
            request,
            title=_("End: %(entrustment)s") % {"entrustment": entrustment},
            record=entrustment,
            form=form,
            act=act,
            explanation=_("From that day on nothing more is ordered through it; what is ordered is delivered."),
            is_final=True,
        )


def _may_end(actor: Actor, action: str, entrustment: Entrustment) -> None:
    may_end_entrustment(actor, entrustment)
