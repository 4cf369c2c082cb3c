"""What can be refused of direct listings."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class NotAListing(Conflict):
    code = "not-a-listing"
    template = _("“%(tender)s” is no direct listing: its bids are sealed.")


class ListingClosed(Conflict):
    code = "listing-closed"
    template = _("“%(tender)s” lists no more offers: it is “%(status)s”.")


class ProductNotOfferable(RuleBroken):
    code = "product-not-offerable"
    template = _("%(product)s is not your own product, or another medicine or form than lot %(lot)s asks for.")


class ProvincesNotInLot(RuleBroken):
    code = "provinces-not-in-lot"
    template = _("Lot %(lot)s is for the provinces %(areas)s, each named once; you named %(provinces)s.")


class OutputMissing(RuleBroken):
    code = "output-missing"
    template = _("Say how many units a year you can supply to each province: %(output)s is none.")


class OfferListed(Conflict):
    code = "offer-listed"
    template = _("Your offer for lot %(lot)s is listed at %(price)s: lower its price, or withdraw it.")


class OfferNotListed(Conflict):
    code = "offer-not-listed"
    template = _("Your offer for lot %(lot)s is “%(status)s”: only the price of a listed offer is lowered.")


class ListingEnded(Conflict):
    code = "listing-ended"
    template = _("Your listing in lot %(lot)s ended at %(ended)s: offer again when the lot is tendered again.")


class ListedPriceRaised(RuleBroken):
    code = "listed-price-raised"
    template = _("The listed price %(listed)s can be lowered, not set to %(price)s.")


class TooFarAboveLowest(RuleBroken):
    code = "too-far-above-lowest"
    template = _(
        "%(product)s at %(price)s yuan: %(multiple)s times the lowest comparable price listed in %(province)s"
        " (%(lowest)s yuan per unit), where its trading would be suspended at once; offer less."
    )
