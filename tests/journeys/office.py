"""What the journeys of the procedures share: the officers' desks, the suppliers' systems, and the days that pass.

Suppliers act through the API, officers on the pages of the admin, the worker's tasks run. Where days have to pass
(a deadline, a window for objections) the service is called with the moment at which they have passed.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Product
from procurement.client import Client
from procurement.models import Agreement, Bid, DemandRound, Lot, Tender
from procurement.services.awards import Winner, award_lot
from procurement.services.shares import release_share
from procurement.services.tenders import draft_tender, publish_tender
from procurement.states import Procedure
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, organization_of, user_of
from tests.catalog.api.calls import credentials
from tests.journeys.test_procurement_year import work
from tests.procurement.admin.pages import action_of, client_of, get, post

QUANTITIES = {HENAN: 240_000, HUBEI: 120_000}
PACK = 24


@dataclass
class Office:
    """An agency at work: its tender, and the firms that bid for the only lot of it."""

    cast: Cast
    url: str
    tender: Tender
    clients: dict[int, Client] = field(default_factory=dict)

    @classmethod
    def publish(
        cls,
        cast: Cast,
        url: str,
        procedure: Procedure,
        *,
        ceiling: str = "0.3600",
        invited: Sequence[Organization] = (),
        days_ago: int = 25,
        max_winners: int | None = None,
        demand: DemandRound | None = None,
    ) -> Office:
        """A tender for amoxicillin, published so many days ago; its deadline comes in an hour.

        Without a demand round it says itself how much the provinces need.
        """
        amoxicillin = factories.presentation()
        factories.guide_price(amoxicillin)
        published_at = timezone.now() - timedelta(days=days_ago)
        holders = [cast.officer, cast.second_officer, cast.supervisor]
        for holder in holders:
            factories.opening_key(holder, at=published_at)
        planned = factories.lot_plan(amoxicillin, ceiling=ceiling)
        plan = replace(planned, max_winners=max_winners, quantities=None if demand else QUANTITIES)
        tender = draft_tender(
            number="HA-2027-01",
            title="年度集中采购",
            demand_round=demand,
            deadline_at=timezone.now() + timedelta(hours=1),
            supply_from=timezone.localdate(),
            supply_until=timezone.localdate() + timedelta(days=730),
            province_ids=[HENAN, HUBEI],
            lots=[plan],
            procedure=procedure,
            invited=invited,
            actor=cast.officer,
            at=published_at,
        )
        sealed = procedure != Procedure.DIRECT_LISTING
        tender = publish_tender(
            number=tender.number,
            holders=[user_of(holder) for holder in holders] if sealed else [],
            actor=cast.officer,
            at=published_at,
        )
        return cls(cast, url, tender)

    @property
    def lot(self) -> Lot:
        """The only lot, as it stands."""
        return Lot.objects.select_related("tender", "presentation").get(tender=self.tender)

    @property
    def status(self) -> str:
        """The state of the tender, as everybody reads it."""
        with urllib.request.urlopen(f"{self.url}/api/v1/tenders/{self.tender.number}/", timeout=30) as answer:
            return str(json.load(answer)["status"])

    def client(self, actor: Actor) -> Client:
        """The system of the actor's firm."""
        firm = organization_of(actor)
        if firm.pk not in self.clients:
            known = credentials(actor)
            self.clients[firm.pk] = Client(self.url, known.client_id, known.client_secret)
        return self.clients[firm.pk]

    def product(self, actor: Actor) -> Product:
        """What the actor's firm makes: a pack of 24."""
        return factories.product(organization_of(actor), self.lot.presentation, PACK)

    def bid(self, actor: Actor, price: str, **offer: Any) -> dict[str, Any]:
        """The firm reads the tender and seals a bid for the lot (yuan per pack)."""
        client = self.client(actor)
        received: dict[str, Any] = client.submit_bid(
            client.tender(self.tender.number),
            lot=1,
            supplier=organization_of(actor).code,
            product=self.product(actor).code,
            offer_price=Decimal(price),
            **offer,
        )
        return received

    def bid_of(self, actor: Actor) -> Bid:
        """The firm's bid."""
        return factories.bid_of(self.lot, actor)

    def open(self, at: datetime | None = None) -> None:
        """Two holders release their shares once the deadline has passed, and the worker does its work."""
        for holder in (self.cast.second_officer, self.cast.supervisor):
            release_share(
                tender_number=self.tender.number,
                passphrase=factories.PASSPHRASE,
                actor=holder,
                at=at or self.tender.deadline_at,
            )
        work()

    def publish_candidates(self) -> None:
        """An officer does it on the page of the lot."""
        assert "objections are heard until" in self.decide(self.cast.officer, self.lot, "candidates")

    def decide(self, actor: Actor, record: Any, name: str, **values: Any) -> str:
        """What the page says after the person has decided."""
        cache.clear()
        return post(client_of(actor), action_of(record, name), **values)

    def read(self, actor: Actor, address: str) -> str:
        """A page of the admin."""
        cache.clear()
        return get(client_of(actor), address)

    def award(self, areas: Mapping[int, Sequence[str]] | None = None, *, days_later: int = 4) -> Lot:
        """The second officer awards once nobody can object any more; without areas, as they were picked."""
        return award_lot(
            lot_id=self.lot.pk,
            winners=None if areas is None else [Winner(bid, tuple(codes)) for bid, codes in areas.items()],
            actor=self.cast.second_officer,
            at=timezone.now() + timedelta(days=days_later),
        )

    def conclude(self) -> list[Agreement]:
        """An officer concludes on the page of the tender."""
        page = self.decide(self.cast.officer, self.tender, "conclude")
        assert "concluded" in page, page
        return list(Agreement.objects.filter(tender=self.tender).order_by("supplier__code"))
