"""What can be refused about complaints and scorecards."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import RuleBroken


class ComplaintEmpty(RuleBroken):
    code = "complaint-empty"
    template = _("Say in words what this is about and why; it cannot be left empty.")


class ComplaintAboutWhom(RuleBroken):
    code = "complaint-about-whom"
    template = _("A complaint is about another institution, supplier or distributor; %(about)s is none.")


class NotPartyToOrder(RuleBroken):
    code = "not-party-to-order"
    template = _("%(about)s has no part in %(order)s: name the order that it has a part in, or none.")


class ProvinceUnclear(RuleBroken):
    code = "province-unclear"
    template = _("Two firms belong to no province: name the order that the complaint is about.")


class MonthNotOver(RuleBroken):
    code = "month-not-over"
    template = _("A month is judged when it is over: %(month)s is not before %(today)s.")
