"""Opening sealed bids: the worker puts the released shares together, opens one stage, and the key is destroyed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet

from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Event
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import perform, perform_all
from procurement.errors import SharesDoNotFit
from procurement.models import Bid, BidDocument, KeyShare, Opening, Tender, TenderJob, TenderKey
from procurement.policies import may_run_tender
from procurement.rules.envelopes import Papers, finding_of
from procurement.rules.files import media_type_of
from procurement.services.assembling_keys import assemble_key
from procurement.services.minutes import lines_of, write_minutes
from procurement.services.progress import progress
from procurement.services.reading_envelopes import Outcome, Readable, Reader
from procurement.states import BID, TENDER, BidStatus, Stage

ENVELOPES = ("envelope", "technical_envelope")
# Bids that are in memory at a time: a technical envelope may have more than a megabyte.
BATCH = {Stage.TECHNICAL: 100, Stage.COMMERCIAL: 2000}
ACTIONS = {Stage.TECHNICAL: "open_technical", Stage.COMMERCIAL: "open"}
WORK = {Stage.TECHNICAL: TenderJob.Work.TECHNICAL_OPENING, Stage.COMMERCIAL: TenderJob.Work.OPENING}
MEDIA_TYPE_UNKNOWN = "application/octet-stream"

# One statement for a batch; tens of thousands of bids are opened in one transaction.
FILL = """
UPDATE procurement_bid AS bid
SET product_id = told.product_id, offer_price = told.offer_price, pack_quantity = told.pack_quantity,
    price_ratio = told.price_ratio, output = told.output, own_api = told.own_api, sales = told.sales,
    approved_on = told.approved_on, machine = coalesce(nullif(told.machine, ''), bid.machine)
