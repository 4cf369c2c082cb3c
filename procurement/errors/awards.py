"""What can be refused of candidates, picks and awards."""

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, NotAllowed, RuleBroken


class ExplanationsOpen(Conflict):
    code = "explanations-open"
    template = _(
        "In the lots %(lots)s an abnormally low price has no explanation that was accepted: judge it, or set the bid "
        "aside."
    )


class CandidatesNotPublished(Conflict):
    code = "candidates-not-published"
    template = _("The candidates of “%(tender)s” are not published: it is “%(status)s”.")


class ObjectionWindowOpen(Conflict):
    code = "objection-window-open"
    is_attempt = True
    template = _("Objections are heard until %(until)s, and it is %(now)s: award after that.")


class BidNotInLot(RuleBroken):
    code = "bid-not-in-lot"
    template = _("The bid %(bid)s is not a ranked bid of lot %(lot)s.")


class AreasNotCovered(RuleBroken):
    code = "areas-not-covered"
    template = _(
        "Each area has exactly one supplier: left out %(missing)s; given twice %(twice)s; foreign %(foreign)s."
    )


class BackupsNotCovered(RuleBroken):
    code = "backups-not-covered"
    template = _(
        "Backup suppliers: left out %(missing)s; given twice %(twice)s; not foreseen %(foreign)s. Each area has one "
        "where the rules of the tender ask for it and there are several winners."
    )


class BackupIsMain(RuleBroken):
    code = "backup-is-main"
    template = _("The bid %(bid)s is main and backup supplier in %(areas)s: a backup is another firm.")


class WinnerWithoutArea(RuleBroken):
    code = "winner-without-area"
    template = _("The bid %(bid)s wins and supplies no area: give it one, or leave it out.")


class TooManyWinners(RuleBroken):
    code = "too-many-winners"
    template = _("Lot %(lot)s admits at most %(most)s winners; %(chosen)s were chosen.")


class ReasonMissing(RuleBroken):
    code = "decision-reason-missing"
    template = _("The reason is missing (%(difference)s): say why.")


class LotsUndecided(RuleBroken):
    code = "lots-undecided"
    template = _("The lots %(lots)s are neither awarded nor failed.")


class NothingToPick(Conflict):
    code = "nothing-to-pick"
    template = _("In lot %(lot)s no choice of areas is due.")


class NotYourTurn(NotAllowed):
    code = "not-your-turn"
    template = _("It is the turn of %(supplier)s to choose.")


class AreaNotFree(Conflict):
    code = "area-not-free"
    template = _("The area %(area)s cannot be chosen now. Free: %(free)s.")
