"""Shortages: told by institutions and producers, listed by province and for the country, answered by officers."""

from __future__ import annotations

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
from distribution.api.shortage_serializers import (
    EndShortageSerializer,
    FollowUpSerializer,
    MeasureSerializer,
    NationalShortageSerializer,
    NewShortageReportSerializer,
    NewStopNoticeSerializer,
    ShortageReportSerializer,
    ShortageSerializer,
    StopNoticeSerializer,
    measure_of,
)
from distribution.models import NationalShortage, ShortageItem, ShortageReport, StopNotice
from distribution.services.shortage_reports import (
    announce_stop,
    end_shortage_report,
    report_shortage,
    withdraw_stop,
)
from distribution.services.shortages import answer_shortage, close_shortage, dismiss_shortage, follow_up_shortage
from distribution.states import AnswerOutcome, ShortageReason


class ShortageReportFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")
    standing = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")

    class Meta:
        model = ShortageReport
        fields = ("product", "reason", "standing")


class ShortageReportViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What institutions cannot get: their own reports, the officers' of their province."""

    scopes = ("institution",)
    serializer_class = ShortageReportSerializer
    queryset = ShortageReport.objects.all()
    filterset_class = ShortageReportFilter

    def get_queryset(self) -> QuerySet[ShortageReport]:
        return ShortageReport.objects.visible_to(self.actor).select_related("institution", "product")

    @extend_schema(request=NewShortageReportSerializer, responses={201: ShortageReportSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Report that a product cannot be had; one report of a product at a time."""
        body = self.read_body(NewShortageReportSerializer)
        report = report_shortage(
            product_code=body["product"],
            reason=ShortageReason(body["reason"]),
            units=body["units"],
            note=body["note"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(report.pk, status=201)

    @extend_schema(request=None, responses=ShortageReportSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def end(self, request: Request, pk: Any) -> Response:
        """Take the report back: the product is supplied again."""
        end_shortage_report(report_id=pk, actor=self.actor, at=timezone.now())
        return self.answer(pk)


class StopNoticeFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")
    standing = django_filters.BooleanFilter(field_name="withdrawn_at", lookup_expr="isnull")

    class Meta:
        model = StopNotice
        fields = ("product", "is_late", "standing")


class StopNoticeViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What producers stop making: their own notices, all of them for officers."""

    scopes = ("orders",)
    serializer_class = StopNoticeSerializer
    queryset = StopNotice.objects.all()
    filterset_class = StopNoticeFilter

    def get_queryset(self) -> QuerySet[StopNotice]:
        return StopNotice.objects.visible_to(self.actor).select_related("producer", "product")

    @extend_schema(request=NewStopNoticeSerializer, responses={201: StopNoticeSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Announce that one stops making a product; the provinces that have agreed on it are told."""
        body = self.read_body(NewStopNoticeSerializer)
        notice = announce_stop(
            product_code=body["product"],
            stops_on=body["stops_on"],
            resumes_on=body["resumes_on"],
            reason=body["reason"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(notice.pk, status=201)

    @extend_schema(request=None, responses=StopNoticeSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: Any) -> Response:
        """Take the notice back: production goes on."""
        withdraw_stop(notice_id=pk, actor=self.actor, at=timezone.now())
        return self.answer(pk)


class ShortageFilter(django_filters.FilterSet):
    listed = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    overdue = django_filters.BooleanFilter(method="filter_overdue", help_text="Not answered or followed up in time.")

    class Meta:
        model = ShortageItem
        fields = ("status", "grade", "province", "listed")

    def filter_overdue(self, rows: Any, name: str, value: bool) -> Any:
        overdue = ShortageItem.objects.overdue(localdate()).values("pk")
        return rows.filter(pk__in=overdue) if value else rows.exclude(pk__in=overdue)


class ShortageViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What is short in one's province, how badly and by which signals, and what is done about it."""

    scopes = ("institution",)
    serializer_class = ShortageSerializer
    queryset = ShortageItem.objects.all()
    filterset_class = ShortageFilter

    def get_queryset(self) -> QuerySet[ShortageItem]:
        rows = ShortageItem.objects.visible_to(self.actor)
        return rows.select_related("presentation__medicine").prefetch_related("answers")

    @extend_schema(request=MeasureSerializer, responses=ShortageSerializer)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    @idempotent
    def choose_answer(self, request: Request, pk: Any) -> Response:
        """Choose what is done, and do it."""
        body = self.read_body(MeasureSerializer)
        answer_shortage(
            item_id=pk,
            measure=measure_of(body),
            reason=body["reason"],
            follow_up_on=body["follow_up_on"],
            **self._call,
        )
        return self.answer(pk)

    @extend_schema(request=FollowUpSerializer, responses=ShortageSerializer)
    @action(detail=True, methods=["post"], url_path="follow-up")
    @idempotent
    def follow_up(self, request: Request, pk: Any) -> Response:
        """Say what became of the answer."""
        body = self.read_body(FollowUpSerializer)
        follow_up_shortage(item_id=pk, outcome=AnswerOutcome(body["outcome"]), note=body["note"], **self._call)
        return self.answer(pk)

    @extend_schema(request=EndShortageSerializer, responses=ShortageSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def close(self, request: Request, pk: Any) -> Response:
        """Take what was followed up off the list."""
        close_shortage(item_id=pk, reason=self.read_body(EndShortageSerializer)["reason"], **self._call)
        return self.answer(pk)

    @extend_schema(request=EndShortageSerializer, responses=ShortageSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def dismiss(self, request: Request, pk: Any) -> Response:
        """Take off the list what is no shortage."""
        dismiss_shortage(item_id=pk, reason=self.read_body(EndShortageSerializer)["reason"], **self._call)
        return self.answer(pk)

    @property
    def _call(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": timezone.now(), "expected_version": self.expected_version}


class NationalShortageFilter(django_filters.FilterSet):
    listed = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")

    class Meta:
        model = NationalShortage
        fields = ("listing", "listed")


class NationalShortageViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What is short in many provinces, and what is easily short; for everybody who has a role."""

    scopes = ("institution", "orders")
    serializer_class = NationalShortageSerializer
    queryset = NationalShortage.objects.all()
    filterset_class = NationalShortageFilter

    def get_queryset(self) -> QuerySet[NationalShortage]:
        return NationalShortage.objects.visible_to(self.actor).select_related("presentation__medicine")
