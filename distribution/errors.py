"""What can be refused between the hospital's basket and the shelf."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class EmptyRequisition(RuleBroken):
    code = "empty-requisition"
    template = _("The requisition has no lines: add at least one product.")


class PacksNotPositive(RuleBroken):
    code = "packs-not-positive"
    template = _("%(product)s: the number of packs %(packs)s must be one or more.")


class NotOrderable(RuleBroken):
    code = "not-orderable"
    template = _("The agreed product %(line)s cannot be ordered by your institution today.")


class ProductTwice(RuleBroken):
    code = "product-twice"
    template = _("%(product)s stands in the requisition twice: keep one line with the sum.")


class UnknownOrderLine(RuleBroken):
    code = "unknown-order-line"
    template = _("Line %(line)s does not belong to %(document)s.")


class MoreThanOrdered(RuleBroken):
    code = "more-than-ordered"
    template = _("%(product)s: %(packs)s packs are more than the %(limit)s that were ordered.")


class MoreThanConfirmed(RuleBroken):
    code = "more-than-confirmed"
    template = _("%(product)s: %(packs)s packs are more than the %(limit)s that are confirmed and not yet despatched.")


class MoreThanSent(RuleBroken):
    code = "more-than-sent"
    template = _("%(product)s, lot %(lot)s: %(packs)s packs received, only %(limit)s were sent.")


class LineMissing(RuleBroken):
    code = "line-missing"
    template = _("%(product)s: say what became of this line; every line of the document is answered.")


class LineTwice(RuleBroken):
    code = "line-twice"
    template = _("Line %(line)s is answered twice.")


class ReasonMissing(RuleBroken):
    code = "reason-missing"
    template = _("%(product)s: say why.")


class UnknownReason(RuleBroken):
    code = "unknown-reason"
    template = _("“%(reason)s” is not a reason for a rejection.")


class NothingConfirmed(RuleBroken):
    code = "nothing-confirmed"
    template = _("No pack of %(order)s is confirmed: refuse the order instead, with the reason.")


class Expired(RuleBroken):
    code = "expired"
    template = _("%(product)s, lot %(lot)s: expires on %(expires_on)s, which is not after %(today)s.")


class DespatchExists(Conflict):
    code = "despatch-exists"
    template = _("The despatch “%(reference)s” of this order was already advised.")


class PriceAlreadyReported(RuleBroken):
    code = "price-already-reported"
    template = _("%(product)s: your price of %(observed_on)s was already reported.")


class ObservedInFuture(RuleBroken):
    code = "observed-in-future"
    template = _("%(product)s: the day %(observed_on)s lies ahead of today (%(today)s).")


class EntrustmentExists(Conflict):
    code = "entrustment-exists"
    template = _("%(supplier)s has already entrusted a distributor in %(region)s for this period.")


class EntrustmentTermEmpty(RuleBroken):
    code = "entrustment-term-empty"
    template = _("The entrustment must end (%(until)s) after it begins (%(begin)s).")
