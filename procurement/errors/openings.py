"""What can be refused of keys and openings."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, NotAllowed, RuleBroken


class OpeningKeyMissing(RuleBroken):
    code = "opening-key-missing"
    template = _("%(person)s has no opening key yet: they set their passphrase first.")


class PassphraseTooShort(RuleBroken):
    code = "passphrase-too-short"
    template = _("The passphrase must have at least %(least)s characters.")


class WrongPassphrase(NotAllowed):
    code = "wrong-passphrase"
    is_attempt = True
    template = _("The passphrase does not open your key: try again.")


class SharesDoNotFit(Conflict):
    code = "shares-do-not-fit"
    template = _(
        "The %(count)s released shares of “%(tender)s” do not give its key: another holder releases theirs, or the "
        "tender is cancelled."
    )


class TooEarlyToOpen(Conflict):
    code = "too-early-to-open"
    is_attempt = True
    template = _("Bids may be opened after %(deadline)s; it is %(now)s.")
