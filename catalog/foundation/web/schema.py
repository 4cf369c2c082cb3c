"""How operations are described: who may call them, which headers they read, which problems they answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.contrib.django_oauth_toolkit import DjangoOAuthToolkitScheme
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from catalog.foundation.web.problems import CONTENT_TYPE

READING = {404: "not there, or not yours", 429: "too many calls", 503: "busy: try again after Retry-After"}
CALLING = {401: "who calls is not known", 403: "not allowed"}
CHANGING = {
    400: "the request cannot be read",
    409: "not from this state",
    412: "changed since the version in If-Match",
    413: "the body is too large",
    415: "the body is not JSON",
    422: "rules are broken; every broken line is listed",
}
HEADERS = [
    OpenApiParameter(
        "Idempotency-Key",
        str,
        OpenApiParameter.HEADER,
        required=True,
        description="1 to 255 characters of your own; the same request with the same key is carried out once.",
    ),
    OpenApiParameter(
        "If-Match",
        str,
        OpenApiParameter.HEADER,
        description="The ETag of the record that the decision is about; refused with 412 once it was changed.",
    ),
]


class TokenScheme(DjangoOAuthToolkitScheme):
    """Tokens are the library's; only the challenge is ours."""

    target_class = "catalog.accounts.authentication.TokenAuthentication"


class ProblemPartSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(allow_null=True, help_text="JSON pointer into the body, such as #/lines/0/packs.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457: what is wrong, with the values, and what to do."""

    type = serializers.CharField(help_text="Names the kind of problem.")
    title = serializers.CharField(help_text="The code of the problem, which does not change with the language.")
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemPartSerializer(many=True)  # type: ignore[assignment]


class ApiSchema(AutoSchema):
    """The description of one operation."""

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction=direction)
        statuses = READING | ({} if self._is_open() else CALLING) | ({} if self._is_reading() else CHANGING)
        for status, description in sorted(statuses.items()):
            body = self._get_response_for_code(ProblemSerializer, str(status), [CONTENT_TYPE], direction)
            bodies.setdefault(str(status), body | {"description": description})
        return bodies

    def get_override_parameters(self) -> list[Any]:
        """The headers of a request that changes something; of one that makes something new there is no version."""
        if self._is_reading():
            return []
        return HEADERS if getattr(self.view, "detail", False) else HEADERS[:1]

    def get_auth(self) -> list[Any]:
        """A token with one of the view's scopes or a person's session; nothing where reading is public."""
        by_token = [{"oauth2": [scope]} for scope in self.view.scopes] if hasattr(self.view, "scopes") else []
        return [*by_token, *super().get_auth(), *([{}] if self._is_open() else [])]

    def _is_reading(self) -> bool:
        return self.method in SAFE_METHODS

    def _is_open(self) -> bool:
        return self._is_reading() and getattr(self.view, "public", False)
