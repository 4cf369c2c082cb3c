"""What can be refused about a requisition."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import RuleBroken


class EmptyRequisition(RuleBroken):
    code = "empty-requisition"
    template = _("The requisition has no lines: add at least one product.")


class PacksNotPositive(RuleBroken):
    code = "packs-not-positive"
    template = _("%(product)s: the number of packs %(packs)s must be one or more.")


class NotOrderable(RuleBroken):
    code = "not-orderable"
    template = _("The agreed product %(line)s cannot be ordered by your institution today: %(reasons)s.")


class ProductTwice(RuleBroken):
    code = "product-twice"
    template = _("%(product)s stands in the requisition twice: keep one line with the sum.")


class AboveLimit(RuleBroken):
    code = "above-limit"
    template = _(
        "The requisition comes to %(amount)s yuan; buyers of a %(tier)s submit at most %(limit)s yuan at once: "
        "take lines out of it, or have the limit changed."
    )


class UrgencyReasonMissing(RuleBroken):
    code = "urgency-reason-missing"
    template = _("A requisition that is urgent (“%(urgency)s”) says why: give the reason.")


class NotYourVillage(RuleBroken):
    code = "not-your-village"
    template = _("Your institution does not order for “%(recipient)s”: name a village clinic that it orders for.")
