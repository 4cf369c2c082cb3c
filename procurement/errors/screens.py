"""Refusals about the flags of the collusion screens."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict


class FlagReviewed(Conflict):
    """Somebody has said what a flag comes to."""

    code = "flag-reviewed"
    template = _("This flag was reviewed on %(reviewed)s: “%(note)s”. What is found later is a matter of its own.")
