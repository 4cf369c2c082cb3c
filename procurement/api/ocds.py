"""Open data: releases by the Open Contracting Data Standard, and all those of a tender as a package."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.errors import NotVisible
from procurement.models import Release, Tender
from procurement.rules.ocds.facts import Publisher
from procurement.rules.ocds.package import package_head

CHUNK = 20


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """A release: which, when and what it is about; the release itself is at its own address."""

    id = serializers.CharField(source="release_id")
    tender = serializers.CharField(source="tender.number")
    tag = serializers.JSONField(source="tags")
    date = serializers.DateTimeField(source="published_at")

    class Meta:
        model = Release
        fields = ("id", "tender", "tag", "date")


class ReleaseViewSet(ListModelMixin, ActorViewSet):
    """Every release that was ever published, the latest first; ``?tender=NUMBER`` narrows it to one tender."""

    public = True
    scopes = ("bids",)
    serializer_class = ReleaseSerializer
    queryset = Release.objects.all()
    lookup_field = "release_id"
    lookup_value_regex = "[^/]+"
    ordering = ("-published_at", "-pk")

    def get_queryset(self) -> QuerySet[Release]:
        rows = Release.objects.select_related("tender")
        number = self.request.query_params.get("tender")
        return rows.filter(tender__number=number) if number else rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().filter_queryset(queryset).defer("document")

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def retrieve(self, request: Request, release_id: str) -> Response:
        """One release as it was published."""
        return Response(self.get_object().document)


class PackageViewSet(ActorViewSet):
    """All releases of a tender in one document, oldest first."""

    public = True
    scopes = ("bids",)
    queryset = Tender.objects.all()
    lookup_field = "number"
    lookup_value_regex = "[^/]+"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def retrieve(self, request: Request, number: str) -> StreamingHttpResponse:
        """A release package of OCDS 1.1, sent release by release however many there are."""
        rows = Release.objects.filter(tender__number=number)
        latest = rows.aggregate(latest=Max("published_at"))["latest"]
        if latest is None:
            raise NotVisible(what=Tender._meta.verbose_name, key=number)
        address = settings.PUBLIC_URL + reverse("ocds-package-detail", args=[number])
        head = package_head(published_at=latest, publisher=Publisher(**settings.PUBLISHER), uri=address)
        # a package is read as it was at one moment, also while another release is being stored
        texts = rows.filter(published_at__lte=latest).order_by("published_at", "pk")
        written = texts.values_list(Cast("document", TextField()), flat=True).iterator(chunk_size=CHUNK)
        return StreamingHttpResponse(_package(head, written), content_type="application/json")


def _package(head: dict[str, Any], releases: Iterable[str]) -> Iterator[str]:
    """The head with its closing brace left off, then the releases one by one."""
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "releases": ['
    for place, release in enumerate(releases):
        yield f",{release}" if place else release
    yield "]}"
