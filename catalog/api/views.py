"""The open part of the catalogue: the list in force, products, what a product costs in a province."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.api.serializers import (
    EditionEntrySerializer,
    PriceQuestionSerializer,
    ProductPriceSerializer,
    ProductSerializer,
)
from catalog.foundation.transitions import find
from catalog.models import EditionEntry, Medicine, Product, Region
from catalog.queries import edition_in_force, guide_prices, is_essential, procurement_price


class EssentialMedicineViewSet(ListModelMixin, ActorViewSet):
    """The entries of the national list that is in force today; ``?search=`` by name, INN or pinyin initials."""

    public = True
    serializer_class = EditionEntrySerializer
    queryset = EditionEntry.objects.all()
    ordering = ("part", "number")

    def get_queryset(self) -> QuerySet[EditionEntry]:
        entries = EditionEntry.objects.filter(edition=edition_in_force(localdate()))
        words = self.request.query_params.get("search", "")
        if words:
            entries = entries.filter(medicine__in=Medicine.objects.search(words.replace("\x00", "")))
        return entries.select_related("medicine", "section").prefetch_related("presentations")


class ProductViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Registered products."""

    public = True
    serializer_class = ProductSerializer
    queryset = Product.objects.select_related("presentation__medicine", "manufacturer")
    lookup_field = "code"
    ordering = ("code",)

    @extend_schema(parameters=[PriceQuestionSerializer], responses=ProductPriceSerializer)
    @action(detail=True, pagination_class=None)
    def price(self, request: Request, code: str) -> Response:
        """Guide price and procurement price of the product in a province on a day."""
        question = PriceQuestionSerializer(data=request.query_params)
        question.is_valid(raise_exception=True)
        province = find(Region.objects.filter(parent=None), code=question.validated_data["province"])
        on = question.validated_data.get("on") or localdate()
        product = self.get_object()
        answer = {
            "product": product,
            "province": province.code,
            "on": on,
            "is_essential": is_essential(product, on),
            "guide_price": guide_prices([product], on).get(product.pk),
            "procurement_price": procurement_price(product, province.code, on),
        }
        return Response(ProductPriceSerializer(answer).data)
