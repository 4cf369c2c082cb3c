from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import SingleNumericFilter
from unfold.decorators import action, display

from catalog.accounts.kinds import Role
from catalog.foundation.web.admin import READERS, DecidingAdmin, ExportingAdmin, actor_of, sent, whole
from procurement.admin.demand_forms import PriorUseForm
from procurement.models import PriorUse
from procurement.services.prior_use import tell_prior_use


@admin.register(PriorUse)
class PriorUseAdmin(DecidingAdmin, ExportingAdmin):
    """What institutions used in past years, by which the next year's demand is measured."""

    readers: ClassVar = (*READERS, Role.HEALTH_OFFICER)
    fields = ("organization", "presentation", "year", "units")
    list_display = ("organization", "presentation", "year", "units")
    list_filter = (("year", SingleNumericFilter),)
    list_select_related = ("organization", "presentation__medicine")
    search_fields = ("organization__name", "organization__code", "presentation__medicine__name")
    actions_list = ("upload", "export_workbook", "export_csv")
    export_values: ClassVar = {"units": lambda use: use.quantity}

    @display(description=gettext_lazy("quantity (smallest units)"), ordering="quantity")
    def units(self, use: PriorUse) -> str:
        return whole(use.quantity)

    @action(description=gettext_lazy("Tell the use of a year"), url_path="upload", icon="upload_file")
    def upload(self, request: HttpRequest) -> HttpResponse:
        """From a sheet of institutions, presentations and quantities."""
        form = PriorUseForm(**sent(request))

        def act(values: dict[str, Any]) -> str:
            told = tell_prior_use(year=values["year"], uses=form.uses, actor=actor_of(request), at=timezone.now())
            return _("Lines of use in %(year)s that were taken: %(count)s.") % {"year": values["year"], "count": told}

        return self.decide(
            request,
            title=_("Tell the use of a year"),
            form=form,
            act=act,
            template="admin/procurement/prior_use.html",
            explanation=_(
                "What was told before of the same institution, presentation and year is replaced. Reports that were "
                "made already keep the use that they were measured by."
            ),
        )
