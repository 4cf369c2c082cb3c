"""Real rounds brought into the database: suppliers bid over the API, officers open, the worker evaluates.

The bids, ceilings and winners are those of config/demo/data (see its README). The dates are moved to today, since a
supplier's call takes the clock's time, and keep their distances: twenty days from publication to the deadline, three
for objections. No number of winners is given: the rule set of the round decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Membership, Organization, User
from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Event
from catalog.models import Presentation, Product, RuleSet
from catalog.services.medicines import register_medicines
from catalog.services.presentations import register_presentations
from catalog.services.products import NewProduct, register_products
from catalog.services.regions import load_regions
from catalog.services.rulesets import enter_rule_set
from config.demo import data
from procurement.client import seal_bid
from procurement.models import Bid, EvaluationLine, Lot, Tender
from procurement.services.lots import LotPlan
from procurement.services.openings import open_tender
from procurement.services.shares import release_share
from procurement.services.tenders import draft_tender, publish_tender
from procurement.states import Stage
from procurement.tasks import evaluate_tender_task
from tests import factories
from tests.cast import PRICE_RATIOS, actor_in, user_of
from tests.catalog.api.calls import Caller, machine

DAY = timedelta(days=1)
# who lost and should have won, who won and should have lost, by the names of the announcement
Difference = tuple[set[str], set[str]]


@dataclass(frozen=True)
class Announced:
    """A round as it was announced: rows of its files, and the rule set that was in force."""

    number: str
    title: str
    source: str
    rules_from: date
    rules: Mapping[str, Any]
    lots: Sequence[Mapping[str, str]]
    bids: Sequence[Mapping[str, str]]
    makers: Mapping[str, str]
    # presentations that have a strength of their own beside those of lots and bids: lot, strength
    strengths: Sequence[tuple[int, str]] = ()


@dataclass
class Round:
    """The round in the database; ``rows`` are those of the bids that came in, by their ids."""

    announced: Announced
    tender: Tender
    officer: Actor
    second_officer: Actor
    opened_at: datetime
    presentations: Mapping[tuple[int, str], Presentation]
    rows: dict[int, Mapping[str, str]] = field(default_factory=dict)

    def lot(self, number: int) -> Lot:
        return Lot.objects.get(tender=self.tender, number=number)

    def announced_winners(self, lot: int) -> set[int]:
        return {bid for bid, row in self.rows.items() if int(row["lot"]) == lot and row["announced_winner"] == "yes"}

    def proposed(self) -> dict[int, set[int]]:
        """The proposed bids of every lot."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for line in EvaluationLine.objects.filter(is_proposed=True).select_related("bid__lot"):
            found[line.bid.lot.number].add(line.bid_id)
        return found

    def differences(self) -> dict[int, Difference]:
        """Of each lot that ends otherwise than announced: proposed alone, announced alone."""
        proposed, found = self.proposed(), {}
        for lot in self.announced.lots:
            number = int(lot["number"])
            ours, theirs = proposed.get(number, set()), self.announced_winners(number)
            if ours != theirs:
                found[number] = (self._names(ours - theirs), self._names(theirs - ours))
        return found

    def _names(self, bids: set[int]) -> set[str]:
        return {self.announced.makers[self.rows[bid]["bidder"]] for bid in bids}


