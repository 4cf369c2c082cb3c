"""Who may not judge the bids of a firm."""

from __future__ import annotations

import pytest

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Membership, Organization, Ownership
from procurement.models import Expert, ExpertInterest
from procurement.queries.conflicts import InterestConflict, Tie, conflicts
from tests import factories
from tests.cast import Cast
from tests.factories import NOW


@pytest.fixture
def expert(cast: Cast) -> Expert:
    return factories.expert(cast, cast.hospital)


def owned(firm: Organization, holder: str, tie: str = Ownership.Tie.OWNER) -> None:
    Ownership.objects.create(organization=firm, tie=tie, holder=holder)


def interested(expert: Expert, firm: Organization) -> None:
    ExpertInterest.objects.create(expert=expert, organization=firm, description="顾问", declared_at=NOW)


def found(expert: Expert, *firms: Organization) -> InterestConflict | None:
    return conflicts([expert], [firm.pk for firm in firms]).get(expert.pk)


@pytest.fixture
def sister(cast: Cast) -> Organization:
    """A firm that does not bid."""
    return Organization.objects.create(code="SISTER", kind=OrganizationKind.SUPPLIER, name="姊妹制药有限公司")


class TestConflicts:
    def test_has_none_with_whom_nothing_ties_to_a_bidder(
        self, cast: Cast, expert: Expert, sister: Organization
    ) -> None:
        interested(expert, sister)
        owned(sister, "甲集团")
        owned(cast.supplier_firm, "乙集团")
        assert found(expert, cast.supplier_firm, cast.rival_firm) is None

    def test_finds_who_works_for_a_bidder(self, cast: Cast, expert: Expert) -> None:
        Membership.objects.create(user=expert.user, organization=cast.rival_firm, role=Role.SUPPLIER_AGENT)
        assert found(expert, cast.supplier_firm, cast.rival_firm) == InterestConflict(
            Tie.WORKS_FOR, cast.rival_firm.name
        )

    def test_finds_a_declared_interest(self, cast: Cast, expert: Expert) -> None:
        interested(expert, cast.supplier_firm)
        assert found(expert, cast.supplier_firm) == InterestConflict(Tie.INTEREST, cast.supplier_firm.name)

    @pytest.mark.parametrize("tie", list(Ownership.Tie))
    def test_finds_who_owns_or_represents_a_bidder(self, cast: Cast, expert: Expert, tie: str) -> None:
        owned(cast.supplier_firm, expert.user.get_full_name(), tie)
        assert found(expert, cast.supplier_firm) == InterestConflict(Tie.OWNS, cast.supplier_firm.name)

    def test_finds_an_owner_that_the_employer_shares_with_a_bidder(self, cast: Cast, expert: Expert) -> None:
        owned(cast.hospital, "甲集团")
        owned(cast.supplier_firm, "甲集团")
        assert found(expert, cast.supplier_firm) == InterestConflict(Tie.SHARED_OWNER, cast.supplier_firm.name)

    def test_finds_an_interest_in_a_firm_of_the_same_owner(
        self, cast: Cast, expert: Expert, sister: Organization
    ) -> None:
        interested(expert, sister)
        owned(sister, "甲集团")
        owned(cast.supplier_firm, "甲集团")
        assert found(expert, cast.supplier_firm, cast.rival_firm) == InterestConflict(
            Tie.SHARED_OWNER, cast.supplier_firm.name
        )

    @pytest.mark.parametrize("bidder_owns", [True, False])
    def test_finds_a_bidder_that_owns_the_firm_or_is_owned_by_it(
        self, cast: Cast, expert: Expert, sister: Organization, bidder_owns: bool
    ) -> None:
        interested(expert, sister)
        owner, daughter = (cast.supplier_firm, sister) if bidder_owns else (sister, cast.supplier_firm)
        owned(daughter, owner.name)
        assert found(expert, cast.supplier_firm) is not None

    def test_asks_the_database_as_often_for_many_as_for_one(
        self, cast: Cast, expert: Expert, django_assert_num_queries: object
    ) -> None:
        many = [expert, *factories.experts(cast)]
        people = list(Expert.objects.filter(pk__in=[item.pk for item in many]).select_related("user"))
        with django_assert_num_queries(4):  # type: ignore[operator]
            assert conflicts(people, [cast.supplier_firm.pk]) == {}
