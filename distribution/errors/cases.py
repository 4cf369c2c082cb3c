"""What can be refused about cases of retail prices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class HearingNotOver(RuleBroken):
    code = "hearing-not-over"
    template = _("%(case)s: the institution may still answer until %(answer_by)s; a penalty is proposed after that.")


class PenaltyAmountUnfit(RuleBroken):
    code = "penalty-amount-unfit"
    template = _("A fine and a refund have an amount in yuan above zero, a warning has none.")


class PenaltyNotProposed(Conflict):
    code = "penalty-not-proposed"
    template = _("%(case)s: no penalty is proposed. One officer proposes it, another confirms it.")


class PenaltyPending(Conflict):
    code = "penalty-pending"
    template = _("%(case)s: a penalty is proposed; confirm or drop it first.")


class CaseOver(Conflict):
    code = "case-over"
    template = _("%(case)s has ended: nothing more is written in it.")
