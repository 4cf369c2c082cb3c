"""Score sheets: an expert fills in their own, lot by lot, and submits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from catalog.accounts.kinds import Role
from catalog.foundation.web.admin import READERS, DecidingAdmin, ExportingAdmin, actor_of, badge, sent, table
from catalog.foundation.web.admin.values import EMPTY
from catalog.rules.procedure_rules import Criterion
from procurement.models import Bid, BidDocument, Lot, Score, ScoreSheet, Tender
from procurement.queries.rules import rules_of
from procurement.services.scores import Points, save_scores, scorable_bids, submit_scores
from procurement.states import BidStatus, ScoreSheetStatus


@dataclass(frozen=True, slots=True)
class ScoredBid:
    """A row of the sheet: the bid, and for each criterion what was answered and the field for the points."""

    bid: Bid
    cells: list[tuple[Criterion, str, Any]]
    more_answers: list[tuple[str, Any]]


class ScoreForm(forms.Form):
    """The points of every bid of a lot for every criterion; what is left empty is filled in later."""

    def __init__(
        self,
        bids: Sequence[Bid],
        criteria: Sequence[Criterion],
        *args: Any,
        saved: dict[tuple[int, str], Decimal],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.bids, self.criteria = bids, criteria
        for bid in bids:
            for place, criterion in enumerate(criteria):
                self.fields[_name(bid, place)] = forms.DecimalField(
                    label=f"{bid.supplier}: {criterion.title}",
                    required=False,
                    min_value=0,
                    max_value=criterion.points,
                    decimal_places=2,
                    initial=saved.get((bid.pk, criterion.code)),
                    widget=UnfoldAdminDecimalFieldWidget,
                )

    @property
    def rows(self) -> list[ScoredBid]:
        """The table of the page."""
        codes = {criterion.code for criterion in self.criteria}
        return [
            ScoredBid(
                bid,
                [
                    (criterion, bid.answers.get(criterion.code, EMPTY), self[_name(bid, place)])
                    for place, criterion in enumerate(self.criteria)
                ],
                [(name, text) for name, text in bid.answers.items() if name not in codes],
            )
            for bid in self.bids
        ]

    @property
    def points(self) -> Points:
        """What was filled in, as the service takes it."""
        return {
            (bid.pk, criterion.code): self.cleaned_data[_name(bid, place)]
            for bid in self.bids
            for place, criterion in enumerate(self.criteria)
        }


def _name(bid: Bid, place: int) -> str:
    return f"points-{bid.pk}-{place}"


@admin.register(ScoreSheet)
class ScoreSheetAdmin(DecidingAdmin, ExportingAdmin):
    """An expert's own sheets; those of others once all of a committee are submitted."""

    readers = (*READERS, Role.EXPERT)
    deciders = (Role.EXPERT,)
    fields = (("tender", "state"), ("expert", "submitted_at"), "scores")
    list_display = ("tender", "expert", "state", "submitted_at")
    list_filter = (("status", ChoicesDropdownFilter),)
    list_select_related = ("member__committee__tender", "member__expert__user", "member__expert__employer")
    search_fields = ("member__committee__tender__number", "member__committee__tender__title")
    actions_detail = ("score", "submit")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def may_decide(self, request: HttpRequest, record: ScoreSheet | None = None) -> bool:
        """The member whose sheet it is."""
        is_own = record is None or record.member.expert.user_id == actor_of(request).user_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: ScoreSheet) -> list[str]:
        is_open = record.status == ScoreSheetStatus.DRAFT
        return ["score", "submit"] if is_open and self.may_decide(request, record) else []

    @display(description=gettext_lazy("tender"), ordering="member__committee__tender__number")
    def tender(self, sheet: ScoreSheet) -> str:
        return str(sheet.member.committee.tender)

    @display(description=gettext_lazy("expert"))
    def expert(self, sheet: ScoreSheet) -> str:
        return str(sheet.member.expert)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, sheet: ScoreSheet) -> SafeString:
        is_submitted = sheet.status == ScoreSheetStatus.SUBMITTED
        return badge(sheet.get_status_display(), "success" if is_submitted else "warning")

    @display(description=gettext_lazy("scores"))
    def scores(self, sheet: ScoreSheet) -> str | SafeString:
        criteria = rules_of(sheet.member.committee.tender).criteria
        given: dict[Bid, dict[str, Decimal]] = {}
        for score in sheet.scores.select_related("bid__lot", "bid__supplier").order_by("bid__lot__number", "bid"):
            given.setdefault(score.bid, {})[score.criterion] = score.points
        headings = [_("lot"), _("supplier"), *(item.title for item in criteria), _("sum")]
        rows = [
            (
                bid.lot.number,
                bid.supplier.name,
                *(points.get(item.code, EMPTY) for item in criteria),
                sum(points.values()),
            )
            for bid, points in given.items()
        ]
        return table(headings, rows) if rows else EMPTY

    @action(
        description=gettext_lazy("Fill in the scores"),
        url_path="score",
        icon="edit_note",
        variant=ActionVariant.PRIMARY,
    )
    def score(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One lot after the other: what each bidder answered, its documents, the points."""
        sheet = self.record_of(request, object_id)
        tender = sheet.member.committee.tender
        criteria = rules_of(tender).criteria
        lots = _lots(tender, sheet, len(criteria))
        lot = _chosen(lots, request.GET.get("lot"))
        address = reverse("admin:procurement_scoresheet_score", args=[sheet.pk])
        form = ScoreForm(_bids_of(lot), criteria, saved=_saved(sheet, lot), **sent(request))

        def act(values: dict[str, Any]) -> HttpResponse:
            save_scores(sheet_id=sheet.pk, points=form.points, actor=actor_of(request), at=timezone.now())
            messages.success(request, _("The scores of lot %(lot)s are saved.") % {"lot": lot.number})
            following = _chosen(_lots(tender, sheet, len(criteria)), None)
            return redirect(f"{address}?lot={following.number}")

        return self.decide(
            request,
            title=_("Scores for %(tender)s, lot %(lot)s") % {"tender": tender.number, "lot": lot.number},
            record=sheet,
            form=form,
            act=act,
            confirm=_("Save"),
            template="admin/procurement/scores.html",
            context={"lot": lot, "lots": lots, "criteria": criteria, "address": address},
        )

    @action(description=gettext_lazy("Submit the scores"), url_path="submit", icon="lock")
    def submit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lock the sheet."""
        sheet = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            submit_scores(sheet_id=sheet.pk, actor=actor_of(request), at=timezone.now())
            return _("Your scores are submitted.")

        return self.decide(
            request,
            title=_("Submit the scores for %(tender)s") % {"tender": sheet.member.committee.tender.number},
            record=sheet,
            act=act,
            is_final=True,
            confirm=_("Submit"),
            explanation=_(
                "Every bid must be scored by every criterion. A submitted sheet cannot be changed by anybody; once all "
                "of the committee are submitted the shortlist is computed."
            ),
        )


def _lots(tender: Tender, sheet: ScoreSheet, criteria: int) -> list[Any]:
    """The lots with bids to score; each with how many scores it needs and has."""
    lots = list(
        Lot.objects.filter(tender=tender, bids__in=scorable_bids(tender))
        .select_related("presentation__medicine", "tender")
        .annotate(bidders=Count("bids", filter=Q(bids__status=BidStatus.TECHNICAL_OPENED)))
        .order_by("number")
    )
    filled = dict(Score.objects.filter(sheet=sheet).order_by().values_list("bid__lot").annotate(count=Count("pk")))
    for lot in lots:
        lot.needed, lot.filled = lot.bidders * criteria, filled.get(lot.pk, 0)  # type: ignore[attr-defined]
        lot.is_filled = lot.filled >= lot.needed  # type: ignore[attr-defined]
    return lots


def _chosen(lots: Sequence[Any], number: str | None) -> Any:
    """The lot that the address names, else the first with something to fill in.

    Raises:
        Http404: there is none.
    """
    if number is not None:
        lots = [lot for lot in lots if str(lot.number) == number]
    if not lots:
        raise Http404
    return next((lot for lot in lots if not lot.is_filled), lots[0])


def _bids_of(lot: Lot) -> list[Bid]:
    documents = BidDocument.objects.defer("content")
    return list(
        scorable_bids(lot.tender)
        .filter(lot=lot)
        .select_related("supplier", "product__presentation__medicine")
        .prefetch_related(Prefetch("documents", documents))
        .defer("envelope", "technical_envelope")
        .order_by("pk")
    )


def _saved(sheet: ScoreSheet, lot: Lot) -> dict[tuple[int, str], Decimal]:
    rows = sheet.scores.filter(bid__lot=lot).values_list("bid", "criterion", "points")
    return {(bid, criterion): points for bid, criterion, points in rows}
