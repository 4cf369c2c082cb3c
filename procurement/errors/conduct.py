"""What can be refused of suppliers and their conduct."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import NotAllowed, RuleBroken


class SupplierNotAdmitted(NotAllowed):
    code = "supplier-not-admitted"
    template = _("%(supplier)s may not bid for lot %(lot)s: %(reasons)s.")


class RepairOutsideTerm(RuleBroken):
    code = "repair-outside-term"
    template = _("A repair on %(on)s ends nothing: the record takes effect from %(begin)s until before %(end)s.")


class RepairInTheFuture(RuleBroken):
    code = "repair-in-the-future"
    template = _("A repair is recorded when it is done: %(on)s is after today, %(today)s.")


class GroundUnfit(RuleBroken):
    code = "ground-unfit"
    template = _("Bribery is recorded on a ground that counts, and nothing else has one; here count: %(grounds)s.")
