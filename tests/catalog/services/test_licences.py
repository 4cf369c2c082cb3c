from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.accounts.models import Licence, Ownership
from catalog.errors import AlreadyRegistered, BadShare, NotAFirm, PeriodReversed, PeriodTaken
from catalog.foundation.errors import NotAllowed, NothingGiven, NotVisible
from catalog.foundation.journal.models import Event
from catalog.services.licences import end_licence, enter_licence, enter_ownership, remove_ownership
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused


def enter(cast: Cast, **changed: Any) -> Licence:
    options: dict[str, Any] = {
        "organization": cast.supplier_firm,
        "kind": Licence.Kind.PRODUCTION,
        "number": "豫20260001",
        "scopes": [Licence.Scope.CHEMICAL, Licence.Scope.BIOLOGICAL],
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2031, 1, 1),
        "actor": cast.officer,
        "at": NOW,
    }
    return enter_licence(**options | changed)


def tie(cast: Cast, **changed: Any) -> Ownership:
    options: dict[str, Any] = {
        "organization": cast.supplier_firm,
        "tie": Ownership.Tie.OWNER,
        "holder": "华夏集团",
        "share": Decimal("0.51"),
        "actor": cast.officer,
        "at": NOW,
    }
    return enter_ownership(**options | changed)


class TestEnterLicence:
    def test_puts_it_on_file_and_into_the_journal(self, cast: Cast) -> None:
        licence = enter(cast)
        licence.refresh_from_db()
        assert licence.scopes == ["biological", "chemical"]
        assert (licence.validity.lower, licence.validity.upper) == (date(2026, 1, 1), date(2031, 1, 1))
        entry = Event.objects.get(action="licence.enter")
        assert (entry.subject_id, entry.user_id) == (licence.pk, cast.officer.user_id)

    def test_takes_the_next_period_of_the_same_number(self, cast: Cast) -> None:
        enter(cast)
        enter(cast, valid_from=date(2031, 1, 1), valid_until=date(2036, 1, 1))
        with refused(PeriodTaken):
            enter(cast, valid_from=date(2030, 12, 31), valid_until=date(2035, 1, 1))
        assert Licence.objects.count() == 2

    def test_is_a_distributors_as_well(self, cast: Cast) -> None:
        assert enter(cast, organization=cast.distributor_firm, kind=Licence.Kind.DISTRIBUTION).pk

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"scopes": []}, NothingGiven),
            ({"valid_until": date(2026, 1, 1)}, PeriodReversed),
        ],
    )
    def test_is_refused_without_scope_or_term(self, cast: Cast, changed: Any, error: type[Exception]) -> None:
        with refused(error):
            enter(cast, **changed)

    def test_is_a_firms(self, cast: Cast) -> None:
        with refused(NotAFirm):
            enter(cast, organization=cast.hospital)

    @pytest.mark.parametrize("name", ["supplier", "supervisor", "buyer", "distributor"])
    def test_is_entered_by_officers(self, cast: Cast, name: str) -> None:
        with refused(NotAllowed):
            enter(cast, actor=getattr(cast, name))


class TestEndLicence:
    def test_ends_it_from_the_day(self, cast: Cast) -> None:
        licence = enter(cast)
        end_licence(licence_id=licence.pk, on=date(2027, 1, 1), actor=cast.officer, at=NOW)
        licence.refresh_from_db()
        assert licence.validity.upper == date(2027, 1, 1)
        assert Event.objects.get(action="licence.end").changes == {"valid_until": ["2031-01-01", "2027-01-01"]}

    @pytest.mark.parametrize("on", [date(2026, 1, 1), date(2031, 1, 1)])
    def test_lies_inside_its_term(self, cast: Cast, on: date) -> None:
        licence = enter(cast)
        with refused(PeriodReversed):
            end_licence(licence_id=licence.pk, on=on, actor=cast.officer, at=NOW)

    def test_is_refused_for_what_is_not_there_and_to_others(self, cast: Cast) -> None:
        with refused(NotVisible):
            end_licence(licence_id=1_000_000, on=TODAY, actor=cast.officer, at=NOW)
        licence = factories.licence(cast.supplier_firm)
        with refused(NotAllowed):
            end_licence(licence_id=licence.pk, on=TODAY + timedelta(days=1), actor=cast.supplier, at=NOW)


class TestOwnership:
    def test_is_noted_and_taken_off_with_entries_in_the_journal(self, cast: Cast) -> None:
        ownership = tie(cast)
        assert Event.objects.get(action="ownership.enter").changes["share"] == [None, "0.51"]
        remove_ownership(ownership_id=ownership.pk, actor=cast.officer, at=NOW)
        assert not Ownership.objects.exists()
        assert Event.objects.get(action="ownership.remove").changes["holder"] == ["华夏集团", None]

    def test_is_noted_once(self, cast: Cast) -> None:
        tie(cast)
        with refused(AlreadyRegistered):
            tie(cast, share=None)
        assert tie(cast, tie=Ownership.Tie.REPRESENTATIVE, share=None).pk

    @pytest.mark.parametrize("share", [Decimal(0), Decimal("1.0001")])
    def test_is_a_part_of_the_whole(self, cast: Cast, share: Decimal) -> None:
        with refused(BadShare):
            tie(cast, share=share)

    def test_is_a_firms_and_the_officers_to_note(self, cast: Cast) -> None:
        with refused(NotAFirm):
            tie(cast, organization=cast.hospital)
        with refused(NotAllowed):
            tie(cast, actor=cast.supplier)
        ownership = tie(cast)
        with refused(NotAllowed):
            remove_ownership(ownership_id=ownership.pk, actor=cast.supplier, at=NOW)
