"""What people type into the portal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from distribution.models import DespatchLine
from distribution.states import RejectionReason, Remedy

# Of one lot; more is a slip of the scanner.
MOST_PACKS = 10**9


class ArrivalForm(forms.Form):
    """When the goods came, where that was before now."""

    arrived_at = forms.DateTimeField(
        label=_("Arrived at (empty: now)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class ReceiptLineForm(forms.Form):
    """What was found of one line of a despatch, in packs; the codes of scanned packs stand side by side."""

    accepted = forms.IntegerField(label=_("Accepted"))
    rejected = forms.IntegerField(label=_("Rejected"))
    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("no rejection")), *RejectionReason.choices], required=False
    )
    remark = forms.CharField(label=_("Remark"), max_length=300, required=False)
    surplus = forms.IntegerField(label=_("Sent too many"), required=False, max_value=MOST_PACKS)
    lot_found = forms.CharField(label=_("Other lot number"), max_length=20, required=False)
    codes = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, line: DespatchLine, starts_empty: bool = False) -> None:
        initial = {"accepted": 0 if starts_empty else line.packs, "rejected": 0}
        super().__init__(data, prefix=f"line-{line.pk}", initial=initial)
        self.line = line
        for name in ("accepted", "rejected"):
            self.fields[name].widget.attrs.update({"min": 0, "max": line.packs, "inputmode": "numeric"})
        self.fields["surplus"].widget.attrs.update({"min": 0, "inputmode": "numeric"})

    @property
    def scanned(self) -> list[str]:
        """The codes scanned so far."""
        return str(self.data.get(self.add_prefix("codes"), "")).split()

    def counted(self, code: str) -> dict[str, str]:
        """What the form is sent with once one more accepted pack was scanned."""
        codes = [*self.scanned, code]
        return {self.add_prefix("codes"): " ".join(codes), self.add_prefix("accepted"): str(len(codes))}

    def clean_surplus(self) -> int:
        """Nothing where nothing was typed."""
        return self.cleaned_data["surplus"] or 0

    def clean_codes(self) -> list[str]:
        """Each by itself."""
        return self.scanned


class ReturnForm(forms.Form):
    """Packs of a received lot that are to go back."""

    line = forms.TypedChoiceField(coerce=int)
    packs = forms.IntegerField(label=_("Packs"), widget=forms.NumberInput(attrs={"min": 1}))
    reason = forms.ChoiceField(label=_("Reason"), choices=RejectionReason.choices)
    remedy = forms.ChoiceField(label=_("Wanted instead"), choices=Remedy.choices)
    remark = forms.CharField(label=_("Remark"), max_length=300, required=False)

    def __init__(self, data: Any = None, *, lines: Sequence[DespatchLine]) -> None:
        super().__init__(data)
        lots = [
            (line.pk, f"{line.order_line.product.presentation.medicine.name} · {line.lot_number}") for line in lines
        ]
        self.fields["line"] = forms.TypedChoiceField(label=_("Lot"), coerce=int, choices=lots)


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
