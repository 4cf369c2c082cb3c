"""Settlements and payments: seen by who pays and who is paid, done by the officers of the province."""

from __future__ import annotations

from functools import partial
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from distribution.api.invoice_serializers import (
    CreditDueSerializer,
    DrawnSettlementsSerializer,
    GroupingSerializer,
    NewSettlementSerializer,
    OverdueGroupsSerializer,
    OverduePayableSerializer,
    PaymentSerializer,
    PeriodSerializer,
    PunctualitySerializer,
    SettlementSerializer,
)
from distribution.api.serializers import ReasonSerializer
from distribution.models import DespatchLine, Payable, Settlement
from distribution.queries.overdue import (
    Grouping,
    credits_due,
    interest_so_far,
    overdue_groups,
    overdue_payables,
    punctuality,
)
from distribution.services.settlements import (
    approve_settlement,
    cancel_settlement,
    draw_up_settlements,
    record_payment,
)


class SettlementFilter(django_filters.FilterSet):
    class Meta:
        model = Settlement
        fields = ("status",)


class SettlementViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What the agency pays a firm for an institution, each line traced to its invoice and receipt."""

    scopes = ("orders", "institution")
    serializer_class = SettlementSerializer
    queryset = Settlement.objects.all()
    filterset_class = SettlementFilter

    def get_queryset(self) -> QuerySet[Settlement]:
        payable = "lines__payable"
        return (
            Settlement.objects.visible_to(self.actor)
            .select_related("institution", "payee")
            .prefetch_related(
                f"{payable}__invoice__order",
                f"{payable}__invoice_line__product",
                f"{payable}__receipt__despatch",
            )
        )

    @extend_schema(request=NewSettlementSerializer, responses={201: DrawnSettlementsSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Draw up what is owed in the province: one settlement per institution and payee."""
        body = self.read_body(NewSettlementSerializer)
        drawn = draw_up_settlements(
            institution_code=body["institution"],
            payee_code=body["payee"],
            due_by=body["due_by"],
            actor=self.actor,
            at=timezone.now(),
        )
        rows = self.get_queryset().filter(pk__in=[settlement.pk for settlement in drawn])
        return Response(DrawnSettlementsSerializer({"settlements": rows}).data, status=201)

    @extend_schema(request=None, responses=SettlementSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def approve(self, request: Request, pk: Any) -> Response:
        """Approve what another officer drew up."""
        approve_settlement(
            settlement_id=pk, actor=self.actor, at=timezone.now(), expected_version=self.expected_version
        )
        return self.answer(pk)

    @extend_schema(request=PaymentSerializer, responses=SettlementSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def payment(self, request: Request, pk: Any) -> Response:
        """Record that the bank has paid."""
        body = self.read_body(PaymentSerializer)
        record_payment(
            settlement_id=pk,
            reference=body["reference"],
            paid_on=body["paid_on"],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)

    @extend_schema(request=ReasonSerializer, responses=SettlementSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, pk: Any) -> Response:
        """Give up a settlement that was not paid."""
        body = self.read_body(ReasonSerializer)
        cancel_settlement(
            settlement_id=pk,
            reason=body["reason"],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)


class OverdueViewSet(ListModelMixin, ActorViewSet):
    """What should have been paid and was not, the oldest first."""

    scopes = ("orders", "institution")
    serializer_class = OverduePayableSerializer
    queryset = Payable.objects.all()

    def get_queryset(self) -> QuerySet[Payable]:
        rows = overdue_payables(self.actor, localdate())
        return rows.select_related("invoice__order", "invoice__buyer", "invoice__seller")

    def get_serializer_context(self) -> dict[str, Any]:
        on = localdate()
        return {**super().get_serializer_context(), "on": on, "interest": partial(interest_so_far, on=on)}

    @extend_schema(parameters=[GroupingSerializer], responses=OverdueGroupsSerializer)
    @action(detail=False, filter_backends=(), pagination_class=None)
    def ages(self, request: Request) -> Response:
        """The overdue amounts by institution, payee or province, by age, with the interest so far."""
        asked = GroupingSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        by, on = Grouping(asked.validated_data["by"]), localdate()
        answer = {"by": by, "on": on, "groups": overdue_groups(self.actor, on, by)}
        return Response(OverdueGroupsSerializer(answer).data)

    @extend_schema(parameters=[PeriodSerializer], responses=PunctualitySerializer)
    @action(detail=False, filter_backends=(), pagination_class=None)
    def punctuality(self, request: Request) -> Response:
        """How many payments of a period were in time, and the mean days from acceptance."""
        asked = PeriodSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        period = {"since": values["since"], "until": values["until"], "by": Grouping(values["by"])}
        return Response(PunctualitySerializer({**period, "rows": punctuality(self.actor, **period)}).data)


class CreditDueViewSet(ListModelMixin, ActorViewSet):
    """Lots that were paid and went back, of which no credit note takes the payment back."""

    scopes = ("orders", "institution")
    serializer_class = CreditDueSerializer
    queryset = DespatchLine.objects.all()

    def get_queryset(self) -> QuerySet[DespatchLine]:
        return credits_due(self.actor)
