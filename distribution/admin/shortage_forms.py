"""What is asked when a shortage is answered: only what the province has at hand can be chosen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin.forms import DayInput, Select, TextArea, TextInput
from catalog.foundation.web.admin.values import whole
from distribution.models import ShortageItem
from distribution.queries.rules import shortage_rules
from distribution.queries.shortage_measures import backups_of, in_need, productions_of, reserves_of, spare_lots
from distribution.rules.shortage import last_follow_up
from distribution.services.shortages import Backup, DesignatedProduction, Measure, Redistribution, Reserve
from distribution.states import AnswerOutcome

Choices = list[tuple[Any, str]]


def _units() -> forms.IntegerField:
    return forms.IntegerField(label=gettext_lazy("units"), min_value=1, max_value=2**62, widget=TextInput)


def _choice(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=Select)


class ShortageForm(forms.Form):
    """The version that the decision is about."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class EndForm(ShortageForm):
    """Why it is taken off the list."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=1000, widget=TextArea(attrs={"rows": 3}))


class FollowUpForm(ShortageForm):
    """What became of the answer."""

    outcome = forms.ChoiceField(
        label=pgettext_lazy("shortage", "outcome"), choices=AnswerOutcome.choices, widget=Select
    )
    note = forms.CharField(label=gettext_lazy("what was found"), max_length=1000, widget=TextArea(attrs={"rows": 3}))


class MeasureForm(ShortageForm):
    """Why this answer, and when somebody looks whether it helped."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=300, widget=TextInput)
    follow_up_on = forms.DateField(label=gettext_lazy("to be followed up on"), widget=DayInput)

    def __init__(self, *, item: ShortageItem, actor: Actor, at: datetime, **sent: Any) -> None:
        today = localdate(at)
        last = last_follow_up(today, shortage_rules(today))
        initial = {"version": item.version, "follow_up_on": min(today + timedelta(days=14), last)}
        super().__init__(**sent, initial=initial)
        self.offer(item, actor, at)
        self.order_fields([name for name in self.fields if name not in ("reason", "follow_up_on")])

    def offer(self, item: ShortageItem, actor: Actor, at: datetime) -> None:
        """Fill in what can be chosen."""

    def measure(self) -> Measure:
        """What was chosen."""
        raise NotImplementedError

    def _put(self, name: str, choices: Choices) -> None:
        self.fields[name].choices = [("", "–"), *choices]  # type: ignore[attr-defined]


class BackupForm(MeasureForm):
    """Whose agreed volume, and how much of it, goes over to who stands by."""

    line = _choice(gettext_lazy("agreed volume of the main supplier"))
    units = _units()

    def offer(self, item: ShortageItem, actor: Actor, at: datetime) -> None:
        words = _("%(supplier)s · %(product)s · %(units)s units left")
        self._put(
            "line",
            [
                (
                    line.pk,
                    words
                    % {
                        "supplier": line.agreement.supplier,
                        "product": line.product,
                        "units": whole(line.remaining_quantity),
                    },
                )
                for line in backups_of(item, at)
            ],
        )

    def measure(self) -> Measure:
        return Backup(int(self.cleaned_data["line"]), self.cleaned_data["units"])


class RedistributionForm(MeasureForm):
    """Which lot goes to whom."""

    lot = _choice(pgettext_lazy("stock", "lot"))
    taker = _choice(gettext_lazy("taken by"))
    units = _units()

    def offer(self, item: ShortageItem, actor: Actor, at: datetime) -> None:
        words = _("%(holder)s · %(lot)s · %(units)s units, %(spare)s to spare")
        self._put(
            "lot",
            [
                (
                    spare.lot.pk,
                    words
                    % {
                        "holder": spare.lot.holder,
                        "lot": spare.lot.lot_number,
                        "units": whole(spare.lot.units),
                        "spare": whole(spare.units),
                    },
                )
                for spare in spare_lots(item, at)
            ],
        )
        self._put("taker", _named(item, at))

    def measure(self) -> Measure:
        values = self.cleaned_data
        return Redistribution(int(values["lot"]), values["taker"], values["units"])


class ReserveForm(MeasureForm):
    """Of which plan, to whom, by whose authority."""

    plan = _choice(gettext_lazy("reserve plan"))
    recipient = _choice(gettext_lazy("institution"))
    units = _units()
    authority = forms.CharField(label=gettext_lazy("by whose authority"), max_length=300, widget=TextInput)

    def offer(self, item: ShortageItem, actor: Actor, at: datetime) -> None:
        words = _("%(plan)s · %(units)s usable units")
        plans = reserves_of(item, at)
        self._put("plan", [(row.plan.pk, words % {"plan": row.plan, "units": whole(row.usable)}) for row in plans])
        self._put("recipient", _named(item, at))

    def measure(self) -> Measure:
        values = self.cleaned_data
        return Reserve(int(values["plan"]), values["recipient"], values["units"], values["authority"])


class ProductionForm(MeasureForm):
    """Which tender has it made."""

    tender = _choice(gettext_lazy("tender for designated production"))

    def offer(self, item: ShortageItem, actor: Actor, at: datetime) -> None:
        self._put("tender", [(tender.number, str(tender)) for tender in productions_of(item, actor)])

    def measure(self) -> Measure:
        return DesignatedProduction(self.cleaned_data["tender"])


def _named(item: ShortageItem, at: datetime) -> Choices:
    return [(institution.code, str(institution)) for institution in in_need(item, at)]
