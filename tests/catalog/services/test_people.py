from __future__ import annotations

import pytest

from catalog.accounts.errors import RoleNotOfKind
from catalog.accounts.models import Membership, Organization, User
from catalog.errors import UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NothingGiven
from catalog.foundation.imports import BadCell, DuplicateRow, Table
from catalog.foundation.journal.models import Event
from catalog.services.people import NewLogin, check_people_table, load_people
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused

HEADER = ["username", "name", "organization", "role"]
OFFICER = ["zhao", "赵一", "AGENCY-HA", "procurement_officer"]
BUYER = ["qian", "钱二", "HOSP-HA", "buyer"]

pytestmark = pytest.mark.usefixtures("cast")


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def load(*rows: list[str]) -> list[NewLogin]:
    return load_people(table=Table(HEADER, list(rows)), actor=Actor.platform(), at=NOW)


class TestLoadPeople:
    def test_registers_them_with_a_password_and_their_role(self) -> None:
        logins = load(OFFICER, BUYER)
        assert [login.username for login in logins] == ["zhao", "qian"]
        for login in logins:
            user = User.objects.get(username=login.username)
            assert user.check_password(login.password)
            assert user.memberships.count() == 1
        assert logins[0].password != logins[1].password
        assert Event.objects.filter(action="person.register").count() == 2
        assert Event.objects.filter(action="membership.give").count() == 2

    def test_lets_officers_and_supervisors_into_the_admin(self) -> None:
        load(OFFICER, BUYER, ["sun", "孙三", "SUPERVISION", "supervisor"])
        assert set(User.objects.filter(is_staff=True).values_list("username", flat=True)) == {"zhao", "sun"}
        assert not User.objects.filter(is_superuser=True).exists()

    def test_gives_one_person_several_roles(self) -> None:
        assert len(load(BUYER, [*BUYER[:3], "pharmacist"])) == 1
        assert set(Membership.objects.filter(user__username="qian").values_list("role", flat=True)) == {
            "buyer",
            "pharmacist",
        }

    def test_gives_somebody_who_is_registered_the_role_and_no_password(self, cast: Cast) -> None:
        before = User.objects.get(username="buyer").password
        assert load(["buyer", "buyer", "AGENCY-HA", "procurement_officer"]) == []
        user = User.objects.get(username="buyer")
        assert (user.password, user.is_staff) == (before, True)
        assert Event.objects.get(action="person.change").changes == {"is_staff": [False, True]}

    def test_done_twice_is_done_once(self) -> None:
        load(OFFICER)
        events = Event.objects.count()
        assert load(OFFICER) == []
        assert Event.objects.count() == events

    @pytest.mark.parametrize(
        "rows", [[["buyer", "钱二", *BUYER[2:]]], [BUYER, ["qian", "钱大", "HOSP-HA", "approver"]]]
    )
    def test_refuses_another_name_for_the_same_person(self, rows: list[list[str]]) -> None:
        with refused(BadCell) as refusal:
            load(*rows)
        assert refusal.pointers == [f"/rows/{len(rows) + 1}/name"]

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            (["zhao yi", *OFFICER[1:]], "username"),
            (["z" * 151, *OFFICER[1:]], "username"),
            (["zhao", "赵" * 151, *OFFICER[2:]], "name"),
            ([*OFFICER[:3], "director"], "role"),
        ],
    )
    def test_refuses_what_cannot_be(self, row: list[str], column: str) -> None:
        before = User.objects.count()
        with refused(BadCell) as refusal:
            load(BUYER, row)
        assert refusal.pointers == [f"/rows/3/{column}"]
        assert User.objects.count() == before

    def test_refuses_an_organization_that_nobody_knows(self) -> None:
        with refused(UnknownCode) as refusal:
            load(["zhao", "赵一", "AGENCY-XX", "procurement_officer"])
        assert refusal.pointers == ["/rows/2/organization"]

    def test_refuses_an_organization_that_is_no_longer_active(self, cast: Cast) -> None:
        Organization.objects.filter(pk=cast.agency.pk).update(is_active=False)
        with refused(BadCell) as refusal:
            load(OFFICER)
        assert refusal.pointers == ["/rows/2/organization"]

    def test_refuses_a_role_that_the_organization_does_not_have(self) -> None:
        with refused(RoleNotOfKind) as refusal:
            load([*OFFICER[:3], "buyer"])
        assert refusal.pointers == ["/rows/2/role"]

    def test_refuses_a_role_given_twice_and_a_sheet_without_rows(self) -> None:
        with refused(DuplicateRow):
            load(BUYER, BUYER)
        with refused(NothingGiven):
            load()

    def test_looks_everybody_up_at_once(self, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        rows = [[f"person{number}", *BUYER[1:]] for number in range(50)]
        for some in (rows[:1], rows):
            with django_assert_num_queries(2):
                assert check_people_table(Table(HEADER, some)).errors == []
