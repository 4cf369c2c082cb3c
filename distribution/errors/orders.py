"""What can be refused about an order and its lines."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import RuleBroken


class UnknownOrderLine(RuleBroken):
    code = "unknown-order-line"
    template = _("Line %(line)s does not belong to %(document)s.")


class MoreThanOrdered(RuleBroken):
    code = "more-than-ordered"
    template = _("%(product)s: %(packs)s packs are more than the %(limit)s that were ordered.")


class MoreThanApproved(RuleBroken):
    code = "more-than-approved"
    template = _(
        "%(product)s: %(packs)s packs are more than the %(limit)s that were approved: "
        "write another requisition for the others."
    )


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


class UnknownAnswerReason(RuleBroken):
    code = "unknown-answer-reason"
    template = _("“%(reason)s” is not a reason that a supplier may give; the reasons are: %(known)s.")


class PromiseOutOfRange(RuleBroken):
    code = "promise-out-of-range"
    template = _(
        "%(product)s: promised for %(day)s; it may be from %(first)s to %(last)s. "
        "Confirm only the packs that can arrive by then, and say why not all."
    )


class NothingConfirmed(RuleBroken):
    code = "nothing-confirmed"
    template = _("No pack of %(order)s is confirmed: refuse the order instead, with the reason.")


class NothingOrdered(RuleBroken):
    code = "nothing-ordered"
    template = _("No pack of %(order)s is left: cancel the order instead, with the reason.")


class NothingOutstanding(RuleBroken):
    code = "nothing-outstanding"
    template = _("Everything that was confirmed of %(order)s has been sent: there is no rest to close.")
