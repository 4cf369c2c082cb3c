from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from distribution.models import Entrustment, ServiceDuty
from tests import factories
from tests.cast import HENAN, Cast
from tests.factories import TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post, text_of

pytestmark = pytest.mark.django_db
GAPS = "admin:distribution_serviceduty_gaps"
TOMORROW = TODAY + timedelta(days=1)


def got(client: Client, address: str, question: dict[str, str]) -> str:
    """The page that answers the question."""
    return text_of(client.get(address, question))


class TestEntrustments:
    def test_are_ended_by_an_officer_of_the_province(self, cast: Cast) -> None:
        filed = factories.entrustment(cast)
        client = client_of(cast.officer)
        assert action_of(filed, "end") in get(client, page_of(filed))
        post(client, action_of(filed, "end"), on=TODAY - timedelta(days=3))
        assert "has to lie after" in post(client, action_of(filed, "end"), on=TODAY - timedelta(days=3))
        post(client, action_of(filed, "end"), on=TOMORROW)
        assert Entrustment.objects.get().validity.upper == TOMORROW

    @pytest.mark.parametrize("who", ["foreign_officer", "supervisor"])
    def test_are_only_read_by_others(self, cast: Cast, who: str) -> None:
        filed = factories.entrustment(cast)
        client = client_of(getattr(cast, who))
        assert action_of(filed, "end") not in get(client, page_of(filed))
        assert client.post(action_of(filed, "end"), {"on": TOMORROW}).status_code == 403


class TestDuties:
    def test_are_given_and_ended(self, cast: Cast) -> None:
        for number in (100, 101):
            factories.township(f"410102{number}", f"{number}镇")
        client = client_of(cast.officer)
        give = reverse("admin:distribution_serviceduty_give")
        told = {"distributor": cast.distributor_firm.pk, "townships": "410102100,\n410102101", "valid_from": TODAY}
        assert "must serve 2 townships" in post(client, give, **told)
        assert "served by duty" in post(client, give, **told)
        assert "100镇" in got(client, list_of(ServiceDuty), {"province": HENAN})
        duty = ServiceDuty.objects.first()
        assert duty is not None
        post(client, action_of(duty, "end"), on=TOMORROW)
        duty.refresh_from_db()
        assert duty.validity.upper == TOMORROW

    def test_are_only_read_by_others(self, cast: Cast) -> None:
        duty = factories.duty(cast)
        client = client_of(cast.supervisor)
        assert action_of(duty, "end") not in get(client, page_of(duty))
        assert client.get(reverse("admin:distribution_serviceduty_give")).status_code == 403


class TestGaps:
    def test_are_listed_and_taken_along(self, cast: Cast) -> None:
        factories.township(name="沟赵乡", is_remote=True)
        client = client_of(cast.officer)
        page = get(client, reverse(GAPS))
        assert "no distributor must serve the township" in page and "沟赵乡" in page and "1 gaps" in page
        assert "The network has no such gap." in got(client, reverse(GAPS), {"kind": "duty_unfit"})
        answer = client.get(reverse(GAPS), {"format": "csv"})
        assert "沟赵乡" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

    def test_are_another_province_s_officers_own(self, cast: Cast) -> None:
        assert client_of(cast.foreign_officer).get(reverse(GAPS), {"province": HENAN}).status_code == 403
        assert "湖北省" in got(client_of(cast.supervisor), reverse(GAPS), {"province": "420000"})
