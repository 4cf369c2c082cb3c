"""A decision in the admin: a page that says what will happen, and one service call when it is confirmed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from catalog.accounts.kinds import Role
from catalog.foundation.errors import DomainError, NotAllowed
from catalog.foundation.journal.attempts import record_attempt
from catalog.foundation.web.admin.records import RecordAdmin, actor_of
from catalog.foundation.web.notices import tell

Text = str | Promise
CONFIRM = _("Confirm")
# What a decision does with the values of its form; it returns the words of success, or a page of its own.
Act = Callable[[dict[str, Any]], Text | HttpResponse]


def sent(request: HttpRequest) -> dict[str, Any]:
    """The arguments that bind a form to what was sent; none while the page is only looked at."""
    return {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}


class DecidingAdmin(RecordAdmin):
    """Records with decisions to take about them.

    A decision is an unfold action: a link to a page that asks, whose form is sent to the same address.
    """

    deciders: ClassVar[tuple[str, ...]] = (Role.PROCUREMENT_OFFICER,)

    def offered(self, request: HttpRequest, record: Any) -> Collection[str]:
        """The names of the decisions that can be taken about the record as it stands."""
        return ()

    def offered_in_list(self, request: HttpRequest) -> Collection[str]:
        """The names of the decisions above the list."""
        return self._extract_action_names(self.actions_list) if self.may_decide(request) else ()

    def may_decide(self, request: HttpRequest, record: Any = None) -> bool:
        """Does the person decide about such records, and about this one, or only read?"""
        return actor_of(request).has(*self.deciders)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        record = self.get_object(request, unquote(str(object_id)))
        offered = self.offered(request, record) if record is not None else ()
        return [item for item in super().get_actions_detail(request, object_id) if _name(item) in offered]

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        offered = {*self.offered_in_list(request), *self.reading_actions}
        return [item for item in super().get_actions_list(request) if _name(item) in offered]

    def record_of(self, request: HttpRequest, object_id: str) -> Any:
        """The record that the address names.

        Raises:
            Http404: not there, or not this person's to see.
        """
        record = self.get_object(request, unquote(object_id)) if self.has_view_permission(request) else None
        if record is None:
            raise Http404
        return record

    def address_of(self, record: models.Model | None) -> str:
        """The page of the record, or the list."""
        opts = self.opts
        if record is None:
            return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])

    def decide(
        self,
        request: HttpRequest,
        *,
        title: Text,
        act: Act,
        record: Any = None,
        form: forms.Form | None = None,
        explanation: Text = "",
        confirm: Text = CONFIRM,
        is_final: bool = False,
        deciders: Collection[str] = (),
        template: str = "admin/decision.html",
        context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask, and once the form is sent and valid, act; what the service refuses is told above the form.

        Raises:
            PermissionDenied: the person only reads.
        """
        if not (actor_of(request).has(*deciders) if deciders else self.may_decide(request, record)):
            raise PermissionDenied
        form = forms.Form(**sent(request)) if form is None else form
        for field in form.fields.values():
            field.label = capfirst(field.label)
        if form.is_bound and form.is_valid():
            try:
                outcome = act(form.cleaned_data)
            except DomainError as error:
                if error.is_attempt:
                    actor, code = actor_of(request), error.code
                    record_attempt(actor=actor, request=request, code=code, detail=str(error), at=timezone.now())
                tell(request, error)
            else:
                if isinstance(outcome, HttpResponse):
                    return outcome
                messages.success(request, str(outcome))
                return redirect(self.address_of(record))
        return self.page(
            request,
            template,
            title=title,
            record=record,
            form=form,
            explanation=explanation,
            confirm=confirm,
            is_final=is_final,
            **(context or {}),
        )

    def page(
        self, request: HttpRequest, template: str, *, title: Text, record: Any = None, **context: Any
    ) -> HttpResponse:
        """A page of the admin about the record, with the admin's frame around it."""
        return TemplateResponse(
            request,
            template,
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "original": record,
                "title": title,
                "content_title": title,
                "back": self.address_of(record),
                **context,
            },
        )


def hindrance(policy: Callable[[Any, str, Any], None], request: HttpRequest, action: str, record: Any) -> str:
    """Why the policy would refuse the person the action; empty if it would not."""
    try:
        policy(actor_of(request), action, record)
    except NotAllowed as error:
        return str(error)
    return ""


def _name(item: Any) -> str:
    return str(item.method.original_function_name)
