"""The conduct of firms, for everybody to read."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from procurement.models import ConductRecord
from procurement.queries.credit import CreditStanding, credit_standings


class ConductRecordSerializer(serializers.ModelSerializer[ConductRecord]):
    """What a firm did, and where it may not take part for it, from ``valid_from`` until before ``valid_until``.

    ``province`` is null where the effect is nationwide; ``elsewhere`` is the effect in the other provinces.
    """

    firm = serializers.CharField(source="organization.code")
    firm_name = serializers.CharField(source="organization.name")
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper")

    class Meta:
        model = ConductRecord
        fields = (
            "id",
            "firm",
            "firm_name",
            "offence",
            "ground",
            "level",
            "effect",
            "province",
            "elsewhere",
            "valid_from",
            "valid_until",
            "facts",
            "source",
            "status",
            "repaired_on",
            "repair_note",
        )


class ConductRecordViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Records of misconduct that are or were in force; officers and supervisors see the proposed ones as well."""

    public = True
    serializer_class = ConductRecordSerializer
    queryset = ConductRecord.objects.all()
    lookup_value_regex = "[0-9]{1,18}"
    ordering: tuple[str, ...] = ("-id",)

    def get_queryset(self) -> QuerySet[Any]:
        return ConductRecord.objects.visible_to(self.actor).select_related("organization")


class CreditQuestionSerializer(serializers.Serializer[Any]):
    on = serializers.DateField(required=False, help_text="The day; today where it is left out.")


class CreditStandingSerializer(serializers.Serializer[CreditStanding]):
    """A firm's credit level on the day, which holds until before ``until``; ``barred_in`` is empty for the nation."""

    firm = serializers.CharField(source="organization.code")
    firm_name = serializers.CharField(source="organization.name")
    level = serializers.ChoiceField(ConductRecord.Level.choices)
    until = serializers.DateField()
    is_barred = serializers.BooleanField()
    barred_in = serializers.ListField(child=serializers.CharField())
    records = serializers.ListField(child=serializers.IntegerField(), source="record_ids")


class CreditLevelsSerializer(serializers.Serializer[Any]):
    on = serializers.DateField()
    firms = CreditStandingSerializer(many=True)


class CreditLevelViewSet(ActorViewSet):
    """The credit levels of firms; a firm that is not in the list has none."""

    public = True
    serializer_class = CreditLevelsSerializer
    queryset = ConductRecord.objects.none()

    @extend_schema(parameters=[CreditQuestionSerializer], responses=CreditLevelsSerializer)
    def levels(self, request: Request) -> Response:
        """Every firm that has a level on the day, the gravest first."""
        asked = CreditQuestionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        on = asked.validated_data.get("on") or localdate()
        return Response(CreditLevelsSerializer({"on": on, "firms": credit_standings(on)}).data)
