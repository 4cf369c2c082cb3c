"""Registers that operators keep by hand, with every change of theirs written into the journal."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils import timezone

from catalog.foundation.journal.record import record
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of

SECRET = "•••"


class RegisterAdmin(DecidingAdmin, ExportingAdmin):
    """What no service keeps: operators add and change it with the admin's own forms; others read.

    The admin saves in its own transaction; the journal entry is written in the same one.
    """

    operators = True
    noun: ClassVar[str] = ""

    def may_decide(self, request: HttpRequest, record: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Keep the old and the new values for the journal."""
        request._changes = changes_of(form)  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write the addition down, here and in the journal."""
        self._note(request, obj, "register")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write the change down, here and in the journal."""
        self._note(request, obj, "change")
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Write the deletion down, here and in the journal."""
        for obj in queryset:
            self._note(request, obj, "remove")
        return super().log_deletions(request, queryset)

    def _note(self, request: HttpRequest, obj: Any, verb: str) -> None:
        record(
            actor=actor_of(request),
            action=f"{self.noun}.{verb}",
            subject=obj,
            at=timezone.now(),
            changes=getattr(request, "_changes", {}),
        )


def changes_of(form: Any) -> dict[str, list[Any]]:
    """Old and new values of the fields that were changed in the form, as text; secrets are named, not shown."""
    return {
        name: [SECRET, SECRET]
        if "password" in name
        else [_plain(form.initial.get(name)), _plain(form.cleaned_data.get(name))]
        for name in form.changed_data
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(getattr(value, "pk", value))
