from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Delivery, Event
from procurement.errors import PassphraseTooShort, ShortlistContestable, TooEarlyToOpen, WrongPassphrase
from procurement.models import Bid, KeyShare, OpeningKey, Tender
from procurement.services.openings import open_tender
from procurement.services.shares import release_share, set_opening_passphrase
from procurement.states import BidStatus, Stage, TenderStatus
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW, PASSPHRASE, ago
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


class TestSetOpeningPassphrase:
    @pytest.mark.parametrize("role", ["officer", "supervisor"])
    def test_makes_a_key_that_only_it_opens(self, cast: Cast, role: str) -> None:
        key = set_opening_passphrase(passphrase=PASSPHRASE, actor=getattr(cast, role), at=NOW)
        assert key.user_id == getattr(cast, role).user_id
        assert PASSPHRASE.encode() not in bytes(key.locked_private_key)
        assert Event.objects.get().changes == {}

    def test_is_possible_once(self, cast: Cast) -> None:
        first = set_opening_passphrase(passphrase=PASSPHRASE, actor=cast.officer, at=NOW)
        with refused(NotAllowed):
            set_opening_passphrase(passphrase="another passphrase", actor=cast.officer, at=NOW)
        assert bytes(OpeningKey.objects.get().public_key) == first.public_key

    def test_refuses_one_that_is_too_short(self, cast: Cast) -> None:
        with refused(PassphraseTooShort):
            set_opening_passphrase(passphrase="elevensigns", actor=cast.officer, at=NOW)
        assert set_opening_passphrase(passphrase="twelve signs", actor=cast.officer, at=NOW)

    @pytest.mark.parametrize("role", ["buyer", "supplier", "platform", "visitor"])
    def test_refuses_who_opens_no_tenders(self, cast: Cast, role: str) -> None:
        with refused(NotAllowed):
            set_opening_passphrase(passphrase=PASSPHRASE, actor=getattr(cast, role), at=NOW)


class TestReleaseShare:
    @pytest.fixture
    def tender(self, cast: Cast) -> Tender:
        return factories.tender_with_bids(cast)

    def test_of_one_does_not_open(self, cast: Cast, tender: Tender) -> None:
        tender = factories.release(tender, cast.officer)
        assert tender.status == TenderStatus.CLOSED
        assert not Delivery.objects.filter(subscriber="procurement.open_tender").exists()
        with refused(WrongState):
            open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)

    def test_of_the_same_one_twice_is_as_once(self, cast: Cast, tender: Tender) -> None:
        assert factories.release(tender, cast.officer, cast.officer).status == TenderStatus.CLOSED
        assert KeyShare.objects.filter(released__isnull=False).count() == 1
        assert Event.objects.filter(action="opening.release").count() == 1

    @pytest.mark.parametrize(
        "holders", [("officer", "second_officer"), ("supervisor", "officer"), ("second_officer", "supervisor")]
    )
    def test_of_any_two_sends_the_tender_to_the_worker(
        self, cast: Cast, tender: Tender, holders: tuple[str, str]
    ) -> None:
        tender = factories.release(tender, *(getattr(cast, name) for name in holders))
        assert tender.status == TenderStatus.OPENING
        message = Delivery.objects.get(subscriber="procurement.open_tender")
        assert message.event.action == "tender.assemble"
        assert open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW).opened_count == 2

    @pytest.mark.parametrize("role", ["officer", "second_officer", "supervisor"])
    def test_is_refused_to_everybody_before_the_deadline(self, cast: Cast, tender: Tender, role: str) -> None:
        with refused(TooEarlyToOpen):
            factories.release(tender, getattr(cast, role), at=tender.deadline_at - timedelta(microseconds=1))
        assert not KeyShare.objects.filter(released__isnull=False).exists()

    def test_is_possible_from_the_deadline_on(self, cast: Cast, tender: Tender) -> None:
        assert factories.release(tender, cast.officer, at=tender.deadline_at).status == TenderStatus.CLOSED

    @pytest.mark.parametrize("passphrase", ["", "correct horse batterz", PASSPHRASE.upper()])
    def test_with_a_wrong_passphrase_changes_nothing(self, cast: Cast, tender: Tender, passphrase: str) -> None:
        factories.release(tender, cast.officer)
        before = list(KeyShare.objects.order_by("pk").values())
        with refused(WrongPassphrase):
            release_share(tender_number=tender.number, passphrase=passphrase, actor=cast.second_officer, at=NOW)
        assert list(KeyShare.objects.order_by("pk").values()) == before
        assert Tender.objects.get().status == TenderStatus.CLOSED

    def test_of_somebody_else_is_refused(self, cast: Cast, tender: Tender) -> None:
        factories.opening_key(cast.foreign_officer)
        for actor in (cast.foreign_officer, cast.supplier):
            with refused(NotAllowed):
                factories.release(tender, actor)

    def test_is_refused_to_a_system(self, cast: Cast, tender: Tender) -> None:
        for actor in (cast.platform, machine_of(cast.officer)):
            with refused(NotAllowed):
                factories.release(tender, actor)

    def test_is_refused_for_a_tender_that_is_not_there(self, cast: Cast) -> None:
        with refused(NotVisible):
            release_share(tender_number="none", passphrase=PASSPHRASE, actor=cast.officer, at=NOW)

    def test_of_a_third_one_comes_too_late(self, cast: Cast, tender: Tender) -> None:
        factories.release(tender, cast.officer, cast.second_officer)
        with refused(AlreadyDone):
            factories.release(tender, cast.supervisor)
        assert KeyShare.objects.filter(released__isnull=False).count() == 2


