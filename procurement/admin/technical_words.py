"""The words in which the admin shows the technical evaluation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.admin import name_actions, name_fields
from procurement.queries.conflicts import Tie
from procurement.rules.scoring import RULE_CONDUCT, RULE_PASS_MARK, RULE_PLACES, RULE_SCORE
from procurement.services.committees import NOT_ADMITTED, RUNS_TENDER
from procurement.states import SCORE_SHEET

# Why an expert was left out of a draw.
REASONS = {
    Tie.WORKS_FOR: _("works for the bidder"),
    Tie.OWNS: _("owns or represents the bidder"),
    Tie.INTEREST: _("has an interest in the bidder"),
    Tie.SHARED_OWNER: _("is tied to a firm of the bidder's owners"),
    RUNS_TENDER: _("runs the tender"),
    NOT_ADMITTED: _("may not be drawn any more"),
}
RULES = {
    RULE_SCORE: _("mean of the members' sums (CN.2010-56.technical-score)"),
    RULE_CONDUCT: _("points taken off for conduct (CN.2013-50.conduct-deduction)"),
    RULE_PLACES: _("places on the shortlist (CN.2010-56.shortlist-places)"),
    RULE_PASS_MARK: _("pass mark (CN.2010-56.pass-mark)"),
}

name_actions(
    SCORE_SHEET,
    score_sheet__save=_("save scores"),
    committee__draw=_("draw the committee"),
    committee__replace_member=_("replace a member of the committee"),
    expert__register=_("register an expert"),
    expert__admit=_("say whether an expert may be drawn"),
    expert__declare_interest=_("declare an interest of an expert"),
    bid__return_envelope=_("destroy the commercial envelope unopened"),
)
name_fields(pool=_("pool"), members=_("members"), scores=_("scores"))
