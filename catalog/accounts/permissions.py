"""Who may call which part of the API at all; what they see and may do there is the services' to say."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request


class MayCall(BasePermission):
    """A token with one of the view's scopes, or a logged-in person; reading what is ``public`` needs neither."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Let the call through to the service.

        Raises:
            NotAuthenticated
        """
        if getattr(view, "public", False) and request.method in SAFE_METHODS:
            return True
        token: Any = request.auth
        if token is not None:
            return any(token.is_valid([scope]) for scope in view.scopes)
        if request.user is not None and request.user.is_authenticated:
            return True
        raise NotAuthenticated
