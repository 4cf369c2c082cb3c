"""What provinces have added to the national list for their own institutions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.filters import InForceFilter, ProvinceFilter
from catalog.admin.forms import PeriodForm, beside_fields
from catalog.admin.pickers import one_of, some_of
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, ExportColumn, ExportingAdmin, actor_of, period, sent
from catalog.foundation.web.admin.forms import DayInput, TextInput
from catalog.models import Medicine, Presentation, ProvincialAddition
from catalog.services.additions import add_for_province, end_addition


class AdditionForm(PeriodForm):
    """A medicine for the officer's own province."""

    field_order = ("medicine", "presentations")

    medicine = one_of(ProvincialAddition.medicine, Medicine.objects.all())
    presentations = some_of(
        ProvincialAddition.presentations,
        Presentation.objects.filter(merged_into=None).select_related("medicine"),
        required=False,
        help_text=gettext_lazy("None: every presentation of the medicine."),
    )
    decision = forms.CharField(label=pgettext_lazy("addition", "decision"), max_length=100, widget=TextInput)
    source = forms.CharField(label=gettext_lazy("source"), max_length=300, required=False, widget=TextInput)

    def clean(self) -> dict[str, Any]:
        """The presentations are the medicine's."""
        values = super().clean() or {}
        medicine = values.get("medicine")
        strange = [item for item in values.get("presentations", ()) if medicine and item.medicine_id != medicine.pk]
        if strange:
            words = _("Not a presentation of %(medicine)s: %(presentations)s.")
            names = ", ".join(str(item) for item in strange)
            self.add_error("presentations", words % {"medicine": medicine, "presentations": names})
        return values


class EndForm(forms.Form):
    """The first day on which the addition no longer holds."""

    on = forms.DateField(label=gettext_lazy("no longer in force from"), widget=DayInput)


@admin.register(ProvincialAddition)
class ProvincialAdditionAdmin(DecidingAdmin, ExportingAdmin):
    """Provincial additions; a province's officers add and end their own."""

    fields = ("medicine", "province", "term", "presented", "decision", "source")
    list_display = ("medicine", "province", "presented", "term", "decision")
    list_filter = (ProvinceFilter, InForceFilter)
    list_select_related = ("medicine", "province")
    search_fields = ("medicine__name", "medicine__inn", "medicine__initials", "decision")
    actions_list = ("add_medicine", "export_workbook", "export_csv")
    actions_detail = ("end",)
    export_columns = (
        ExportColumn(gettext_lazy("province"), lambda row: row.province),
        ExportColumn(gettext_lazy("medicine"), lambda row: row.medicine.name),
        ExportColumn(gettext_lazy("INN"), lambda row: row.medicine.inn),
        ExportColumn(gettext_lazy("presentations"), lambda row: presented_in(row)),
        ExportColumn(gettext_lazy("in force"), lambda row: period(row.validity)),
        ExportColumn(pgettext_lazy("addition", "decision"), lambda row: row.decision),
        ExportColumn(gettext_lazy("source"), lambda row: row.source),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.prefetch_related("presentations")

    def may_decide(self, request: HttpRequest, record: ProvincialAddition | None = None) -> bool:
        """Officers of the province whose it is."""
        province = actor_of(request).province
        is_own = bool(province) if record is None else record.province_id == province
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: ProvincialAddition) -> list[str]:
        is_open = record.validity.upper is None or record.validity.upper > timezone.localdate()
        return ["end"] if is_open and self.may_decide(request, record) else []

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, addition: ProvincialAddition) -> str:
        return period(addition.validity)

    @display(description=gettext_lazy("presentations"))
    def presented(self, addition: ProvincialAddition) -> str:
        return presented_in(addition)

    @action(description=gettext_lazy("Add a medicine"), url_path="add-medicine", icon="add_location_alt")
    def add_medicine(self, request: HttpRequest) -> HttpResponse:
        """Put a medicine on the list of one's own province."""
        actor = actor_of(request)
        form = AdditionForm(**sent(request))

        def act(values: dict[str, Any]) -> HttpResponse:
            with beside_fields(form):
                addition = add_for_province(**values, province_id=actor.province or "", actor=actor, at=timezone.now())
            messages.success(request, _("%(addition)s is added.") % {"addition": addition})
            return redirect(self.address_of(addition))

        return self.decide(
            request,
            title=_("Add a medicine for your province"),
            form=form,
            act=act,
            explanation=_("It counts as essential in your province alone, for as long as it is in force."),
        )

    @action(description=gettext_lazy("End"), url_path="end", icon="stop", variant=ActionVariant.DANGER)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the medicine off the province's list from a day on."""
        addition = self.record_of(request, object_id)
        form = EndForm(**sent(request), initial={"on": timezone.localdate()})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                after = end_addition(
                    addition_id=addition.pk, on=values["on"], actor=actor_of(request), at=timezone.now()
                )
            return _("%(addition)s is in force %(term)s.") % {"addition": addition, "term": period(after.validity)}

        return self.decide(
            request,
            title=_("End %(addition)s") % {"addition": addition},
            record=addition,
            form=form,
            act=act,
            explanation=_("From that day on the medicine no longer counts as essential by this addition."),
        )


def presented_in(addition: ProvincialAddition) -> str:
    """The presentations in one text."""
    rows = addition.presentations.all()
    return "; ".join(f"{item.form} {item.strength}" for item in rows) or _("every presentation")