FROM jsonb_to_recordset(%s::jsonb) AS told(
    id bigint, product_id bigint, offer_price numeric, pack_quantity integer, price_ratio numeric, output bigint,
    own_api boolean, sales numeric, approved_on date, machine text
)
WHERE bid.id = told.id
"""


def open_technical(*, tender_id: int, actor: Actor, at: datetime) -> Opening:
    """Open the technical envelope of every sealed bid, keep its documents, and write the minutes.

    Raises:
        WrongState, AlreadyDone: not waiting to be opened.
        SharesDoNotFit: the tender waits for another share.
    """
    return _open_or_wait(Stage.TECHNICAL, tender_id, actor, at)


def open_tender(*, tender_id: int, actor: Actor, at: datetime) -> Opening:
    """Open the commercial envelopes: of every sealed bid, or of those on the shortlist where there is one.

    An envelope that cannot be read, was altered or does not hold a bid for its lot is recorded with the reason and with
    whose fault it was; the others go on. The shares are destroyed in the same transaction: a worker that is killed
    leaves the tender as it was, and the next one begins anew.

    Raises:
        WrongState, AlreadyDone: not waiting to be opened.
        SharesDoNotFit: the tender waits for another share.
    """
    return _open_or_wait(Stage.COMMERCIAL, tender_id, actor, at)


def _open_or_wait(stage: Stage, tender_id: int, actor: Actor, at: datetime) -> Opening:
    try:
        return _open(stage, tender_id, actor, at)
    except SharesDoNotFit:
        _wait_for_another_share(stage, tender_id, actor, at)
        raise


def _wait_for_another_share(stage: Stage, tender_id: int, actor: Actor, at: datetime) -> None:
    """Move the tender to where its holders release. The shares that are there stay: with another one they may fit."""
    is_second = TenderKey.objects.filter(tender=tender_id, stage=Stage.TECHNICAL).exists()
    with perform(
        "take_back_technical" if stage == Stage.TECHNICAL else "take_back_shortlist" if is_second else "take_back",
        Tender.objects.all(),
        pk=tender_id,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        shares = KeyShare.objects.filter(key__tender=tender, key__stage=stage, released__isnull=False)
        # which of them is wrong cannot be told
        _note_misfits(tender, list(shares.select_related("holder").order_by("pk")), actor, at)


def _note_misfits(tender: Tender, shares: Sequence[KeyShare], actor: Actor, at: datetime) -> None:
    holders = [str(share.holder) for share in shares]
    record(actor=actor, action="opening.misfit", subject=tender, at=at, changes={"holders": [None, holders]})


def _open(stage: Stage, tender_id: int, actor: Actor, at: datetime) -> Opening:
    action = ACTIONS[stage]
    with (
        progress(tender_id, WORK[stage]) as tell,
        perform(
            action,
            Tender.objects.select_related("agency", "rule_set"),
            pk=tender_id,
            machine=TENDER,
            policy=may_run_tender,
            actor=actor,
            at=at,
        ) as tender,
    ):
        key = TenderKey.objects.get(tender=tender, stage=stage)
        shares = list(KeyShare.objects.filter(key=key, released__isnull=False).select_related("holder").order_by("pk"))
        assembled = assemble_key(key, shares)
        if assembled.misfits:
            _note_misfits(tender, assembled.misfits, actor, at)
        returned = _returned(tender)
        sealed = Bid.objects.filter(lot__tender=tender, status=_sealed_status(tender, stage))
        strength_base = Decimal(tender.rule_set.parameters["strength_base"])
        reader = Reader(stage, assembled.private, strength_base, _withdrawn(sealed))
        numbers = list(sealed.order_by("pk").values_list("pk", flat=True))
        opened, lines = 0, []
        for bids in _batches(sealed, numbers, stage):
            outcome = reader.read(bids)
            _store(outcome, action, actor, at)
            opened += len(outcome.readable)
            lines += lines_of(outcome)
            tell(len(lines), len(numbers))
        opening = Opening.objects.create(
            tender=tender,
            stage=stage,
            opened_at=at,
            holders=[str(share.holder) for share in shares],
            opened_count=opened,
            spoiled_count=len(lines) - opened,
            returned_count=len(returned),
        )
        write_minutes(opening, key, shares, lines, returned, at=at)
        KeyShare.objects.filter(key=key).update(sealed=None, released=None)
        TenderKey.objects.filter(pk=key.pk).update(destroyed_at=at)
    return opening


def _returned(tender: Tender) -> list[Bid]:
    """The bids whose commercial envelopes were destroyed unopened before this opening; their hashes stay."""
    unopened = Bid.objects.filter(lot__tender=tender, status__in=[BidStatus.NOT_SHORTLISTED, BidStatus.SPOILED])
    bids = unopened.filter(envelope=None).select_related("lot", "supplier")
    return list(bids.defer(*ENVELOPES).order_by("lot__number", "pk"))


def _withdrawn(sealed: QuerySet[Bid]) -> frozenset[int]:
    """Those of the bids that the journal, which nobody changes, knows as withdrawn: somebody brought them back."""
    kind = ContentType.objects.get_for_model(Bid)
    events = Event.objects.filter(action="bid.withdraw", subject_type=kind, subject_id__in=sealed.values("pk"))
    return frozenset(events.values_list("subject_id", flat=True))


def _sealed_status(tender: Tender, stage: Stage) -> BidStatus:
    is_second = stage == Stage.COMMERCIAL and tender.keys.filter(stage=Stage.TECHNICAL).exists()
    return BidStatus.SHORTLISTED if is_second else BidStatus.SEALED


def _batches(sealed: QuerySet[Bid], numbers: Sequence[int], stage: Stage) -> Iterator[list[Bid]]:
    """The bids, locked as they are read: a withdrawal that began in time is waited for, and then left out."""
    other = "envelope" if stage == Stage.TECHNICAL else "technical_envelope"
    size = BATCH[stage]
    for start in range(0, len(numbers), size):
        yield list(
            sealed.filter(pk__in=numbers[start : start + size])
            .select_for_update(of=("self",), no_key=True)
            .select_related("lot__tender", "lot__presentation", "supplier")
            .defer(other)
            .order_by("pk")
        )


def _store(outcome: Outcome, action: str, actor: Actor, at: datetime) -> None:
    # with the supplier, who stands in the name under which the journal keeps a bid
    named = Bid.objects.select_related("supplier").defer(*ENVELOPES)
    opened = [item.bid.pk for item in outcome.readable]
    spoiled = [bid.pk for bid, _reason in outcome.spoiled]
    perform_all(action, named.filter(pk__in=opened), machine=BID, actor=actor, at=at)
    perform_all("spoil", named.filter(pk__in=spoiled), machine=BID, actor=actor, at=at)
    for bid, reason in outcome.spoiled:
        bid.finding = finding_of(reason)
    Bid.objects.bulk_update([bid for bid, _reason in outcome.spoiled], ["finding"], batch_size=1000)
    _store_papers([item for item in outcome.readable if isinstance(item.said, Papers)])
    _store_offers([item for item in outcome.readable if not isinstance(item.said, Papers)])


def _store_offers(readable: Sequence[Readable]) -> None:
    if not readable:
        return
    told = [_offer_row(item) for item in readable]
    with connection.cursor() as cursor:
        cursor.execute(FILL, [json.dumps(told, default=str)])


def _offer_row(item: Readable) -> dict[str, Any]:
    said: Any = item.said
    return {
        "id": item.bid.pk,
        "product_id": item.product.pk,
        "offer_price": said.offer_price,
        "pack_quantity": item.product.pack_quantity,
        "price_ratio": item.price_ratio,
        "output": said.output,
        "own_api": said.own_api,
        "sales": said.sales,
        "approved_on": said.approved_on,
        "machine": said.machine,
    }


def _store_papers(readable: Sequence[Readable]) -> None:
    documents = []
    for item in readable:
        said: Any = item.said
        item.bid.product, item.bid.machine, item.bid.answers = item.product, said.machine, said.answers
        documents += [
            BidDocument(
                bid=item.bid,
                name=document.name,
                # judged by the content: what the bidder calls it says nothing that could be relied on
                media_type=media_type_of(document.content) or MEDIA_TYPE_UNKNOWN,
                sha256=document.sha256,
                content=document.content,
            )
            for document in said.documents
        ]
    Bid.objects.bulk_update([item.bid for item in readable], ["product", "machine", "answers"], batch_size=1000)
    BidDocument.objects.bulk_create(documents, batch_size=20)
