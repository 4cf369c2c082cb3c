"""What can be refused about despatches and receipts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class MoreThanConfirmed(RuleBroken):
    code = "more-than-confirmed"
    template = _("%(product)s: %(packs)s packs are more than the %(limit)s that are confirmed and not yet despatched.")


class MoreThanSent(RuleBroken):
    code = "more-than-sent"
    template = _("%(product)s, lot %(lot)s: %(packs)s packs received, only %(limit)s were sent.")


class Expired(RuleBroken):
    code = "expired"
    template = _("%(product)s, lot %(lot)s: expires on %(expires_on)s, which is not after %(today)s.")


class DespatchExists(Conflict):
    code = "despatch-exists"
    template = _("The despatch “%(reference)s” of this order was already advised.")


class SenderUnfit(RuleBroken):
    """The firm may not bring the product there today; ``values`` are what was compared."""

    code = "sender-unfit"
    template = _("%(product)s: %(sentence)s (rule %(rule)s, %(source)s)")


class LotIncomplete(RuleBroken):
    code = "lot-incomplete"
    template = _("%(product)s: state lot number, last day of use and packs, or give codes that state them.")


class LotDatesImpossible(RuleBroken):
    code = "lot-dates-impossible"
    template = _(
        "%(product)s, lot %(lot)s: made on %(made_on)s and to be used until %(expires_on)s cannot be: a lot is made "
        "before today and before its last day of use."
    )


class LotHeld(RuleBroken):
    code = "lot-held"
    template = _(
        "%(product)s, lot %(lot)s, is held (%(kind)s: %(reason)s; %(source)s): it moves again when the hold is lifted."
    )


class CodeUnreadable(RuleBroken):
    code = "code-unreadable"
    template = _("“%(code)s” cannot be read: %(problem)s.")


class CodeForeign(RuleBroken):
    code = "code-foreign"
    template = _(
        "%(product)s: the code %(code)s is not of this product (GTIN “%(gtin)s”, prefix “%(prefix)s”): "
        "take the right pack, or have the product's numbers registered."
    )


class CodeTwice(RuleBroken):
    code = "code-twice"
    template = _("The code %(code)s stands here twice: every pack has a code of its own.")


class CodeInUse(RuleBroken):
    code = "code-in-use"
    template = _("The pack %(code)s was sent before, and neither rejected nor returned.")


class CodeContradicts(RuleBroken):
    code = "code-contradicts"
    template = _("%(product)s: the code %(code)s says “%(found)s” and the line says “%(stated)s”.")


class MoreCodesThanPacks(RuleBroken):
    code = "more-codes-than-packs"
    template = _("%(product)s: %(codes)s codes for %(packs)s packs.")


class ReadingImpossible(RuleBroken):
    code = "reading-impossible"
    template = _("%(celsius)s °C at %(taken_at)s cannot be: a reading lies in the past and between −100 and 100 °C.")


class ArrivedLater(RuleBroken):
    code = "arrived-later"
    template = _("The goods arrived at %(arrived_at)s, which is not between %(despatched_at)s and now (%(now)s).")


class NotAcceptable(RuleBroken):
    """A hard gate of the checklist does not let pass; ``values`` are what was compared."""

    code = "not-acceptable"
    template = _("%(product)s: %(sentence)s (rule %(rule)s, %(source)s)")
