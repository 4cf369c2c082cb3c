"""The append-only record of what happened, and the messages that it causes."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One thing that somebody did to one record, with the old and the new values. Never changed, never deleted."""

    action = models.CharField(_("action"), max_length=100)
    subject_type = models.ForeignKey(ContentType, models.PROTECT, verbose_name=_("kind of record"))
    subject_id = models.BigIntegerField(_("record"))
    subject_label = models.CharField(_("name of the record"), max_length=200)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, verbose_name=_("person"))
    organization = models.ForeignKey("accounts.Organization", models.PROTECT, null=True, verbose_name=_("organization"))
    channel = models.CharField(_("channel"), max_length=20)
    occurred_at = models.DateTimeField(_("occurred at"))
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    changes = models.JSONField(_("changes"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        indexes = [
            # what happened to this record, newest first
            models.Index(fields=["subject_type", "subject_id", "-id"], name="event_of_subject"),
            # the journal filtered by action, newest first
            models.Index(fields=["action", "-id"], name="event_of_action"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.action} · {self.subject_label}"


class Delivery(models.Model):
    """A message to one subscriber about one event: sent after commit, and again until it has been dealt with."""

    event = models.ForeignKey(Event, models.PROTECT, verbose_name=_("journal entry"))
    subscriber = models.CharField(_("subscriber"), max_length=100)
    sent_at = models.DateTimeField(_("last sent at"), null=True)
    delivered_at = models.DateTimeField(_("dealt with at"), null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="one_delivery_per_subscriber"),
        ]
        indexes = [
            # the relay takes the oldest waiting one
            models.Index(fields=["id"], condition=models.Q(delivered_at=None), name="delivery_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} ← {self.event_id}"


class IdempotencyKey(models.Model):
    """A request that a client has sent, with the answer it got, so that the same request twice is the same as once."""

    client = models.CharField(_("client"), max_length=100)
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.CharField(_("fingerprint of the request"), max_length=64)
    response_status = models.PositiveSmallIntegerField(_("status of the answer"), null=True)
    response_body = models.JSONField(_("answer"), null=True, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="one_answer_per_client_and_key")]

    def __str__(self) -> str:
        return f"{self.client} {self.key}"


class DeniedAttempt(models.Model):
    """Something that was tried and refused because of who asked, or when. Never changed, never deleted."""

    occurred_at = models.DateTimeField(_("occurred at"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, verbose_name=_("person"))
    organization = models.ForeignKey("accounts.Organization", models.PROTECT, null=True, verbose_name=_("organization"))
    channel = models.CharField(_("channel"), max_length=20)
    network_address = models.GenericIPAddressField(_("network address"), null=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    what = models.CharField(_("what was tried"), max_length=200)
    code = models.CharField(_("refusal"), max_length=100)
    detail = models.TextField(_("what was answered"))

    class Meta:
        verbose_name = _("denied attempt")
        verbose_name_plural = _("denied attempts")
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.what}"


class ClockReading(models.Model):
    """The wall clock beside the clock that counts since the machine's start, so that a moved clock is noticed."""

    read_at = models.DateTimeField(_("wall clock"))
    boot_id = models.CharField(_("start of the machine"), max_length=36)
    since_boot = models.DecimalField(_("seconds since the start"), max_digits=18, decimal_places=3)

    class Meta:
        verbose_name = _("clock reading")
        verbose_name_plural = _("clock readings")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.read_at} · {self.since_boot}"


class Reading(models.Model):
    """Somebody who could have gained by it looked at what was still to be opened: one row per page and minute."""

    minute = models.DateTimeField(_("minute"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, verbose_name=_("person"))
    organization = models.ForeignKey("accounts.Organization", models.PROTECT, null=True, verbose_name=_("organization"))
    channel = models.CharField(_("channel"), max_length=20)
    network_address = models.GenericIPAddressField(_("network address"), null=True)
    subject_type = models.ForeignKey(ContentType, models.PROTECT, verbose_name=_("kind of record"))
    subject_id = models.BigIntegerField(_("record"))
    subject_label = models.CharField(_("name of the record"), max_length=200)
    page = models.CharField(_("page"), max_length=300)

    class Meta:
        verbose_name = _("reading before an opening")
        verbose_name_plural = _("readings before an opening")
        ordering = ["-id"]
        constraints = [
            # who looked at this record, by minute
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "minute", "page", "user", "organization"],
                nulls_distinct=False,
                name="a_reading_is_kept_once_a_minute",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.subject_label} · {self.page}"


class Book(models.TextChoices):
    """What is chained, each in a chain of its own."""

    EVENTS = "events", _("journal")
    ATTEMPTS = "attempts", _("denied attempts")
    READINGS = "readings", _("readings before an opening")


class ChainLink(models.Model):
    """The digest of an entry and of all entries of its book before it.

    No foreign key: a link stays when its entry is removed, and so tells of it.
    """

    pk = models.CompositePrimaryKey("book", "entry_id", verbose_name=_("link of a chain"))
    book = models.CharField(_("book"), max_length=10, choices=Book.choices)
    entry_id = models.BigIntegerField(_("entry"))
    digest = models.BinaryField(_("digest"))

    class Meta:
        verbose_name = _("link of a chain")
        verbose_name_plural = _("links of the chains")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.entry_id}"


class Seal(models.Model):
    """The digest of a book at one of its entries, signed: whoever kept it can show that the book was rewritten."""

    book = models.CharField(_("book"), max_length=10, choices=Book.choices)
    number = models.PositiveBigIntegerField(_("number"))
    through = models.BigIntegerField(_("last entry"))
    entries = models.PositiveBigIntegerField(_("entries so far"))
    digest = models.BinaryField(_("digest"))
    sealed_at = models.DateTimeField(_("sealed at"))
    key_id = models.CharField(_("key"), max_length=16)
    public_key = models.BinaryField(_("public key"))
    signature = models.CharField(_("signature"), max_length=88)

    class Meta:
        verbose_name = _("seal of the journal")
        verbose_name_plural = _("seals of the journal")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="a_seal_has_a_number_of_its_own"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_book_display()} {self.number}"


class Sealing(models.Model):
    """How far a book can be sealed once the transactions that were writing to it have ended; one row for each book."""

    book = models.CharField(_("book"), max_length=10, choices=Book.choices, primary_key=True)
    horizon = models.BigIntegerField(_("entries begun"), default=0)
    writers = ArrayField(models.CharField(max_length=50), verbose_name=_("transactions awaited"), default=list)

    class Meta:
        verbose_name = _("sealing under way")
        verbose_name_plural = _("sealings under way")

    def __str__(self) -> str:
        return f"{self.book} {self.horizon}"
