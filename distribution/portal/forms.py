"""What people type into the portal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from distribution.models import DespatchLine
from distribution.states import RejectionReason


class ReceiptLineForm(forms.Form):
    """What was found of one line of a despatch, in packs."""

    accepted = forms.IntegerField(label=_("Accepted"))
    rejected = forms.IntegerField(label=_("Rejected"))
    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("no rejection")), *RejectionReason.choices], required=False
    )
    remark = forms.CharField(label=_("Remark"), max_length=300, required=False)

    def __init__(self, data: Any = None, *, line: DespatchLine) -> None:
        initial = {"accepted": line.packs, "rejected": 0}
        super().__init__(data, prefix=f"line-{line.pk}", initial=initial)
        self.line = line
        for name in ("accepted", "rejected"):
            self.fields[name].widget.attrs.update({"min": 0, "max": line.packs, "inputmode": "numeric"})


class RetailPriceForm(forms.Form):
    """One retail price."""

    product = forms.CharField(
        label=_("Product code"),
        max_length=32,
        widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off"}),
    )
    price = forms.DecimalField(
        label=_("Price per pack (yuan)"), max_digits=16, decimal_places=4, min_value=Decimal("0.0001")
    )
    observed_on = forms.DateField(
        label=_("On the day"),
        initial=localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["product"].widget.attrs |= {
            "hx-get": reverse("portal:retail-products"),
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#products",
        }


class RetailFileForm(forms.Form):
    """A sheet of retail prices."""

    file = forms.FileField(label=_("File (.xlsx or .csv)"))
