"""Files of retail prices, sweeps, and what the checks found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from catalog.foundation.web.parsers import SmallJSONParser
from distribution.models import RetailFile, RetailFinding, RetailSweep
from distribution.services.retail_files import MAX_MEGABYTES, hand_in_retail_file
from distribution.services.retail_sweeps import request_sweep
from distribution.states import RetailSeverity


class CsvParser(BaseParser):
    """A CSV in UTF-8 as the whole body; ``?file_name=`` says what it is called."""

    media_type = "text/csv"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read the body.

        Raises:
            ParseError
        """
        try:
            # one byte more is too many, which the service says
            text = stream.read(MAX_MEGABYTES * 1024 * 1024 + 1).decode()
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not in UTF-8: %(problem)s") % {"problem": error}) from error
        request = (parser_context or {})["request"]
        return {"file_name": request.query_params.get("file_name", "prices.csv"), "csv": text}


class NewRetailFileSerializer(serializers.Serializer[Any]):
    """A file; one of any length is sent as the body itself, as ``text/csv``."""

    file_name = serializers.CharField(max_length=200)
    csv = serializers.CharField(
        trim_whitespace=False, help_text="Columns: institution (an officer's file), product, price, observed_on."
    )


class RetailFileSerializer(serializers.ModelSerializer[RetailFile]):
    class Meta:
        model = RetailFile
        fields = ("id", "file_name", "status", "handed_in_at", "done_at", "read_count", "bad_count", "problem")


class NewRetailSweepSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class RetailSweepSerializer(serializers.ModelSerializer[RetailSweep]):
    class Meta:
        model = RetailSweep
        fields = (
            *("id", "province", "status", "reason", "started_at", "finished_at", "expected_count", "checked_count"),
            *("found_count", "ended_count"),
        )


class RetailFindingRowSerializer(serializers.ModelSerializer[RetailFinding]):
    """A finding with everything that it was judged by."""

    institution = serializers.CharField(source="institution.code")
    product = serializers.CharField(source="retail_price.product.code")
    price = serializers.DecimalField(source="retail_price.price", max_digits=18, decimal_places=4)
    observed_on = serializers.DateField(source="retail_price.observed_on")

    class Meta:
        model = RetailFinding
        fields = (
            *("id", "institution", "province", "product", "price", "observed_on", "verdict", "severity", "limit"),
            *("evidence", "found_at", "ended_at"),
        )


class RetailFindingFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="retail_price__product__code")
    institution = django_filters.CharFilter(field_name="institution__code")
    severity = django_filters.ChoiceFilter(choices=RetailSeverity.choices)
    standing = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")

    class Meta:
        model = RetailFinding
        fields = ("product", "institution", "verdict", "standing")


class RetailFindingViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What the checks of retail prices found; ``?standing=true`` what no later check has found gone."""

    scopes = ("institution",)
    serializer_class = RetailFindingRowSerializer
    queryset = RetailFinding.objects.all()
    filterset_class = RetailFindingFilter

    def get_queryset(self) -> QuerySet[RetailFinding]:
        return RetailFinding.objects.visible_to(self.actor).select_related("institution", "retail_price__product")


class RetailFileViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Files of retail prices of any length: handed in, taken in by the worker, or refused."""

    scopes = ("institution",)
    serializer_class = RetailFileSerializer
    queryset = RetailFile.objects.all()
    parser_classes = (SmallJSONParser, CsvParser)

    def get_queryset(self) -> QuerySet[RetailFile]:
        return RetailFile.objects.visible_to(self.actor).defer("content", "refused_rows")

    @extend_schema(request=NewRetailFileSerializer, responses={201: RetailFileSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Hand a file in; the worker takes in all of its rows, or none."""
        body = self.read_body(NewRetailFileSerializer)
        file = hand_in_retail_file(
            file_name=body["file_name"], content=body["csv"].encode(), actor=self.actor, at=timezone.now()
        )
        return self.answer(file.pk, status=201)


class RetailSweepViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Checks of every retail price of a province, and how far they are."""

    scopes = ("institution",)
    serializer_class = RetailSweepSerializer
    queryset = RetailSweep.objects.all()

    def get_queryset(self) -> QuerySet[RetailSweep]:
        return RetailSweep.objects.visible_to(self.actor)

    @extend_schema(request=NewRetailSweepSerializer, responses={201: RetailSweepSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask for a sweep of one's own province."""
        body = self.read_body(NewRetailSweepSerializer)
        sweep = request_sweep(
            province_id=self.actor.province, reason=body["reason"], actor=self.actor, at=timezone.now()
        )
        return self.answer(sweep.pk, status=201)
