"""The journal, to be read: who did what to which record, when, and what changed by it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor, Channel
from catalog.foundation.journal.models import Event
from catalog.foundation.machine import Machine
from catalog.foundation.web.admin.exports import ComputedColumns
from catalog.foundation.web.admin.records import READERS, actor_of
from catalog.foundation.web.admin.values import EMPTY

# The names of records, by their kind and their key as text.
Names = dict[type[Model], dict[str, str]]

_labels: dict[str, str | Promise] = {}
_field_names: dict[str, str | Promise] = {}
_value_names: dict[str, Mapping[Any, Any]] = {}
CHANNELS = {
    Channel.ADMIN: gettext_lazy("administration"),
    Channel.PORTAL: gettext_lazy("portal"),
    Channel.API: gettext_lazy("API"),
    Channel.TASK: gettext_lazy("background task"),
    Channel.COMMAND: gettext_lazy("command line"),
}
# What operators see without a role: the registers that they keep.
OPERATORS_APPS = ("accounts", "oauth2_provider")
# A point in time as the journal keeps it.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def name_actions(*machines: Machine, **others: str | Promise) -> None:
    """Give the actions of an app their words; ``__`` in a keyword stands for the dot in the action."""
    for machine in machines:
        _labels.update({f"{machine.name}.{name}": item.label for name, item in machine.transitions.items()})
    _labels.update({name.replace("__", "."): label for name, label in others.items()})


def name_fields(**words: str | Promise) -> None:
    """Give words to what acts of an app note beside the fields of their records."""
    _field_names.update(words)


def name_values(**words: Mapping[Any, Any]) -> None:
    """Give words to the codes that such a note holds."""
    _value_names.update(words)


name_actions(
    membership__give=gettext_lazy("give a role"),
    membership__remove=gettext_lazy("take a role away"),
    api_client__create=gettext_lazy("create an API client"),
    api_client__remove=gettext_lazy("remove an API client"),
    organization__register=gettext_lazy("register an organization"),
    organization__change=gettext_lazy("change an organization"),
    person__register=gettext_lazy("register a person"),
    person__change=gettext_lazy("change a person"),
    person__remove=gettext_lazy("remove a person"),
    organization__remove=gettext_lazy("remove an organization"),
)


def label_of(action: str) -> str:
    """The action in words, or its code where it has none."""
    return str(_labels.get(action, action))


@cache
def _subject_kinds() -> list[type[Any]]:
    """The models whose rows not everybody sees."""
    return [model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")]


def _parts(actor: Actor) -> Iterator[tuple[Any, Any]]:
    """Each such model with the rows that are the actor's own matter."""
    for model in _subject_kinds():
        rows = model._default_manager.all()
        is_run = hasattr(rows, "of_agency") and not actor.has(Role.SUPERVISOR)
        yield model, rows.of_agency(actor) if is_run else rows.visible_to(actor)


def visible_events(events: Any, actor: Actor, *, is_operator: bool = False) -> Any:
    """Supervisors see every event, officers those of their organization and of the records that are theirs.

    Nobody sees the event of a record that is itself hidden from them, such as a sealed bid.
    """
    hidden, own = Q(pk__in=[]), Q(pk__in=[])
    for model, rows in _parts(actor):
        kind = Q(subject_type=ContentType.objects.get_for_model(model))
        if not rows.query.where:
            own |= kind
            continue
        mine = Q(subject_id__in=rows.order_by().values("pk"))
        own |= kind & mine
        if actor.has(Role.SUPERVISOR):
            hidden |= kind & ~mine
    if actor.has(Role.SUPERVISOR):
        return events.exclude(hidden)
    visible = Q(pk__in=[])
    if actor.has(Role.PROCUREMENT_OFFICER):
        visible |= own | Q(organization_id=actor.organization_id)
    if is_operator:
        visible |= Q(subject_type__app_label__in=OPERATORS_APPS)
    return events.filter(visible)


