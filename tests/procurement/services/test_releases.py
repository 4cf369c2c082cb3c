"""Open data: every public moment of a tender is one release, stored once and never changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.foundation.journal.models import Delivery
from catalog.models import RuleSet
from procurement.models import Bid, Release, Tender
from procurement.queries.ocds_facts import facts_of
from procurement.rules.ocds.facts import Publisher
from procurement.rules.ocds.package import release_package
from procurement.services.agreements import conclude_agreements
from procurement.services.amendments import propose_amendment, publish_amendment
from procurement.services.candidates import set_aside_bid
from procurement.services.clarifications import answer, ask
from procurement.services.evaluations import evaluate_tender
from procurement.services.listings import lower_listed_price, withdraw_listing_offer
from procurement.services.openings import open_tender
from procurement.services.releases import publish_releases
from procurement.services.replacements import revoke_award
from procurement.services.tenders import cancel_tender, retender
from procurement.tasks import publish_releases_task
from tests import factories
from tests.cast import PLAIN, Cast
from tests.factories import NOW, ago
from tests.factories.procedures import direct_listing, listed_offer, listing_offer
from tests.procurement.rules.ocds import test_schema as standard

pytestmark = pytest.mark.usefixtures("rule_sets")

needs_schemas = pytest.mark.skipif(not standard.SOURCES.is_dir(), reason="the standard's schemas are not at hand")


def published(tender: Tender) -> list[dict]:
    """The stored releases after a run, oldest first."""
    publish_releases(tender_id=tender.pk, at=NOW)
    return [release.document for release in Release.objects.filter(tender=tender)]


def tags(releases: list[dict]) -> list[list[str]]:
    return [release["tag"] for release in releases]


@pytest.fixture
def eventful(cast: Cast) -> Tender:
    """With a question, an amendment, a candidate set aside, a winner replaced, and agreements of both."""
    RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).update(parameters=PLAIN)
    start = ago(days=60)
    items = [factories.presentation(name) for name in ("阿莫西林", "布洛芬")]
    for item in items:
        factories.guide_price(item)
    plans = [factories.lot_plan(item, number) for number, item in enumerate(items, start=1)]
    deadline = start + timedelta(days=20)
    tender = factories.published_tender(
        cast, plans, at=start, deadline_at=deadline - timedelta(days=5), supply_from=ago(days=20).date()
    )
    asked = ask(tender_number=tender.number, question="可否？", actor=cast.supplier, at=start + timedelta(days=1))
    answer(clarification_id=asked.pk, text="可以。", actor=cast.officer, at=start + timedelta(days=2))
    amendment = propose_amendment(
        tender_number=tender.number,
        text="延长",
        deadline_at=deadline,
        affects_preparation=False,
        actor=cast.officer,
        at=start + timedelta(days=3),
    )
    publish_amendment(amendment_id=amendment.pk, actor=cast.second_officer, at=start + timedelta(days=4))
    for lot in tender.lots.select_related("tender", "presentation").order_by("number"):
        factories.bid(lot, cast.supplier, "6.00")
        factories.bid(lot, cast.rival, "7.20")
    at = deadline + timedelta(hours=1)
    factories.release(tender, cast.officer, cast.second_officer, at=at)
    open_tender(tender_id=tender.pk, actor=cast.platform, at=at)
    evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=at + timedelta(hours=1))
    factories.publish(tender, cast, at=at + timedelta(hours=2))
    first, second = tender.lots.order_by("number")
    aside = factories.bid_of(second, cast.supplier)
    set_aside_bid(bid_id=aside.pk, reason="资料不实", actor=cast.second_officer, at=at + timedelta(hours=3))
    factories.award(first, cast, at=at + timedelta(hours=4))
    factories.award(second, cast, winner=cast.rival, at=at + timedelta(hours=5))
    conclude_agreements(tender_number=tender.number, actor=cast.officer, at=at + timedelta(hours=6))
    won = factories.bid_of(first, cast.supplier)
    revoke_award(bid_id=won.pk, reason="无法供货", actor=cast.second_officer, at=ago(days=1))
    return tender


class TestPublishReleases:
    def test_publishes_nothing_of_a_draft(self, cast: Cast) -> None:
        assert published(factories.drafted_tender(cast)) == []

    def test_tells_each_public_moment(self, eventful: Tender) -> None:
        assert tags(published(eventful)) == [
            ["planning", "tender"],
            ["tenderUpdate"],
            ["tenderAmendment"],
            ["tenderUpdate"],
            ["tenderUpdate", "award"],
            ["tenderUpdate", "award", "awardCancellation"],
            ["awardUpdate"],
            ["awardUpdate"],
            ["contract"],
            ["award", "awardCancellation", "contractAmendment"],
        ]

    def test_done_twice_stores_nothing_twice(self, eventful: Tender) -> None:
        first = published(eventful)
        assert publish_releases(tender_id=eventful.pk, at=NOW) == 0
        assert published(eventful) == first

    def test_stored_along_the_way_is_what_is_stored_at_the_end(self, cast: Cast) -> None:
        tender = factories.tender_with_candidates(cast, at=ago(days=3))
        early = published(tender)
        factories.award(tender.lots.get(), cast, at=ago(days=2))
        late = published(tender)
        assert late[: len(early)] == early and len(late) == len(early) + 1
        assert facts_releases(tender) == late

    @pytest.mark.parametrize("state", ["published_tender", "tender_with_bids", "assembled_tender"])
    def test_says_nothing_of_sealed_bids(self, cast: Cast, state: str) -> None:
        tender = getattr(factories, state)(cast)
        said = str(published(tender))
        assert "华夏制药" not in said and "SUPPLIER" not in said and "bids" not in said

    def test_keeps_the_evaluation_until_the_candidates(self, cast: Cast) -> None:
        tender = factories.evaluated_tender(cast)
        [*_before, opened] = published(tender)
        assert {bid["status"] for bid in opened["bids"]["details"]} == {"pending"}
        assert all("rank" not in bid for bid in opened["bids"]["details"]) and "awards" not in opened

    def test_tells_a_cancellation_with_its_reason(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, at=ago(days=2))
        cancel_tender(number=tender.number, reason="需求有变", actor=cast.officer, at=ago(days=1))
        last = published(tender)[-1]
        assert last["tag"] == ["tenderCancellation"] and "需求有变" in str(last)

    def test_refers_to_the_tender_that_it_repeats(self, cast: Cast) -> None:
        former = factories.published_tender(cast, at=ago(days=2))
        cancel_tender(number=former.number, reason="流标", actor=cast.officer, at=ago(days=1))
        again = retender(
            number=former.number,
            new_number="AGAIN",
            deadline_at=factories.ahead(days=30),
            supply_from=factories.ahead(days=60).date(),
            supply_until=factories.ahead(days=400).date(),
            actor=cast.officer,
            at=ago(hours=5),
        )
        Tender.objects.filter(pk=again.pk).update(status="published", published_at=ago(hours=4))
        [release] = published(again)
        [related] = release["relatedProcesses"]
        assert related["relationship"] == ["unsuccessfulProcess"]
        assert related["identifier"] == f"ocds-000000-{former.number}"

    def test_finishes_what_a_killed_worker_began(self, eventful: Tender, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("procurement.services.releases.STORED_AT_ONCE", 2)

        def die(done: int, total: int) -> None:
            if done >= 4:
                raise SystemExit

        with pytest.raises(SystemExit):
            publish_releases(tender_id=eventful.pk, at=NOW, tell=die)
        assert Release.objects.count() == 4
        assert publish_releases(tender_id=eventful.pk, at=NOW) == 6
        assert published(eventful) == facts_releases(eventful)

    def test_writes_no_document_anew_that_is_stored(self, eventful: Tender, monkeypatch: pytest.MonkeyPatch) -> None:
        written = published(eventful)

        def write(*_given: object) -> None:
            raise AssertionError("written again")

        monkeypatch.setattr("procurement.rules.ocds.package._release", write)
        assert published(eventful) == written

    def test_reads_as_often_for_many_lots_as_for_one(self, cast: Cast) -> None:
        counts = []
        for medicines in (["甲"], ["乙", "丙", "丁"]):
            items = [factories.presentation(name) for name in medicines]
            for item in items:
                factories.guide_price(item)
            plans = [factories.lot_plan(item, number) for number, item in enumerate(items, start=1)]
            tender = factories.concluded_tender(cast, plans)
            with CaptureQueriesContext(connection) as queries:
                facts_of(tender.pk, site="https://x.example")
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 25


class TestADirectListing:
    """A standing offer is nobody's to know until it is listed."""

    def test_says_nothing_of_offers_that_wait(self, cast: Cast) -> None:
        tender = direct_listing(cast)
        listing_offer(tender, cast.supplier)
        [release] = published(tender)
        said = str(release)
        assert "bids" not in release and release["tag"] == ["planning", "tender"]
        assert cast.supplier_firm.name not in said and "SUPPLIER" not in said

    def test_counts_and_names_the_listed_alone_from_their_listing_on(self, cast: Cast) -> None:
        tender = direct_listing(cast)
        listed_offer(cast, tender, cast.supplier, at=ago(hours=3))
        listing_offer(tender, cast.rival, "7.20", at=ago(hours=2))
        *_before, listed = published(tender)
        assert datetime.fromisoformat(listed["date"]) == ago(hours=3)
        assert listed["tag"] == ["tenderUpdate", "award", "contract"]
        [bid], [award] = listed["bids"]["details"], listed["awards"]
        assert (bid["status"], award["status"], award["id"]) == ("valid", "active", "0001-SUPPLIER")
        counted = {item["id"]: item["value"] for item in listed["bids"]["statistics"]}
        assert (counted["bids"], counted["bidders"]) == (1, 1)
        assert "RIVAL" not in str(listed) and cast.rival_firm.name not in str(listed)

    def test_tells_each_act_of_which_the_worker_hears(self, cast: Cast) -> None:
        tender = direct_listing(cast)
        offer = listed_offer(cast, tender, cast.supplier, at=ago(hours=4))
        early = self.heard()
        lower_listed_price(offer_id=offer.pk, offer_price=Decimal("5.52"), actor=cast.supplier, at=ago(hours=3))
        lowered = self.heard()
        withdraw_listing_offer(offer_id=offer.pk, reason="停产", actor=cast.supplier, at=ago(hours=2))
        ended = self.heard()
        assert tags(ended)[len(early) :] == [["contractAmendment"], ["awardCancellation", "contractAmendment"]]
        assert ended[: len(lowered)] == lowered and lowered[: len(early)] == early
        first, second = (release["contracts"][0]["items"][0]["unit"]["value"]["amount"] for release in lowered[-2:])
        assert (first, second) == (0.25, 0.23)
        assert "6.0000 → 5.5200" in str(lowered[-1]["contracts"][0]["amendments"])
        # told late, the same is said of each moment
        assert facts_releases(tender) == ended

    def heard(self) -> list[dict]:
        """What is stored after the worker has dealt with the messages that wait."""
        waiting = Delivery.objects.filter(subscriber="procurement.publish_releases", delivered_at=None)
        event = waiting.order_by("-pk").values_list("event", flat=True)[0]
        publish_releases_task(event)
        return [release.document for release in Release.objects.order_by("published_at")]


