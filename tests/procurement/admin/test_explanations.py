"""Judging the explanations of abnormally low prices, and reading every step of a ranking."""

from __future__ import annotations

import pytest

from catalog.accounts.models import Licence
from procurement.models import Explanation
from procurement.services.evaluations import evaluate_tender
from procurement.services.explanations import answer_explanation
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def asked(cast: Cast) -> Explanation:
    factories.procedure_rules(abnormally_low="0.9")
    lot = factories.contested_lot(cast, {cast.supplier: "2.40", cast.rival: "7.20"}, is_published=False)
    return Explanation.objects.select_related("bid__lot").get(bid__lot=lot)


class TestExplanationAdmin:
    def test_lists_what_waits_with_the_price(self, cast: Cast, asked: Explanation) -> None:
        page = get(client_of(cast.officer), list_of(Explanation))
        assert "waits for the bidder" in page
        assert "¥0.10" in page
        assert cast.supplier_firm.name in page

    def test_offers_no_judgement_before_an_answer(self, cast: Cast, asked: Explanation) -> None:
        assert offered(client_of(cast.officer).get(page_of(asked))) == set()

    @pytest.mark.parametrize(("name", "word"), [("accept", "accepted"), ("reject", "rejected")])
    def test_judges_with_the_reason(self, cast: Cast, asked: Explanation, name: str, word: str) -> None:
        answer_explanation(explanation_id=asked.pk, text="自产原料药", actor=cast.supplier, at=NOW)
        officer = client_of(cast.officer)
        page = officer.get(page_of(asked))
        assert offered(page) == {"accept", "reject"}
        assert "自产原料药" in page.content.decode()
        assert "This field is required" in post(officer, action_of(asked, name), judgement="")
        assert f"The explanation is {word}" in post(officer, action_of(asked, name), judgement="已复核成本")
        asked.refresh_from_db()
        assert (asked.is_accepted, asked.judgement) == (name == "accept", "已复核成本")
        assert offered(officer.get(page_of(asked))) == set()

    def test_is_only_read_by_supervisors(self, cast: Cast, asked: Explanation) -> None:
        answer_explanation(explanation_id=asked.pk, text="自产原料药", actor=cast.supplier, at=NOW)
        supervisor = client_of(cast.supervisor)
        assert offered(supervisor.get(page_of(asked))) == set()
        assert supervisor.post(action_of(asked, "accept"), {"judgement": "x"}).status_code == 403


class TestRanking:
    def test_shows_every_step_of_a_bid_and_of_its_lot(self, cast: Cast, asked: Explanation) -> None:
        page = get(client_of(cast.officer), page_of(asked.bid.lot))
        for step in (
            "2.4000 ÷ 24 ÷ 1.000000",
            "0.1000 ≤ 0.3600",
            "0.1000 &lt; 0.9 × 0.2000",
            "rank 1, places 1",
            "2 bidders",
            "unit comparable price",
            "an abnormally low price is to be explained",
        ):
            assert step in page, step

    def test_says_why_a_bid_was_not_compared(self, cast: Cast) -> None:
        factories.procedure_rules(licence_required=True)
        factories.licence(cast.supplier_firm)
        factories.licence(cast.rival_firm)
        tender = factories.opened_tender(cast)
        Licence.objects.filter(organization=cast.rival_firm).delete()
        evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        page = get(client_of(cast.officer), page_of(tender.lots.get()))
        assert "no licence is on file" in page
        assert "the supplier is not admitted" in page.lower()
