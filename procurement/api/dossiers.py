"""Questions on tender documents, the answers to all, amendments and the documents themselves."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from procurement.models import Amendment, Clarification, TenderDocument
from procurement.services.clarifications import ask


class NewQuestionSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField(max_length=32)
    question = serializers.CharField(max_length=4000)


class ClarificationSerializer(serializers.ModelSerializer[Clarification]):
    """A question and its answer; who asked is told to nobody."""

    tender = serializers.CharField(source="tender.number")

    class Meta:
        model = Clarification
        fields = ("id", "tender", "question", "asked_at", "answer", "answered_at")


class AmendmentSerializer(serializers.ModelSerializer[Amendment]):
    tender = serializers.CharField(source="tender.number")

    class Meta:
        model = Amendment
        fields = ("id", "tender", "text", "affects_preparation", "former_deadline_at", "deadline_at", "published_at")


class TenderDocumentSerializer(serializers.ModelSerializer[TenderDocument]):
    tender = serializers.CharField(source="tender.number")

    class Meta:
        model = TenderDocument
        fields = ("id", "tender", "title", "file_name", "media_type", "sha256", "added_at")


class OfTender(ListModelMixin, ActorViewSet):
    """What belongs to tenders; ``?tender=NUMBER`` narrows it to one."""

    public = True
    scopes = ("bids",)

    def of_tender(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the tender that the address names, or of all."""
        number = self.request.query_params.get("tender")
        return rows.filter(tender__number=number) if number else rows


class ClarificationViewSet(OfTender):
    """Questions that were answered, to all; a supplier asks, and sees its own that wait."""

    serializer_class = ClarificationSerializer
    queryset = Clarification.objects.all()
    ordering = ("-asked_at", "-pk")

    def get_queryset(self) -> QuerySet[Clarification]:
        return self.of_tender(Clarification.objects.visible_to(self.actor).select_related("tender"))

    @extend_schema(request=NewQuestionSerializer, responses={201: ClarificationSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask about the documents of a published tender."""
        body = self.read_body(NewQuestionSerializer)
        asked = ask(tender_number=body["tender"], question=body["question"], actor=self.actor, at=timezone.now())
        return Response(ClarificationSerializer(asked).data, status=201)


class AmendmentViewSet(OfTender):
    """Published changes of tender documents and deadlines."""

    serializer_class = AmendmentSerializer
    queryset = Amendment.objects.all()
    ordering = ("-published_at", "-pk")

    def get_queryset(self) -> QuerySet[Amendment]:
        return self.of_tender(Amendment.objects.visible_to(self.actor).select_related("tender"))


class TenderDocumentViewSet(OfTender):
    """The files of tender documents, each with the hash of its content; they are downloaded from the tender's page."""

    serializer_class = TenderDocumentSerializer
    queryset = TenderDocument.objects.all()
    ordering = ("-added_at", "-pk")

    def get_queryset(self) -> QuerySet[TenderDocument]:
        return self.of_tender(TenderDocument.objects.visible_to(self.actor).select_related("tender").defer("content"))
