"""What can be refused when a purchase is filed afterwards."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class NothingToFile(Conflict):
    code = "nothing-to-file"
    template = _(
        "“%(tender)s” is not to be filed: only a small-quantity or emergency purchase that is concluded and bought "
        "something is."
    )


class AlreadyFiled(Conflict):
    code = "already-filed"
    template = _("The purchase “%(tender)s” was filed at %(filed)s.")


class BoughtInFuture(RuleBroken):
    code = "bought-in-future"
    template = _("The purchase is said to be made on %(bought)s, and today is %(today)s.")


class UnitsMissing(RuleBroken):
    code = "units-missing"
    template = _("A purchase is of at least one unit, not of %(units)s.")
