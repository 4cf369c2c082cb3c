from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from catalog.errors import NoRuleSet, NotAFirm, ReasonNeeded
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.rules.conduct_rules import Effect, Ground, Level, Offence
from catalog.rules.months import months_after
from procurement.errors import GroundUnfit, RepairInTheFuture, RepairOutsideTerm
from procurement.models import ConductRecord
from procurement.services.conduct import (
    confirm_conduct_record,
    drop_conduct_record,
    propose_conduct_record,
    repair_conduct_record,
)
from procurement.states import ConductStatus
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, machine_of
from tests.factories import NOW, TODAY
from tests.refusals import refused


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


class TestProposeConductRecord:
    def test_takes_effect_term_and_scope_from_the_rules_of_its_day(self, cast: Cast) -> None:
        proposed = factories.proposed_conduct(cast)
        assert proposed.status == ConductStatus.PROPOSED
        assert (proposed.effect, proposed.elsewhere) == (Effect.BARRED, Effect.LOWERS_SCORE)
        assert (proposed.province_id, proposed.recorded_in_id) == (HENAN, HENAN)
        assert (proposed.validity.lower, proposed.validity.upper) == (TODAY, months_after(TODAY, 24))
        assert proposed.rules == factories.conduct_rules()
        assert not ConductRecord.objects.in_force(TODAY).exists()
        assert Event.objects.get(action="conduct.propose").changes["effect"] == [None, "barred"]

    def test_of_a_grave_offence_has_no_province(self, cast: Cast) -> None:
        proposed = factories.proposed_conduct(cast, Offence.FALSE_PAPERS, Level.VERY_SERIOUS)
        assert (proposed.province_id, proposed.recorded_in_id, proposed.elsewhere) == (None, HENAN, "")

    def test_by_an_officer_is_of_the_own_province(self, cast: Cast) -> None:
        assert factories.proposed_conduct(cast, actor=cast.officer).pk
        with refused(NotAllowed):
            factories.proposed_conduct(cast, actor=cast.foreign_officer)

    @pytest.mark.parametrize("name", ["supplier", "rival", "distributor", "buyer", "pharmacist", "platform"])
    def test_is_refused_to_everybody_else(self, cast: Cast, name: str) -> None:
        with refused(NotAllowed):
            factories.proposed_conduct(cast, actor=getattr(cast, name))

    def test_is_refused_to_a_system(self, cast: Cast) -> None:
        with refused(NotAllowed):
            factories.proposed_conduct(cast, actor=machine_of(cast.officer))

    def test_is_about_a_firm(self, cast: Cast) -> None:
        with refused(NotAFirm):
            factories.proposed_conduct(cast, firm=cast.hospital)

    def test_is_refused_where_no_rules_hold(self, cast: Cast) -> None:
        with refused(NoRuleSet):
            factories.proposed_conduct(cast, starts_on=date(2009, 1, 1))

    @pytest.mark.parametrize("missing", ["facts", "source"])
    def test_needs_facts_and_a_document(self, cast: Cast, missing: str) -> None:
        factories.conduct_rules()
        texts = {"facts": "行贿", "source": "判决书", missing: "  "}
        with refused(ReasonNeeded) as refusal:
            propose_conduct_record(
                organization_id=cast.supplier_firm.pk,
                offence=Offence.BRIBERY,
                level=Level.GENERAL,
                ground=Ground.PARTY_DISCIPLINE,
                province_id=HENAN,
                starts_on=TODAY,
                actor=cast.officer,
                at=NOW,
                **texts,
            )
        assert refusal.pointers == [f"/{missing}"]

    @pytest.mark.parametrize(
        ("offence", "ground"),
        [
            (Offence.BRIBERY, None),
            # counts since 2025 alone
            (Offence.BRIBERY, Ground.AUDIT_FINDING),
            (Offence.FALSE_PAPERS, Ground.COURT_FINDING),
        ],
    )
    def test_needs_a_ground_that_counts_for_bribery_alone(
        self, cast: Cast, offence: Offence, ground: Ground | None
    ) -> None:
        factories.conduct_rules()
        with refused(GroundUnfit):
            propose_conduct_record(
                organization_id=cast.supplier_firm.pk,
                offence=offence,
                level=Level.GENERAL,
                ground=ground,
                province_id=HENAN,
                starts_on=TODAY,
                facts="行贿",
                source="判决书",
                actor=cast.officer,
                at=NOW,
            )


