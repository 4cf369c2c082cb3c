"""What can be refused of negotiations."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class NotNegotiable(Conflict):
    code = "not-negotiable"
    template = _("Lot %(lot)s is not negotiated: %(reason)s.")


class NotNextInOrder(Conflict):
    code = "not-next-in-order"
    template = _(
        "Bidders are negotiated with one by one, the lowest offer first: in lot %(lot)s it is %(supplier)s "
        "(%(status)s); the next one follows when that negotiation is broken off."
    )


class OfferRaised(RuleBroken):
    code = "offer-raised"
    template = _("The offer %(offered)s is above the former one of %(former)s: in a negotiation an offer only falls.")


class HeldInFuture(RuleBroken):
    code = "held-in-future"
    template = _("The round is said to be held at %(held)s, and it is %(now)s: record it once it was held.")


class RoundConfirmed(Conflict):
    code = "round-confirmed"
    template = _("Round %(round)s was confirmed at %(confirmed)s.")


class NoRoundConfirmed(Conflict):
    code = "no-round-confirmed"
    template = _("%(supplier)s has confirmed the minutes of no round: only a confirmed offer is agreed.")


class NegotiationsOpen(Conflict):
    code = "negotiations-open"
    template = _("The prices of the lots %(lots)s are still negotiated: agree, or break the negotiations off.")


class OfferAboveCeiling(RuleBroken):
    code = "offer-above-ceiling"
    template = _(
        "%(price)s for a pack of %(product)s is %(comparable)s per unit at the strength of lot %(lot)s, above its "
        "ceiling %(ceiling)s."
    )


class NoPriceAgreed(RuleBroken):
    code = "no-price-agreed"
    template = _("No price is agreed with %(supplier)s in lot %(lot)s: negotiate, or declare the lot failed.")


class OutputExceeded(RuleBroken):
    code = "output-exceeded"
    template = _(
        "%(supplier)s offers an output of %(output)s units a year and would supply %(quantity)s: give some areas to "
        "another producer."
    )