def facts_releases(tender: Tender) -> list[dict]:
    """What is written today, beside what was stored."""
    publisher = Publisher(name="x", ocid_prefix="ocds-000000")
    facts = facts_of(tender.pk, site="http://localhost:8000")
    return release_package(facts, published_at=NOW, publisher=publisher, uri="http://x.example")["releases"]


@needs_schemas
class TestTheStandard:
    def test_finds_no_error_in_a_whole_chain(self, eventful: Tender, cast: Cast) -> None:
        releases = published(eventful)
        medicines = standard.patched(
            standard.read(standard.SOURCES / "schema" / "release-schema.json"),
            standard.read(standard.MEDICINES / "release-schema.json"),
        )
        schema = standard.closed(standard.patched(medicines, standard.EXTENDED))
        assert [problem for release in releases for problem in standard.errors(schema, release)] == []
        assert Bid.objects.filter(lot__tender=eventful).count() == 4


class TestTheChain:
    def test_names_every_bid_award_and_contract(self, eventful: Tender) -> None:
        releases = published(eventful)
        bids = {bid["id"] for release in releases for bid in release.get("bids", {}).get("details", [])}
        awards = {award["id"]: award["status"] for release in releases for award in release.get("awards", [])}
        contracts = {item["awardID"]: item for release in releases for item in release.get("contracts", [])}
        assert bids == {str(bid.reference) for bid in Bid.objects.filter(lot__tender=eventful)}
        assert awards == {
            "0001-SUPPLIER": "cancelled",
            "0001-RIVAL": "active",
            "0002-SUPPLIER": "cancelled",
            "0002-RIVAL": "active",
        }
        assert contracts.keys() == {"0001-SUPPLIER", "0001-RIVAL", "0002-RIVAL"}