class TestConfirmConductRecord:
    def test_takes_effect_on_its_day(self, cast: Cast) -> None:
        in_force = factories.conduct_record(cast, starts_on=days(3))
        assert (in_force.status, in_force.confirmed_by_id) == (ConductStatus.IN_FORCE, cast.officer.user_id)
        assert not ConductRecord.objects.in_force(days(2)).exists()
        assert ConductRecord.objects.in_force(days(3)).get() == in_force
        assert not ConductRecord.objects.in_force(months_after(days(3), 24)).exists()

    def test_needs_a_second_person(self, cast: Cast) -> None:
        proposed = factories.proposed_conduct(cast, actor=cast.officer)
        with refused(NotAllowed):
            confirm_conduct_record(record_id=proposed.pk, actor=cast.officer, at=NOW)
        with pytest.raises(IntegrityError, match="nobody_confirms"), transaction.atomic():
            ConductRecord.objects.update(status=ConductStatus.IN_FORCE, confirmed_by_id=cast.officer.user_id)
        confirmed = confirm_conduct_record(record_id=proposed.pk, actor=cast.second_officer, at=NOW)
        assert confirmed.status == ConductStatus.IN_FORCE

    def test_is_refused_to_officers_of_other_provinces_and_to_who_does_not_see_it(self, cast: Cast) -> None:
        proposed = factories.proposed_conduct(cast)
        with refused(NotAllowed):
            confirm_conduct_record(record_id=proposed.pk, actor=cast.foreign_officer, at=NOW)
        with refused(NotVisible):
            confirm_conduct_record(record_id=proposed.pk, actor=cast.supplier, at=NOW)

    def test_is_done_once_and_on_the_version_that_was_seen(self, cast: Cast) -> None:
        proposed = factories.proposed_conduct(cast)
        with refused(Stale):
            confirm_conduct_record(record_id=proposed.pk, actor=cast.officer, at=NOW, expected_version=7)
        confirm_conduct_record(record_id=proposed.pk, actor=cast.officer, at=NOW, expected_version=1)
        with refused(AlreadyDone):
            confirm_conduct_record(record_id=proposed.pk, actor=cast.second_officer, at=NOW)


class TestRepetition:
    def test_of_bribery_within_five_years_bars_nationwide_whatever_the_provinces(self, cast: Cast) -> None:
        first = factories.conduct_record(cast, province_id=HUBEI, starts_on=months_after(TODAY, -59))
        second = factories.conduct_record(cast)
        assert (first.province_id, second.province_id, second.effect) == (HUBEI, None, Effect.BARRED)

    def test_after_five_years_is_none(self, cast: Cast) -> None:
        factories.conduct_record(cast, starts_on=months_after(TODAY, -60))
        assert factories.conduct_record(cast).province_id == HENAN

    def test_counts_the_same_firm_and_offence_alone(self, cast: Cast) -> None:
        factories.conduct_record(cast, firm=cast.rival_firm)
        factories.conduct_record(cast, Offence.FALSE_PAPERS)
        assert factories.conduct_record(cast).province_id == HENAN

    def test_counts_no_record_that_is_not_in_force(self, cast: Cast) -> None:
        factories.proposed_conduct(cast)
        dropped = factories.proposed_conduct(cast)
        drop_conduct_record(record_id=dropped.pk, actor=cast.officer, at=NOW)
        assert factories.conduct_record(cast).province_id == HENAN

    def test_counts_a_repaired_record(self, cast: Cast) -> None:
        first = factories.conduct_record(cast, starts_on=days(-100))
        repair_conduct_record(record_id=first.pk, on=days(-50), note="降价", actor=cast.officer, at=NOW)
        assert factories.conduct_record(cast).province_id is None

    def test_is_judged_when_it_is_confirmed(self, cast: Cast) -> None:
        one, other = factories.proposed_conduct(cast), factories.proposed_conduct(cast, province_id=HUBEI)
        assert (one.province_id, other.province_id) == (HENAN, HUBEI)
        confirm_conduct_record(record_id=one.pk, actor=cast.officer, at=NOW)
        other = confirm_conduct_record(record_id=other.pk, actor=cast.foreign_officer, at=NOW)
        assert other.province_id is None

    def test_found_late_makes_the_later_record_the_second_one(self, cast: Cast) -> None:
        later = factories.conduct_record(cast)
        earlier = factories.conduct_record(cast, starts_on=months_after(TODAY, -12))
        later.refresh_from_db()
        assert (earlier.province_id, later.province_id) == (HENAN, None)
        entry = Event.objects.get(action="conduct.judge_again")
        assert (entry.subject_id, entry.changes["province_id"]) == (later.pk, [HENAN, None])


