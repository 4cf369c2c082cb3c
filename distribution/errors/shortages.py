"""What can be refused about shortages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class ShortageReported(Conflict):
    code = "shortage-reported"
    template = _("%(product)s is reported as short already: take that report back before you report it anew.")


class ShortageReportEnded(Conflict):
    code = "shortage-report-ended"
    template = _("This report was taken back on %(ended_on)s.")


class NotProducer(RuleBroken):
    code = "not-producer"
    template = _("%(product)s is neither made by you nor agreed with you: name a product of your own.")


class StopTermEmpty(RuleBroken):
    code = "stop-term-empty"
    template = _("Production resumes on %(resumes_on)s: give a day after %(stops_on)s, on which it stops, or none.")


class StopAnnounced(Conflict):
    code = "stop-announced"
    template = _("That %(product)s stops on %(stops_on)s is announced already.")


class StopWithdrawn(Conflict):
    code = "stop-withdrawn"
    template = _("This notice was taken back on %(withdrawn_on)s.")


class MeasureUnfit(RuleBroken):
    code = "measure-unfit"
    template = _("%(what)s is no answer to %(shortage)s: choose one of the same presentation and province.")


class FollowUpOutOfRange(RuleBroken):
    code = "follow-up-out-of-range"
    template = _("%(day)s is no day for the follow-up: choose one from %(first)s to %(last)s.")
