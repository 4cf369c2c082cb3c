"""The operators' part: organizations, people, roles, API clients."""

from __future__ import annotations

import re

from django.contrib.auth.hashers import check_password
from django.urls import reverse

from catalog.accounts.kinds import Role
from catalog.accounts.models import ApiClient, Membership, Organization, User
from catalog.foundation.journal.models import Event
from catalog.models import Medicine, Township
from tests import factories
from tests.cast import HENAN, ZHONGYUAN, Cast
from tests.procurement.admin.pages import client_of, get, list_of, operator_client, page_of, post

CREATE = "admin:accounts_apiclient_create"
GIVE = "admin:accounts_membership_give"


class TestApiClient:
    def test_shows_the_secret_once(self, cast: Cast) -> None:
        client = operator_client()
        values = {"name": "HIS", "organization": cast.hospital.pk, "roles": [Role.BUYER, Role.PHARMACIST]}
        page = post(client, reverse(CREATE), **values)
        found = re.search(r'id="client-secret">([^<]+)<', page)
        assert found
        made = ApiClient.objects.get()
        assert made.roles == ["buyer", "pharmacist"]
        assert check_password(found[1], made.application.client_secret)
        for address in (list_of(ApiClient), page_of(made), page_of(made.application)):
            shown = get(client, address)
            assert found[1] not in shown
            assert made.application.client_secret not in shown

    def test_tells_that_a_role_is_not_of_the_organization(self, cast: Cast) -> None:
        values = {"name": "HIS", "organization": cast.hospital.pk, "roles": [Role.SUPPLIER_AGENT]}
        assert "is not a role in a" in post(operator_client(), reverse(CREATE), **values)
        assert not ApiClient.objects.exists()

    def test_is_made_by_operators_only(self, cast: Cast) -> None:
        for actor in (cast.officer, cast.supervisor):
            assert client_of(actor).post(reverse(CREATE)).status_code == 403


class TestPeople:
    def test_are_added_and_changed_by_operators_and_written_down(self, cast: Cast) -> None:
        client = operator_client()
        secret = "a long enough pass-phrase"
        add = reverse("admin:accounts_user_add")
        get(client, add)
        post(client, add, username="zhang", password1=secret, password2=secret, usable_password="true")
        person = User.objects.get(username="zhang")
        assert person.check_password(secret)
        get(client, page_of(person))
        values = {"username": "zhang", "last_name": "张", "is_active": "on", "is_staff": "on"}
        for prefix in ("memberships",):
            values |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
        values |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
        post(client, page_of(person), **values)
        person.refresh_from_db()
        assert (person.last_name, person.is_staff) == ("张", True)
        events = Event.objects.filter(action__startswith="person.").order_by("pk")
        assert [event.action for event in events] == ["person.register", "person.change"]
        assert events[1].changes["last_name"] == ["", "张"]
        assert secret not in str([event.changes for event in events])

    def test_a_supervisor_reads_them_without_their_hashes(self, cast: Cast) -> None:
        person = User.objects.get(pk=cast.officer.user_id)
        person.set_password("a long enough pass-phrase")
        person.save()
        page = get(client_of(cast.supervisor), page_of(person))
        assert "officer" in page
        assert "pbkdf2" not in page
        assert person.password not in page


class TestMembership:
    def test_is_given_by_the_service_and_removed_with_a_trace(self, cast: Cast) -> None:
        client = operator_client()
        values = {"user": cast.buyer.user_id, "organization": cast.hospital.pk, "role": Role.APPROVER}
        assert "Given:" in post(client, reverse(GIVE), **values)
        given = Membership.objects.get(user_id=cast.buyer.user_id, role=Role.APPROVER)
        post(client, reverse("admin:accounts_membership_delete", args=[given.pk]), post="yes")
        assert not Membership.objects.filter(pk=given.pk).exists()
        actions = Event.objects.filter(subject_id=given.pk).order_by("pk").values_list("action", flat=True)
        assert list(actions) == ["membership.give", "membership.remove"]

    def test_tells_that_a_role_is_not_of_the_organization(self, cast: Cast) -> None:
        values = {"user": cast.buyer.user_id, "organization": cast.hospital.pk, "role": Role.SUPERVISOR}
        assert "is not a role in a" in post(operator_client(), reverse(GIVE), **values)


class TestOrganization:
    def test_is_registered_and_written_down(self, cast: Cast) -> None:
        client = operator_client()
        add = reverse("admin:accounts_organization_add")
        get(client, add)
        values = {
            "code": "HN9",
            "kind": "institution",
            "name": "新医院",
            "region": HENAN,
            "is_active": "on",
            "tier": "",
        }
        post(client, add, **values)
        assert Organization.objects.get(code="HN9").name == "新医院"
        assert Event.objects.get(action="organization.register").changes["name"] == [None, "新医院"]

    def test_is_only_read_by_officers(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        assert 'name="name"' not in get(client, page_of(cast.hospital))
        assert client.post(page_of(cast.hospital), {"name": "x"}).status_code == 403


class TestVillages:
    def test_get_their_township_and_their_centre_from_operators(self, cast: Cast) -> None:
        Township.objects.create(code="410102001", name="石佛镇", county_id=ZHONGYUAN)
        client = operator_client()
        add = reverse("admin:accounts_organization_add")
        values = {"code": "V1", "kind": "institution", "name": "石佛村卫生室", "region": ZHONGYUAN, "is_active": "on"}
        values |= {"tier": "primary", "township": "410102001"}
        page = post(client, add, **values, ordering_centre=cast.other_hospital.pk)
        assert "lies in another province" in page
        assert "is not an institution" in post(client, add, **values, ordering_centre=cast.supplier_firm.pk)
        post(client, add, **values, ordering_centre=cast.hospital.pk)
        village = Organization.objects.get(code="V1")
        assert (village.township_id, village.ordering_centre) == ("410102001", cast.hospital)
        values |= {"code": "V2", "name": "二村卫生室"}
        assert "is itself ordered for by another centre" in post(client, add, **values, ordering_centre=village.pk)

    def test_lie_in_townships_that_officers_read(self, cast: Cast) -> None:
        township = Township.objects.create(code="410102001", name="石佛镇", county_id=ZHONGYUAN, is_remote=True)
        client = client_of(cast.officer)
        assert "石佛镇" in get(client, list_of(Township)) and "中原区" in get(client, page_of(township))
        assert client.get(list_of(Township), {"is_remote__exact": "0"}).context["cl"].result_count == 0
        assert client.post(page_of(township), {"name": "x"}).status_code == 403


class TestCatalogue:
    def test_medicines_are_found_by_name_inn_and_initials(self, cast: Cast) -> None:
        factories.presentation()
        Medicine.objects.update(inn="Amoxicillin")
        client = client_of(cast.officer)
        for words in ("阿莫", "amoxi", "amxl"):
            assert client.get(list_of(Medicine), {"q": words}).context["cl"].result_count == 1
        assert client.get(list_of(Medicine), {"q": "xyz"}).context["cl"].result_count == 0

    def test_a_derived_guide_price_is_marked_and_says_how(self, cast: Cast) -> None:
        price = factories.guide_price(derivation="0.3634 × 24")
        client = client_of(cast.officer)
        assert "derived" in get(client, list_of(type(price)))
        assert "0.3634 × 24" in get(client, page_of(price))
