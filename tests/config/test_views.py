"""The public pages: open to everybody, and silent about bids until a lot is awarded."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests import factories
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _in_english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


class TestHome:
    def test_stands_without_a_login(self, client: Client, db: None) -> None:
        page = client.get("/").content.decode()
        for address in ("/portal/", "/admin/", "/api/docs/"):
            assert f'href="{address}"' in page
        assert "No tender has been published yet" in page

    def test_lists_what_is_published_and_no_drafts(self, client: Client, cast: Cast, rule_sets: object) -> None:
        draft = factories.drafted_tender(cast)
        published = factories.published_tender(cast)
        page = client.get("/").content.decode()
        assert published.number in page and draft.number not in page
        assert client.get(f"/tenders/{draft.number}/").status_code == 404

    def test_shows_the_awards(self, client: Client, cast: Cast, rule_sets: object) -> None:
        factories.awarded_tender(cast)
        page = client.get("/").content.decode()
        assert "华夏制药有限公司" in page and "¥6.00" in page
        assert "长江制药有限公司" not in page


class TestTender:
    def test_shows_lots_volumes_and_ceilings(self, client: Client, cast: Cast, rule_sets: object) -> None:
        tender = factories.published_tender(cast)
        page = client.get(f"/tenders/{tender.number}/").content.decode()
        for text in ("阿莫西林 胶囊 0.25g", "360,000", "¥0.36"):
            assert text in page

    @pytest.mark.parametrize("state", ["tender_with_bids", "opened_tender", "evaluated_tender"])
    def test_says_nothing_of_bids_before_the_award(
        self, state: str, client: Client, cast: Cast, rule_sets: object
    ) -> None:
        tender = getattr(factories, state)(cast)
        for where in ("/", f"/tenders/{tender.number}/"):
            page = client.get(where).content.decode()
            assert "华夏制药" not in page and "长江制药" not in page and "¥6.00" not in page

    def test_the_number_of_bids_changes_nothing(self, client: Client, cast: Cast, rule_sets: object) -> None:
        tender = factories.published_tender(cast)
        where = f"/tenders/{tender.number}/"
        before = client.get(where).context["lots"]
        factories.bid(tender.lots.select_related("tender", "presentation").get(), cast.supplier)
        page = client.get(where)
        assert [vars(lot).keys() for lot in before] == [vars(lot).keys() for lot in page.context["lots"]]
        assert "华夏制药" not in page.content.decode()

    def test_shows_the_winners_with_price_and_areas(self, client: Client, cast: Cast, rule_sets: object) -> None:
        tender = factories.awarded_tender(cast)
        page = client.get(f"/tenders/{tender.number}/").content.decode()
        assert "华夏制药有限公司" in page and "¥6.00" in page and "2 areas" in page
        assert "长江制药有限公司" not in page

    def test_an_unknown_number_is_not_there(self, client: Client, db: None) -> None:
        response = client.get("/tenders/NOSUCH/")
        assert response.status_code == 404
        assert "There is no such page" in response.content.decode()
        assert client.get("/tenders/a%00b/").status_code == 404


class TestErrorPages:
    def test_the_server_error_page_needs_no_request(self) -> None:
        assert "portal/site.css" in render_to_string("500.html")

    def test_an_expired_form_says_what_to_do(self, db: None) -> None:
        response = Client(enforce_csrf_checks=True).post("/portal/login/", headers={"accept-language": "en"})
        assert response.status_code == 403
        assert "The form has expired" in response.content.decode()
