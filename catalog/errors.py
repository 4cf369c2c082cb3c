"""What can be refused in the catalogue."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class UnknownCode(RuleBroken):
    """A code or name that no register knows."""

    code = "unknown-code"
    template = _("%(field)s: nothing is registered as “%(value)s”.")


class AlreadyRegistered(RuleBroken):
    """A register has it already."""

    code = "already-registered"
    template = _("%(field)s: “%(value)s” is already registered.")


class NoGuidePrice(RuleBroken):
    """There is no ceiling to compare with."""

    code = "no-guide-price"
    template = _("No guide price is in force for %(product)s on %(on)s: enter one, or its price decision, first.")


class CeilingExceeded(RuleBroken):
    """A price lies above the guide price of its day."""

    code = "ceiling-exceeded"
    template = _("The price %(price)s for %(product)s is above its guide price %(ceiling)s.")


class PriceAlreadyFixed(Conflict):
    """Another price holds in the same period."""

    code = "price-already-fixed"
    template = _("%(product)s already has a price in %(period)s: end that one first.")


class NoRuleSet(RuleBroken):
    """No rule set of the kind is in force on the day."""

    code = "no-rule-set"
    template = _("No rule set “%(kind)s” is in force on %(on)s: enter one first.")


class StrengthNotComparable(RuleBroken):
    """Two strengths that are not measured alike."""

    code = "strength-not-comparable"
    template = _("The strengths %(one)s and %(other)s cannot be compared.")
