from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class ScorecardVerdict(models.TextChoices):
    GOOD = "good", _("good")
    WATCHED = "watched", _("below the pass mark")
    FAILING = "failing", _("failing")
    TOO_FEW = "too_few", _("too few lines to judge")


class ComplaintSubject(models.TextChoices):
    NOT_DELIVERED = "not_delivered", _("not delivered or late")
    QUALITY = "quality", _("quality of the goods")
    INVOICE = "invoice", _("invoice or payment")
    REFUSED_AREA = "refused_area", _("refusal to serve the area")
    CONDUCT = "conduct", _("improper conduct")
    OTHER = "other", _("other")


class ComplaintStatus(models.TextChoices):
    FILED = "filed", _("filed")
    ACCEPTED = "accepted", pgettext_lazy("complaint", "accepted")
    REJECTED = "rejected", _("not accepted")
    ANSWERED = "answered", _("answered")
    DECIDED = "decided", _("decided")
    WITHDRAWN = "withdrawn", _("withdrawn")


COMPLAINT = Machine(
    "complaint",
    ComplaintStatus,
    {
        "accept": (pgettext_lazy("complaint", "accept"), [ComplaintStatus.FILED], ComplaintStatus.ACCEPTED),
        "reject": (_("not accept"), [ComplaintStatus.FILED], ComplaintStatus.REJECTED),
        "answer": (_("answer"), [ComplaintStatus.ACCEPTED], ComplaintStatus.ANSWERED),
        "decide": (_("decide"), [ComplaintStatus.ACCEPTED, ComplaintStatus.ANSWERED], ComplaintStatus.DECIDED),
        "withdraw": (
            _("withdraw"),
            [ComplaintStatus.FILED, ComplaintStatus.ACCEPTED, ComplaintStatus.ANSWERED],
            ComplaintStatus.WITHDRAWN,
        ),
    },
)
