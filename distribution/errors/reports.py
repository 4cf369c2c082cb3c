"""What can be refused about reports of supervision."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import RuleBroken


class PeriodNotOver(RuleBroken):
    code = "period-not-over"
    template = _("A report is made when its month or year is over: %(period)s is not before %(today)s.")
