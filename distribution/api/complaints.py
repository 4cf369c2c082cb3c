"""Complaints: filed and answered by institutions and firms, taken up and decided by officers."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from distribution.models import Complaint
from distribution.services.complaints import (
    accept_complaint,
    answer_complaint,
    decide_complaint,
    file_complaint,
    reject_complaint,
    withdraw_complaint,
)
from distribution.states import ComplaintSubject


class NewComplaintSerializer(serializers.Serializer[Any]):
    about = serializers.CharField(max_length=32, help_text="Code of the institution, supplier or distributor.")
    subject = serializers.ChoiceField(ComplaintSubject.choices)
    text = serializers.CharField(max_length=4000)
    order = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**63 - 1)


class ComplaintRejectionSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)


class ComplaintAnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=4000)


class DecisionSerializer(serializers.Serializer[Any]):
    is_upheld = serializers.BooleanField()
    decision = serializers.CharField(max_length=4000)


class ComplaintSerializer(serializers.ModelSerializer[Complaint]):
    number = serializers.CharField()
    complainant = serializers.CharField(source="complainant.code")
    about = serializers.CharField(source="about.code")

    class Meta:
        model = Complaint
        fields = (
            *("id", "number", "status", "version", "province", "complainant", "about", "order", "subject", "text"),
            *("filed_at", "accept_by", "decide_by", "answer", "decision", "is_upheld"),
        )


class ComplaintFilter(django_filters.FilterSet):
    overdue = django_filters.BooleanFilter(method="filter_overdue", help_text="Not accepted or decided in time.")

    class Meta:
        model = Complaint
        fields = ("status", "subject")

    def filter_overdue(self, rows: Any, name: str, value: bool) -> Any:
        overdue = rows.overdue(localdate())
        return overdue if value else rows.exclude(pk__in=overdue.values("pk"))


class ComplaintViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """One's own complaints, those about oneself once they are accepted, the officers' of their province."""

    scopes = ("orders", "institution")
    serializer_class = ComplaintSerializer
    queryset = Complaint.objects.all()
    filterset_class = ComplaintFilter

    def get_queryset(self) -> QuerySet[Complaint]:
        return Complaint.objects.visible_to(self.actor).select_related("complainant", "about")

    @extend_schema(request=NewComplaintSerializer, responses={201: ComplaintSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Complain; the officers of the province take it up or not within their days."""
        body = self.read_body(NewComplaintSerializer)
        complaint = file_complaint(
            about_code=body["about"],
            subject=ComplaintSubject(body["subject"]),
            text=body["text"],
            order_id=body["order"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(complaint.pk, status=201)

    @extend_schema(request=None, responses=ComplaintSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def accept(self, request: Request, pk: Any) -> Response:
        """Take it up."""
        accept_complaint(complaint_id=pk, **self._call)
        return self.answer(pk)

    @extend_schema(request=ComplaintRejectionSerializer, responses=ComplaintSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def reject(self, request: Request, pk: Any) -> Response:
        """Do not take it up, with the reason."""
        body = self.read_body(ComplaintRejectionSerializer)
        reject_complaint(complaint_id=pk, reason=body["reason"], **self._call)
        return self.answer(pk)

    @extend_schema(request=ComplaintAnswerSerializer, responses=ComplaintSerializer)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    @idempotent
    def give_answer(self, request: Request, pk: Any) -> Response:
        """Answer what is said about oneself."""
        body = self.read_body(ComplaintAnswerSerializer)
        answer_complaint(complaint_id=pk, answer=body["answer"], **self._call)
        return self.answer(pk)

    @extend_schema(request=DecisionSerializer, responses=ComplaintSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def decide(self, request: Request, pk: Any) -> Response:
        """Uphold it or not, with the reason."""
        body = self.read_body(DecisionSerializer)
        decide_complaint(complaint_id=pk, is_upheld=body["is_upheld"], decision=body["decision"], **self._call)
        return self.answer(pk)

    @extend_schema(request=None, responses=ComplaintSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: Any) -> Response:
        """Take one's own complaint back."""
        withdraw_complaint(complaint_id=pk, **self._call)
        return self.answer(pk)

    @property
    def _call(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": timezone.now(), "expected_version": self.expected_version}
