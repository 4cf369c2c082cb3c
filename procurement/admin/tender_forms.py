"""What officers fill in about a tender."""

from __future__ import annotations

import base64
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import User
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import annotated, read_table
from catalog.foundation.web.admin.exports import WORKBOOK
from catalog.foundation.web.admin.forms import (
    Checkboxes,
    DayInput,
    File,
    MomentInput,
    Passphrase,
    Select,
    TextArea,
    TextInput,
)
from catalog.models import Region
from procurement.admin.lot_sheet import COLUMNS, plan_lots
from procurement.models import DemandRound
from procurement.services.tenders import LotPlan


class DraftForm(forms.Form):
    """A tender and the sheet of its lots."""

    number = forms.CharField(label=gettext_lazy("number"), max_length=32, widget=TextInput)
    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    demand_round = forms.ModelChoiceField(DemandRound.objects.all(), label=gettext_lazy("demand round"), widget=Select)
    deadline_at = forms.DateTimeField(label=gettext_lazy("deadline for bids"), widget=MomentInput)
    supply_from = forms.DateField(label=gettext_lazy("supply from"), widget=DayInput)
    supply_until = forms.DateField(label=gettext_lazy("supply until (exclusive)"), widget=DayInput)
    provinces = forms.ModelMultipleChoiceField(
        Region.objects.filter(parent=None), label=gettext_lazy("provinces"), widget=Checkboxes
    )
    sheet = forms.FileField(label=gettext_lazy("lots (.xlsx or .csv)"), widget=File)

    plans: list[LotPlan]
    problems: list[str]
    workbook: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans, self.problems = [], []
        self.fields["sheet"].help_text = _(
            "Columns: %(columns)s. ceiling_strength is empty where the ceiling was decided for the lot's own strength."
        ) % {"columns": ", ".join(column.name for column in COLUMNS)}

    def clean_sheet(self) -> Any:
        """Read the lots; every bad row is told."""
        sheet = self.cleaned_data["sheet"]
        try:
            table = read_table(sheet.read(), name=sheet.name)
            self.plans, checked = plan_lots(table)
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error
        if checked.errors:
            self.problems = checked.problems()
            workbook = base64.b64encode(annotated(table, checked)).decode()
            self.workbook = f"data:{WORKBOOK};base64,{workbook}"
            raise forms.ValidationError(
                _("Nothing was changed; lines that are not acceptable: %(count)s.") % {"count": len(self.problems)}
            )
        return sheet


class PublishForm(forms.Form):
    """Who holds the key: any two of them open the tender together."""

    holders = forms.ModelMultipleChoiceField(
        User.objects.none(), label=gettext_lazy("holders of the opening key"), widget=Checkboxes
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["holders"].queryset = possible_holders(actor)  # type: ignore[attr-defined]
        self.fields["holders"].help_text = _(
            "People of your agency and of supervision who have set an opening passphrase. Choose at least two; a "
            "third one is the reserve for somebody absent."
        )


def possible_holders(actor: Actor) -> Any:
    """People of the agency and of the supervision bodies who have an opening key."""
    if actor.organization_id is None:
        return User.objects.none()
    ways = {"memberships__organization__is_active": True, "is_active": True, "opening_key__isnull": False}
    agency = User.objects.filter(**ways, memberships__organization_id=actor.organization_id)
    supervision = User.objects.filter(**ways, memberships__organization__kind=OrganizationKind.SUPERVISION)
    return User.objects.filter(pk__in=agency.union(supervision).values("pk")).order_by("username")


class PassphraseForm(forms.Form):
    """The passphrase that opens one's own share."""

    passphrase = forms.CharField(
        label=gettext_lazy("your opening passphrase"), strip=False, widget=Passphrase(attrs={"autocomplete": "off"})
    )


class OpeningKeyForm(forms.Form):
    """A passphrase to set, typed twice."""

    passphrase = forms.CharField(
        label=gettext_lazy("passphrase"), strip=False, widget=Passphrase(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=gettext_lazy("the same once more"),
        strip=False,
        widget=Passphrase(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both have to be the same."""
        values = super().clean() or {}
        if {"passphrase", "again"} <= values.keys() and values["passphrase"] != values["again"]:
            self.add_error("again", _("The two are not the same."))
        return values


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("reason"), required=False, strip=True, widget=TextArea)
