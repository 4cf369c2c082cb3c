"""What can be refused about invoices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class InvoiceExists(Conflict):
    code = "invoice-exists"
    template = _("The invoice “%(number)s” of %(seller)s was already filed; withdraw it first to correct it.")


class InvoiceInFuture(RuleBroken):
    code = "invoice-in-future"
    template = _("The invoice is dated %(issued_on)s, after today (%(today)s): file it from that day on.")


class InvoiceBeforeOrder(RuleBroken):
    code = "invoice-before-order"
    template = _(
        "The invoice is dated %(issued_on)s, before %(order)s was placed on %(ordered_on)s: file the one of this order."
    )


class NotInvoiceable(RuleBroken):
    code = "not-invoiceable"
    template = _("%(order)s is “%(status)s”: an order is invoiced from its confirmation on.")


class AmountNotPositive(RuleBroken):
    code = "amount-not-positive"
    template = _("%(what)s: %(amount)s is not a price or an amount above nothing.")


class InvoiceBeingSettled(Conflict):
    code = "invoice-being-settled"
    template = _("The invoice “%(number)s” stands in the settlement %(settlement)s, which has to be cancelled first.")


class DeemedProducerExists(Conflict):
    code = "deemed-producer-exists"
    template = _("%(maker)s has a “%(ground)s” in this period already; there is one in the whole nation.")


class DeemedTermEmpty(RuleBroken):
    code = "deemed-term-empty"
    template = _("The last day (%(until)s) must lie after the first (%(begin)s).")
