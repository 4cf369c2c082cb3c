"""Recalls: proposed, opened, told, answered, reported on and closed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from distribution.api.reactions import HoldersSerializer
from distribution.api.serializers import ReasonSerializer
from distribution.models import Recall, RecallNotice, RecallReport
from distribution.queries.lot_trace import holders_seen_by
from distribution.queries.recalls import standing_of
from distribution.services.recall_answers import HandedBack, acknowledge_recall, hand_back
from distribution.services.recall_reports import file_recall_report
from distribution.services.recalls import close_recall, drop_recall, notify_recall, open_recall, propose_recall
from distribution.states import RecallClass, RecallReportKind


class NewRecallSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=32)
    lots = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=500, help_text="Empty: the whole product."
    )
    level = serializers.ChoiceField(RecallClass.choices)
    reason = serializers.CharField(max_length=300)


class InstructionsSerializer(serializers.Serializer[Any]):
    instructions = serializers.CharField(max_length=4000, help_text="What the receivers are to do.")


class ConclusionSerializer(serializers.Serializer[Any]):
    conclusion = serializers.CharField(max_length=4000)


class NewRecallReportSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(RecallReportKind.choices)
    text = serializers.CharField(max_length=4000)


class RecallReportSerializer(serializers.ModelSerializer[RecallReport]):
    class Meta:
        model = RecallReport
        fields = ("id", "recall", "kind", "text", "figures", "due_by", "filed_at")


class RecallSerializer(serializers.ModelSerializer[Recall]):
    number = serializers.CharField()
    product = serializers.CharField(source="product.code")

    class Meta:
        model = Recall
        fields = (
            *(
                "id",
                "number",
                "status",
                "version",
                "product",
                "lots",
                "level",
                "reason",
                "status_reason",
                "proposed_at",
            ),
            *("opened_at", "rule", "limits_source", "is_public", "notify_by", "plan_by", "progress_by", "notified_at"),
            *("planned_at", "closed_at", "instructions", "effectiveness", "conclusion"),
        )


class EffectivenessSerializer(serializers.Serializer[Any]):
    """How well the recall works; shares are parts of one."""

    receivers = serializers.IntegerField()
    told = serializers.IntegerField()
    acknowledged = serializers.IntegerField()
    share_acknowledged = serializers.CharField(allow_null=True)
    received = serializers.IntegerField()
    reachable = serializers.IntegerField()
    recovered = serializers.IntegerField()
    share_recovered = serializers.CharField(allow_null=True)
    hours_to_stop = serializers.CharField()
    hours_to_acknowledge = serializers.CharField(allow_null=True)


class RecallFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")
    overdue = django_filters.BooleanFilter(method="filter_overdue", help_text="Notice, plan or report overdue.")

    class Meta:
        model = Recall
        fields = ("product", "status", "level")

    def filter_overdue(self, rows: Any, name: str, value: bool) -> Any:
        overdue = rows.overdue(timezone.now())
        return overdue if value else rows.exclude(pk__in=overdue.values("pk"))


class RecallViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Recalls; what was opened is everybody's to know who handles medicines, the grave ones the public's."""

    scopes = ("institution", "orders")
    public = True
    serializer_class = RecallSerializer
    queryset = Recall.objects.all()
    filterset_class = RecallFilter

    def get_queryset(self) -> QuerySet[Recall]:
        return Recall.objects.visible_to(self.actor).select_related("product")

    @extend_schema(request=NewRecallSerializer, responses={201: RecallSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Propose a recall: the lots are held at once."""
        body = self.read_body(NewRecallSerializer)
        recall = propose_recall(
            product_code=body["product"],
            lots=body["lots"],
            level=RecallClass(body["level"]),
            reason=body["reason"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(recall.pk, status=201)

    @extend_schema(request=None, responses=RecallSerializer)
    @action(detail=True, methods=["post"], public=False, url_path="open", url_name="open")
    @idempotent
    def open_it(self, request: Request, pk: Any) -> Response:
        """Decide on it, as a second person: the limits run from now."""
        open_recall(recall_id=pk, **self._call)
        return self.answer(pk)

    @extend_schema(request=ReasonSerializer, responses=RecallSerializer)
    @action(detail=True, methods=["post"], public=False)
    @idempotent
    def drop(self, request: Request, pk: Any) -> Response:
        """Give the proposal up; the lots are free again."""
        drop_recall(recall_id=pk, **self.read_body(ReasonSerializer), **self._call)
        return self.answer(pk)

    @extend_schema(request=InstructionsSerializer, responses=RecallSerializer)
    @action(detail=True, methods=["post"], public=False)
    @idempotent
    def notify(self, request: Request, pk: Any) -> Response:
        """Send the notice to everybody who received the lots or keeps them."""
        notify_recall(recall_id=pk, **self.read_body(InstructionsSerializer), **self._call)
        return self.answer(pk)

    @extend_schema(request=NewRecallReportSerializer, responses={201: RecallReportSerializer})
    @action(detail=True, methods=["post"], public=False)
    @idempotent
    def reports(self, request: Request, pk: Any) -> Response:
        """File the plan, or how it goes."""
        body = self.read_body(NewRecallReportSerializer)
        report = file_recall_report(recall_id=pk, kind=RecallReportKind(body["kind"]), text=body["text"], **self._call)
        return Response(RecallReportSerializer(report).data, status=201)

    @extend_schema(request=ConclusionSerializer, responses=RecallSerializer)
    @action(detail=True, methods=["post"], public=False)
    @idempotent
    def close(self, request: Request, pk: Any) -> Response:
        """Close it with the figures of the day."""
        close_recall(recall_id=pk, **self.read_body(ConclusionSerializer), **self._call)
        return self.answer(pk)

    @extend_schema(responses=HoldersSerializer)
    @action(detail=True, methods=["get"], filterset_class=None)
    def holders(self, request: Request, pk: Any) -> Response:
        """Who received the lots and what became of them; institutions and distributors see themselves alone."""
        recall = self.get_object()
        rows = holders_seen_by(self.actor, recall.product, recall.lots, since=recall.proposed_at)
        return Response(HoldersSerializer({"holders": rows}).data)

    @extend_schema(responses=EffectivenessSerializer)
    @action(detail=True, methods=["get"])
    def effectiveness(self, request: Request, pk: Any) -> Response:
        """How well it works, as of now."""
        return Response(standing_of(self.get_object()).effectiveness.kept())

    @property
    def _call(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": timezone.now(), "expected_version": self.expected_version}


class RecallNoticeSerializer(serializers.ModelSerializer[RecallNotice]):
    recipient = serializers.CharField(source="recipient.code")
    product = serializers.CharField(source="recall.product.code")
    lots = serializers.ListField(source="recall.lots", child=serializers.CharField())
    instructions = serializers.CharField(source="recall.instructions")

    class Meta:
        model = RecallNotice
        fields = (
            *("id", "status", "version", "recall", "recipient", "product", "lots", "instructions", "units_received"),
            *("units_on_hand", "sent_at", "acknowledged_at", "units_found"),
        )


class AcknowledgementSerializer(serializers.Serializer[Any]):
    units_found = serializers.IntegerField(min_value=0, max_value=2**63 - 1)


class HandedBackSerializer(serializers.Serializer[Any]):
    lot = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The id of the lot in one's stock.")
    units = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class HandBackSerializer(serializers.Serializer[Any]):
    lots = HandedBackSerializer(many=True, allow_empty=False, max_length=500)


class RecallNoticeViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Notices of recalls: one's own; the maker's; the officers' of their province."""

    scopes = ("institution", "orders")
    serializer_class = RecallNoticeSerializer
    queryset = RecallNotice.objects.all()
    filterset_fields = ("recall", "status")

    def get_queryset(self) -> QuerySet[RecallNotice]:
        return RecallNotice.objects.visible_to(self.actor).select_related("recipient", "recall__product")

    @extend_schema(request=AcknowledgementSerializer, responses=RecallNoticeSerializer)
    @action(detail=True, methods=["post"], url_path="acknowledge")
    @idempotent
    def acknowledge(self, request: Request, pk: Any) -> Response:
        """Say that it was read and how much was found."""
        acknowledge_recall(
            notice_id=pk,
            **self.read_body(AcknowledgementSerializer),
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)

    @extend_schema(request=HandBackSerializer, responses=RecallNoticeSerializer)
    @action(detail=True, methods=["post"], url_path="hand-back")
    @idempotent
    def hand_back(self, request: Request, pk: Any) -> Response:
        """Give units of the recalled lots to whoever fetches them."""
        lots = [HandedBack(item["lot"], item["units"]) for item in self.read_body(HandBackSerializer)["lots"]]
        hand_back(notice_id=pk, lots=lots, actor=self.actor, at=timezone.now())
        return self.answer(pk)