class TestDropConductRecord:
    def test_never_takes_effect(self, cast: Cast) -> None:
        proposed = factories.proposed_conduct(cast)
        dropped = drop_conduct_record(record_id=proposed.pk, actor=cast.supervisor, at=NOW)
        assert dropped.status == ConductStatus.DROPPED
        assert not ConductRecord.objects.in_force(TODAY).exists()

    def test_is_not_possible_in_force(self, cast: Cast) -> None:
        in_force = factories.conduct_record(cast)
        with refused(WrongState):
            drop_conduct_record(record_id=in_force.pk, actor=cast.officer, at=NOW)


class TestRepairConductRecord:
    def test_ends_the_effect_on_its_day(self, cast: Cast) -> None:
        in_force = factories.conduct_record(cast, starts_on=days(-10))
        repaired = repair_conduct_record(
            record_id=in_force.pk, on=days(-2), note="降价一成", actor=cast.officer, at=NOW
        )
        repaired.refresh_from_db()
        assert (repaired.status, repaired.repaired_on) == (ConductStatus.REPAIRED, days(-2))
        assert ConductRecord.objects.in_force(days(-3)).exists()
        assert not ConductRecord.objects.in_force(days(-2)).exists()
        assert Event.objects.get(action="conduct.repair").changes["repair_note"] == ["", "降价一成"]

    @pytest.mark.parametrize(
        ("on", "error"), [(1, RepairInTheFuture), (-10, RepairOutsideTerm), (-11, RepairOutsideTerm)]
    )
    def test_lies_inside_the_term_and_not_in_the_future(self, cast: Cast, on: int, error: type[Exception]) -> None:
        in_force = factories.conduct_record(cast, starts_on=days(-10))
        with refused(error):
            repair_conduct_record(record_id=in_force.pk, on=days(on), note="降价", actor=cast.officer, at=NOW)

    def test_says_what_was_made_good(self, cast: Cast) -> None:
        in_force = factories.conduct_record(cast, starts_on=days(-10))
        with refused(ReasonNeeded):
            repair_conduct_record(record_id=in_force.pk, on=TODAY, note=" ", actor=cast.officer, at=NOW)

    def test_is_not_the_suppliers_to_record(self, cast: Cast) -> None:
        in_force = factories.conduct_record(cast, starts_on=days(-10))
        with refused(NotAllowed):
            repair_conduct_record(record_id=in_force.pk, on=TODAY, note="降价", actor=cast.supplier, at=NOW)


class TestVisibleTo:
    @pytest.mark.parametrize("name", ["visitor", "supplier", "buyer"])
    def test_shows_everybody_what_is_in_force_or_was(self, cast: Cast, name: str) -> None:
        factories.proposed_conduct(cast, firm=cast.rival_firm)
        in_force = factories.conduct_record(cast, starts_on=days(-10))
        repaired = factories.conduct_record(cast, Offence.FALSE_PAPERS, starts_on=days(-10))
        repair_conduct_record(record_id=repaired.pk, on=TODAY, note="降价", actor=cast.officer, at=NOW)
        seen = ConductRecord.objects.visible_to(getattr(cast, name))
        assert set(seen) == {in_force, repaired}

    @pytest.mark.parametrize("name", ["officer", "foreign_officer", "supervisor"])
    def test_shows_officers_and_supervisors_what_is_proposed(self, cast: Cast, name: str) -> None:
        proposed = factories.proposed_conduct(cast)
        assert ConductRecord.objects.visible_to(getattr(cast, name)).get() == proposed
