from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from catalog.admin.filters import InForceFilter
from catalog.admin.forms import PeriodForm, beside_fields
from catalog.admin.rule_words import parameters_in_words
from catalog.foundation.web.admin import DecidingAdmin, ExportColumn, ExportingAdmin, actor_of, badge, period, sent
from catalog.foundation.web.admin.forms import TextArea, TextInput
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import RuleSet
from catalog.queries import rule_set_or_none
from catalog.services.rulesets import enter_rule_set, parameter_names


class RuleSetForm(PeriodForm):
    """The numbers of a rule, as JSON, with who decided them."""

    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    source = forms.CharField(label=gettext_lazy("source"), max_length=300, widget=TextInput)
    parameters = forms.CharField(
        label=gettext_lazy("parameters (JSON)"),
        widget=TextArea(attrs={"rows": 24, "spellcheck": "false", "style": "font-family: monospace"}),
    )

    field_order = ("title", "source", "valid_from", "valid_until", "parameters")

    def clean_parameters(self) -> dict[str, Any]:
        """A table of names and values."""
        try:
            read = json.loads(self.cleaned_data["parameters"])
        except json.JSONDecodeError as error:
            raise forms.ValidationError(
                _("This is not JSON: line %(line)s, column %(column)s."),
                params={"line": error.lineno, "column": error.colno},
            ) from error
        if not isinstance(read, dict):
            raise forms.ValidationError(_("Give a table of names and values, in braces."))
        return read


@admin.register(RuleSet)
class RuleSetAdmin(DecidingAdmin, ExportingAdmin):
    """The numbers of the rules, and from when to when they hold."""

    operators = True
    fields = (("kind", "title"), ("term", "holds"), "source", "numbers")
    list_display = ("title", "kind", "term", "holds", "source")
    list_filter = (("kind", ChoicesDropdownFilter), InForceFilter)
    search_fields = ("title", "source")
    ordering = ("kind", "-validity")
    actions_list = ("enter", "export_workbook", "export_csv")
    actions_detail = ("succeed",)
    export_columns = (
        ExportColumn(gettext_lazy("kind"), lambda row: row.get_kind_display()),
        ExportColumn(gettext_lazy("title"), lambda row: row.title),
        ExportColumn(gettext_lazy("source"), lambda row: row.source),
        ExportColumn(gettext_lazy("in force"), lambda row: period(row.validity)),
        ExportColumn(gettext_lazy("parameters"), lambda row: json.dumps(row.parameters, ensure_ascii=False)),
    )

    def offered(self, request: HttpRequest, record: RuleSet) -> list[str]:
        return ["succeed"] if self.may_decide(request, record) else []

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, rules: RuleSet) -> str:
        return period(rules.validity)

    @display(description=gettext_lazy("today"))
    def holds(self, rules: RuleSet) -> SafeString | str:
        return badge(pgettext("rule set", "in force"), "success") if localdate() in rules.validity else EMPTY

    @display(description=gettext_lazy("parameters"))
    def numbers(self, rules: RuleSet) -> str | SafeString:
        return parameters_in_words(rules)

    @action(description=gettext_lazy("Enter a rule set"), url_path="enter", icon="add")
    def enter(self, request: HttpRequest) -> HttpResponse:
        """The numbers of a rule from a day on; those in force are filled in."""
        wanted = request.GET.get("kind", "")
        kind = RuleSet.Kind(wanted) if wanted in RuleSet.Kind.values else RuleSet.Kind.PRICE_RATIO
        present = rule_set_or_none(kind, localdate())
        form = RuleSetForm(initial=_filled(kind, present), **sent(request))

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                entered = enter_rule_set(kind=kind, **values, actor=actor_of(request), at=timezone.now())
            return _("The rule set “%(title)s” is entered.") % {"title": entered.title}

        return self.decide(
            request,
            title=_("Enter a rule set: %(kind)s") % {"kind": kind.label},
            form=form,
            act=act,
            explanation=_("The set that holds on the first day ends there. Numbers are texts, such as “1.7”."),
            confirm=_("Enter"),
            template="admin/catalog/rule_set.html",
            context={
                "kinds": [
                    (label, f"{reverse('admin:catalog_ruleset_enter')}?kind={value}", value == kind)
                    for value, label in RuleSet.Kind.choices
                ],
                "names": ", ".join(parameter_names(kind)),
            },
        )

    @action(description=gettext_lazy("Enter a successor"), url_path="succeed", icon="add")
    def succeed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page to enter the next set of the same kind."""
        rules = self.record_of(request, object_id)
        return redirect(f"{reverse('admin:catalog_ruleset_enter')}?kind={rules.kind}")


def _filled(kind: RuleSet.Kind, present: RuleSet | None) -> dict[str, Any]:
    # in the order of the rule, since the database keeps the names in an order of its own
    given = dict.fromkeys(parameter_names(kind), "") if present is None else present.parameters
    parameters = {name: given[name] for name in parameter_names(kind) if name in given}
    return {
        "source": present.source if present else "",
        "parameters": json.dumps(parameters, ensure_ascii=False, indent=2),
    }
