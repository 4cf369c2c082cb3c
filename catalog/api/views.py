"""The open part of the catalogue: the lists, products, what a product costs in a province."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from catalog.accounts.viewsets import ActorViewSet
from catalog.api.listed import (
    ComparisonSerializer,
    EditionEntrySerializer,
    EditionSerializer,
    ProvincialAdditionSerializer,
)
from catalog.api.pagination import FoundPages
from catalog.api.prices import ProductPriceSerializer
from catalog.api.questions import (
    SEARCH_ENTRIES,
    SEARCH_PRODUCTS,
    AdditionsQuestionSerializer,
    ChangesQuestionSerializer,
    EntriesQuestionSerializer,
    PriceQuestionSerializer,
)
from catalog.api.serializers import ProductDetailSerializer, ProductSerializer
from catalog.foundation.transitions import find
from catalog.models import Edition, EditionEntry, Product, ProvincialAddition, Region
from catalog.queries import edition_in_force
from catalog.queries.answers import price_of
from catalog.queries.comparisons import compare_editions
from catalog.queries.search import entries_of
from catalog.states import BINDING

PROVINCES = Region.objects.filter(parent=None)


def asked(serializer_class: type[BaseSerializer[Any]], request: Request) -> dict[str, Any]:
    """The query parameters, checked in shape.

    Raises:
        ValidationError: 400 with every field.
    """
    question = serializer_class(data=request.query_params)
    question.is_valid(raise_exception=True)
    return dict(question.validated_data)


@extend_schema_view(list=extend_schema(parameters=[EntriesQuestionSerializer, SEARCH_ENTRIES]))
class EssentialMedicineViewSet(ListModelMixin, ActorViewSet):
    """The entries of the national list that is in force on a day, or of an edition."""

    public = True
    serializer_class = EditionEntrySerializer
    queryset = EditionEntry.objects.all()
    ordering = ("part", "number", "is_repeat", "pk")

    def get_queryset(self) -> QuerySet[EditionEntry]:
        question = asked(EntriesQuestionSerializer, self.request)
        if question.get("edition"):
            edition = find(Edition.objects.filter(status__in=BINDING), code=question["edition"])
        else:
            edition = edition_in_force(question.get("on") or localdate())
        words = self.request.query_params.get("search", "")
        return entries_of(edition, words, part=question.get("part", ""))


class EditionViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """The published editions of the national list, the latest first; a draft is nobody's business yet."""

    public = True
    serializer_class = EditionSerializer
    queryset = Edition.objects.filter(status__in=BINDING)
    lookup_field = "code"
    ordering = ("-validity",)

    @extend_schema(parameters=[ChangesQuestionSerializer], responses=ComparisonSerializer)
    @action(detail=True, pagination_class=None)
    def changes(self, request: Request, code: str) -> Response:
        """What the edition adds, removes and changes against another one."""
        former = find(self.get_queryset(), code=asked(ChangesQuestionSerializer, request)["from"])
        return Response(ComparisonSerializer(compare_editions(former, self.get_object())).data)


@extend_schema_view(list=extend_schema(parameters=[AdditionsQuestionSerializer]))
class ProvincialAdditionViewSet(ListModelMixin, ActorViewSet):
    """What provinces have added to the national list for their own institutions, as it holds on a day."""

    public = True
    serializer_class = ProvincialAdditionSerializer
    queryset = ProvincialAddition.objects.all()
    ordering = ("province", "medicine__name", "pk")

    def get_queryset(self) -> QuerySet[ProvincialAddition]:
        question = asked(AdditionsQuestionSerializer, self.request)
        additions = ProvincialAddition.objects.in_force(question.get("on") or localdate())
        if "province" in question:
            additions = additions.filter(province=find(PROVINCES, code=question["province"]))
        return additions.select_related("medicine", "province").prefetch_related("presentations")


@extend_schema_view(
    list=extend_schema(parameters=[SEARCH_PRODUCTS]), retrieve=extend_schema(responses=ProductDetailSerializer)
)
class ProductViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Registered products, by their codes or as they are searched for."""

    public = True
    serializer_class = ProductSerializer
    pagination_class = FoundPages
    queryset = Product.objects.select_related("presentation__medicine", "manufacturer")
    lookup_field = "code"
    # codes of other registers have dots
    lookup_value_regex = "[^/]+"
    ordering = ("code",)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return ProductDetailSerializer if self.action == "retrieve" else ProductSerializer

    @extend_schema(parameters=[PriceQuestionSerializer], responses=ProductPriceSerializer)
    @action(detail=True, pagination_class=None)
    def price(self, request: Request, code: str) -> Response:
        """What the product may cost and does cost in a province on a day: ceiling, procurement price, highest retail
        price, insurance, and what a patient pays; each with what it rests on."""
        question = asked(PriceQuestionSerializer, request)
        province = find(PROVINCES, code=question["province"])
        answer = price_of(
            self.get_object(),
            province_id=province.code,
            on=question.get("on") or localdate(),
            tier=question["tier"],
        )
        return Response(ProductPriceSerializer(answer).data)
