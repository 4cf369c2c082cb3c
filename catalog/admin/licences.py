"""The papers of firms: licences with what is left of them, owners and legal representatives."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.admin.organizations import FIRMS, OrganizationAdmin
from catalog.accounts.models import Licence, Organization, Ownership
from catalog.admin.forms import PercentField, beside_fields
from catalog.admin.pickers import one_of
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, Lines, actor_of, badge, period, sent
from catalog.foundation.web.admin.forms import Checkboxes, DayInput, Select, TextInput
from catalog.services.licences import end_licence, enter_licence, enter_ownership, remove_ownership

# A licence is renewed half a year before it ends.
RENEWAL = timedelta(days=180)


class LicenceForm(forms.Form):
    """A licence as it is printed."""

    organization = one_of(Licence.organization, Organization.objects.filter(kind__in=FIRMS))
    kind = forms.ChoiceField(label=gettext_lazy("kind"), choices=Licence.Kind.choices, widget=Select)
    number = forms.CharField(label=gettext_lazy("number"), max_length=40, widget=TextInput)
    scopes = forms.MultipleChoiceField(label=gettext_lazy("scopes"), choices=Licence.Scope.choices, widget=Checkboxes)
    valid_from = forms.DateField(label=gettext_lazy("valid from"), widget=DayInput)
    valid_until = forms.DateField(label=gettext_lazy("until (exclusive)"), widget=DayInput)


class EndForm(forms.Form):
    """The first day on which the licence is no longer valid."""

    on = forms.DateField(label=gettext_lazy("no longer valid from"), widget=DayInput)


class OwnershipForm(forms.Form):
    """Who is tied to the firm, and how."""

    organization = one_of(Ownership.organization, Organization.objects.filter(kind__in=FIRMS))
    tie = forms.ChoiceField(label=gettext_lazy("tie"), choices=Ownership.Tie.choices, widget=Select)
    holder = forms.CharField(label=gettext_lazy("person or firm"), max_length=200, widget=TextInput)
    share = PercentField(label=gettext_lazy("share (percent)"), required=False)


class TermFilter(DropdownFilter):
    """By what is left of the licence."""

    title = pgettext_lazy("firm", "licence")
    parameter_name = "licence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("expired", gettext_lazy("expired")), ("expiring", gettext_lazy("expires within 180 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = localdate()
        if self.value() == "expired":
            return queryset.filter(validity__endswith__lte=today)
        if self.value() == "expiring":
            return queryset.filter(validity__endswith__gt=today, validity__endswith__lte=today + RENEWAL)
        return queryset


class LicenceColumns:
    """How a licence is shown, in a list and in the dossier of its firm."""

    @display(description=gettext_lazy("scopes"))
    def scope_names(self, licence: Licence) -> str:
        return ", ".join(str(Licence.Scope(scope).label) for scope in licence.scopes)

    @display(description=gettext_lazy("valid"), ordering="validity")
    def term(self, licence: Licence) -> str:
        return period(licence.validity)

    @display(description=gettext_lazy("today"))
    def state(self, licence: Licence) -> SafeString:
        today, end = localdate(), licence.validity.upper
        if end <= today:
            return badge(_("expired"), "danger")
        if today not in licence.validity:
            return badge(_("not yet valid"))
        return badge(_("expires soon"), "warning") if end <= today + RENEWAL else badge(_("valid"), "success")


class LicenceLines(LicenceColumns, Lines):
    model = Licence
    fields = ("kind", "number", "scope_names", "term", "state")


class OwnershipLines(Lines):
    model = Ownership
    fields = ("tie", "holder", "share")


OrganizationAdmin.dossier += [LicenceLines, OwnershipLines]


@admin.register(Licence)
class LicenceAdmin(LicenceColumns, DecidingAdmin, ExportingAdmin):
    """The licences of suppliers and distributors; officers enter and end them."""

    fields = ("organization", "kind", "number", "scope_names", "term", "state")
    list_display = ("number", "organization", "kind", "scope_names", "term", "state")
    list_filter = (TermFilter, ("kind", ChoicesDropdownFilter), ("organization__kind", ChoicesDropdownFilter))
    list_select_related = ("organization",)
    search_fields = ("number", "organization__name", "organization__short_name", "organization__code")
    actions_list = ("enter", "export_workbook", "export_csv")
    actions_detail = ("end",)

    def offered(self, request: HttpRequest, record: Licence) -> list[str]:
        return ["end"] if record.validity.upper > localdate() and self.may_decide(request) else []

    @action(description=gettext_lazy("Enter a licence"), url_path="enter", icon="add")
    def enter(self, request: HttpRequest) -> HttpResponse:
        """Put a firm's licence on file."""
        form = LicenceForm(**sent(request))

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                licence = enter_licence(**values, actor=actor_of(request), at=timezone.now())
            return _("%(licence)s is on file.") % {"licence": licence}

        return self.decide(
            request,
            title=_("Enter a licence"),
            form=form,
            act=act,
            explanation=_("A renewed licence is entered again, with its next period."),
        )

    @action(description=gettext_lazy("End"), url_path="end", icon="stop", variant=ActionVariant.DANGER)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the licence end before its time."""
        licence = self.record_of(request, object_id)
        form = EndForm(**sent(request), initial={"on": localdate()})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                after = end_licence(licence_id=licence.pk, on=values["on"], actor=actor_of(request), at=timezone.now())
            return _("%(licence)s is valid %(term)s.") % {"licence": licence, "term": period(after.validity)}

        return self.decide(
            request,
            title=_("End %(licence)s") % {"licence": licence},
            record=licence,
            form=form,
            act=act,
            explanation=_("From that day on the firm cannot bid under this licence."),
            is_final=True,
        )


@admin.register(Ownership)
class OwnershipAdmin(DecidingAdmin, ExportingAdmin):
    """Who owns and who represents firms: what several bidders have in common shows here."""

    fields = ("organization", "tie", "holder", "share")
    list_display = ("holder", "organization", "tie", "share")
    list_filter = (("tie", ChoicesDropdownFilter),)
    list_select_related = ("organization",)
    search_fields = ("holder", "organization__name", "organization__short_name", "organization__code")
    actions_list = ("enter", "export_workbook", "export_csv")
    actions_detail = ("remove",)

    def offered(self, request: HttpRequest, record: Ownership) -> list[str]:
        return ["remove"] if self.may_decide(request) else []

    @action(description=gettext_lazy("Enter an owner or representative"), url_path="enter", icon="add")
    def enter(self, request: HttpRequest) -> HttpResponse:
        """Note who owns or represents a firm."""
        form = OwnershipForm(**sent(request))

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                ownership = enter_ownership(**values, actor=actor_of(request), at=timezone.now())
            return _("%(ownership)s is on file.") % {"ownership": ownership}

        return self.decide(request, title=_("Enter an owner or representative"), form=form, act=act)

    @action(description=gettext_lazy("Take off"), url_path="remove", icon="delete", variant=ActionVariant.DANGER)
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take off a tie that is no more."""
        ownership = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            remove_ownership(ownership_id=ownership.pk, actor=actor_of(request), at=timezone.now())
            messages.success(request, _("%(ownership)s is taken off.") % {"ownership": ownership})
            # the record has no page any more
            return redirect(self.address_of(None))

        return self.decide(
            request,
            title=_("Take off %(ownership)s") % {"ownership": ownership},
            record=ownership,
            act=act,
            is_final=True,
        )
