"""What pharmacists type about their stock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from distribution.models import StockLot
from distribution.queries.scans import read_scan
from distribution.states import StockWarning

LARGEST = 10**12


class ScanForm(forms.Form):
    """A product and its lot, by scanner or by hand; what the bar code says need not be typed."""

    product = forms.CharField(
        label=_("Scan the pack, or type the product code"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off", "autofocus": True}),
    )
    lot_number = forms.CharField(label=_("Lot number"), max_length=20, required=False)
    units = forms.IntegerField(label=_("Units (tablets, vials)"), min_value=1, max_value=LARGEST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].widget.attrs |= {
            "hx-get": reverse("portal:retail-products"),
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#products",
        }

    def clean(self) -> dict[str, Any]:
        """With the product's code; what was typed beside the bar code goes before it."""
        values = super().clean() or {}
        if "product" in values:
            scan = read_scan(values["product"], today=localdate())
            values["product"] = scan.product_code
            values["lot_number"] = values.get("lot_number") or scan.lot_number
            if "expires_on" in self.fields and not values.get("expires_on"):
                values["expires_on"] = scan.expires_on
        return values


class IssueForm(ScanForm):
    """Units for patients; without a lot number those that expire first."""

    lot_number = forms.CharField(label=_("Lot number (empty: what expires first)"), max_length=20, required=False)


class OpeningForm(ScanForm):
    """A lot that was there before the ledger."""

    expires_on = forms.DateField(
        label=_("Last day of use"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    field_order = ("product", "lot_number", "expires_on", "units")

    def clean(self) -> dict[str, Any]:
        """Lot and last day of use stand in the bar code or are typed."""
        values = super().clean()
        for name in ("lot_number", "expires_on"):
            if not values.get(name):
                self.add_error(name, self.fields[name].error_messages["required"])
        return values


class FoundForm(forms.Form):
    """What was counted of a lot; empty where it was not counted."""

    units = forms.IntegerField(label=_("Counted"), min_value=0, max_value=LARGEST, required=False)
    reason = forms.CharField(label=_("Reason of a difference"), max_length=300, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, lot: StockLot) -> None:
        super().__init__(data, prefix=f"lot-{lot.pk}", initial={"seen": lot.units})
        self.lot = lot
        self.warning = StockWarning(lot.warning).label if lot.warning else ""  # type: ignore[attr-defined]
        self.fields["units"].widget.attrs |= {"inputmode": "numeric"}
        for name in ("units", "reason"):
            self.fields[name].widget.attrs["aria-label"] = f"{self.fields[name].label}: {lot.lot_number}"


class WriteOffForm(forms.Form):
    """Units that nobody can use any more, and why."""

    units = forms.IntegerField(label=_("Units"), min_value=1, max_value=LARGEST)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class OfferForm(forms.Form):
    """To whom, how much and why."""

    taker = forms.ChoiceField(label=_("Institution that takes it"))
    units = forms.IntegerField(label=_("Units"), min_value=1, max_value=LARGEST)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, data: Any = None, *, takers: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["taker"].choices = [("", "—"), *takers]  # type: ignore[attr-defined]
