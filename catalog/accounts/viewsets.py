"""What every view of the API is made of: it knows who calls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from catalog.accounts.kinds import Role
from catalog.accounts.permissions import MayCall
from catalog.accounts.requests import actor_of_call
from catalog.foundation.actor import Actor
from catalog.foundation.journal.readings import is_watched, note_readings
from catalog.foundation.transitions import find
from catalog.foundation.web.versions import expected_version, tag_version

WATCHED_ROLES = (Role.PROCUREMENT_OFFICER, Role.SUPERVISOR)


class ActorViewSet(GenericViewSet):
    """A view that knows who calls. A token must hold one of ``scopes``; ``public`` reading needs none."""

    permission_classes = (MayCall,)
    scopes: ClassVar[tuple[str, ...]] = ()
    public: ClassVar[bool] = False

    @cached_property
    def actor(self) -> Actor:
        """The organization's system, the person, or the public behind the call."""
        return actor_of_call(self.request)

    def read_body(self, serializer_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The body, checked in shape.

        Raises:
            ValidationError: 400 with every field.
        """
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    @property
    def expected_version(self) -> int | None:
        """The version that the caller decided on, where they say so with ``If-Match``.

        Raises:
            VersionUnreadable
        """
        return expected_version(self.request)

    def get_object(self) -> Any:
        """The record that the address names, if the actor sees it.

        Raises:
            NotVisible
        """
        record = find(
            self.get_queryset(), **{self.lookup_field: self.kwargs[self.lookup_url_kwarg or self.lookup_field]}
        )
        self._note_readings([record])
        return record

    def paginate_queryset(self, queryset: Any) -> Any:
        """The rows of the page that is asked for."""
        rows = super().paginate_queryset(queryset)
        self._note_readings(rows or [])
        return rows

    def _note_readings(self, rows: Sequence[Any]) -> None:
        """Who runs or supervises tenders is written down where they look at what is still to be opened."""
        model = type(rows[0]) if rows else None
        if model is not None and is_watched(model) and self.actor.has(*WATCHED_ROLES):
            keys = [row.pk for row in rows]
            note_readings(model, keys, actor=self.actor, request=self.request, at=timezone.now())

    def answer(self, pk: int, status: int = 200) -> Response:
        """The record as it is now, read anew: as many queries for a hundred lines as for one."""
        return Response(self.get_serializer(find(self.get_queryset(), pk=pk)).data, status=status)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """With the ``ETag`` of a record that has versions."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(final, Response):
            tag_version(final)
        return final
