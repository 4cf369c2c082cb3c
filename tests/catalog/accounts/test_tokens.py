"""What a call's token brings with it, in one look."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oauth2_provider.models import AccessToken

from catalog.accounts.identify import actor_of_application
from catalog.accounts.kinds import Role
from catalog.accounts.models import ApiClient
from catalog.accounts.tokens import find_token
from tests.cast import Cast
from tests.worlds.ordering import token_of

pytestmark = pytest.mark.django_db


class TestFindToken:
    def test_says_in_one_statement_what_the_records_say(self, cast: Cast) -> None:
        secret = token_of(cast.hospital)
        with CaptureQueriesContext(connection) as context:
            found = find_token(secret)
            assert found is not None
            actor = actor_of_application(found.application)
            assert found.is_valid(["institution"]) and not found.is_valid(["orders"])
            assert found.user is None
        assert len(context) == 1
        assert (actor.organization_id, actor.roles) == (cast.hospital.pk, frozenset({Role.BUYER}))
        stored = AccessToken.objects.select_related("application__api_client__organization").get()
        for one, other in (
            (found, stored),
            (found.application, stored.application),
            (found.application.api_client, stored.application.api_client),
            (cast.hospital, stored.application.api_client.organization),
        ):
            assert {field.name: getattr(one, field.attname) for field in one._meta.concrete_fields} == {
                field.name: getattr(other, field.attname) for field in other._meta.concrete_fields
            }

    def test_finds_no_token_that_was_revoked(self, cast: Cast) -> None:
        secret = token_of(cast.hospital)
        AccessToken.objects.all().delete()
        assert find_token(secret) is None

    def test_finds_a_client_that_acts_for_nobody_a_visitor(self, cast: Cast) -> None:
        secret = token_of(cast.hospital)
        ApiClient.objects.all().delete()
        found = find_token(secret)
        assert found is not None
        assert actor_of_application(found.application).organization_id is None
