"""What every view of the API is made of: it knows who calls."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from catalog.accounts.permissions import MayCall
from catalog.accounts.requests import actor_of_call
from catalog.foundation.actor import Actor


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
