"""Decisions about the records of safety: a page that asks, and one service call on the version that was looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from catalog.accounts.kinds import Role
from catalog.foundation.machine import Machine
from catalog.foundation.web.admin import READERS, DecidingAdmin, ExportingAdmin, actor_of, hindrance, sent
from catalog.foundation.web.admin.forms import TextArea
from distribution.querysets import OFFICERS


class VersionForm(forms.Form):
    """The version that the decision is about."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(VersionForm):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=300, widget=TextArea(attrs={"rows": 3}))


class SafetyAdmin(DecidingAdmin, ExportingAdmin):
    """Records that live through a ``machine``; ``decisions`` are its actions with the names of their pages."""

    readers = (*READERS, Role.HEALTH_OFFICER)
    deciders = OFFICERS
    machine: ClassVar[Machine]
    decisions: ClassVar[dict[str, str]] = {}
    policy: ClassVar[Callable[[Any, str, Any], None]]

    def offered(self, request: HttpRequest, record: Any) -> Collection[str]:
        allowed = self.machine.allowed(record.status) if self.may_decide(request, record) else ()
        return [page for name, page in self.decisions.items() if name in allowed]

    def handle(
        self,
        request: HttpRequest,
        object_id: str,
        name: str,
        form_class: type[VersionForm],
        service: Callable[..., Any],
        *,
        title: str,
        explanation: str = "",
        is_final: bool = True,
        **key: str,
    ) -> HttpResponse:
        """Ask, and call the service with the values of the form; ``key`` is the name of its id and other arguments."""
        record = self.record_of(request, object_id)
        id_name = key.pop("id_name")

        def act(values: dict[str, Any]) -> str:
            service(
                **{id_name: record.pk},
                **key,
                expected_version=values.pop("version"),
                actor=actor_of(request),
                at=timezone.now(),
                **values,
            )
            record.refresh_from_db()
            return f"{record}: {record.get_status_display()}"

        policy = type(self).policy
        return self.decide(
            request,
            title=title % {"record": record},
            record=record,
            form=form_class(**sent(request), initial={"version": record.version}),
            act=act,
            explanation=explanation,
            is_final=is_final,
            context={"hindrance": hindrance(policy, request, name, record)},
        )