class ActionFilter(DropdownFilter):
    """By what was done."""

    title = gettext_lazy("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted(((action, f"{label} ({action})") for action, label in _labels.items()), key=lambda pair: pair[0])

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ComputedColumns):
    """Who did what, when, and the difference that it made."""

    readers = READERS
    operators = True
    list_display = ("moment", "what", "kind", "subject", "who", "organization", "door", "summary")
    # An entry has no page of its own: the numbers in the addresses would tell how many entries are hidden between two.
    list_display_links = None
    list_filter = (ActionFilter, ("occurred_at", RangeDateTimeFilter))
    list_select_related = ("subject_type", "user", "organization")
    search_fields = ("subject_label", "user__username", "organization__name", "request_id")
    ordering = ("-id",)
    sortable_by = ()
    export_values: ClassVar = {"moment": lambda event: event.occurred_at}

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Http404(object_id)

    def get_queryset(self, request: HttpRequest) -> Any:
        events = super().get_queryset(request)
        return visible_events(events, actor_of(request), is_operator=bool(request.user.is_superuser))

    def compute(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """The names of the records that the changes speak of."""
        names = related_names(rows, actor_of(request))
        for event in rows:
            event.related_names = names

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in ("subject_type__id__exact", "subject_id") or super().lookup_allowed(lookup, value, request)

    @display(description=gettext_lazy("occurred at"))
    def moment(self, event: Event) -> str:
        return f"{localtime(event.occurred_at):%Y-%m-%d %H:%M:%S}"

    @display(description=gettext_lazy("kind of record"))
    def kind(self, event: Event) -> str:
        return capfirst(event.subject_type.name)

    @display(description=gettext_lazy("action"))
    def what(self, event: Event) -> str:
        return label_of(event.action)

    @display(description=gettext_lazy("person"))
    def who(self, event: Event) -> str:
        return str(event.user) if event.user else _("platform or system")

    @display(description=gettext_lazy("channel"))
    def door(self, event: Event) -> str:
        return str(CHANNELS[Channel(event.channel)])

    @display(description=gettext_lazy("record"))
    def subject(self, event: Event) -> str | SafeString:
        kind = event.subject_type
        try:
            address = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[event.subject_id])
        except NoReverseMatch:
            return event.subject_label
        return format_html('<a class="text-link" href="{}">{}</a>', address, event.subject_label)

    @display(description=gettext_lazy("changes"))
    def summary(self, event: Event) -> str:
        parts = [
            f"{name}: {after}" if before == EMPTY else f"{name}: {before} → {after}"
            for name, before, after in differences(event, getattr(event, "related_names", {}))
        ]
        return "; ".join(parts) or EMPTY


def related_names(events: Iterable[Event], actor: Actor) -> Names:
    """The records that the changes point to, with their names: one query for each kind.

    One that is gone, or that the actor may not see, has none.
    """
    wanted: defaultdict[type[Model], set[str]] = defaultdict(set)
    for event in events:
        for name, pair in event.changes.items():
            model = _related_model(_field_of(event, name))
            if model is not None:
                wanted[model] |= {str(key) for key in _pair(pair) if _is_key(model, key)}
    names: Names = {}
    for model, keys in wanted.items():
        rows: Any = model._default_manager.filter(pk__in=keys).select_related()
        rows = rows.visible_to(actor) if hasattr(rows, "visible_to") else rows
        names[model] = {str(row.pk): str(row) for row in rows} if keys else {}
    return names


def differences(event: Event, names: Names) -> list[tuple[str, str, str]]:
    """What the act changed: the field in words, its value before, its value after."""
    lines = []
    for name, pair in event.changes.items():
        old, new = _pair(pair)
        field = _field_of(event, name)
        model = _related_model(field)
        if model is not None:
            related = names.get(model, {})
            old, new = related.get(str(old), old), related.get(str(new), new)
        words = dict(getattr(field, "flatchoices", ())) or _value_names.get(name, {})
        label = capfirst(str(_name_of(field) or _field_names.get(name, name)))
        lines.append((label, _value(old, words), _value(new, words)))
    return lines


def _pair(change: Any) -> tuple[Any, Any]:
    """The value before and the value after."""
    old, new = change if isinstance(change, list) and len(change) == 2 else (None, change)
    return old, new


def _field_of(event: Event, name: str) -> Any:
    model = event.subject_type.model_class()
    try:
        return model._meta.get_field(name.removesuffix("_id")) if model else None
    except FieldDoesNotExist:
        return None


def _related_model(field: Any) -> type[Model] | None:
    """The kind of record that the field points to; none where it holds a value of its own."""
    points = field is not None and field.concrete and (field.many_to_one or field.one_to_one)
    return field.related_model if points else None


def _is_key(model: type[Model], value: Any) -> bool:
    """Can this be the key of such a record?"""
    try:
        return value is not None and model._meta.pk.to_python(value) is not None
    except ValidationError:
        return False


def _name_of(field: Any) -> str | Promise | None:
    """The field in words; one that rows of another kind point with goes by the name of those."""
    if field is None or hasattr(field, "verbose_name"):
        return getattr(field, "verbose_name", None)
    plural: str | Promise = field.related_model._meta.verbose_name_plural
    return plural


def _value(value: Any, words: Mapping[Any, Any]) -> str:
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return "; ".join(f"{_field_names.get(key, key)}: {_value(item, words)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_value(item, words) for item in value)
    if isinstance(value, str) and MOMENT.match(value):
        moment = parse_datetime(value)
        return f"{localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else value
    return str(words.get(value, value))
