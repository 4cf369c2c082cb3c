from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from catalog.accounts.errors import RoleNotOfKind
from catalog.accounts.identify import actor_of_application, actor_of_user
from catalog.accounts.kinds import ROLES_OF_KIND, OrganizationKind, Role
from catalog.accounts.models import ApiClient, Membership, User
from catalog.accounts.services import create_api_client, give_role
from catalog.foundation.actor import Channel
from catalog.foundation.journal.models import Event
from tests.cast import HENAN, Cast, user_of
from tests.factories import NOW


class TestGiveRole:
    def test_gives_it_once(self, cast: Cast) -> None:
        user = user_of(cast.buyer)
        options = {"user": user, "organization": cast.hospital, "actor": cast.platform, "at": NOW}
        given = [give_role(role=Role.PHARMACIST, **options) for _ in range(2)]
        assert given[0] == given[1]
        assert Event.objects.filter(action="membership.give").count() == 1

    @pytest.mark.parametrize("role", [Role.PROCUREMENT_OFFICER, Role.SUPPLIER_AGENT, Role.SUPERVISOR])
    def test_refuses_a_role_that_a_hospital_does_not_have(self, cast: Cast, role: Role) -> None:
        before = Membership.objects.count()
        with pytest.raises(RoleNotOfKind):
            give_role(user=user_of(cast.buyer), organization=cast.hospital, role=role, actor=cast.platform, at=NOW)
        assert Membership.objects.count() == before

    def test_knows_the_roles_of_every_kind(self) -> None:
        assert set(ROLES_OF_KIND) == set(OrganizationKind)
        assert frozenset().union(*ROLES_OF_KIND.values()) == set(Role)


class TestCreateApiClient:
    def test_acts_for_its_organization(self, cast: Cast) -> None:
        credentials = create_api_client(
            organization=cast.hospital, name="HIS", roles=[Role.PHARMACIST, Role.BUYER], actor=cast.platform, at=NOW
        )
        client = ApiClient.objects.select_related("application").get()
        actor = actor_of_application(client.application, request_id="r1")
        assert (client.application.client_id, actor.organization_id) == (credentials.client_id, cast.hospital.pk)
        assert actor.roles == {Role.PHARMACIST, Role.BUYER}
        assert (actor.user_id, actor.province, actor.channel, actor.request_id) == (None, HENAN, Channel.API, "r1")

    def test_shows_its_secret_once(self, cast: Cast) -> None:
        credentials = create_api_client(
            organization=cast.hospital, name="HIS", roles=[Role.BUYER], actor=cast.platform, at=NOW
        )
        stored = ApiClient.objects.get().application.client_secret
        assert credentials.client_secret not in stored
        assert credentials.client_secret not in str(Event.objects.get().changes)

    def test_refuses_a_role_that_the_organization_does_not_have(self, cast: Cast) -> None:
        with pytest.raises(RoleNotOfKind):
            create_api_client(
                organization=cast.hospital, name="x", roles=[Role.SUPPLIER_AGENT], actor=cast.platform, at=NOW
            )
        assert not ApiClient.objects.exists()


class TestActorOfUser:
    def test_is_the_person_with_the_roles_of_the_organization(self, cast: Cast) -> None:
        assert actor_of_user(user_of(cast.outsider), channel=Channel.PORTAL) == cast.outsider

    def test_chooses_the_organization_that_is_named(self, cast: Cast) -> None:
        user = user_of(cast.buyer)
        Membership.objects.create(user=user, organization=cast.other_hospital, role=Role.APPROVER)
        first = actor_of_user(user, channel=Channel.PORTAL)
        second = actor_of_user(user, channel=Channel.PORTAL, organization_id=cast.other_hospital.pk)
        assert (first.organization_id, first.roles) == (cast.hospital.pk, {Role.BUYER})
        assert (second.organization_id, second.roles) == (cast.other_hospital.pk, {Role.APPROVER})

    def test_holds_no_role_in_an_organization_that_is_not_theirs(self, cast: Cast) -> None:
        actor = actor_of_user(user_of(cast.buyer), channel=Channel.PORTAL, organization_id=cast.other_hospital.pk)
        assert (actor.user_id, actor.organization_id, actor.roles) == (cast.buyer.user_id, None, frozenset())

    def test_holds_no_role_in_an_organization_that_is_no_longer_active(self, cast: Cast) -> None:
        type(cast.hospital).objects.filter(pk=cast.hospital.pk).update(is_active=False)
        actor = actor_of_user(user_of(cast.buyer), channel=Channel.PORTAL)
        assert (actor.organization_id, actor.roles) == (None, frozenset())

    def test_of_somebody_without_a_membership_is_a_visitor_with_a_name(self, cast: Cast) -> None:
        user = User.objects.create(username="new", date_joined=datetime(2026, 1, 1, tzinfo=UTC))
        actor = actor_of_user(user, channel=Channel.PORTAL)
        assert (actor.user_id, actor.organization_id, actor.is_platform) == (user.pk, None, False)

    def test_of_nobody_is_a_visitor(self) -> None:
        actor = actor_of_user(AnonymousUser(), channel=Channel.API)
        assert (actor.user_id, actor.organization_id, actor.roles, actor.is_platform) == (
            None,
            None,
            frozenset(),
            False,
        )


class TestActorOfApplication:
    def test_of_an_organization_that_is_no_longer_active_is_a_visitor(self, cast: Cast) -> None:
        create_api_client(organization=cast.hospital, name="x", roles=[Role.BUYER], actor=cast.platform, at=NOW)
        type(cast.hospital).objects.filter(pk=cast.hospital.pk).update(is_active=False)
        actor = actor_of_application(ApiClient.objects.get().application)
        assert (actor.organization_id, actor.roles) == (None, frozenset())
