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


class ReasonNeeded(RuleBroken):
    """A decision that has to say why."""

    code = "reason-needed"
    template = _("Say why: this is kept with the decision.")


class BadIdentifier(RuleBroken):
    """An identifier that fails its check."""

    code = "bad-identifier"
    template = _("%(kind)s “%(value)s”: %(problem)s")


class IdentifierTaken(RuleBroken):
    """An identifier that names another product."""

    code = "identifier-taken"
    template = _("%(kind)s “%(value)s” already names the product %(product)s.")


class EditionExists(Conflict):
    """The edition, or another one in the same period, is already there."""

    code = "edition-exists"
    template = _("An edition “%(code)s”, or one that holds in the same period, is already there.")


class ListNumberTaken(RuleBroken):
    """Two medicines under one number of the list, or one medicine under two."""

    code = "list-number-taken"
    template = _("Row %(row)s: the list has one number for each medicine, and the file also says %(key)s.")


class CountsDiffer(RuleBroken):
    """An edition does not list as many medicines as its decision announced."""

    code = "counts-differ"
    template = _(
        "%(part)s: the decision announced %(announced)s medicines, the edition lists %(listed)s: mend the announced "
        "number or the entries of the draft."
    )


class MergeBlocked(RuleBroken):
    """Two presentations that cannot become one as they stand."""

    code = "merge-blocked"
    template = _("%(merged)s cannot be merged into %(kept)s: %(problem)s.")


class NoProcurementPrice(RuleBroken):
    """The province pays no price for the product that could be adjusted."""

    code = "no-procurement-price"
    template = _("%(province)s has no procurement price for %(product)s on %(on)s.")


class AdjustmentOpen(Conflict):
    """The price of a product in a province is already being adjusted."""

    code = "adjustment-open"
    template = _("An adjustment of %(product)s in %(province)s is already open: decide that one first.")


class PeriodReversed(RuleBroken):
    """A period that ends before it begins."""

    code = "period-reversed"
    template = _("The period ends on %(end)s, not after its beginning on %(begin)s.")


class PeriodTaken(Conflict):
    """Something of the same kind already holds in the period."""

    code = "period-taken"
    template = _("%(what)s: another one already holds in %(period)s; end that one first.")


class BadShare(RuleBroken):
    """A share or an amount that reimbursement terms cannot have."""

    code = "bad-share"
    template = _("%(field)s: %(value)s is not a share between 0 and 1.")


class PriceNotPositive(RuleBroken):
    """A price of nothing, or less."""

    code = "price-not-positive"
    template = _("%(product)s: the price %(price)s must be above zero.")


class TemporaryWithoutMark(RuleBroken):
    """The end of a temporary price, given to one that is not marked as temporary."""

    code = "temporary-without-mark"
    template = _("%(product)s: a price that is temporary until %(until)s must be marked as temporary.")


class RefusedRows(RuleBroken):
    """A file that is to be written as a whole and has rows that cannot be."""

    code = "refused-rows"
    template = _("%(count)s rows are refused: mend them and load the file again, or have the good rows written alone.")


class KeptByOperators(RuleBroken):
    """An organization that is not an officer's to register or to change."""

    code = "kept-by-operators"
    template = _(
        "%(organization)s: organizations of this kind, of other provinces, or already registered as suppliers are "
        "registered and changed by the operators."
    )


class NotAFirm(RuleBroken):
    """What only suppliers and distributors have, for somebody else."""

    code = "not-a-firm"
    template = _("%(organization)s is neither a supplier nor a distributor.")
