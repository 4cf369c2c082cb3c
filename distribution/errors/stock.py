"""What can be refused about stock, counts and redistribution."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class NotEnoughStock(RuleBroken):
    code = "not-enough-stock"
    template = _("%(product)s, lot %(lot)s: %(units)s units are to leave and %(available)s are there.")


class NotEnoughToIssue(RuleBroken):
    code = "not-enough-to-issue"
    template = _(
        "%(product)s: %(wanted)s units are wanted and %(available)s can be issued: the rest is not there, expired or "
        "held."
    )


class UnknownLot(RuleBroken):
    code = "unknown-lot"
    template = _("There is no lot “%(lot)s” of it in your stock: look it up in the list of stock.")


class LotNotUsable(RuleBroken):
    code = "lot-not-usable"
    template = _("%(product)s, lot %(lot)s: %(why)s. Keep it apart and take another lot.")


class UnitsNotPositive(RuleBroken):
    code = "units-not-positive"
    template = _("%(what)s: %(units)s is no number of units that can be entered.")


class LotAlreadyKept(Conflict):
    code = "lot-already-kept"
    template = _("%(product)s, lot %(lot)s is in your stock already: correct it by a count.")


class StockMoved(Conflict):
    code = "stock-moved"
    template = _("%(product)s, lot %(lot)s: you saw %(seen)s units, the ledger says %(units)s by now: count it again.")


class TakerUnfit(RuleBroken):
    code = "taker-unfit"
    template = _("“%(taker)s” is no other institution of the province that could take it.")
