"""What can be refused about who delivers where, and who must."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class EntrustmentExists(Conflict):
    code = "entrustment-exists"
    template = _("%(supplier)s has already entrusted a distributor in %(region)s for this period.")


class EntrustmentTermEmpty(RuleBroken):
    code = "entrustment-term-empty"
    template = _("The entrustment must end (%(until)s) after it begins (%(begin)s).")


class DistributorNotLicensed(RuleBroken):
    code = "distributor-not-licensed"
    template = _(
        "%(distributor)s cannot be entrusted: none of its distribution licences covers %(lacking)s on %(on)s; have the "
        "licence put on file, or choose another distributor."
    )


class DistributorBarred(RuleBroken):
    code = "distributor-barred"
    template = _("%(distributor)s is barred in %(province)s on %(on)s; choose another distributor.")


class TooManyDistributors(RuleBroken):
    code = "too-many-distributors"
    template = _(
        "With %(distributor)s the supplier would have %(count)s distributors in %(region)s at a time; at most "
        "%(limit)s are admitted in a county. End another entrustment first."
    )


class TermNotShortened(RuleBroken):
    code = "term-not-shortened"
    template = _(
        "%(on)s is no day on which this can end early: it has to lie after %(begin)s, before %(end)s, and not before "
        "today, %(today)s."
    )


class DutyExists(Conflict):
    code = "duty-exists"
    template = _("%(township)s is served by duty in this period already (%(distributor)s): end that duty first.")
