"""What officers fill in about demand: a round to open, how it closes, a sheet of what was used."""

from __future__ import annotations

import base64
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.errors import UnknownCode
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import (
    Checked,
    Column,
    Table,
    annotated,
    check,
    optional_text_up_to,
    read_table,
    text_up_to,
    whole_number_up_to,
)
from catalog.foundation.web.admin.exports import WORKBOOK
from catalog.foundation.web.admin.forms import File, Select, TextArea, TextInput
from catalog.queries import presentations_of
from procurement.services.prior_use import Use
from procurement.states import Procedure

FIRST_YEAR, LAST_YEAR = 2009, 2100
COLUMNS = [
    Column("organization", text_up_to(64)),
    Column("medicine", text_up_to(200)),
    Column("form", text_up_to(50)),
    Column("strength", optional_text_up_to(100)),
    Column("quantity", whole_number_up_to(10**15)),
]


class RoundForm(forms.Form):
    """A round to open."""

    code = forms.SlugField(label=gettext_lazy("code"), max_length=32, widget=TextInput)
    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    year = forms.IntegerField(
        label=gettext_lazy("year of use"), min_value=FIRST_YEAR, max_value=LAST_YEAR, widget=TextInput
    )
    procedure = forms.ChoiceField(
        label=gettext_lazy("by the rules of"),
        choices=Procedure.choices,
        initial=Procedure.VOLUME_BASED,
        required=False,
        widget=Select,
        help_text=gettext_lazy(
            "The rules in force today say how much of last year's use has to be reported, and whether brands are named."
        ),
    )

    def clean_procedure(self) -> str:
        """Volume-based where nothing else was chosen."""
        return self.cleaned_data["procedure"] or Procedure.VOLUME_BASED


class CloseForm(forms.Form):
    """What becomes of reports that nobody confirmed."""

    leave_out = forms.BooleanField(
        label=gettext_lazy("leave the reports that are not confirmed out of the sums"), required=False
    )


class ReturnForm(forms.Form):
    """What the reporter has to correct."""

    reason = forms.CharField(label=gettext_lazy("what has to be corrected"), strip=True, widget=TextArea)


class PriorUseForm(forms.Form):
    """A year and the sheet of what was used in it."""

    year = forms.IntegerField(label=gettext_lazy("year"), min_value=FIRST_YEAR, max_value=LAST_YEAR, widget=TextInput)
    sheet = forms.FileField(label=gettext_lazy("what was used (.xlsx or .csv)"), widget=File)

    uses: list[Use]
    problems: list[str]
    workbook: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.uses, self.problems = [], []
        self.fields["sheet"].help_text = _(
            "Columns: %(columns)s. The organization is the institution's code; quantities are smallest units."
        ) % {"columns": ", ".join(column.name for column in COLUMNS)}

    def clean_sheet(self) -> Any:
        """Read the uses; every bad row is told."""
        sheet = self.cleaned_data["sheet"]
        try:
            table = read_table(sheet.read(), name=sheet.name)
            self.uses, checked = read_uses(table)
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error
        if checked.errors:
            self.problems = checked.problems()
            self.workbook = f"data:{WORKBOOK};base64,{base64.b64encode(annotated(table, checked)).decode()}"
            raise forms.ValidationError(
                _("Nothing was changed; lines that are not acceptable: %(count)s.") % {"count": checked.count}
            )
        return sheet


def read_uses(table: Table) -> tuple[list[Use], Checked]:
    """The uses of the sheet; complete only where nothing is wrong with any row.

    Raises:
        MissingColumns
    """
    checked = check(table, COLUMNS, key=("organization", "medicine", "form", "strength"))
    known = presentations_of(row["medicine"] for _number, row in checked.rows)
    uses: list[Use] = []
    for number, row in checked.rows:
        presentation = known.get((row["medicine"], row["form"], row["strength"]))
        if presentation is None:
            value = f"{row['medicine']} {row['form']} {row['strength']}".strip()
            checked.add(number, UnknownCode(field="medicine", value=value, pointer=f"/rows/{number}/medicine"))
            continue
        uses.append(Use(presentation.pk, row["quantity"], row["organization"], f"/rows/{number}"))
    return uses, checked
