"""What is published with a tender beside its lots: documents, questions answered to all, amendments, objections."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.models.tenders import Lot, Tender
from procurement.querysets import AmendmentQuerySet, ClarificationQuerySet, DossierQuerySet, ObjectionQuerySet
from procurement.states import AmendmentStatus, ObjectionKind, ObjectionStatus


class Clarification(models.Model):
    """A question on the tender documents; the answer goes to all, who asked stays with the agency."""

    tender = models.ForeignKey(Tender, models.CASCADE, related_name="clarifications", verbose_name=_("tender"))
    asked_by = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("asked by"))
    question = models.TextField(_("question"))
    asked_at = models.DateTimeField(_("asked at"))
    answer = models.TextField(_("answer to the question"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )

    objects: ClassVar[ClarificationQuerySet] = ClarificationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("clarification")
        verbose_name_plural = _("clarifications")
        ordering = ["tender", "asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | ~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False),
                name="an_answer_has_an_author",
            ),
        ]

    def __str__(self) -> str:
        return self.question[:80]


class Amendment(Versioned):
    """A change of the tender documents or of the deadline: one officer proposes, another publishes."""

    tender = models.ForeignKey(Tender, models.CASCADE, related_name="amendments", verbose_name=_("tender"))
    text = models.TextField(_("what changes"))
    affects_preparation = models.BooleanField(_("affects the preparation of bids"))
    former_deadline_at = models.DateTimeField(_("deadline before"))
    deadline_at = models.DateTimeField(_("deadline after"))
    status = models.CharField(
        _("status"), max_length=20, choices=AmendmentStatus.choices, default=AmendmentStatus.PROPOSED
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    objects: ClassVar[AmendmentQuerySet] = AmendmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ["tender", "proposed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(deadline_at__gte=models.F("former_deadline_at")), name="a_deadline_never_moves_back"
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=models.F("proposed_by")),
                name="nobody_publishes_their_own_amendment",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class TenderDocument(models.Model):
    """A file of the tender documents, as it is offered to all."""

    tender = models.ForeignKey(Tender, models.CASCADE, related_name="documents", verbose_name=_("tender"))
    amendment = models.ForeignKey(
        Amendment, models.CASCADE, null=True, blank=True, related_name="documents", verbose_name=_("amendment")
    )
    title = models.CharField(_("title"), max_length=200)
    file_name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(_("media type"), max_length=100)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by"))

    objects: ClassVar[DossierQuerySet] = DossierQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("tender document")
        verbose_name_plural = _("tender documents")
        ordering = ["tender", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "sha256"], name="a_document_is_added_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Objection(Versioned):
    """What a bidder objects to; while one is unanswered nothing is awarded."""

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="objections", verbose_name=_("tender"))
    lot = models.ForeignKey(
        Lot, models.PROTECT, null=True, blank=True, related_name="objections", verbose_name=_("lot")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ObjectionKind.choices)
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("objected by")
    )
    text = models.TextField(_("objection"))
    filed_at = models.DateTimeField(_("filed at"))
    status = models.CharField(
        _("status"), max_length=20, choices=ObjectionStatus.choices, default=ObjectionStatus.FILED
    )
    reply_due_at = models.DateTimeField(_("reply due at"))
    reply = models.TextField(_("reply"), blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("replied by")
    )
    remedy = models.TextField(_("what was done about it"), blank=True)
    remedied_at = models.DateTimeField(_("done at"), null=True, blank=True)

    objects: ClassVar[ObjectionQuerySet] = ObjectionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["tender", "filed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=ObjectionStatus.FILED, reply="", replied_at=None, replied_by=None)
                | ~Q(status=ObjectionStatus.FILED)
                & ~Q(reply="")
                & Q(replied_at__isnull=False, replied_by__isnull=False),
                name="an_objection_is_decided_with_a_reply",
            ),
            models.CheckConstraint(
                condition=Q(remedied_at=None, remedy="")
                | Q(status=ObjectionStatus.UPHELD, remedied_at__isnull=False) & ~Q(remedy=""),
                name="a_remedy_follows_an_objection_that_was_upheld",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]
