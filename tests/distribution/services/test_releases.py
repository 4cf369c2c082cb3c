from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.accounts.kinds import Role
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import Product
from distribution.errors import NotEnoughToIssue, PlanNotInForce, ReasonMissing, RecipientUnfit, UnitsNotPositive
from distribution.models import ReservePlan, StockLot
from distribution.services.issues import WrittenOff, write_off
from distribution.services.releases import approve_release, drop_release, issue_release, order_release
from distribution.states import ReleaseStatus, StockMove
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW, TODAY, fresh
from tests.refusals import refused


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


@pytest.fixture
def plan(cast: Cast, product: Product) -> ReservePlan:
    """Of 1000 units 60 expire first."""
    lots = [fresh(940, lot_number="LATE", days=900), fresh(60, lot_number="EARLY", days=300)]
    return factories.filled_reserve(cast, product, *lots)


class TestTheWayOfARelease:
    def test_is_ordered_approved_by_another_and_issued_first_expired_first(self, cast: Cast, plan: ReservePlan) -> None:
        release = factories.ordered_release(cast, plan)
        with refused(NotAllowed):
            approve_release(release_id=release.pk, actor=cast.officer, at=NOW)
        with refused(WrongState):
            issue_release(release_id=release.pk, actor=cast.distributor, at=NOW)
        approve_release(release_id=release.pk, actor=cast.second_officer, at=NOW)
        issued = issue_release(release_id=release.pk, actor=cast.distributor, at=NOW)
        assert (issued.status, issued.approved_by_id, issued.issued_at, issued.refill_due_on) == (
            ReleaseStatus.ISSUED,
            cast.second_officer.user_id,
            NOW,
            TODAY + timedelta(days=30),
        )
        lots = StockLot.objects.values_list("holder", "lot_number", "units", "entries__kind", "entries__reference")
        out = set(lots.filter(entries__kind=StockMove.RESERVE_OUT).values_list("holder", "lot_number", "units"))
        assert out == {
            (cast.distributor_firm.pk, "EARLY", 0),
            (cast.distributor_firm.pk, "LATE", 900),
            (cast.hospital.pk, "EARLY", 60),
            (cast.hospital.pk, "LATE", 40),
        }
        factories.issue(cast.pharmacist, plan.product, 100)
        with refused(AlreadyDone):
            issue_release(release_id=release.pk, actor=cast.distributor, at=NOW)

    def test_is_dropped_with_a_reason_before_it_is_issued(self, cast: Cast, plan: ReservePlan) -> None:
        release = factories.approved_release(cast, plan)
        with refused(ReasonMissing):
            drop_release(release_id=release.pk, reason=" ", actor=cast.officer, at=NOW)
        dropped = drop_release(release_id=release.pk, reason="疫情平息", actor=cast.officer, at=NOW)
        assert (dropped.status, dropped.status_reason) == (ReleaseStatus.DROPPED, "疫情平息")
        with refused(WrongState):
            issue_release(release_id=release.pk, actor=cast.distributor, at=NOW)

    def test_is_refused_when_the_holder_has_less_by_then(self, cast: Cast, plan: ReservePlan) -> None:
        release = factories.approved_release(cast, plan, 1000)
        early = StockLot.objects.get(plan=plan, lot_number="EARLY")
        write_off(lots=[WrittenOff(early.pk, 1)], reason="破损", actor=cast.distributor, at=NOW)
        with refused(NotEnoughToIssue) as refusal:
            issue_release(release_id=release.pk, actor=cast.distributor, at=NOW)
        assert (refusal.facts["wanted"], refusal.facts["available"]) == (1000, 999)


class TestOrderRelease:
    def order(self, cast: Cast, plan: ReservePlan, **changed: object) -> None:
        options = {
            "plan_id": plan.pk,
            "recipient_code": cast.hospital.code,
            "units": 1,
            "authority": "省卫生健康委",
            "reason": "暴发疫情",
            "actor": cast.officer,
            "at": NOW,
        }
        order_release(**options | changed)  # type: ignore[arg-type]

    def test_says_by_whose_authority_and_why(self, cast: Cast, plan: ReservePlan) -> None:
        health_officer = replace(cast.officer, roles=frozenset({Role.HEALTH_OFFICER}))
        self.order(cast, plan, actor=health_officer)
        [release] = plan.releases.all()
        assert (release.authority, release.reason, release.ordered_by_id) == (
            "省卫生健康委",
            "暴发疫情",
            cast.officer.user_id,
        )
        assert Event.objects.filter(action="reserve_release.order").exists()

    def test_refuses_all_that_is_wrong_at_once(self, cast: Cast, plan: ReservePlan) -> None:
        with refused(ReasonMissing, ReasonMissing, RecipientUnfit, NotEnoughToIssue):
            self.order(cast, plan, authority=" ", reason="", recipient_code=cast.other_hospital.code, units=1001)
        with refused(UnitsNotPositive):
            self.order(cast, plan, units=0)
        with refused(PlanNotInForce):
            self.order(cast, plan, at=NOW + timedelta(days=400))

    def test_and_approval_are_for_named_officers_of_the_province(self, cast: Cast, plan: ReservePlan) -> None:
        for actor, error in ((cast.distributor, NotAllowed), (cast.foreign_officer, NotVisible)):
            with refused(error):
                self.order(cast, plan, actor=actor)
        release = factories.ordered_release(cast, plan)
        for actor in (machine_of(cast.second_officer), cast.pharmacist, cast.supervisor):
            with refused(NotAllowed):
                approve_release(release_id=release.pk, actor=actor, at=NOW)
