"""Objections for everybody to read; for candidates, whose turn it is to choose an area, and their choice."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.actor import Actor
from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.transitions import find
from catalog.foundation.web.idempotency import idempotent
from procurement.api.dossiers import OfTender
from procurement.models import Bid, Objection
from procurement.queries.picks import Picking, pickings_of
from procurement.services.objections import file_objection
from procurement.services.picks import pick_area
from procurement.states import LotStatus, TenderStatus


class NewObjectionSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField(max_length=32)
    lot = serializers.IntegerField(
        min_value=1, required=False, allow_null=True, default=None, help_text="Without it: the whole tender."
    )
    text = serializers.CharField(max_length=8000)


class ObjectionSerializer(serializers.ModelSerializer[Objection]):
    """An objection and its reply; ``objector`` is told to the agency, to supervisors and to itself."""

    tender = serializers.CharField(source="tender.number")
    lot = serializers.IntegerField(source="lot.number", allow_null=True, default=None)
    objector = serializers.SerializerMethodField()

    class Meta:
        model = Objection
        fields = (
            "id",
            "tender",
            "lot",
            "kind",
            "objector",
            "text",
            "filed_at",
            "reply_due_at",
            "status",
            "reply",
            "replied_at",
            "remedy",
        )

    def get_objector(self, objection: Objection) -> str | None:
        """None where the caller is not to know."""
        return objection.organization.name if objection.pk in self.context["named"] else None


class ObjectionViewSet(OfTender):
    """Objections to documents, openings and results; a supplier files one, and an unanswered one stops the award."""

    serializer_class = ObjectionSerializer
    queryset = Objection.objects.all()
    ordering = ("-filed_at", "-pk")

    def get_queryset(self) -> QuerySet[Objection]:
        rows = Objection.objects.visible_to(self.actor).select_related("tender", "lot", "organization")
        return self.of_tender(rows)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(_said(page or [], self.actor))

    @extend_schema(request=NewObjectionSerializer, responses={201: ObjectionSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Object to the documents, to the opening or to the result: the moment decides to which."""
        body = self.read_body(NewObjectionSerializer)
        filed = file_objection(
            tender_number=body["tender"],
            lot_number=body["lot"],
            text=body["text"],
            actor=self.actor,
            at=trusted_now(),
        )
        return Response(_said([filed], self.actor)[0], status=201)


def _said(objections: list[Objection], actor: Actor) -> Any:
    known = Objection.objects.named_to(actor).filter(pk__in=[item.pk for item in objections])
    context = {"named": set(known.values_list("pk", flat=True))}
    return ObjectionSerializer(objections, many=True, context=context).data


class PickSerializer(serializers.Serializer[Any]):
    province = serializers.CharField(
        min_length=6, max_length=6, allow_null=True, help_text="The code of the province; null passes."
    )


class CandidateSerializer(serializers.ModelSerializer[Bid]):
    """A supplier's own bid among the candidates; while areas are chosen, whether it is its turn and what is free."""

    id = serializers.UUIDField(source="reference")
    tender = serializers.CharField(source="lot.tender.number")
    lot = serializers.IntegerField(source="lot.number")
    lot_status = serializers.CharField(source="lot.status")
    rank = serializers.IntegerField(source="evaluation_line.rank")
    is_zero_volume = serializers.BooleanField(source="evaluation_line.is_zero_volume")
    objections_until = serializers.DateTimeField(source="lot.tender.objections_until")
    areas = serializers.SerializerMethodField()
    backup_areas = serializers.SerializerMethodField()
    is_my_turn = serializers.SerializerMethodField()
    part = serializers.SerializerMethodField()
    free_areas = serializers.SerializerMethodField()

    class Meta:
        model = Bid
        fields = (
            "id",
            "tender",
            "lot",
            "lot_status",
            "rank",
            "is_zero_volume",
            "objections_until",
            "areas",
            "backup_areas",
            "is_my_turn",
            "part",
            "free_areas",
        )

    def _picking(self, bid: Bid) -> Picking:
        picking: Picking = self.context["pickings"][bid.lot_id]
        return picking

    def get_areas(self, bid: Bid) -> list[str]:
        """The codes of the provinces that it chose to supply."""
        return [area for area, chooser in self._picking(bid).mains.items() if chooser == bid.pk]

    def get_backup_areas(self, bid: Bid) -> list[str]:
        """The codes of the provinces in which it chose to stand by."""
        return [area for area, chooser in self._picking(bid).backups.items() if chooser == bid.pk]

    def get_is_my_turn(self, bid: Bid) -> bool:
        turn = self._picking(bid).turn
        return turn is not None and turn.winner == bid.pk and bid.lot.status == LotStatus.PROPOSED

    def get_part(self, bid: Bid) -> str | None:
        """For which part a choice is due; none: no choice is."""
        picking = self._picking(bid)
        return str(picking.part) if picking.turn and bid.lot.status == LotStatus.PROPOSED else None

    def get_free_areas(self, bid: Bid) -> list[str]:
        """What can be chosen now, where it is this bid's turn."""
        turn = self._picking(bid).turn
        return list(turn.areas) if turn and self.get_is_my_turn(bid) else []


class CandidateViewSet(ListModelMixin, ActorViewSet):
    """A supplier's own bids among published candidates, and its choice of supply areas in turn."""

    scopes = ("bids",)
    serializer_class = CandidateSerializer
    queryset = Bid.objects.all()
    lookup_field = "reference"
    ordering = ("-received_at", "-reference")

    def get_queryset(self) -> QuerySet[Bid]:
        return (
            Bid.objects.of_supplier(self.actor)
            .visible_to(self.actor)
            .filter(
                evaluation_line__is_proposed=True,
                lot__tender__status__in=[TenderStatus.CANDIDATES_PUBLISHED, TenderStatus.CONCLUDED],
            )
            .select_related("lot__tender__procedure_rules", "evaluation_line")
            .defer("envelope", "technical_envelope")
        )

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(_standing(page or []))

    @extend_schema(request=PickSerializer, responses=CandidateSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def pick(self, request: Request, reference: str) -> Response:
        """Choose a province in one's turn, or pass."""
        body = self.read_body(PickSerializer)
        bid = find(self.get_queryset(), reference=reference)
        pick_area(lot_id=bid.lot_id, province_id=body["province"], actor=self.actor, at=trusted_now())
        return Response(_standing([bid])[0])


def _standing(bids: list[Bid]) -> Any:
    context = {"pickings": pickings_of([bid.lot for bid in bids])}
    return CandidateSerializer(bids, many=True, context=context).data
