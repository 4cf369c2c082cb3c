"""What supervisors read beside the journal: denied attempts, readings before an opening, seals of the chains."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Channel
from catalog.foundation.journal.admin.events import CHANNELS
from catalog.foundation.journal.attempts import visible_attempts
from catalog.foundation.journal.models import DeniedAttempt, Reading, Seal
from catalog.foundation.web.admin.exports import ExportingAdmin
from catalog.foundation.web.admin.records import actor_of


@admin.register(DeniedAttempt)
class DeniedAttemptAdmin(ExportingAdmin):
    """What was tried and refused because of who asked, or when; for supervisors."""

    readers = (Role.SUPERVISOR,)
    list_display = ("moment", "what", "code", "detail", "user", "organization", "network_address")
    list_display_links = None
    list_filter = (("occurred_at", RangeDateTimeFilter), "code")
    list_select_related = ("user", "organization")
    search_fields = ("what", "detail", "user__username", "organization__name", "request_id")
    ordering = ("-id",)
    sortable_by = ()
    export_values: ClassVar = {"moment": lambda attempt: attempt.occurred_at}

    def get_queryset(self, request: HttpRequest) -> Any:
        return visible_attempts(super().get_queryset(request), actor_of(request))

    @display(description=gettext_lazy("occurred at"))
    def moment(self, attempt: DeniedAttempt) -> str:
        return f"{localtime(attempt.occurred_at):%Y-%m-%d %H:%M:%S}"


@admin.register(Reading)
class ReadingAdmin(ExportingAdmin):
    """Who looked at what before its opening; for supervisors."""

    readers = (Role.SUPERVISOR,)
    list_display = ("at", "subject", "page", "user", "organization", "door", "network_address")
    list_display_links = None
    list_filter = (("minute", RangeDateTimeFilter),)
    list_select_related = ("subject_type", "user", "organization")
    search_fields = ("subject_label", "page", "user__username", "organization__name")
    ordering = ("-id",)
    sortable_by = ()
    export_values: ClassVar = {"at": lambda reading: reading.minute}

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in ("subject_type__id__exact", "subject_id") or super().lookup_allowed(lookup, value, request)

    @display(description=gettext_lazy("minute"))
    def at(self, reading: Reading) -> str:
        return f"{localtime(reading.minute):%Y-%m-%d %H:%M}"

    @display(description=gettext_lazy("channel"))
    def door(self, reading: Reading) -> str:
        return str(CHANNELS[Channel(reading.channel)])

    @display(description=gettext_lazy("record"))
    def subject(self, reading: Reading) -> str | SafeString:
        kind = reading.subject_type
        try:
            address = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[reading.subject_id])
        except NoReverseMatch:
            return reading.subject_label
        return format_html('<a class="text-link" href="{}">{}</a>', address, reading.subject_label)


@admin.register(Seal)
class SealAdmin(ExportingAdmin):
    """How far the chains of the journal are signed."""

    list_display = ("sealed", "book", "number", "entries", "through", "hexadecimal", "key_id", "signature")
    list_display_links = None
    list_filter = (("book", ChoicesDropdownFilter), ("sealed_at", RangeDateTimeFilter))
    ordering = ("-id",)
    sortable_by = ()
    export_values: ClassVar = {"sealed": lambda seal: seal.sealed_at}

    @display(description=gettext_lazy("sealed at"))
    def sealed(self, seal: Seal) -> str:
        return f"{localtime(seal.sealed_at):%Y-%m-%d %H:%M:%S}"

    @display(description=gettext_lazy("digest"))
    def hexadecimal(self, seal: Seal) -> str:
        return bytes(seal.digest).hex()
