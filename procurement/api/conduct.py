"""The conduct of firms, for everybody to read."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from catalog.accounts.viewsets import ActorViewSet
from procurement.models import ConductRecord


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
