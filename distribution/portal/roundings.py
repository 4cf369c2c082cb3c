"""How many packs hold so many units, in words: nothing is rounded silently."""

from __future__ import annotations

from django.utils.translation import gettext as _

from distribution.rules.packs import Rounded


def rounding(packs: Rounded) -> str:
    """Such as “100 units are rounded up to 5 packs of 24: 20 units more”."""
    facts = {
        "wanted": f"{packs.units - packs.added:,}",
        "packs": f"{packs.packs:,}",
        "units": f"{packs.units:,}",
        "added": f"{packs.added:,}",
    }
    if packs.added:
        return _("%(wanted)s units are rounded up to %(packs)s packs, which hold %(units)s: %(added)s more") % facts
    return _("%(wanted)s units are %(packs)s whole packs") % facts
