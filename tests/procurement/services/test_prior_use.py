"""What institutions used in a year, as they or the province's officers tell it."""

from __future__ import annotations

import pytest

from catalog.errors import UnknownCode
from catalog.foundation.errors import NotAllowed, NothingGiven
from catalog.foundation.journal.models import Event
from catalog.models import Presentation
from procurement.errors import QuantityNotPositive, UseOfAnother, UseToldByAgency, UseTwice
from procurement.models import PriorUse
from procurement.services.prior_use import Use, tell_prior_use
from tests import factories
from tests.cast import PEOPLE, ZHONGYUAN, Cast, machine_of
from tests.factories import NOW
from tests.refusals import refused


@pytest.fixture
def capsules(db: None) -> Presentation:
    return factories.presentation()


class TestTell:
    def test_keeps_what_the_hospitals_own_system_tells(self, cast: Cast, capsules: Presentation) -> None:
        told = tell_prior_use(year=2025, uses=[Use(capsules.pk, 100)], actor=machine_of(cast.buyer), at=NOW)
        use = PriorUse.objects.get()
        assert told == 1
        assert (use.organization, use.presentation, use.year, use.quantity) == (cast.hospital, capsules, 2025, 100)
        assert Event.objects.get(action="prior_use.tell").changes == {"lines": [None, 1]}

    def test_replaces_what_was_told_before_and_notes_it(self, cast: Cast, capsules: Presentation) -> None:
        tablets = factories.presentation(form="片剂")
        factories.prior_use({capsules: 100, tablets: 7}, cast.buyer)
        factories.prior_use({capsules: 80, tablets: 7}, cast.buyer)
        assert dict(PriorUse.objects.values_list("presentation", "quantity")) == {capsules.pk: 80, tablets.pk: 7}
        assert Event.objects.latest("pk").changes == {"lines": [None, 2], str(capsules): [100, 80]}

    @pytest.mark.parametrize("quantity", [99, 101])
    def test_keeps_what_the_agency_told_of_an_institution(
        self, cast: Cast, capsules: Presentation, quantity: int
    ) -> None:
        tablets = factories.presentation(form="片剂")
        told = [Use(capsules.pk, 100, cast.hospital.code)]
        tell_prior_use(year=2025, uses=told, actor=cast.officer, at=NOW)
        with refused(UseToldByAgency) as refusal:
            uses = [Use(tablets.pk, 7), Use(capsules.pk, quantity)]
            tell_prior_use(year=2025, uses=uses, actor=machine_of(cast.buyer), at=NOW)
        assert refusal.pointers == ["/lines/1/quantity"]
        assert (refusal.facts["agency"], refusal.facts["told"]) == (cast.agency, 100)
        assert PriorUse.objects.get().quantity == 100

    def test_stays_the_agencys_when_the_institution_tells_the_same(self, cast: Cast, capsules: Presentation) -> None:
        tell_prior_use(year=2025, uses=[Use(capsules.pk, 100, cast.hospital.code)], actor=cast.officer, at=NOW)
        tell_prior_use(year=2025, uses=[Use(capsules.pk, 100)], actor=cast.buyer, at=NOW)
        assert PriorUse.objects.get().told_by == cast.agency

    def test_is_corrected_by_the_agency_whoever_told_it(self, cast: Cast, capsules: Presentation) -> None:
        factories.prior_use({capsules: 100}, cast.buyer, year=2025)
        for quantity in (90, 80):
            uses = [Use(capsules.pk, quantity, cast.hospital.code)]
            tell_prior_use(year=2025, uses=uses, actor=cast.second_officer, at=NOW)
        use = PriorUse.objects.get()
        assert (use.quantity, use.told_by) == (80, cast.agency)

    def test_keeps_other_years_and_other_institutions(self, cast: Cast, capsules: Presentation) -> None:
        for actor, year, units in ((cast.buyer, 2024, 1), (cast.buyer, 2025, 2), (cast.outsider, 2025, 3)):
            factories.prior_use({capsules: units}, actor, year=year)
        assert sorted(PriorUse.objects.values_list("year", "quantity")) == [(2024, 1), (2025, 2), (2025, 3)]

    def test_takes_many_institutions_from_the_provinces_officer(self, cast: Cast, capsules: Presentation) -> None:
        uses = [Use(capsules.pk, 100, cast.hospital.code), Use(capsules.pk, 900)]
        assert tell_prior_use(year=2025, uses=uses, actor=cast.officer, at=NOW) == 2
        assert dict(PriorUse.objects.values_list("organization", "quantity")) == {
            cast.hospital.pk: 100,
            cast.agency.pk: 900,
        }
        assert Event.objects.filter(action="prior_use.tell").count() == 2

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("officer", "HOSP-HB"),
            ("officer", "SUPPLIER"),
            ("officer", "AGENCY-HB"),
            ("buyer", "HOSP-HB"),
            ("buyer", "?"),
        ],
    )
    def test_refuses_an_organization_that_is_not_theirs(
        self, cast: Cast, capsules: Presentation, name: str, told: str
    ) -> None:
        with refused(UseOfAnother) as refusal:
            tell_prior_use(year=2025, uses=[Use(capsules.pk, 1, told)], actor=getattr(cast, name), at=NOW)
        assert refusal.pointers == ["/lines/0/organization"]

    def test_refuses_every_bad_line_at_once(self, cast: Cast, capsules: Presentation) -> None:
        own = cast.hospital.code
        uses = [Use(capsules.pk, 5), Use(capsules.pk, 5, own), Use(10**6, 5), Use(capsules.pk, 0), Use(1, 1, "?")]
        with refused(UseTwice, UnknownCode, QuantityNotPositive, UseOfAnother):
            tell_prior_use(year=2025, uses=uses, actor=cast.buyer, at=NOW)
        assert not PriorUse.objects.exists()

    def test_refuses_nothing_at_all(self, cast: Cast) -> None:
        with refused(NothingGiven):
            tell_prior_use(year=2025, uses=[], actor=cast.buyer, at=NOW)

    @pytest.mark.parametrize("name", ["approver", "supplier", "supervisor", "visitor"])
    def test_refuses_who_has_no_use(self, cast: Cast, capsules: Presentation, name: str) -> None:
        with refused(NotAllowed):
            tell_prior_use(year=2025, uses=[Use(capsules.pk, 1)], actor=getattr(cast, name), at=NOW)


class TestVisibility:
    def test_is_seen_by_those_whom_it_concerns(self, cast: Cast, capsules: Presentation) -> None:
        factories.prior_use({capsules: 1}, cast.buyer)
        actors = {name: getattr(cast, name) for name in [*PEOPLE, "platform", "visitor"]}
        actors["county"] = factories.health_officer(ZHONGYUAN)
        seers = {name for name, actor in actors.items() if PriorUse.objects.visible_to(actor).exists()}
        hospital = {"buyer", "approver", "pharmacist"}
        assert seers == hospital | {"officer", "second_officer", "supervisor", "county", "platform"}
