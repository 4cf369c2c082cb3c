"""Cases about retail prices: the institution reads and answers, the officers of the province conduct them."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.transitions import find
from catalog.foundation.web.idempotency import idempotent
from distribution.models import CaseFinding, CaseLetter, RetailCase
from distribution.services.cases import (
    answer_case,
    close_case,
    confirm_penalty,
    dismiss_case,
    drop_penalty,
    notify_institution,
    propose_penalty,
    write_in_case,
)
from distribution.states import Penalty
from procurement.services.documents import MEGABYTE, MOST_MEGABYTES, Attachment

# In base64, with room for what is too large to be told in megabytes.
MOST_SIGNS = 2 * MOST_MEGABYTES * MEGABYTE


class CaseFileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    content = serializers.CharField(max_length=MOST_SIGNS, help_text="A PDF, Word or Excel file in base64.")

    def validate_content(self, value: str) -> bytes:
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error:
            raise serializers.ValidationError(_("This is not base64.")) from None


class NewLetterSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)
    file = CaseFileSerializer(required=False, allow_null=True, default=None)


class NewPenaltySerializer(serializers.Serializer[Any]):
    penalty = serializers.ChoiceField(Penalty.choices)
    amount = serializers.DecimalField(
        max_digits=18, decimal_places=2, required=False, allow_null=True, default=None, help_text="Yuan."
    )
    reason = serializers.CharField(max_length=4000)


class CaseReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)


class CaseFindingSerializer(serializers.ModelSerializer[CaseFinding]):
    """A price that was too high; ``limit`` is the highest allowed, ``ended_at`` when a later check found it gone."""

    observed_on = serializers.DateField(source="finding.retail_price.observed_on")
    price = serializers.DecimalField(source="finding.retail_price.price", max_digits=18, decimal_places=4)
    verdict = serializers.CharField(source="finding.verdict")
    limit = serializers.DecimalField(source="finding.limit", max_digits=18, decimal_places=4)
    evidence = serializers.JSONField(source="finding.evidence")
    ended_at = serializers.DateTimeField(source="finding.ended_at")

    class Meta:
        model = CaseFinding
        fields = ("observed_on", "price", "verdict", "limit", "evidence", "ended_at")


class CaseLetterSerializer(serializers.ModelSerializer[CaseLetter]):
    sender = serializers.CharField(source="organization.code")

    class Meta:
        model = CaseLetter
        fields = ("id", "kind", "sender", "written_at", "text", "file_name", "media_type", "sha256")


class LetterFileSerializer(serializers.ModelSerializer[CaseLetter]):
    content = serializers.SerializerMethodField(help_text="In base64.")

    class Meta:
        model = CaseLetter
        fields = ("file_name", "media_type", "sha256", "content")

    def get_content(self, letter: CaseLetter) -> str:
        return base64.b64encode(bytes(letter.content or b"")).decode()


class RetailCaseSerializer(serializers.ModelSerializer[RetailCase]):
    number = serializers.CharField()
    institution = serializers.CharField(source="institution.code")
    product = serializers.CharField(source="product.code")
    findings = CaseFindingSerializer(many=True)
    letters = CaseLetterSerializer(many=True)

    class Meta:
        model = RetailCase
        fields = (
            *("id", "number", "status", "version", "province", "institution", "product", "opened_at", "earlier_cases"),
            *("notify_by", "answer_by", "correct_by", "corrected_at", "penalty", "penalty_amount", "penalty_reason"),
            *("ended_at", "end_reason", "findings", "letters"),
        )

    def to_representation(self, instance: RetailCase) -> dict[str, Any]:
        """A penalty that is only proposed is the officers' own."""
        shown: dict[str, Any] = super().to_representation(instance)
        if instance.confirmed_by_id is None and self.context["view"].actor.organization_id == instance.institution_id:
            shown |= {"penalty": "", "penalty_amount": None, "penalty_reason": ""}
        return shown


class RetailCaseFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")
    institution = django_filters.CharFilter(field_name="institution__code")
    overdue = django_filters.BooleanFilter(method="filter_overdue", help_text="Somebody is late in it.")
    repeated = django_filters.BooleanFilter(method="filter_repeated", help_text="The institution had cases before.")

    class Meta:
        model = RetailCase
        fields = ("status", "product", "institution")

    def filter_overdue(self, rows: Any, name: str, value: bool) -> Any:
        overdue = RetailCase.objects.overdue(localdate()).values("pk")
        return rows.filter(pk__in=overdue) if value else rows.exclude(pk__in=overdue)

    def filter_repeated(self, rows: Any, name: str, value: bool) -> Any:
        return rows.exclude(earlier_cases=0) if value else rows.filter(earlier_cases=0)


class RetailCaseViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """The institution's own cases, once it was told of them; the officers' of their province."""

    scopes = ("institution",)
    serializer_class = RetailCaseSerializer
    queryset = RetailCase.objects.all()
    lookup_value_regex = "[0-9]{1,18}"
    filterset_class = RetailCaseFilter

    def get_queryset(self) -> QuerySet[RetailCase]:
        letters = CaseLetter.objects.defer("content").select_related("organization")
        return (
            RetailCase.objects.visible_to(self.actor)
            .select_related("institution", "product")
            .prefetch_related(
                Prefetch("letters", letters),
                Prefetch("findings", CaseFinding.objects.select_related("finding__retail_price")),
            )
        )

    @extend_schema(request=NewLetterSerializer, responses=RetailCaseSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def notify(self, request: Request, pk: Any) -> Response:
        """Tell the institution; its days to answer and to correct run from now."""
        notify_institution(case_id=pk, **self._letter, **self._call)
        return self.answer(pk)

    @extend_schema(request=NewLetterSerializer, responses=RetailCaseSerializer)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    @idempotent
    def give_answer(self, request: Request, pk: Any) -> Response:
        """Answer for the institution."""
        answer_case(case_id=pk, **self._letter, **self._call)
        return self.answer(pk)

    @extend_schema(request=NewLetterSerializer, responses={201: CaseLetterSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def letters(self, request: Request, pk: Any) -> Response:
        """Write to the other side, or file evidence."""
        letter = write_in_case(case_id=pk, **self._letter, actor=self.actor, at=timezone.now())
        return Response(CaseLetterSerializer(letter).data, status=201)

    @extend_schema(responses=LetterFileSerializer)
    @action(detail=True, methods=["get"], url_path="letters/(?P<letter>[0-9]{1,18})/file", url_name="file")
    def file(self, request: Request, pk: Any, letter: str) -> Response:
        """The file that is attached to a letter."""
        letters = CaseLetter.objects.visible_to(self.actor).exclude(content=None)
        return Response(LetterFileSerializer(find(letters.filter(case=pk), pk=letter)).data)

    @extend_schema(request=NewPenaltySerializer, responses=RetailCaseSerializer)
    @action(detail=True, methods=["post"], url_path="propose-penalty")
    @idempotent
    def propose_penalty(self, request: Request, pk: Any) -> Response:
        """Propose a penalty; another officer confirms it."""
        body = self.read_body(NewPenaltySerializer)
        propose_penalty(case_id=pk, **body | {"penalty": Penalty(body["penalty"])}, **self._call)
        return self.answer(pk)

    @extend_schema(request=None, responses=RetailCaseSerializer)
    @action(detail=True, methods=["post"], url_path="drop-penalty")
    @idempotent
    def drop_penalty(self, request: Request, pk: Any) -> Response:
        """Give a proposed penalty up."""
        drop_penalty(case_id=pk, **self._call)
        return self.answer(pk)

    @extend_schema(request=None, responses=RetailCaseSerializer)
    @action(detail=True, methods=["post"], url_path="confirm-penalty")
    @idempotent
    def confirm_penalty(self, request: Request, pk: Any) -> Response:
        """Impose the penalty that another officer proposed."""
        confirm_penalty(case_id=pk, **self._call)
        return self.answer(pk)

    @extend_schema(request=None, responses=RetailCaseSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def close(self, request: Request, pk: Any) -> Response:
        """Close a case that was corrected or penalised."""
        close_case(case_id=pk, **self._call)
        return self.answer(pk)

    @extend_schema(request=CaseReasonSerializer, responses=RetailCaseSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def dismiss(self, request: Request, pk: Any) -> Response:
        """End the case without consequence, and say why."""
        dismiss_case(case_id=pk, reason=self.read_body(CaseReasonSerializer)["reason"], **self._call)
        return self.answer(pk)

    @property
    def _call(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": timezone.now(), "expected_version": self.expected_version}

    @property
    def _letter(self) -> dict[str, Any]:
        body = self.read_body(NewLetterSerializer)
        file = body["file"]
        attachment = Attachment("", file["name"], file["content"]) if file else None
        return {"text": body["text"], "attachment": attachment}
