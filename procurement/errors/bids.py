"""What can be refused of bids."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, Malformed


class BiddingClosed(Conflict):
    code = "bidding-closed"
    is_attempt = True
    template = _("Bids were accepted until %(deadline)s; yours arrived at %(received)s and was not stored.")


class BiddingNotOpen(Conflict):
    code = "bidding-not-open"
    template = _("The tender “%(tender)s” does not accept bids: it is “%(status)s”.")


class SecondBid(Conflict):
    code = "second-bid"
    template = _("You have already bid for lot %(lot)s at %(received)s: replace that bid, or withdraw it first.")


class EnvelopeUnreadable(Malformed):
    code = "envelope-not-sealed"
    template = _(
        "The envelope is not sealed with the tender's key: expected %(expected)s bytes in base64 as the reference "
        "client makes them, got %(got)s."
    )


class WrongEnvelopes(Malformed):
    code = "wrong-envelopes"
    template = _(
        "The tender “%(tender)s” takes exactly these envelopes, each sealed with its own key: %(wanted)s. You sent: "
        "%(got)s."
    )
