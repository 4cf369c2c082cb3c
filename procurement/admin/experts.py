"""The register of experts: who may be drawn, and in which firms they have an interest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import Role
from catalog.accounts.models import Membership, Organization
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import READERS, DecidingAdmin, ExportingAdmin, Lines, actor_of, badge, sent
from catalog.foundation.web.admin.forms import Select, TextInput
from procurement.models import Expert, ExpertInterest
from procurement.services.experts import admit_expert, declare_interest, register_expert


class ExpertForm(forms.Form):
    """One of the province's people with the role of an expert."""

    membership = forms.ModelChoiceField(
        Membership.objects.none(),
        label=gettext_lazy("person"),
        widget=Select,
        help_text=gettext_lazy("People with the role of an evaluation expert who are not on the register."),
    )
    specialty = forms.CharField(label=gettext_lazy("specialty"), max_length=100, widget=TextInput)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        experts = Membership.objects.filter(role=Role.EXPERT, user__is_active=True, user__expert=None)
        here = Q(organization__region=None) | Q(organization__region__code__startswith=actor.province[:2])
        self.fields["membership"].queryset = experts.filter(here).select_related("user", "organization")  # type: ignore[attr-defined]


class InterestForm(forms.Form):
    """A firm, and what ties the expert to it."""

    organization = forms.CharField(
        label=gettext_lazy("firm"),
        max_length=200,
        widget=TextInput,
        help_text=gettext_lazy("Its full name, its code or its unified social credit code."),
    )
    description = forms.CharField(label=gettext_lazy("what ties them"), max_length=200, widget=TextInput)

    def clean_organization(self) -> Organization:
        """The firm that is called so."""
        named = self.cleaned_data["organization"].strip()
        found = Organization.objects.filter(Q(name=named) | Q(code=named) | Q(uscc=named)).order_by("pk").first()
        if found is None:
            raise forms.ValidationError(_("No organization is called so."))
        return found


class InterestLines(Lines):
    model = ExpertInterest
    fields = ("organization", "description", "declared_at")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("organization", "expert__user", "expert__employer")


@admin.register(Expert)
class ExpertAdmin(DecidingAdmin, ExportingAdmin):
    """From whom committees are drawn."""

    readers = (*READERS, Role.EXPERT)
    fields = (("user", "employer"), ("specialty", "state"))
    list_display = ("user", "employer", "specialty", "state")
    list_display_links = ("user",)
    list_filter = ("is_active",)
    list_select_related = ("user", "employer")
    search_fields = ("user__username", "user__last_name", "user__first_name", "employer__name", "specialty")
    inlines = (InterestLines,)
    actions_list = ("register", "export_workbook", "export_csv")
    actions_detail = ("interest", "suspend", "admit")

    def offered(self, request: HttpRequest, record: Expert) -> list[str]:
        actor = actor_of(request)
        if actor.has(Role.PROCUREMENT_OFFICER):
            return ["interest", "suspend" if record.is_active else "admit"]
        return ["interest"] if record.user_id == actor.user_id else []

    @display(description=gettext_lazy("may be drawn"), ordering="is_active")
    def state(self, expert: Expert) -> SafeString:
        return badge(_("may be drawn"), "success") if expert.is_active else badge(_("is not drawn"), "danger")

    @action(
        description=gettext_lazy("Register an expert"),
        url_path="register",
        icon="person_add",
        variant=ActionVariant.PRIMARY,
    )
    def register(self, request: HttpRequest) -> HttpResponse:
        """Put a person on the register."""
        actor = actor_of(request)

        def act(values: dict[str, Any]) -> str:
            expert = register_expert(
                user=values["membership"].user,
                employer=values["membership"].organization,
                specialty=values["specialty"],
                actor=actor,
                at=timezone.now(),
            )
            return _("“%(expert)s” is on the register.") % {"expert": expert}

        form = ExpertForm(actor, **sent(request))
        return self.decide(request, title=_("Register an expert"), form=form, act=act, confirm=_("Register"))

    @action(description=gettext_lazy("Declare an interest"), url_path="interest", icon="link")
    def interest(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A firm whose bids the expert must not judge."""
        expert = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            interest = declare_interest(
                expert_id=expert.pk,
                organization=values["organization"],
                description=values["description"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("The interest in “%(firm)s” is declared.") % {"firm": interest.organization}

        return self.decide(
            request,
            title=_("Declare an interest of %(expert)s") % {"expert": expert.user},
            record=expert,
            form=InterestForm(**sent(request)),
            act=act,
            confirm=_("Declare"),
            is_final=True,
            deciders=(Role.PROCUREMENT_OFFICER, Role.EXPERT),
            explanation=_(
                "Work for the firm, a share in it, a relative, advice that was paid: whoever has an interest in a "
                "bidder, or in a firm that shares an owner with one, is not drawn and does not score."
            ),
        )

    @action(description=gettext_lazy("Draw no more"), url_path="suspend", icon="person_off")
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take an expert out of the draw."""
        return self._admit(request, object_id, is_active=False)

    @action(description=gettext_lazy("Draw again"), url_path="admit", icon="person_check")
    def admit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let an expert be drawn again."""
        return self._admit(request, object_id, is_active=True)

    def _admit(self, request: HttpRequest, object_id: str, *, is_active: bool) -> HttpResponse:
        expert = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            admit_expert(expert_id=expert.pk, is_active=is_active, actor=actor_of(request), at=timezone.now())
            return _("“%(expert)s” may be drawn.") if is_active else _("“%(expert)s” is not drawn any more.")

        return self.decide(
            request,
            title=str(expert),
            record=expert,
            act=lambda values: act(values) % {"expert": expert},
            explanation=_("Committees that the expert sits on stay as they are."),
        )
