"""What can be refused between demand and agreement."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, Malformed, NotAllowed, RuleBroken


class QuantityNotPositive(RuleBroken):
    code = "quantity-not-positive"
    template = _("The quantity %(quantity)s must be one or more.")


class PresentationTwice(RuleBroken):
    code = "presentation-twice"
    template = _("%(presentation)s stands in the report twice: keep one line with the sum.")


class DemandRoundClosed(Conflict):
    code = "demand-round-closed"
    template = _("The demand round “%(round)s” is closed: quantities can no longer be reported.")


class DemandRoundOpen(RuleBroken):
    code = "demand-round-open"
    template = _("The demand round “%(round)s” is still collecting: close it first, so that the quantities stand.")


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


class SupplyTermEmpty(RuleBroken):
    code = "supply-term-empty"
    template = _("The supply must end (%(until)s) after it begins (%(begin)s).")


class NoDemand(RuleBroken):
    code = "no-demand"
    template = _("No demand was reported for %(presentation)s in %(provinces)s: a lot needs a quantity.")


class CeilingAboveGuidePrice(RuleBroken):
    code = "ceiling-above-guide-price"
    template = _("The ceiling %(ceiling)s for %(presentation)s is above its guide price %(guide)s per unit.")


class OpeningKeyMissing(RuleBroken):
    code = "opening-key-missing"
    template = _("%(person)s has no opening key yet: they set their passphrase first.")


class PassphraseTooShort(RuleBroken):
    code = "passphrase-too-short"
    template = _("The passphrase must have at least %(least)s characters.")


class WrongPassphrase(NotAllowed):
    code = "wrong-passphrase"
    template = _("The passphrase does not open your key: try again.")


class BiddingClosed(Conflict):
    code = "bidding-closed"
    template = _("Bids were accepted until %(deadline)s; yours arrived at %(received)s and was not stored.")


class BiddingNotOpen(Conflict):
    code = "bidding-not-open"
    template = _("The tender “%(tender)s” does not accept bids: it is “%(status)s”.")


class SecondBid(Conflict):
    code = "second-bid"
    template = _("You have already bid for lot %(lot)s at %(received)s: withdraw that bid first to replace it.")


class EnvelopeUnreadable(Malformed):
    code = "envelope-not-sealed"
    template = _(
        "The envelope is not sealed with the tender's key: expected %(expected)s bytes in base64 as the reference "
        "client makes them, got %(got)s."
    )


class TooEarlyToOpen(Conflict):
    code = "too-early-to-open"
    template = _("Bids may be opened after %(deadline)s; it is %(now)s.")


class BidNotInLot(RuleBroken):
    code = "bid-not-in-lot"
    template = _("The bid %(bid)s is not a ranked bid of lot %(lot)s.")


class AreasNotCovered(RuleBroken):
    code = "areas-not-covered"
    template = _(
        "Each area has exactly one supplier: left out %(missing)s; given twice %(twice)s; foreign %(foreign)s."
    )


class WinnerWithoutArea(RuleBroken):
    code = "winner-without-area"
    template = _("The bid %(bid)s wins and supplies no area: give it one, or leave it out.")


class TooManyWinners(RuleBroken):
    code = "too-many-winners"
    template = _("Lot %(lot)s admits at most %(most)s winners; %(chosen)s were chosen.")


class ReasonMissing(RuleBroken):
    code = "decision-reason-missing"
    template = _("The choice differs from the proposal (%(difference)s): say why.")


class LotsUndecided(RuleBroken):
    code = "lots-undecided"
    template = _("The lots %(lots)s are neither awarded nor failed.")


class AgreedVolumeExceeded(RuleBroken):
    code = "agreed-volume-exceeded"
    template = _("%(product)s: %(wanted)s units wanted, %(remaining)s of the agreed volume remain.")
