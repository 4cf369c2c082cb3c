from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import RuleBroken


class RoleNotOfKind(RuleBroken):
    """The role does not exist in organizations of this kind."""

    code = "role-not-of-kind"
    template = _("“%(role)s” is not a role in a %(kind)s; possible: %(possible)s.")
