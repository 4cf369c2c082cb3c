"""What is missing before anything can be judged."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import RuleBroken


class RuleSetMissing(RuleBroken):
    code = "supply-rules-missing"
    template = _("No rule set “%(kind)s” is in force on %(on)s: enter one before going on.")
