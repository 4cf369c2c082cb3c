from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.transitions import find
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, Lines, actor_of, sent
from catalog.foundation.web.admin.forms import TextArea, TextInput
from distribution.models import Route, RouteStop
from distribution.services.routes import drop_route, plan_route


class RouteForm(forms.Form):
    """A way through a county, by the codes of carrier, county and townships."""

    carrier = forms.CharField(
        label=gettext_lazy("carrier"), widget=TextInput, help_text=gettext_lazy("The code of the firm.")
    )
    county = forms.CharField(
        label=gettext_lazy("county"), widget=TextInput, help_text=gettext_lazy("Its code of six digits.")
    )
    name = forms.CharField(label=gettext_lazy("name"), max_length=100, widget=TextInput)
    townships = forms.CharField(
        label=gettext_lazy("townships"),
        widget=TextArea(attrs={"rows": 6}),
        help_text=gettext_lazy("Their codes of nine digits, in the order of the route."),
    )


class Stops(Lines):
    model = RouteStop
    fields = ("position", "township")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("township")


@admin.register(Route)
class RouteAdmin(DecidingAdmin, ExportingAdmin):
    """The ways of the carriers, by which deliveries of a run are put together."""

    fields = ("carrier", "county", "name")
    list_display = ("name", "carrier", "county", "townships")
    list_filter = (("carrier", AutocompleteSelectFilter),)
    list_select_related = ("carrier", "county")
    search_fields = ("name", "carrier__name", "county__name", "stops__township__name")
    inlines = (Stops,)
    actions_list = ("plan", "export_workbook", "export_csv")
    actions_detail = ("drop",)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.prefetch_related("stops__township")

    def offered(self, request: HttpRequest, record: Route) -> tuple[str, ...]:
        actor = actor_of(request)
        return ("drop",) if self.may_decide(request) and actor.province == record.county.province_id else ()

    @display(description=gettext_lazy("townships"))
    def townships(self, route: Route) -> str:
        return " → ".join(stop.township.name for stop in route.stops.all())

    @action(description=gettext_lazy("Plan a route"), url_path="plan", icon="alt_route", variant=ActionVariant.PRIMARY)
    def plan(self, request: HttpRequest) -> HttpResponse:
        """Say by which townships a carrier goes; a route of the same name is changed."""

        def act(values: dict[str, Any]) -> str:
            route = plan_route(
                carrier_id=find(Organization.objects.all(), code=values["carrier"]).pk,
                county_code=values["county"],
                name=values["name"],
                townships=values["townships"].split(),
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("The route “%(route)s” is planned; the next run goes by it.") % {"route": route}

        return self.decide(request, title=_("Plan a route"), act=act, form=RouteForm(**sent(request)))

    @action(description=gettext_lazy("Give the route up"), url_path="drop", icon="delete")
    def drop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the route away; its townships are on none then."""
        route = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            drop_route(route_id=route.pk, actor=actor_of(request), at=timezone.now())
            messages.success(request, _("The route “%(route)s” is given up.") % {"route": route})
            return redirect(self.address_of(None))

        return self.decide(
            request,
            title=_("Give up the route “%(route)s”") % {"route": route},
            act=act,
            record=route,
            explanation=_("What is on its way goes on; the next run puts these townships together without a route."),
            is_final=True,
        )
