"""What can be refused about retail prices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import RuleBroken


class PriceAlreadyReported(RuleBroken):
    code = "price-already-reported"
    template = _("%(product)s: your price of %(observed_on)s was already reported.")


class ObservedInFuture(RuleBroken):
    code = "observed-in-future"
    template = _("%(product)s: the day %(observed_on)s lies ahead of today (%(today)s).")
