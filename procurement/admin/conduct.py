"""What firms did, and where they are barred for it: proposed, put into force by a second person, repaired."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.admin.organizations import FIRMS, OrganizationAdmin
from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.admin.filters import InForceFilter, ProvinceFilter
from catalog.admin.forms import beside_fields
from catalog.admin.pickers import one_of
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    hindrance,
    link_to,
    period,
    sent,
)
from catalog.foundation.web.admin.forms import DayInput, Select, TextArea, TextInput
from catalog.models import Region
from catalog.rules.conduct_rules import Ground, Level, Offence
from procurement.admin.labels import CONDUCT_COLOURS
from procurement.models import ConductRecord
from procurement.policies import may_confirm_conduct
from procurement.queries.credit import credit_standing
from procurement.queries.standing import barring_obstacles
from procurement.services.conduct import (
    confirm_conduct_record,
    drop_conduct_record,
    propose_conduct_record,
    repair_conduct_record,
)
from procurement.states import CONDUCT, ConductStatus


class ConductForm(forms.Form):
    """What happened; what it leads to is not asked, since the rules say it."""

    organization = one_of(ConductRecord.organization, Organization.objects.filter(kind__in=FIRMS))
    offence = forms.ChoiceField(label=gettext_lazy("offence"), choices=ConductRecord.Offence.choices, widget=Select)
    ground = forms.ChoiceField(
        label=gettext_lazy("ground of bribery"),
        choices=[("", "–"), *ConductRecord.Ground.choices],
        required=False,
        widget=Select,
    )
    level = forms.ChoiceField(label=gettext_lazy("level"), choices=ConductRecord.Level.choices, widget=Select)
    province = forms.ModelChoiceField(
        Region.objects.filter(parent=None), label=gettext_lazy("recorded in the province"), widget=Select
    )
    starts_on = forms.DateField(label=gettext_lazy("takes effect on"), widget=DayInput)
    facts = forms.CharField(label=gettext_lazy("facts"), max_length=4000, widget=TextArea(attrs={"rows": 4}))
    source = forms.CharField(
        label=gettext_lazy("document"),
        max_length=300,
        widget=TextInput,
        help_text=gettext_lazy("The judgment, decision or finding that establishes it."),
    )


class RepairForm(forms.Form):
    """How and when the firm has made it good."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    on = forms.DateField(label=gettext_lazy("repaired on"), widget=DayInput)
    note = forms.CharField(label=gettext_lazy("repair"), max_length=2000, widget=TextArea(attrs={"rows": 3}))