class Replay:
    """Brings a round into the database up to its evaluation; each step is a method, for a round to change."""

    def __init__(self, announced: Announced) -> None:
        self.announced = announced
        self.deadline = timezone.now() + DAY
        self.published_at = self.deadline - 20 * DAY - timedelta(hours=1)
        self.opened_at = self.deadline + timedelta(hours=1)
        load_regions(table=data.table("regions"))
        self._rules()
        self.officer, self.second_officer = (self.official("A310000", "AGENCY", name) for name in ("first", "second"))
        self.supervisor = self.official("SUPERVISION", "SUPERVISION", "supervisor")
        self.makers = self._makers()
        self.presentations = self._presentations()

    def official(self, code: str, kind: str, name: str) -> Actor:
        """An officer of Shanghai's agency, which led both rounds, or a supervisor."""
        kinds = {
            "AGENCY": (OrganizationKind.AGENCY, "310000", Role.PROCUREMENT_OFFICER),
            "SUPERVISION": (OrganizationKind.SUPERVISION, None, Role.SUPERVISOR),
        }
        organization_kind, region, role = kinds[kind]
        organization, _made = Organization.objects.get_or_create(
            code=code, defaults={"name": code, "kind": organization_kind, "region_id": region}
        )
        user = User.objects.create(username=name, first_name=name)
        Membership.objects.create(user=user, organization=organization, role=role)
        return actor_in(organization, role, user=user)

    def _rules(self) -> None:
        entered = [
            (RuleSet.Kind.PRICE_RATIO, "药品差比价规则", "发改价格〔2011〕2452号", date(2012, 1, 1), PRICE_RATIOS),
            (
                RuleSet.Kind.VOLUME_BASED,
                self.announced.title,
                self.announced.source,
                self.announced.rules_from,
                self.announced.rules,
            ),
        ]
        for kind, title, source, valid_from, parameters in entered:
            enter_rule_set(
                kind=kind,
                title=title,
                source=source,
                valid_from=valid_from,
                valid_until=None,
                parameters=parameters,
                actor=Actor.platform(),
                at=self.published_at,
            )

    def _makers(self) -> dict[str, Organization]:
        created = Organization.objects.bulk_create(
            Organization(code=code, name=name, short_name=name, kind=OrganizationKind.SUPPLIER)
            for code, name in self.announced.makers.items()
        )
        return {organization.code: organization for organization in created}

    def _presentations(self) -> dict[tuple[int, str], Presentation]:
        """By the number of the lot and the strength."""
        lots = {int(lot["number"]): lot for lot in self.announced.lots}
        medicines = register_medicines({lot["medicine"]: "" for lot in lots.values()})
        strengths = {*self.announced.strengths, *((int(bid["lot"]), bid["strength"]) for bid in self.announced.bids)}
        strengths |= {(number, lot["strength"]) for number, lot in lots.items()}
        wanted = {
            (number, strength): (medicines[lots[number]["medicine"]].pk, lots[number]["form"], strength)
            for number, strength in sorted(strengths)
        }
        registered = register_presentations(list(wanted.values()))
        return {key: registered[value] for key, value in wanted.items()}

    def products(self) -> list[Product]:
        """The product of each row of the bids."""
        new = [
            NewProduct(
                f"P{place:03d}",
                self.presentations[int(row["lot"]), row["strength"]],
                int(row["pack_quantity"]),
                self.makers[row["bidder"]],
            )
            for place, row in enumerate(self.announced.bids, start=1)
        ]
        return register_products(products=new, actor=Actor.platform(), at=self.published_at)

    def tender(self, plans: Sequence[LotPlan], province_ids: Sequence[str], **options: Any) -> Tender:
        """The published tender; officer and supervisor hold its key."""
        holders = [self.officer, self.supervisor]
        for holder in holders:
            factories.opening_key(holder, at=self.published_at)
        supply_from = (self.deadline + 75 * DAY).date()
        tender = draft_tender(
            number=self.announced.number,
            title=self.announced.title,
            deadline_at=self.deadline,
            supply_from=supply_from,
            supply_until=supply_from + 365 * DAY,
            province_ids=province_ids,
            lots=plans,
            actor=self.officer,
            at=self.published_at,
            **options,
        )
        return publish_tender(
            number=tender.number,
            holders=[user_of(holder) for holder in holders],
            actor=self.officer,
            at=self.published_at,
        )

    def play(self, tender: Tender) -> Round:
        """Every bid over the API, in the order of the announcement; then the opening and the evaluation."""
        played = Round(self.announced, tender, self.officer, self.second_officer, self.opened_at, self.presentations)
        references = {}
        for row, reference in self._submit(tender):
            references[reference] = row
        found = dict(Bid.objects.filter(lot__tender=tender).values_list("reference", "pk"))
        played.rows = {found_pk: references[str(reference)] for reference, found_pk in found.items()}
        for holder in (self.officer, self.supervisor):
            release_share(tender_number=tender.number, passphrase=factories.PASSPHRASE, actor=holder, at=self.opened_at)
        open_tender(tender_id=tender.pk, actor=Actor.platform(), at=self.opened_at)
        opened = Event.objects.get(action="tender.open", subject_id=tender.pk)
        evaluate_tender_task(opened.pk)
        tender.refresh_from_db()
        return played

    def _submit(self, tender: Tender) -> Iterator[tuple[Mapping[str, str], str]]:
        key = _public_key(tender)
        callers: dict[str, Caller] = {}
        for row, product in zip(self.announced.bids, self.products(), strict=True):
            maker = self.makers[row["bidder"]]
            caller = callers.get(maker.code)
            if caller is None:
                caller = callers[maker.code] = machine(actor_in(maker, Role.SUPPLIER_AGENT), "bids")
            envelope, digest = seal_bid(
                public_key=key,
                tender=tender.number,
                lot=int(row["lot"]),
                supplier=maker.code,
                product=product.code,
                offer_price=Decimal(row["offer_price"]),
            )
            body = {"tender": tender.number, "lot": int(row["lot"]), "envelope": envelope}
            answer = caller.send("/api/v1/bids/", body)
            assert answer.status_code == 201, answer.content
            assert answer.json()["envelope_sha256"] == digest
            yield row, answer.json()["id"]


def _public_key(tender: Tender) -> str:
    """As everybody reads it."""
    key: str = Caller().get(f"/api/v1/tenders/{tender.number}/").json()["public_key"]
    assert tender.public_key(Stage.COMMERCIAL) is not None
    return key


def rolled_back(builder: type[Any], announced: Announced, blocker: Any) -> Iterator[Round]:
    """A round for a whole module, in a transaction that is never committed."""
    with blocker.unblock(), transaction.atomic():
        yield builder(announced).build()
        transaction.set_rollback(True)
