"""What officers fill in about a tender."""

from __future__ import annotations

import base64
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization, User
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
    SelectSeveral,
    Switch,
    TextArea,
    TextInput,
)
from catalog.models import Region
from procurement.admin.lot_sheet import COLUMNS, plan_lots
from procurement.models import DemandRound
from procurement.services.lots import LotPlan
from procurement.services.tender_keys import LEAST_SHARES
from procurement.states import Procedure


class DraftForm(forms.Form):
    """A tender and the sheet of its lots."""

    number = forms.CharField(label=gettext_lazy("number"), max_length=32, widget=TextInput)
    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    procedure = forms.ChoiceField(label=gettext_lazy("procedure"), choices=Procedure.choices, widget=Select)
    demand_round = forms.ModelChoiceField(
        DemandRound.objects.all(), label=gettext_lazy("demand round"), widget=Select, required=False
    )
    deadline_at = forms.DateTimeField(label=gettext_lazy("deadline for bids"), widget=MomentInput)
    supply_from = forms.DateField(label=gettext_lazy("supply from"), widget=DayInput)
    supply_until = forms.DateField(label=gettext_lazy("supply until (exclusive)"), widget=DayInput)
    provinces = forms.ModelMultipleChoiceField(
        Region.objects.filter(parent=None), label=gettext_lazy("provinces"), widget=Checkboxes
    )
    invited = forms.ModelMultipleChoiceField(
        Organization.objects.filter(kind=OrganizationKind.SUPPLIER, is_active=True),
        label=gettext_lazy("invited suppliers (empty: open to all)"),
        widget=SelectSeveral,
        required=False,
    )
    urgency_reason = forms.CharField(label=gettext_lazy("why it is urgent"), required=False, widget=TextArea)
    sheet = forms.FileField(label=gettext_lazy("lots (.xlsx or .csv)"), widget=File)

    plans: list[LotPlan]
    problems: list[str]
    workbook: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans, self.problems = [], []
        self.fields["sheet"].help_text = _(
            "Columns: %(columns)s. ceiling_strength is empty where the ceiling was decided for the lot's own strength; "
            "without ceiling_price the lower of guide price and surveyed_price is the ceiling; without max_winners the "
            "table of the rules decides; quantity takes the place of the reported demand."
        ) % {"columns": ", ".join(column.name for column in COLUMNS)}

    def clean_urgency_reason(self) -> str:
        """An urgent purchase says why it is urgent before anything is written."""
        reason: str = self.cleaned_data["urgency_reason"].strip()
        if self.cleaned_data.get("procedure") == Procedure.SMALL_QUANTITY and not reason:
            raise forms.ValidationError(_("Say why the purchase is urgent."))
        return reason

    def clean_sheet(self) -> Any:
        """Read the lots; every bad row is told."""
        sheet = self.cleaned_data["sheet"]
        try:
            table = read_table(sheet.read(), name=sheet.name)
            provinces = [region.pk for region in self.cleaned_data.get("provinces") or ()]
            self.plans, checked = plan_lots(table, provinces)
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
        User.objects.none(), label=gettext_lazy("holders of the opening key"), widget=Checkboxes, required=False
    )
    threshold = forms.IntegerField(
        label=gettext_lazy("how many open together"), min_value=LEAST_SHARES, initial=LEAST_SHARES, widget=TextInput
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["holders"].queryset = possible_holders(actor)  # type: ignore[attr-defined]
        self.fields["holders"].help_text = _(
            "People of your agency and of supervision who have set an opening passphrase. Choose at least one of each; "
            "one more than open together is the reserve for somebody absent."
        )


def possible_holders(actor: Actor) -> Any:
    """People of the agency and of the supervision bodies who have an opening key."""
    if actor.organization_id is None:
        return User.objects.none()
    ways = {"memberships__organization__is_active": True, "is_active": True, "opening_key__isnull": False}
    officer, supervisor = Role.PROCUREMENT_OFFICER, Role.SUPERVISOR
    agency = User.objects.filter(**ways, memberships__organization_id=actor.organization_id, memberships__role=officer)
    supervision = User.objects.filter(
        **ways, memberships__organization__kind=OrganizationKind.SUPERVISION, memberships__role=supervisor
    )
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


class NoteForm(forms.Form):
    """What was made of it."""

    note = forms.CharField(label=gettext_lazy("note"), strip=True, widget=TextArea)


class DocumentForm(forms.Form):
    """A file of the tender documents."""

    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    file = forms.FileField(label=gettext_lazy("file (.pdf, .docx or .xlsx)"), widget=File)


class AmendmentForm(forms.Form):
    """A change of the published documents."""

    text = forms.CharField(label=gettext_lazy("what changes"), widget=TextArea)
    affects_preparation = forms.BooleanField(
        label=gettext_lazy("affects the preparation of bids"), required=False, initial=True, widget=Switch
    )
    deadline_at = forms.DateTimeField(label=gettext_lazy("deadline for bids"), widget=MomentInput)
    title = forms.CharField(label=gettext_lazy("title of the file"), max_length=200, required=False, widget=TextInput)
    file = forms.FileField(label=gettext_lazy("file (.pdf, .docx or .xlsx)"), required=False, widget=File)


class AnswerForm(forms.Form):
    """The answer to a question, as all will read it."""

    answer = forms.CharField(label=gettext_lazy("answer, published to all"), widget=TextArea)


class RetenderForm(forms.Form):
    """What is new about a tender that is repeated."""

    number = forms.CharField(label=gettext_lazy("number"), max_length=32, widget=TextInput)
    deadline_at = forms.DateTimeField(label=gettext_lazy("deadline for bids"), widget=MomentInput)
    supply_from = forms.DateField(label=gettext_lazy("supply from"), widget=DayInput)
    supply_until = forms.DateField(label=gettext_lazy("supply until (exclusive)"), widget=DayInput)


class VolumeForm(ReasonForm):
    """A volume to agree anew."""

    quantity = forms.IntegerField(label=gettext_lazy("agreed (units)"), min_value=0, widget=TextInput)
    field_order = ("quantity", "reason")


class BackupForm(ReasonForm):
    """How much a backup supplier takes over."""

    units = forms.IntegerField(
        label=gettext_lazy("units (empty: all that remain)"), min_value=1, required=False, widget=TextInput
    )
    field_order = ("units", "reason")
