"""The register of experts."""

from __future__ import annotations

import pytest

from catalog.accounts.kinds import Role
from catalog.accounts.models import Membership
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from procurement.errors import ExpertTwice, InterestTwice, NotAnExpert
from procurement.models import Expert, ExpertInterest
from procurement.services.experts import admit_expert, declare_interest, register_expert
from tests import factories
from tests.cast import Cast, user_of
from tests.factories import NOW


@pytest.fixture
def expert(cast: Cast) -> Expert:
    return factories.expert(cast, cast.hospital)


class TestRegister:
    def test_needs_the_role_at_the_employer(self, cast: Cast) -> None:
        user = user_of(cast.pharmacist)
        with pytest.raises(NotAnExpert):
            register_expert(user=user, employer=cast.hospital, specialty="药学", actor=cast.officer, at=NOW)
        Membership.objects.create(user=user, organization=cast.hospital, role=Role.EXPERT)
        expert = register_expert(user=user, employer=cast.hospital, specialty="药学", actor=cast.officer, at=NOW)
        assert expert.is_active
        assert user_of(cast.pharmacist).is_staff
        assert Event.objects.filter(action="expert.register", subject_id=expert.pk).exists()

    def test_takes_a_person_once(self, cast: Cast, expert: Expert) -> None:
        with pytest.raises(ExpertTwice):
            register_expert(user=expert.user, employer=cast.hospital, specialty="法律", actor=cast.officer, at=NOW)

    def test_is_kept_by_the_officers_of_the_province(self, cast: Cast, expert: Expert) -> None:
        for actor in (cast.foreign_officer, cast.supervisor, cast.buyer):
            with pytest.raises(NotAllowed):
                register_expert(user=expert.user, employer=cast.hospital, specialty="药学", actor=actor, at=NOW)

    def test_is_read_by_officers_and_supervisors_and_by_an_expert_of_themself(self, cast: Cast, expert: Expert) -> None:
        other = factories.expert(cast, cast.agency)
        for actor in (cast.officer, cast.foreign_officer, cast.supervisor):
            assert set(Expert.objects.visible_to(actor)) == {expert, other}
        assert set(Expert.objects.visible_to(factories.actor_of(expert))) == {expert}
        for actor in (cast.supplier, cast.buyer, cast.visitor):
            assert not Expert.objects.visible_to(actor).exists()


class TestAdmit:
    def test_takes_an_expert_out_of_the_draw_and_back(self, cast: Cast, expert: Expert) -> None:
        for is_active in (False, False, True):
            admit_expert(expert_id=expert.pk, is_active=is_active, actor=cast.officer, at=NOW)
            expert.refresh_from_db()
            assert expert.is_active is is_active
        changes = Event.objects.filter(action="expert.admit").order_by("pk").values_list("changes", flat=True)
        assert list(changes) == [{"is_active": [True, False]}, {"is_active": [False, True]}]

    def test_is_not_the_experts_own_to_decide(self, expert: Expert) -> None:
        with pytest.raises(NotAllowed):
            admit_expert(expert_id=expert.pk, is_active=False, actor=factories.actor_of(expert), at=NOW)


class TestDeclareInterest:
    def test_is_done_by_the_expert_or_by_an_officer(self, cast: Cast, expert: Expert) -> None:
        for actor, firm in ((factories.actor_of(expert), cast.supplier_firm), (cast.officer, cast.rival_firm)):
            declare_interest(expert_id=expert.pk, organization=firm, description="顾问", actor=actor, at=NOW)
        assert set(expert.interests.values_list("organization", flat=True)) == {
            cast.supplier_firm.pk,
            cast.rival_firm.pk,
        }
        assert Event.objects.filter(action="expert.declare_interest", subject_id=expert.pk).count() == 2
        for actor in (cast.officer, factories.actor_of(expert)):
            assert ExpertInterest.objects.visible_to(actor).count() == 2
        assert not ExpertInterest.objects.visible_to(cast.supplier).exists()

    def test_is_done_once_per_firm(self, cast: Cast, expert: Expert) -> None:
        values = {"expert_id": expert.pk, "organization": cast.supplier_firm, "actor": cast.officer, "at": NOW}
        declare_interest(description="顾问", **values)
        with pytest.raises(InterestTwice):
            declare_interest(description="股东", **values)

    def test_is_nothing_that_another_expert_does(self, cast: Cast, expert: Expert) -> None:
        other = factories.actor_of(factories.expert(cast, cast.agency))
        with pytest.raises(NotVisible):
            declare_interest(
                expert_id=expert.pk, organization=cast.supplier_firm, description="顾问", actor=other, at=NOW
            )

    def test_is_not_recorded_by_officers_of_another_province(self, cast: Cast, expert: Expert) -> None:
        with pytest.raises(NotAllowed):
            declare_interest(
                expert_id=expert.pk,
                organization=cast.supplier_firm,
                description="顾问",
                actor=cast.foreign_officer,
                at=NOW,
            )
