"""The signed minutes of openings, and the keys that the platform signs with."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.signing import current_public_key, key_id
from procurement.models import Opening, PlatformKey


class OpeningSerializer(serializers.ModelSerializer[Opening]):
    """What an opening found; ``minutes`` is the signed document: every bid and what became of it."""

    minutes = serializers.SerializerMethodField()

    class Meta:
        model = Opening
        fields = ("stage", "opened_at", "opened_count", "spoiled_count", "returned_count", "minutes")

    def get_minutes(self, opening: Opening) -> dict[str, Any]:
        """With ``key_id`` and ``signature`` beside what they say, as ``client verify`` reads them."""
        return {**opening.minutes, **opening.signature}


class PlatformKeySerializer(serializers.Serializer[Any]):
    """A public key (base64); ``valid_from`` is empty for one that nothing was signed with yet."""

    key_id = serializers.CharField()
    public_key = serializers.CharField()
    valid_from = serializers.DateTimeField(allow_null=True)


class PlatformKeysSerializer(serializers.Serializer[Any]):
    keys = PlatformKeySerializer(many=True)


class PlatformKeyViewSet(ActorViewSet):
    """The public keys that receipts and minutes are checked with."""

    public = True
    scopes = ("bids",)
    serializer_class = PlatformKeysSerializer
    queryset = PlatformKey.objects.all()

    @extend_schema(responses=PlatformKeysSerializer)
    def retrieve(self, request: Request) -> Response:
        """Every key that was ever in use, and since when; the last is the present one."""
        present = current_public_key()
        known: dict[str, tuple[bytes, datetime | None]] = {
            key.key_id: (bytes(key.public_key), key.valid_from) for key in PlatformKey.objects.all()
        }
        known.setdefault(key_id(present), (present, None))
        keys = [
            {"key_id": name, "public_key": base64.b64encode(public).decode(), "valid_from": since}
            for name, (public, since) in known.items()
        ]
        return Response(PlatformKeysSerializer({"keys": keys}).data)