class VersionForm(forms.Form):
    """The version that the decision is about."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ConductColumns:
    """How a record is shown, in a list and in the dossier of its firm."""

    @display(description=gettext_lazy("conduct record"))
    def record_link(self, record: ConductRecord) -> str | SafeString:
        return link_to(record, record.get_offence_display())

    @display(description=gettext_lazy("takes effect"), ordering="validity")
    def term(self, record: ConductRecord) -> str:
        return period(record.validity)

    @display(description=gettext_lazy("effect"), ordering="effect")
    def consequence(self, record: ConductRecord) -> str:
        if record.province is None:
            return _("%(effect)s nationwide") % {"effect": record.get_effect_display()}
        words = {"effect": record.get_effect_display(), "province": record.province.name}
        here = _("%(effect)s in %(province)s") % words
        elsewhere = record.get_elsewhere_display()
        return _("%(here)s; elsewhere: %(elsewhere)s") % {"here": here, "elsewhere": elsewhere} if elsewhere else here

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, record: ConductRecord) -> SafeString:
        return badge(record.get_status_display(), CONDUCT_COLOURS.get(record.status))

    @display(description=gettext_lazy("today"))
    def today(self, record: ConductRecord) -> SafeString:
        holds = record.status == ConductStatus.IN_FORCE and localdate() in record.validity
        return badge(pgettext("conduct record", "in force"), "danger") if holds else badge(_("no effect"))


class ConductLines(ConductColumns, Lines):
    model = ConductRecord
    fields = ("record_link", "level", "consequence", "term", "state", "today")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("province", "organization")


def _sentences(organization: Organization) -> Iterator[str]:
    """The credit level of the firm, and where it is barred today."""
    standing = credit_standing(organization.pk, localdate())
    if standing is not None:
        yield _("its credit level is “%(level)s” until before %(until)s") % {
            "level": standing.level_display,
            "until": standing.until,
        }
    for obstacle in barring_obstacles(organization.pk, localdate()):
        yield obstacle.sentence


OrganizationAdmin.dossier.append(ConductLines)
OrganizationAdmin.judges.append(_sentences)


@admin.register(ConductRecord)
class ConductRecordAdmin(ConductColumns, DecidingAdmin, ExportingAdmin):
    """The conduct of firms; the rule set alone says what a record leads to."""

    deciders = (Role.PROCUREMENT_OFFICER, Role.SUPERVISOR)
    fields = (
        ("organization", "state"),
        ("offence", "ground", "level"),
        ("consequence", "term"),
        ("recorded_in", "rules"),
        "facts",
        "source",
        ("proposed_by", "confirmed_by"),
        ("repaired_on", "repair_note"),
    )
    list_display = ("organization", "offence", "level", "consequence", "term", "state", "today")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("offence", ChoicesDropdownFilter),
        ("level", ChoicesDropdownFilter),
        InForceFilter,
        ProvinceFilter,
    )
    list_select_related = ("organization", "province", "recorded_in", "rules", "proposed_by", "confirmed_by")
    search_fields = ("organization__name", "organization__short_name", "organization__code", "source")
    actions_list = ("propose", "export_workbook", "export_csv")
    actions_detail = ("confirm", "drop", "repair")

    def offered(self, request: HttpRequest, record: ConductRecord) -> list[str]:
        return CONDUCT.allowed(record.status) if self.may_decide(request, record) else []

    @action(description=gettext_lazy("Propose a conduct record"), url_path="propose", icon="add")
    def propose(self, request: HttpRequest) -> HttpResponse:
        """Say what a firm did."""
        # a complaint that was upheld brings its facts along
        told = {name: request.GET[name] for name in ConductForm.base_fields if name in request.GET}
        initial = {"province": actor_of(request).province, "starts_on": localdate(), **told}
        form = ConductForm(**sent(request), initial=initial)

        def act(values: dict[str, Any]) -> HttpResponse:
            with beside_fields(form):
                proposed = propose_conduct_record(
                    organization_id=values["organization"].pk,
                    offence=Offence(values["offence"]),
                    level=Level(values["level"]),
                    province_id=values["province"].pk,
                    starts_on=values["starts_on"],
                    facts=values["facts"],
                    source=values["source"],
                    ground=Ground(values["ground"]) if values["ground"] else None,
                    actor=actor_of(request),
                    at=timezone.now(),
                )
            messages.success(
                request, _("Proposed: %(record)s. A second person puts it into force.") % {"record": proposed}
            )
            return redirect(self.address_of(proposed))

        return self.decide(
            request,
            title=_("Propose a conduct record"),
            form=form,
            act=act,
            explanation=_("What it leads to, for how long and where follows from the rules of the day alone."),
            confirm=_("Propose"),
        )

    @action(description=gettext_lazy("Put into force"), url_path="confirm", icon="gavel", variant=ActionVariant.DANGER)
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The second pair of eyes."""
        record = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            after = confirm_conduct_record(
                record_id=record.pk, actor=actor_of(request), at=timezone.now(), expected_version=values["version"]
            )
            return _("In force: %(record)s, %(term)s.") % {"record": after, "term": period(after.validity)}

        return self.decide(
            request,
            title=_("Put into force: %(record)s") % {"record": record},
            record=record,
            form=VersionForm(**sent(request), initial={"version": record.version}),
            act=act,
            explanation=hindrance(may_confirm_conduct, request, "confirm", record)
            or _(
                "From its day on a firm that is barred cannot bid, is set aside where it has bid, and gets no orders."
            ),
            is_final=True,
        )

    @action(description=gettext_lazy("Drop"), url_path="drop", icon="delete")
    def drop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the proposal up."""
        record = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            drop_conduct_record(
                record_id=record.pk, actor=actor_of(request), at=timezone.now(), expected_version=values["version"]
            )
            return _("Dropped: %(record)s.") % {"record": record}

        return self.decide(
            request,
            title=_("Drop the proposal: %(record)s") % {"record": record},
            record=record,
            form=VersionForm(**sent(request), initial={"version": record.version}),
            act=act,
            explanation=_("It never takes effect."),
            is_final=True,
        )

    @action(description=gettext_lazy("Record the repair"), url_path="repair", icon="build")
    def repair(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The firm has made it good."""
        record = self.record_of(request, object_id)
        form = RepairForm(**sent(request), initial={"version": record.version, "on": localdate()})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                repair_conduct_record(
                    record_id=record.pk,
                    on=values["on"],
                    note=values["note"],
                    actor=actor_of(request),
                    at=timezone.now(),
                    expected_version=values["version"],
                )
            return _("Repaired: %(record)s.") % {"record": record}

        return self.decide(
            request,
            title=_("Record the repair: %(record)s") % {"record": record},
            record=record,
            form=form,
            act=act,
            explanation=_("The effect ends on that day. The record stays and counts where the offence is repeated."),
        )
