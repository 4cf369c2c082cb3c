"""Records as pages to read: who may see which, and nothing is written from here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters, InlineModelAdmin
from django.contrib.admin.utils import flatten
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import DataError, models
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline

from catalog.accounts.kinds import Role
from catalog.accounts.requests import actor_of_page
from catalog.foundation.actor import Actor, Channel
from catalog.foundation.journal.readings import note_readings

READERS: tuple[Role, ...] = (Role.PROCUREMENT_OFFICER, Role.SUPERVISOR)


def actor_of(request: HttpRequest) -> Actor:
    """The person behind the page; looked up once per request, however often a page asks."""
    actor: Actor | None = getattr(request, "_admin_actor", None)
    if actor is None:
        actor = actor_of_page(request, Channel.ADMIN)
        request._admin_actor = actor  # type: ignore[attr-defined]
    return actor


def may_read(request: HttpRequest, readers: Collection[str], *, operators: bool = False) -> bool:
    """Does the person hold one of the roles, or is this open to operators and they are one?"""
    return (operators and request.user.is_superuser) or actor_of(request).has(*readers)


class RecordAdmin(ModelAdmin):
    """Records that are read here and changed by services alone.

    ``readers`` are the roles that may look; with ``operators`` superusers may as well, whatever their roles. Which rows
    they see is the queryset's to say, or ``visible`` where the rows follow their parent.
    """

    readers: ClassVar[tuple[str, ...]] = READERS
    operators: ClassVar[bool] = False
    # actions above the list that only read, and so are there for every reader
    reading_actions: ClassVar[tuple[str, ...]] = ()

    actions = None
    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_read(request, self.readers, operators=self.operators)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """The list's own fields and its filters.

        Django lets an address filter by any relation that points here: ``?bids__isnull=`` would tell who has bid, and
        ``?content__startswith=`` what a file holds.
        """
        try:
            field: Any = self.opts.get_field(lookup.split(LOOKUP_SEP)[0])
        except FieldDoesNotExist:
            return super().lookup_allowed(lookup, value, request)
        if isinstance(field, models.BinaryField):
            return False
        if field.auto_created and not field.concrete:
            filters = [item[0] if isinstance(item, tuple) else item for item in self.list_filter]
            return lookup.removesuffix("__exact") in filters
        return super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list that the address asks for.

        Raises:
            IncorrectLookupParameters: it asks for what no column can be compared with; Django checks only some of that.
        """
        try:
            changelist = super().get_changelist_instance(request)
        except (DataError, ValueError) as error:
            # without a question the address is not to blame
            if not request.GET:
                raise
            raise IncorrectLookupParameters(error) from error
        self.note_readings(request, (row.pk for row in changelist.result_list))
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The record that the address names, and a note of it where it is still sealed."""
        record = super().get_object(request, object_id, from_field)
        if record is not None:
            self.note_readings(request, [record.pk])
        return record

    def note_readings(self, request: HttpRequest, keys: Iterable[int]) -> None:
        """Write down who looks at the records, where they are part of what is still to be opened."""
        note_readings(self.model, keys, actor=actor_of(request), request=request, at=timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything, where nothing may be changed."""
        if self.fields and not self.has_change_permission(request, obj):
            return flatten(self.fields)
        return super().get_readonly_fields(request, obj)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return self.visible(super().get_queryset(request), actor_of(request))

    def visible(self, rows: Any, actor: Actor) -> Any:
        """The rows that the actor may see."""
        return rows.visible_to(actor) if hasattr(rows, "visible_to") else rows

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The journal is the only history there is."""
        kind = ContentType.objects.get_for_model(self.model)
        journal = reverse("admin:journal_event_changelist")
        return redirect(f"{journal}?subject_type__id__exact={kind.pk}&subject_id={object_id}")


class ReadOnlyLines(InlineModelAdmin):
    """The lines of a document, to read; whoever sees the document sees them, unless ``visible`` narrows it."""

    extra = 0
    max_num = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return self.visible(super().get_queryset(request), actor_of(request))

    def visible(self, rows: Any, actor: Actor) -> Any:
        """The rows that the actor may see."""
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or super().get_readonly_fields(request, obj)


class Lines(ReadOnlyLines, TabularInline):
    """Lines as a table."""

    hide_title = True
