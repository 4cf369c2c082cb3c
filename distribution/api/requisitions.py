"""What hospitals' own systems call to order: what may be ordered, suggestions, requisitions."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from distribution.api.requisition_shapes import (
    NewRequisitionSerializer,
    OrderableLineSerializer,
    PastedTextSerializer,
    ReadingsSerializer,
    RequisitionSerializer,
    SuggestionQuerySerializer,
    SuggestionSerializer,
    shape_of_written,
)
from distribution.models import Requisition
from distribution.policies import require_institution
from distribution.queries import last_order, orderable_lines, orderer_of, search_lines, suggest_by_use
from distribution.queries.basket import with_figures
from distribution.queries.orderers import Orderer
from distribution.queries.readings import read_rows
from distribution.services.requisitions import Terms, change_requisition, submit_requisition, write_requisition
from procurement.models import AgreementLine


class OrderableLineViewSet(ListModelMixin, ActorViewSet):
    """What the institution may order today; ``?search=`` by name, INN, pinyin initials or product code.

    ``?recipient=`` names the village clinic that a township centre orders for: its stock and use are shown.
    """

    scopes = ("institution",)
    serializer_class = OrderableLineSerializer
    queryset = AgreementLine.objects.all()

    def get_queryset(self) -> QuerySet[AgreementLine]:
        words = self.request.query_params.get("search", "").replace("\x00", "")
        return search_lines(orderable_lines(self.actor, timezone.now(), orderer=self.orderer), words)

    @cached_property
    def orderer(self) -> Orderer | None:
        """The institution that asks; officers look on."""
        if self.actor.kind != OrganizationKind.INSTITUTION or self.actor.organization_id is None:
            return None
        recipient = self.request.query_params.get("recipient", "")
        return orderer_of(self.actor.organization_id, localdate(timezone.now()), recipient=recipient)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        orderer = self.orderer
        rows = with_figures(
            page, self.actor, timezone.now(), holder_id=orderer.holder_id if orderer is not None else None
        )
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class SuggestionViewSet(ActorViewSet):
    """Requisitions to begin from. Nothing is written."""

    scopes = ("institution",)
    serializer_class = SuggestionSerializer
    queryset = AgreementLine.objects.none()

    @extend_schema(parameters=[SuggestionQuerySerializer], responses=SuggestionSerializer)
    @action(detail=False, methods=["get"], url_path="by-use")
    def by_use(self, request: Request) -> Response:
        """What brings the stock of what is used up to so many months of use."""
        asked = self.asked()
        lines = suggest_by_use(
            self.actor, timezone.now(), recipient=asked["recipient"], cover_months=asked["cover_months"]
        )
        return Response(SuggestionSerializer({"lines": lines}).data)

    @extend_schema(parameters=[SuggestionQuerySerializer], responses=SuggestionSerializer)
    @action(detail=False, methods=["get"], url_path="last-order")
    def last_order(self, request: Request) -> Response:
        """What was handed in last, as far as it may be ordered today."""
        lines = last_order(self.actor, timezone.now(), recipient=self.asked()["recipient"])
        return Response(SuggestionSerializer({"lines": lines}).data)

    @extend_schema(request=PastedTextSerializer, responses=ReadingsSerializer)
    @action(detail=False, methods=["post"], url_path="pasted")
    @idempotent
    def pasted(self, request: Request) -> Response:
        """What the rows pasted from a sheet mean, row by row."""
        institution_id = require_institution(self.actor, Role.BUYER)
        text, at = self.read_body(PastedTextSerializer)["text"], timezone.now()
        known = AgreementLine.objects.visible_to(self.actor).filter(province_id=self.actor.province)
        orderer = orderer_of(institution_id, localdate(at))
        rows = read_rows(text, orderable=orderable_lines(self.actor, at, orderer=orderer), known=known)
        return Response(ReadingsSerializer({"rows": rows}).data)

    def asked(self) -> dict[str, Any]:
        """The parameters of the address.

        Raises:
            ValidationError, NotAllowed
        """
        require_institution(self.actor, Role.BUYER)
        serializer = SuggestionQuerySerializer(data=self.request.query_params)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class RequisitionViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Requisitions of the institution; a named person approves them in the portal."""

    scopes = ("institution",)
    serializer_class = RequisitionSerializer
    queryset = Requisition.objects.all()

    def get_queryset(self) -> QuerySet[Requisition]:
        rows = Requisition.objects.visible_to(self.actor).select_related("recipient")
        return rows.prefetch_related("lines__agreement_line__product")

    @extend_schema(request=NewRequisitionSerializer, responses={201: RequisitionSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Write a requisition, and hand it in if ``submit`` says so."""
        body = self.read_body(NewRequisitionSerializer)
        written = write_requisition(
            lines=body["lines"],
            terms=Terms(body["urgency"], body["urgency_reason"], body["recipient"]),
            submit=body["submit"],
            actor=self.actor,
            at=timezone.now(),
        )
        return Response(shape_of_written(written), status=201)

    @extend_schema(request=None, responses=RequisitionSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def submit(self, request: Request, pk: Any) -> Response:
        """Hand a draft to the approver; takes the volume of all lines, or of none."""
        submit_requisition(
            requisition_id=pk, actor=self.actor, at=timezone.now(), expected_version=self.expected_version
        )
        return self.answer(pk)

    @extend_schema(request=None, responses=RequisitionSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, pk: Any) -> Response:
        """Give it up; what it took of the agreed volume goes back."""
        change_requisition(
            requisition_id=pk,
            action="cancel",
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)