class TestReleaseOfTwoEnvelopes:
    """First the key of the technical envelopes, and after the shortlist that of the commercial ones."""

    @pytest.fixture
    def tender(self, cast: Cast) -> Tender:
        tender = factories.two_envelope_tender(cast, at=ago(days=40), deadline_at=ago(days=10))
        lot = tender.lots.select_related("tender", "presentation").get()
        for actor in (cast.supplier, cast.rival, factories.firm("第三制药")):
            factories.two_envelope_bid(lot, actor)
        return tender

    def released(self, tender: Tender, stage: Stage) -> int:
        return KeyShare.objects.filter(key__tender=tender, key__stage=stage, released__isnull=False).count()

    def test_begins_with_the_technical_key_and_leaves_the_other_sealed(self, cast: Cast, tender: Tender) -> None:
        tender = factories.release(tender, cast.officer, cast.supervisor, at=ago(days=9))
        assert tender.status == TenderStatus.TECHNICAL_OPENING
        assert (self.released(tender, Stage.TECHNICAL), self.released(tender, Stage.COMMERCIAL)) == (2, 0)
        message = Delivery.objects.get(subscriber="procurement.open_technical")
        assert message.event.action == "tender.assemble_technical"

    def test_of_the_commercial_key_is_refused_until_the_shortlist_is_settled(self, cast: Cast, tender: Tender) -> None:
        tender = factories.open_papers(tender, cast, at=ago(days=9))
        with refused(WrongState):
            factories.release(tender, cast.officer, at=ago(days=9))
        factories.published_shortlist(tender, cast, at=ago(days=8))
        with refused(ShortlistContestable):
            factories.release(tender, cast.officer, at=ago(days=7))
        assert self.released(tender, Stage.COMMERCIAL) == 0

    def test_destroys_the_envelopes_of_the_others_before_the_commercial_key_is_put_together(
        self, cast: Cast, tender: Tender
    ) -> None:
        tender = factories.open_papers(tender, cast, at=ago(days=9))
        tender = factories.published_shortlist(tender, cast, [cast.rival], at=ago(days=8))
        factories.release(tender, cast.officer, at=ago(days=1))
        turned_away = Bid.objects.get(supplier=cast.rival_firm)
        assert (turned_away.status, turned_away.envelope is None) == (BidStatus.NOT_SHORTLISTED, False)
        assert factories.release(tender, cast.supervisor, at=ago(days=1)).status == TenderStatus.OPENING
        turned_away.refresh_from_db()
        assert turned_away.envelope is None and turned_away.envelope_sha256
        assert Event.objects.filter(action="bid.return_envelope").count() == 1
        assert Bid.objects.filter(status=BidStatus.SHORTLISTED, envelope__isnull=False).count() == 2

    def test_destroys_the_envelope_of_papers_that_could_not_be_read(self, cast: Cast, tender: Tender) -> None:
        spoiled = Bid.objects.get(supplier=cast.rival_firm)
        Bid.objects.filter(pk=spoiled.pk).update(technical_envelope=b"altered")
        tender = factories.open_papers(tender, cast, at=ago(days=9))
        tender = factories.published_shortlist(tender, cast, at=ago(days=8))
        factories.release(tender, cast.officer, cast.supervisor, at=ago(days=1))
        spoiled.refresh_from_db()
        assert (spoiled.status, spoiled.envelope) == (BidStatus.SPOILED, None)
