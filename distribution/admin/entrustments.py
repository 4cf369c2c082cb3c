from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from catalog.accounts.admin.organizations import OrganizationAdmin
from catalog.admin.filters import InForceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportingAdmin, Lines, period
from distribution.models import Entrustment


class TermColumn:
    """From when to when an entrustment holds."""

    @display(description=_("in force"), ordering="validity")
    def term(self, entrustment: Entrustment) -> str:
        return period(entrustment.validity)


class DistributorLines(TermColumn, Lines):
    """In the dossier of a firm: who delivers for it."""

    model = Entrustment
    fk_name = "supplier"
    fields = ("distributor", "region", "term")
    verbose_name_plural = _("entrusted distributors")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("distributor", "region")


class SupplierLines(TermColumn, Lines):
    """In the dossier of a firm: for whom it delivers."""

    model = Entrustment
    fk_name = "distributor"
    fields = ("supplier", "region", "term")
    verbose_name_plural = _("suppliers that entrust it")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("supplier", "region")


OrganizationAdmin.dossier += [DistributorLines, SupplierLines]


@admin.register(Entrustment)
class EntrustmentAdmin(TermColumn, ExportingAdmin):
    """Who delivers for whom, where and until when."""

    fields = ("supplier", "distributor", "region", "term")
    list_display = ("supplier", "distributor", "region", "term")
    list_filter = (InForceFilter,)
    list_select_related = ("supplier", "distributor", "region")
    search_fields = ("supplier__name", "distributor__name", "region__name")
