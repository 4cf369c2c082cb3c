"""What can be refused about settlements and payments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class NothingToSettle(RuleBroken):
    code = "nothing-to-settle"
    template = _(
        "Nothing is to be paid: there is no matched invoice that stands in no settlement, or credit notes outweigh."
    )


class SettlementOutdated(Conflict):
    code = "settlement-outdated"
    template = _(
        "What is to be paid of the invoice “%(invoice)s” has changed since %(settlement)s was drawn up, or the invoice "
        "is in dispute: cancel the settlement and draw up another."
    )


class PaymentInFuture(RuleBroken):
    code = "payment-in-future"
    template = _("The payment is dated %(paid_on)s, after today (%(today)s): record it once it is made.")


class PaymentBeforeSettlement(RuleBroken):
    code = "payment-before-settlement"
    template = _(
        "The payment is dated %(paid_on)s, before %(settlement)s was drawn up on %(drawn_on)s: state the day on which "
        "the bank paid it."
    )


class PaymentExists(Conflict):
    code = "payment-exists"
    template = _("The payment “%(reference)s” was already recorded for another settlement.")
