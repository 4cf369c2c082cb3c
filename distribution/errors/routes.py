"""What can be refused about routes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class RouteWithoutStops(RuleBroken):
    code = "route-without-stops"
    template = _("The route %(name)s leads nowhere: name at least one township of %(county)s.")


class TownshipOffRoute(RuleBroken):
    code = "township-off-route"
    template = _("%(township)s is no township of %(county)s, or stands twice on the route: name each of them once.")


class TownshipOnOtherRoute(Conflict):
    code = "township-on-other-route"
    template = _("%(carrier)s comes to %(townships)s by %(routes)s already: take the township off that route first.")
