"""What can be refused of demand."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class QuantityNotPositive(RuleBroken):
    code = "quantity-not-positive"
    template = _("The quantity %(quantity)s must be one or more.")


class PresentationTwice(RuleBroken):
    code = "presentation-twice"
    template = _("%(presentation)s stands in the report twice: keep one line with the sum.")


class BrandNotAsked(RuleBroken):
    code = "brand-not-asked"
    template = _("“%(round)s” asks for generic medicines: leave the brand %(brand)s of %(presentation)s out.")


class BrandOfAnother(RuleBroken):
    code = "brand-of-another"
    template = _("%(brand)s is a brand of %(other)s, not of %(presentation)s.")


class UnderLastUse(RuleBroken):
    """The floor: 国办发〔2015〕7号, a plan of at least 80 % of last year's use."""

    code = "under-last-use"
    template = _(
        "%(presentation)s: %(quantity)s is less than %(percent)s%% of the %(used)s used in %(year)s: report at least "
        "%(least)s, or give the reason."
    )


class DemandRoundClosed(Conflict):
    code = "demand-round-closed"
    template = _("The demand round “%(round)s” is closed: its reports stand as they are.")


class DemandRoundOpen(RuleBroken):
    code = "demand-round-open"
    template = _("The demand round “%(round)s” is still collecting: close it first, so that the quantities stand.")


class ReportsNotConfirmed(RuleBroken):
    code = "reports-not-confirmed"
    template = _(
        "Reports that are not confirmed: %(reports)s. Have them confirmed, or say that they are left out of the sums."
    )


class ReturnReasonMissing(RuleBroken):
    code = "return-reason-missing"
    template = _("Say what has to be corrected: the reporter reads it.")


class NoDemand(RuleBroken):
    code = "no-demand"
    template = _("No demand was confirmed for %(presentation)s in %(provinces)s: a lot needs a quantity.")


class UseOfAnother(RuleBroken):
    code = "use-of-another"
    template = _("There is no institution “%(organization)s” whose use you tell.")


class UseToldByAgency(RuleBroken):
    code = "use-told-by-agency"
    template = _(
        "%(agency)s told that %(told)s of %(presentation)s were used in %(year)s: ask it to correct that, %(quantity)s "
        "does not replace it."
    )


class UseTwice(RuleBroken):
    code = "use-twice"
    template = _("%(presentation)s is told twice for %(organization)s: keep one line with the sum.")
