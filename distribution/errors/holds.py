"""What can be refused about held lots."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict


class HoldExists(Conflict):
    code = "hold-exists"
    template = _("%(product)s, lot “%(lot)s”, is held already as %(kind)s.")


class HoldLifted(Conflict):
    code = "hold-lifted"
    template = _("This hold was lifted on %(lifted_on)s.")
