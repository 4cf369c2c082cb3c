"""What can be refused of experts, committees, scores and shortlists."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class NotAnExpert(RuleBroken):
    code = "not-an-expert"
    template = _("%(person)s does not have the role of an evaluation expert at %(employer)s: give it to them first.")


class ExpertTwice(Conflict):
    code = "expert-twice"
    template = _("%(person)s is on the register of experts already.")


class InterestTwice(Conflict):
    code = "interest-twice"
    template = _("The interest of %(expert)s in %(firm)s is declared already.")


class NoReasonGiven(RuleBroken):
    code = "no-reason-given"
    template = _("Say why: this is recorded with its reason.")


class NoCommitteeForeseen(RuleBroken):
    code = "no-committee-foreseen"
    template = _("The rules of %(tender)s foresee no evaluation committee.")


class CommitteeDrawn(Conflict):
    code = "committee-drawn"
    template = _("The committee of %(tender)s was drawn at %(at)s and is not drawn again; members can be replaced.")


class TooFewExperts(RuleBroken):
    code = "too-few-experts"
    template = _(
        "A committee has %(size)s members, at least %(outside)s from outside the agency and %(primary)s of primary "
        "institutions. Who may be drawn: %(there)s, of them %(there_outside)s from outside and %(there_primary)s of "
        "primary institutions. Register more experts."
    )


class ScoresSubmitted(Conflict):
    code = "scores-submitted"
    template = _("%(expert)s has submitted their scores and is in no conflict of interest: they are not replaced.")


class MemberInConflict(RuleBroken):
    code = "member-in-conflict"
    template = _("%(expert)s is in a conflict of interest with %(firm)s and has to be replaced.")


class NotScorable(RuleBroken):
    code = "not-scorable"
    template = _("Bid %(bid)s is not scored by “%(criterion)s” in this tender.")


class PointsOutOfRange(RuleBroken):
    code = "points-out-of-range"
    template = _("“%(criterion)s” gives 0 to %(most)s points, with at most two decimals; %(points)s were given.")


class ScoresMissing(RuleBroken):
    code = "scores-missing"
    template = _("%(missing)s of %(count)s scores are still missing.")


class SheetsOutstanding(Conflict):
    code = "sheets-outstanding"
    template = _("%(missing)s of %(size)s score sheets are not submitted.")


class ShortlistContestable(Conflict):
    code = "shortlist-contestable"
    template = _("Objections to the shortlist can be filed until %(until)s; it is now %(now)s.")
    is_attempt = True


class NoObjectionUpheld(Conflict):
    code = "no-objection-upheld"
    template = _("No objection to this was upheld: the shortlist stands as it was published.")
