"""Opening sealed bids: two people release their shares after the deadline, the worker opens, the key is destroyed."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, perform_all, unit_of_work
from catalog.models import Product
from procurement.errors import PassphraseTooShort, TooEarlyToOpen, WrongPassphrase
from procurement.models import Bid, KeyShare, Opening, OpeningKey, Tender, TenderKey
from procurement.policies import holds_share, may_run_tender, require_person
from procurement.rules.sealing import (
    CannotOpen,
    LockedKey,
    combine,
    lock_with_passphrase,
    new_key_pair,
    public_of,
    unlock_with_passphrase,
    unseal,
)
from procurement.services.tenders import close_tender
from procurement.states import BID, TENDER, BidStatus, TenderStatus

PASSPHRASE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in an envelope: the supplier's product and yuan per pack."""

    product: Product
    offer_price: Decimal


class UnreadableBid(ValueError):
    """An envelope that opened but does not hold a bid for its lot; the argument is the code of the reason."""


def set_opening_passphrase(*, passphrase: str, actor: Actor, at: datetime) -> OpeningKey:
    """Make the person's own opening key, locked with a passphrase that is stored nowhere. Once per person.

    Raises:
        NotAllowed: not an officer or supervisor, or the person has a key.
        PassphraseTooShort
    """
    person = require_person(actor)
    if not actor.has(Role.PROCUREMENT_OFFICER, Role.SUPERVISOR):
        raise NotAllowed(reason=_("only officers and supervisors hold opening keys"))
    if len(passphrase) < PASSPHRASE_LENGTH:
        raise PassphraseTooShort(least=PASSPHRASE_LENGTH, pointer="/passphrase")
    locked = lock_with_passphrase(new_key_pair(), passphrase)
    try:
        with transaction.atomic():
            key = OpeningKey.objects.create(
                user_id=person,
                public_key=locked.public,
                locked_private_key=locked.locked_private,
                salt=locked.salt,
                created_at=at,
            )
            record(actor=actor, action="opening_key.create", subject=key, at=at)
    except IntegrityError:
        raise NotAllowed(reason=_("you already have an opening key; sealed tenders depend on it")) from None
    return key


def release_share(*, tender_number: str, passphrase: str, actor: Actor, at: datetime) -> Tender:
    """Release one's share of the tender's key after the deadline; the last one needed sends the tender to the worker.

    Raises:
        NotVisible, NotAllowed
        TooEarlyToOpen: before the deadline nobody can, whoever they are.
        WrongPassphrase
        WrongState, AlreadyDone: opened, or being opened.
    """
    person = require_person(actor)
    tender = find(Tender.objects.visible_to(actor), number=tender_number)
    if at < tender.deadline_at:
        raise TooEarlyToOpen(deadline=spoken(tender.deadline_at), now=spoken(at))
    holds_share(actor, KeyShare.objects.filter(key__tender=tender, holder_id=person).first())
    if tender.status == TenderStatus.PUBLISHED:
        # another holder, or the worker, may have closed it since it was read
        with suppress(NotVisible, WrongState):
            close_tender(number=tender_number, actor=Actor.platform(actor.channel), at=at)
        tender.refresh_from_db()
    with unit_of_work():
        # the tender first, as everywhere: opening and cancelling hold it while they reach for the shares
        tender = lock(Tender.objects.all(), pk=tender.pk)
        TENDER.resolve(tender.status, "assemble")
        key = lock(TenderKey.objects.all(), tender=tender)
        share = lock(KeyShare.objects.filter(key=key), holder_id=person)
        if share.released is None and share.sealed is not None:
            share.released = _open_share(bytes(share.sealed), person, passphrase)
            share.released_at = at
            share.save(update_fields=["released", "released_at"])
            record(actor=actor, action="opening.release", subject=tender, at=at)
        if KeyShare.objects.filter(key=key, released__isnull=False).count() < key.threshold:
            return tender
        with perform(
            "assemble",
            Tender.objects.all(),
            pk=tender.pk,
            machine=TENDER,
            policy=_holders_assemble,
            actor=actor,
            at=at,
        ) as tender:
            pass
    return tender


def _holders_assemble(actor: Actor, action: str, tender: Tender) -> None:
    """Whoever released the last share needed."""


def _open_share(sealed: bytes, person: int, passphrase: str) -> bytes:
    key = OpeningKey.objects.get(user_id=person)
    locked = LockedKey(bytes(key.public_key), bytes(key.locked_private_key), bytes(key.salt))
    try:
        return unseal(sealed, unlock_with_passphrase(locked, passphrase))
    except CannotOpen:
        raise WrongPassphrase(reason="", pointer="/passphrase") from None


