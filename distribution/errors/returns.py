"""What can be refused about goods that go back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import RuleBroken


class MoreThanReturnable(RuleBroken):
    code = "more-than-returnable"
    template = _("%(product)s, lot %(lot)s: %(packs)s packs are more than the %(limit)s that were kept.")


class ReplacementTooLate(RuleBroken):
    code = "replacement-too-late"
    template = _("%(order)s is paid and closed: ask for no other goods, and order them anew.")


class CodeNotKept(RuleBroken):
    code = "code-not-kept"
    template = _(
        "The code %(code)s is on no pack of lot %(lot)s that was received with this delivery and is still here: "
        "scan the packs that leave."
    )


class RecallBindsSupplier(RuleBroken):
    code = "recall-binds-supplier"
    template = _("%(product)s, lot %(lot)s, is recalled (%(source)s): it is taken back.")
