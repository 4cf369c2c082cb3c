"""Entering a price decision with one or a few guide prices; a long list comes as a sheet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldBooleanWidget

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.admin.forms import PeriodForm, YuanField, beside_fields
from catalog.foundation.web.admin import DecidingAdmin, actor_of, sent
from catalog.foundation.web.admin.forms import DayInput, TextInput
from catalog.queries import presentations_of
from catalog.services.prices import NewGuidePrice, enter_price_decision

LINES = 5
MAKERS = (OrganizationKind.SUPPLIER,)


class LineForm(forms.Form):
    """One guide price; a line that is left empty counts for nothing."""

    medicine = forms.CharField(label=gettext_lazy("medicine"), max_length=200, widget=TextInput)
    form = forms.CharField(label=gettext_lazy("dosage form"), max_length=50, widget=TextInput)
    strength = forms.CharField(label=gettext_lazy("strength"), max_length=100, widget=TextInput)
    pack_quantity = forms.IntegerField(
        label=gettext_lazy("units per pack"), min_value=1, max_value=2_147_483_647, widget=TextInput
    )
    price = YuanField(label=gettext_lazy("yuan per pack"), min_value=0)
    manufacturer = forms.CharField(
        label=gettext_lazy("only for the maker (code or name)"), required=False, widget=TextInput
    )
    is_representative = forms.BooleanField(
        label=gettext_lazy("representative"), required=False, widget=UnfoldBooleanWidget
    )
    is_temporary = forms.BooleanField(label=gettext_lazy("temporary"), required=False, widget=UnfoldBooleanWidget)
    temporary_until = forms.DateField(label=gettext_lazy("temporary until"), required=False, widget=DayInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(field.label)

    def clean_price(self) -> Any:
        """A price of nothing is none."""
        price = self.cleaned_data["price"]
        if not price:
            raise forms.ValidationError(_("A price is above zero."))
        return price

    def clean_manufacturer(self) -> Any:
        """The maker, by code or name."""
        text = self.cleaned_data["manufacturer"].strip()
        if not text:
            return None
        named = Q(code=text) | Q(name=text) | Q(short_name=text)
        found = list(Organization.objects.filter(named, kind__in=MAKERS)[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("No one maker is called “%(text)s”: give its code."), params={"text": text})
        return found[0]

    def clean(self) -> dict[str, Any]:
        """The presentation must be registered; only a temporary price ends as one."""
        values = super().clean() or {}
        if values.get("temporary_until") and not values.get("is_temporary"):
            self.add_error("temporary_until", _("Only a temporary price ends as one: tick “temporary” as well."))
        key = tuple(values.get(name, "").strip() for name in ("medicine", "form", "strength"))
        if all(key):
            values["presentation"] = presentations_of([key[0]]).get(key)
            if values["presentation"] is None:
                self.add_error("medicine", _("No presentation is registered as “%(text)s”.") % {"text": " ".join(key)})
        return values


LineFormSet = formset_factory(LineForm, extra=LINES, max_num=LINES, validate_max=True)


class PriceDecisionForm(PeriodForm):
    """A decision, and its lines below it."""

    number = forms.CharField(label=gettext_lazy("number"), max_length=100, widget=TextInput)
    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    issuer = forms.CharField(label=gettext_lazy("decided by"), max_length=100, widget=TextInput)
    decided_on = forms.DateField(label=gettext_lazy("decided on"), widget=DayInput)
    source = forms.CharField(label=gettext_lazy("source"), max_length=300, required=False, widget=TextInput)

    field_order = ("number", "title", "issuer", "decided_on", "source", "valid_from", "valid_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines: BaseFormSet[LineForm] = LineFormSet(self.data if self.is_bound else None, prefix="lines")

    def clean(self) -> dict[str, Any]:
        """The lines are judged with the decision, so that everything wrong is seen at once."""
        values = super().clean() or {}
        if not self.lines.is_valid():
            self.add_error(None, _("Lines below are not acceptable."))
        elif not self.prices():
            self.add_error(None, _("There is nothing in it: give at least one line."))
        return values

    def prices(self) -> list[NewGuidePrice]:
        """The lines that are filled, as the service takes them."""
        return [
            NewGuidePrice(
                presentation=line["presentation"],
                pack_quantity=line["pack_quantity"],
                price=line["price"],
                manufacturer=line["manufacturer"],
                is_representative=line["is_representative"],
                is_temporary=line["is_temporary"],
                temporary_until=line["temporary_until"],
            )
            for line in (form.cleaned_data for form in self.lines)
            if line
        ]


def price_decision_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponse:
    """Enter a price decision."""
    form = PriceDecisionForm(**sent(request))

    def act(values: dict[str, Any]) -> str:
        with beside_fields(form):
            decision = enter_price_decision(**values, prices=form.prices(), actor=actor_of(request), at=timezone.now())
        return _("The price decision %(number)s is entered.") % {"number": decision.number}

    return model_admin.decide(
        request,
        title=_("Enter a price decision"),
        form=form,
        act=act,
        template="admin/catalog/price_decision.html",
        explanation=_(
            "For one or a few prices; a long list is imported as a sheet. A guide price of the same presentation, pack "
            "and maker that holds on the first day ends there."
        ),
        confirm=_("Enter"),
    )