def open_tender(*, tender_id: int, actor: Actor, at: datetime) -> Opening:
    """Open every sealed bid with the released shares, then destroy the shares. The worker's part of the opening.

    An envelope that cannot be read, was altered or does not hold a bid for its lot is recorded with the reason; the
    others go on.

    Raises:
        WrongState, AlreadyDone: not waiting to be opened.
    """
    with perform(
        "open",
        Tender.objects.all(),
        pk=tender_id,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        key = TenderKey.objects.get(tender=tender)
        shares = KeyShare.objects.filter(key=key, released__isnull=False).select_related("holder").order_by("pk")
        private = combine([bytes(share.released or b"") for share in shares[: key.threshold]])
        if public_of(private) != bytes(key.public_key):
            raise RuntimeError(f"the released shares of {tender.number} do not give its key")
        # locked as they are read: a withdrawal that began in time is waited for, and then left out
        bids = list(
            Bid.objects.filter(lot__tender=tender, status=BidStatus.SEALED)
            .select_for_update(of=("self",), no_key=True)
            .select_related("lot__tender", "lot__presentation", "supplier")
            .order_by("pk")
        )
        readable, spoiled = _read_all(bids, private)
        _store(readable, spoiled, actor, at)
        opening = Opening.objects.create(
            tender=tender,
            opened_at=at,
            holders=[str(share.holder) for share in shares],
            opened_count=len(readable),
            spoiled_count=len(spoiled),
        )
        KeyShare.objects.filter(key=key).update(sealed=None, released=None)
        TenderKey.objects.filter(pk=key.pk).update(destroyed_at=at)
    return opening


def _read_all(bids: list[Bid], private: bytes) -> tuple[list[tuple[Bid, Content]], list[tuple[Bid, str]]]:
    """Decrypt and read; the products of all suppliers are looked up in one query."""
    raw: list[tuple[Bid, dict[str, Any]]] = []
    spoiled: list[tuple[Bid, str]] = []
    for bid in bids:
        try:
            raw.append((bid, _decrypt(bid, private)))
        except UnreadableBid as error:
            spoiled.append((bid, str(error)))
    products = {
        product.code: product
        for product in Product.objects.filter(code__in=[_product_code(content) for _bid, content in raw])
        .select_related("presentation")
        .all()
    }
    readable: list[tuple[Bid, Content]] = []
    for bid, content in raw:
        try:
            readable.append((bid, _interpret(bid, content, products)))
        except UnreadableBid as error:
            spoiled.append((bid, str(error)))
    return readable, spoiled


def _decrypt(bid: Bid, private: bytes) -> dict[str, Any]:
    ciphertext = bytes(bid.envelope)
    if hashlib.sha256(ciphertext).hexdigest() != bid.envelope_sha256:
        raise UnreadableBid("altered_after_receipt")
    try:
        content = json.loads(unseal(ciphertext, private))
    except CannotOpen:
        raise UnreadableBid("not_sealed_with_the_tender_key") from None
    # brackets nested a thousand deep are no bid either
    except (ValueError, RecursionError):
        raise UnreadableBid("not_a_bid") from None
    if not isinstance(content, dict):
        raise UnreadableBid("not_a_bid")
    return content


def _interpret(bid: Bid, content: dict[str, Any], products: dict[str, Product]) -> Content:
    """Check that the envelope is this supplier's bid for this lot, and read it.

    Raises:
        UnreadableBid
    """
    expected = {"tender": bid.lot.tender.number, "lot": bid.lot.number, "supplier": bid.supplier.code}
    if any(content.get(name) != value for name, value in expected.items()):
        raise UnreadableBid("made_for_another_lot_or_supplier")
    product = products.get(_product_code(content))
    if product is None or product.manufacturer_id != bid.supplier_id:
        raise UnreadableBid("product_not_the_suppliers")
    lot_presentation = bid.lot.presentation
    if (product.presentation.medicine_id, product.presentation.form) != (
        lot_presentation.medicine_id,
        lot_presentation.form,
    ):
        raise UnreadableBid("product_not_of_the_lot")
    return Content(product=product, offer_price=_offer_price(content.get("offer_price")))


def _product_code(content: dict[str, Any]) -> str:
    """What the envelope names as its product; empty where it is nothing that the database could be asked for."""
    code = content.get("product")
    return code if isinstance(code, str) and code.isprintable() else ""


def _offer_price(value: Any) -> Decimal:
    """Yuan per pack with two decimals, written as text."""
    try:
        price = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        raise UnreadableBid("price_not_readable") from None
    if not price.is_finite() or not 0 < price < 10**10 or price != price.quantize(Decimal("0.01")):
        raise UnreadableBid("price_not_readable")
    return price


def _store(readable: list[tuple[Bid, Content]], spoiled: list[tuple[Bid, str]], actor: Actor, at: datetime) -> None:
    opened_ids = [bid.pk for bid, _content in readable]
    spoiled_ids = [bid.pk for bid, _reason in spoiled]
    # with the supplier, who stands in the name under which the journal keeps a bid
    bids = Bid.objects.select_related("supplier")
    perform_all("open", bids.filter(pk__in=opened_ids), machine=BID, actor=actor, at=at)
    perform_all("spoil", bids.filter(pk__in=spoiled_ids), machine=BID, actor=actor, at=at)
    for bid, content in readable:
        bid.product, bid.offer_price = content.product, content.offer_price
    for bid, reason in spoiled:
        bid.finding = {"verdict": "spoiled", "reason": reason}
    Bid.objects.bulk_update([bid for bid, _content in readable], ["product", "offer_price"], batch_size=1000)
    Bid.objects.bulk_update([bid for bid, _reason in spoiled], ["finding"], batch_size=1000)
