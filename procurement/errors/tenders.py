"""What can be refused of a tender that is prepared."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class TenderIncomplete(RuleBroken):
    code = "tender-incomplete"
    template = _("The tender cannot be published: %(problem)s.")


class DeadlineNotAhead(RuleBroken):
    code = "deadline-not-ahead"
    template = _("The deadline %(deadline)s must lie after now (%(now)s).")


class NumberNotUsable(RuleBroken):
    code = "number-not-usable"
    template = _(
        "The number “%(number)s” cannot stand in an address: leave out spaces and the signs . / ? # %% and \\."
    )


class NumberTaken(Conflict):
    code = "number-taken"
    template = _("The number “%(number)s” is already given: choose another.")


class LotTwice(RuleBroken):
    code = "lot-twice"
    template = _("Lot %(lot)s repeats a lot number or the presentation %(presentation)s.")


class DemandTendered(RuleBroken):
    code = "demand-tendered"
    template = _(
        "What “%(round)s” reports for %(presentation)s (%(provinces)s) stands in the tender “%(tender)s” already: "
        "leave it out, or cancel that tender first."
    )


class SupplyTermEmpty(RuleBroken):
    code = "supply-term-empty"
    template = _("The supply must end (%(until)s) after it begins (%(begin)s).")


class BiddingPeriodTooShort(RuleBroken):
    code = "bidding-period-too-short"
    template = _(
        "Suppliers have at least %(least)s days to bid: the deadline %(deadline)s must not lie before %(earliest)s."
    )


class ScopeExceeded(RuleBroken):
    code = "scope-exceeded"
    template = _("%(what)s stands with %(count)s %(kind)s; the rules admit at most %(most)s.")


class CeilingUnknown(RuleBroken):
    code = "ceiling-unknown"
    template = _(
        "%(presentation)s has neither a guide price nor a surveyed market price: state a ceiling, or survey a price."
    )


class CeilingAboveSurvey(RuleBroken):
    code = "ceiling-above-survey"
    template = _("The ceiling %(ceiling)s for %(presentation)s is above its surveyed market price %(surveyed)s.")


class CeilingAboveGuidePrice(RuleBroken):
    code = "ceiling-above-guide-price"
    template = _("The ceiling %(ceiling)s for %(presentation)s is above its guide price %(guide)s per unit.")


class LotsAwarded(Conflict):
    code = "lots-awarded"
    template = _(
        "The lots %(lots)s of “%(tender)s” are awarded: revoke their awards first, or let the other lots fail instead."
    )


class NothingToRetender(RuleBroken):
    code = "nothing-to-retender"
    template = _("No lot of “%(tender)s” failed, and it was not cancelled: there is nothing to tender again.")
