"""Provincial additions: a province's own officers add and end them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from catalog.models import Presentation, ProvincialAddition
from catalog.services.additions import add_for_province
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.admin.answers import cost, rows_of
from tests.factories import NOW, TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

ADD = "admin:catalog_provincialaddition_add_medicine"


def addition(cast: Cast, medicine: str = "阿莫西林", *, province: str = HENAN, **changed: Any) -> ProvincialAddition:
    values: dict[str, Any] = {"valid_from": date(2019, 1, 1), "valid_until": None} | changed
    return add_for_province(
        province_id=province,
        medicine=factories.presentation(medicine).medicine,
        presentations=[],
        decision="豫卫药政〔2019〕1号",
        source="",
        actor=cast.officer if province == HENAN else cast.foreign_officer,
        at=NOW,
        **values,
    )


def filled(of: Presentation, **changed: Any) -> dict[str, Any]:
    return {
        "medicine": of.medicine_id,
        "valid_from": "2026-01-01",
        "valid_until": "",
        "decision": "豫卫药政〔2026〕1号",
        "source": "",
    } | changed


class TestList:
    def test_is_filtered_by_province_and_by_day_and_exported_so(self, cast: Cast) -> None:
        addition(cast)
        addition(cast, "布洛芬", valid_until=date(2020, 1, 1))
        addition(cast, "青霉素", province=HUBEI)
        client = client_of(cast.supervisor)

        def found(**filters: str) -> set[str]:
            rows = client.get(list_of(ProvincialAddition), filters).context["cl"].result_list
            return {row.medicine.name for row in rows}

        assert found(province=HENAN) == {"阿莫西林", "布洛芬"}
        assert found(province=HENAN, in_force="yes") == {"阿莫西林"}
        address = reverse("admin:catalog_provincialaddition_export_csv")
        assert [line[1] for line in rows_of(client.get(address, {"province": HUBEI}))[1:]] == ["青霉素"]

    def test_takes_as_many_queries_for_fifty_as_for_one(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        addition(cast)
        few = cost(client, list_of(ProvincialAddition))
        for number in range(49):
            addition(cast, f"药{number}")
        assert cost(client, list_of(ProvincialAddition)) == few


class TestAdd:
    def test_puts_a_medicine_on_the_officers_own_provinces_list(self, cast: Cast) -> None:
        capsules = factories.presentation()
        client = client_of(cast.foreign_officer)
        get(client, reverse(ADD))
        page = post(client, reverse(ADD), **filled(capsules, presentations=[capsules.pk]))
        assert "is added" in page
        added = ProvincialAddition.objects.get()
        assert (added.province_id, list(added.presentations.all())) == (HUBEI, [capsules])

    def test_refuses_what_is_added_for_the_time_and_another_medicines_presentation(self, cast: Cast) -> None:
        addition(cast)
        client, other = client_of(cast.officer), factories.presentation("布洛芬")
        assert "another one already holds" in post(client, reverse(ADD), **filled(factories.presentation()))
        page = post(client, reverse(ADD), **filled(factories.presentation("青霉素"), presentations=[other.pk]))
        assert "Not a presentation of 青霉素: 布洛芬" in page
        assert ProvincialAddition.objects.count() == 1

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        assert client.post(reverse(ADD), filled(factories.presentation())).status_code == 403
        assert reverse(ADD) not in get(client, list_of(ProvincialAddition))


class TestEnd:
    def test_ends_on_the_day(self, cast: Cast) -> None:
        added, client = addition(cast), client_of(cast.officer)
        get(client, action_of(added, "end"))
        assert "is in force 2019-01-01 –" in post(client, action_of(added, "end"), on=str(TODAY))
        added.refresh_from_db()
        assert added.validity.upper == TODAY
        assert action_of(added, "end") not in get(client, page_of(added))

    def test_refuses_a_day_before_the_beginning(self, cast: Cast) -> None:
        added = addition(cast)
        page = post(client_of(cast.officer), action_of(added, "end"), on=str(date(2019, 1, 1) - timedelta(days=1)))
        assert "not after its beginning" in page
        added.refresh_from_db()
        assert added.validity.upper is None

    @pytest.mark.parametrize("name", ["foreign_officer", "supervisor"])
    def test_is_the_provinces_own_matter(self, cast: Cast, name: str) -> None:
        added, client = addition(cast), client_of(getattr(cast, name))
        assert client.post(action_of(added, "end"), {"on": str(TODAY)}).status_code == 403
        assert action_of(added, "end") not in get(client, page_of(added))
        added.refresh_from_db()
        assert added.validity.upper is None
