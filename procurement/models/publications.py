"""What the platform tells the public and the bidders, and how its own work stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from procurement.models.tenders import Tender
from procurement.querysets import NoticeQuerySet

# A worker has an hour for a task (CELERY_TASK_TIME_LIMIT); the relay sends it again long before.
LOST_AFTER = timedelta(hours=1)


class Release(models.Model):
    """What became public of a tender at one moment, as an OCDS release. Never changed, never deleted."""

    tender = models.ForeignKey(Tender, models.CASCADE, related_name="releases", verbose_name=_("tender"))
    release_id = models.CharField(_("release"), max_length=100, unique=True)
    tags = models.JSONField(_("tags"))
    published_at = models.DateTimeField(_("published at"))
    document = models.JSONField(_("document"))

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["tender", "published_at", "pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.release_id


class Notice(models.Model):
    """A message to one bidder: shortlisted or not, awarded or not, asked to explain."""

    class Kind(models.TextChoices):
        SHORTLISTED = "shortlisted", _("shortlisted")
        NOT_SHORTLISTED = "not_shortlisted", _("not shortlisted")
        CANDIDATE = "candidate", _("candidate")
        EXPLAIN = "explain", _("explanation asked")
        AWARDED = "awarded", _("awarded")
        NOT_AWARDED = "not_awarded", _("not awarded")
        CANCELLED = "cancelled", _("cancelled")
        AMENDED = "amended", _("amended")

    tender = models.ForeignKey(Tender, models.CASCADE, related_name="notices", verbose_name=_("tender"))
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="notices", verbose_name=_("to")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    reference = models.CharField(_("reference"), max_length=100)
    facts = models.JSONField(_("facts"), default=dict)
    sent_at = models.DateTimeField(_("sent at"))

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "reference"], name="a_notice_is_sent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.organization}"


class TenderJob(models.Model):
    """How far a worker's piece of work on a tender has come: the last time that it was begun."""

    class Work(models.TextChoices):
        TECHNICAL_OPENING = "technical_opening", _("opening of the technical envelopes")
        SHORTLISTING = "shortlisting", _("shortlisting")
        OPENING = "opening", _("opening of the bids")
        EVALUATION = "evaluation", _("ranking of all lots")
        SCREENING = "screening", _("collusion screens")
        PUBLICATION = "publication", _("publication of open data")
        NOTICES = "notices", _("notices to bidders")

    class State(models.TextChoices):
        RUNNING = "running", _("in progress")
        LOST = "lost", _("waits to be taken up again")
        FAILED = "failed", _("failed, will be tried again")
        DONE = "done", _("done")

    tender = models.ForeignKey(Tender, models.CASCADE, related_name="jobs", verbose_name=_("tender"))
    name = models.CharField(_("work"), max_length=60, choices=Work.choices)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    failure = models.TextField(_("failure"), blank=True)

    class Meta:
        verbose_name = _("work on a tender")
        verbose_name_plural = _("work on tenders")
        ordering = ["tender", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "name"], name="one_job_of_a_name_per_tender"),
        ]

    def __str__(self) -> str:
        return f"{self.tender.number} · {self.get_name_display()}"

    def state(self, at: datetime) -> State:
        """How the work stands; without an end long after its beginning its worker is taken for lost."""
        if self.ended_at is not None:
            return self.State.FAILED if self.failure else self.State.DONE
        return self.State.RUNNING if at - self.started_at < LOST_AFTER else self.State.LOST
