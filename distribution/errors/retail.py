"""What can be refused about retail prices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, Malformed, RuleBroken


class PriceAlreadyReported(RuleBroken):
    code = "price-already-reported"
    template = _("%(product)s: your price of %(observed_on)s was already reported.")


class ObservedInFuture(RuleBroken):
    code = "observed-in-future"
    template = _("%(product)s: the day %(observed_on)s lies ahead of today (%(today)s).")


class NotYourInstitution(RuleBroken):
    """A row of a file about an institution that who hands it in does not speak for."""

    code = "not-your-institution"
    template = _("“%(institution)s” is not an institution whose prices you report.")


class SweepUnderWay(Conflict):
    """A sweep of the province waits already."""

    code = "sweep-under-way"
    template = _("A sweep of the retail prices of %(province)s waits already: it will see what has changed.")


class RetailFileTooLarge(Malformed):
    code = "retail-file-too-large"
    template = _("“%(name)s” is larger than %(limit)s MB: send it in parts.")
