"""The keys that keep bids sealed, and the opening that uses them once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from procurement.models.tenders import Tender
from procurement.states import Stage


class OpeningKey(models.Model):
    """A person's own key pair for openings; the private half is locked with a passphrase that is stored nowhere."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="opening_key", verbose_name=_("person")
    )
    public_key = models.BinaryField(_("public key"), max_length=32)
    locked_private_key = models.BinaryField(_("locked private key"), max_length=200)
    salt = models.BinaryField(_("salt"), max_length=16)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("opening key")
        verbose_name_plural = _("opening keys")

    def __str__(self) -> str:
        return str(self.user)


class TenderKey(models.Model):
    """The public key that a tender's envelopes are sealed with. Its private half exists as shares only."""

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="keys", verbose_name=_("tender"))
    stage = models.CharField(_("envelope"), max_length=20, choices=Stage.choices, default=Stage.COMMERCIAL)
    public_key = models.BinaryField(_("public key"), max_length=32)
    threshold = models.PositiveSmallIntegerField(_("shares needed"))
    destroyed_at = models.DateTimeField(_("shares destroyed at"), null=True)

    class Meta:
        verbose_name = _("tender key")
        verbose_name_plural = _("tender keys")
        constraints = [
            models.CheckConstraint(condition=models.Q(threshold__gte=2), name="nobody_opens_alone"),
            models.UniqueConstraint(fields=["tender", "stage"], name="one_key_per_envelope"),
        ]

    def __str__(self) -> str:
        return self.tender.number


class KeyShare(models.Model):
    """One holder's share of a tender's private key, sealed to the holder's own key.

    ``released`` holds the opened share from the holder's act, which is possible only after the deadline, until the
    opening has used it; then both are destroyed.
    """

    key = models.ForeignKey(TenderKey, models.CASCADE, related_name="shares", verbose_name=_("tender key"))
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("holder"))
    sealed = models.BinaryField(_("sealed share"), max_length=200, null=True)
    released = models.BinaryField(_("released share"), max_length=200, null=True)
    released_at = models.DateTimeField(_("released at"), null=True)

    class Meta:
        verbose_name = _("key share")
        verbose_name_plural = _("key shares")
        constraints = [
            models.UniqueConstraint(fields=["key", "holder"], name="one_share_per_holder"),
        ]

    def __str__(self) -> str:
        return f"{self.key} · {self.holder}"


class PlatformKey(models.Model):
    """A public key that receipts and minutes were signed with; the private half is no part of the database."""

    key_id = models.CharField(_("short name"), max_length=16, unique=True)
    public_key = models.BinaryField(_("public key"), max_length=32)
    valid_from = models.DateTimeField(_("in use since"))

    class Meta:
        verbose_name = _("key of the platform")
        verbose_name_plural = _("keys of the platform")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.key_id


class Opening(models.Model):
    """What the opening of a tender's envelopes found; ``minutes`` is the published record, signed by the platform."""

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="openings", verbose_name=_("tender"))
    stage = models.CharField(_("envelope"), max_length=20, choices=Stage.choices, default=Stage.COMMERCIAL)
    opened_at = models.DateTimeField(_("opened at"))
    holders = models.JSONField(_("opened by"))
    opened_count = models.PositiveIntegerField(_("bids opened"))
    spoiled_count = models.PositiveIntegerField(_("bids that could not be read"))
    returned_count = models.PositiveIntegerField(_("envelopes returned unopened"), default=0)
    minutes = models.JSONField(_("minutes"), default=dict)
    signature = models.JSONField(_("signature"), default=dict)

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        ordering = ["opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "stage"], name="envelopes_are_opened_once"),
        ]

    def __str__(self) -> str:
        return self.tender.number
