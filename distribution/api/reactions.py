"""Adverse reactions, the signals found in them, and lots on which they crowd."""

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
from distribution.api.serializers import ReasonSerializer
from distribution.models import AdverseReaction, LotAlert, SafetySignal
from distribution.queries.lot_trace import holders_seen_by
from distribution.services.lot_alerts import dismiss_alert, quarantine_alert
from distribution.services.reactions import (
    Observed,
    conclude_reaction,
    report_reaction,
    review_reaction,
    set_aside_reaction,
)
from distribution.services.signals import judge_signal
from distribution.states import AgeGroup, Causality, Outcome, Seriousness, Sex


class NewReactionSerializer(serializers.Serializer[Any]):
    """Nothing that names the patient: keep that with the number that is answered."""

    product = serializers.CharField(max_length=32)
    lot_number = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    event = serializers.CharField(max_length=100, help_text="The term of what happened, such as “rash”.")
    seriousness = serializers.ChoiceField(Seriousness.choices)
    onset_on = serializers.DateField()
    known_on = serializers.DateField(help_text="When the reporter learned of it: the limits run from then.")
    age_group = serializers.ChoiceField(AgeGroup.choices, required=False, default=AgeGroup.UNKNOWN)
    sex = serializers.ChoiceField(Sex.choices, required=False, default=Sex.UNKNOWN)
    outcome = serializers.ChoiceField(Outcome.choices, required=False, default=Outcome.UNKNOWN)
    province = serializers.CharField(
        max_length=6, required=False, default="", allow_blank=True, help_text="Of firms: where it was seen."
    )


class JudgementSerializer(serializers.Serializer[Any]):
    causality = serializers.ChoiceField(Causality.choices)
    remark = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class ReactionSerializer(serializers.ModelSerializer[AdverseReaction]):
    number = serializers.CharField()
    product = serializers.CharField(source="product.code")
    reporter = serializers.CharField(source="reporter.code")

    class Meta:
        model = AdverseReaction
        fields = (
            *("id", "number", "status", "version", "province", "reporter", "product", "lot_number", "event"),
            *("seriousness", "age_group", "sex", "outcome", "onset_on", "known_on", "due_on", "rule", "source"),
            *("reported_at", "review_by", "reviewed_at", "conclude_by", "concluded_at", "causality", "remark"),
        )


class ReactionFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")
    late = django_filters.BooleanFilter(method="filter_late", help_text="Reported after the limit.")
    overdue = django_filters.BooleanFilter(method="filter_overdue", help_text="Not reviewed or concluded in time.")

    class Meta:
        model = AdverseReaction
        fields = ("product", "lot_number", "event", "seriousness", "status")

    def filter_late(self, rows: Any, name: str, value: bool) -> Any:
        return rows.late() if value else rows.exclude(pk__in=rows.late().values("pk"))

    def filter_overdue(self, rows: Any, name: str, value: bool) -> Any:
        overdue = rows.overdue(localdate())
        return overdue if value else rows.exclude(pk__in=overdue.values("pk"))


class AdverseReactionViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What one's own organization reported; the maker's products; the officers' province."""

    scopes = ("institution", "orders")
    serializer_class = ReactionSerializer
    queryset = AdverseReaction.objects.all()
    filterset_class = ReactionFilter

    def get_queryset(self) -> QuerySet[AdverseReaction]:
        return AdverseReaction.objects.visible_to(self.actor).select_related("product", "reporter")

    @extend_schema(request=NewReactionSerializer, responses={201: ReactionSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Report an adverse reaction; its limits stand in the answer."""
        body = self.read_body(NewReactionSerializer)
        reaction = report_reaction(
            product_code=body.pop("product"),
            lot_number=body.pop("lot_number"),
            province_code=body.pop("province"),
            observed=Observed(**body),
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(reaction.pk, status=201)

    @extend_schema(request=JudgementSerializer, responses=ReactionSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def review(self, request: Request, pk: Any) -> Response:
        """Judge whether the medicine caused it."""
        review_reaction(reaction_id=pk, **self.read_body(JudgementSerializer), **self._call)
        return self.answer(pk)

    @extend_schema(request=JudgementSerializer, responses=ReactionSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def conclude(self, request: Request, pk: Any) -> Response:
        """Judge it for the province, after the first review."""
        conclude_reaction(reaction_id=pk, **self.read_body(JudgementSerializer), **self._call)
        return self.answer(pk)

    @extend_schema(request=ReasonSerializer, responses=ReactionSerializer)
    @action(detail=True, methods=["post"], url_path="set-aside")
    @idempotent
    def set_aside(self, request: Request, pk: Any) -> Response:
        """Count it no more, with the reason."""
        set_aside_reaction(reaction_id=pk, **self.read_body(ReasonSerializer), **self._call)
        return self.answer(pk)

    @property
    def _call(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": timezone.now(), "expected_version": self.expected_version}


class SignalSerializer(serializers.ModelSerializer[SafetySignal]):
    product = serializers.CharField(source="product.code")

    class Meta:
        model = SafetySignal
        fields = (
            *("id", "status", "version", "product", "event", "figures", "methods", "found_at", "refreshed_at"),
            *("faded_at", "remark"),
        )


class SignalFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")
    current = django_filters.BooleanFilter(field_name="faded_at", lookup_expr="isnull")

    class Meta:
        model = SafetySignal
        fields = ("product", "event", "status", "current")


class SignalRemarkSerializer(serializers.Serializer[Any]):
    remark = serializers.CharField(max_length=300)


class SafetySignalViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Events that are reported more often after one product than after the others, with their statistics."""

    scopes = ("institution", "orders")
    serializer_class = SignalSerializer
    queryset = SafetySignal.objects.all()
    filterset_class = SignalFilter

    def get_queryset(self) -> QuerySet[SafetySignal]:
        return SafetySignal.objects.visible_to(self.actor).select_related("product")

    @extend_schema(request=SignalRemarkSerializer, responses=SignalSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request: Request, pk: Any) -> Response:
        """Take it for real."""
        return self._judge("confirm", pk)

    @extend_schema(request=SignalRemarkSerializer, responses=SignalSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def refute(self, request: Request, pk: Any) -> Response:
        """Take it for chance."""
        return self._judge("refute", pk)

    def _judge(self, name: str, pk: Any) -> Response:
        body = self.read_body(SignalRemarkSerializer)
        judge_signal(
            signal_id=pk,
            action=name,
            remark=body["remark"],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)


class HolderSerializer(serializers.Serializer[Any]):
    """One organization and the lot, in units."""

    code = serializers.CharField()
    name = serializers.CharField()
    region = serializers.CharField()
    received = serializers.IntegerField()
    under_way = serializers.IntegerField()
    on_hand = serializers.IntegerField()
    issued = serializers.IntegerField()
    back = serializers.IntegerField()
    destroyed = serializers.IntegerField()


class HoldersSerializer(serializers.Serializer[Any]):
    """Who received the lots, the most stock first."""

    holders = HolderSerializer(many=True)


class LotAlertSerializer(serializers.ModelSerializer[LotAlert]):
    product = serializers.CharField(source="product.code")

    class Meta:
        model = LotAlert
        fields = (
            *("id", "status", "version", "product", "lot_number", "grounds", "raised_at", "investigate_by"),
            *("decided_at", "hold", "remark"),
        )


class LotAlertFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")

    class Meta:
        model = LotAlert
        fields = ("product", "lot_number", "status")


class LotAlertViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Lots on which adverse reactions crowd: the officers', the maker's, and those of whoever has or had the lot."""

    scopes = ("institution", "orders")
    serializer_class = LotAlertSerializer
    queryset = LotAlert.objects.all()
    filterset_class = LotAlertFilter

    def get_queryset(self) -> QuerySet[LotAlert]:
        return LotAlert.objects.visible_to(self.actor).select_related("product")

    @extend_schema(responses=HoldersSerializer)
    @action(detail=True, methods=["get"], filterset_class=None)
    def holders(self, request: Request, pk: Any) -> Response:
        """Who received the lot and what is left of it; institutions and distributors see themselves alone."""
        alert = self.get_object()
        rows = holders_seen_by(self.actor, alert.product, [alert.lot_number], since=alert.raised_at)
        return Response(HoldersSerializer({"holders": rows}).data)

    @extend_schema(request=ReasonSerializer, responses=LotAlertSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def quarantine(self, request: Request, pk: Any) -> Response:
        """Hold the lot."""
        quarantine_alert(alert_id=pk, **self.read_body(ReasonSerializer), **self._call)
        return self.answer(pk)

    @extend_schema(request=ReasonSerializer, responses=LotAlertSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def dismiss(self, request: Request, pk: Any) -> Response:
        """Decide that the lot is not to blame."""
        dismiss_alert(alert_id=pk, **self.read_body(ReasonSerializer), **self._call)
        return self.answer(pk)

    @property
    def _call(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": timezone.now(), "expected_version": self.expected_version}
