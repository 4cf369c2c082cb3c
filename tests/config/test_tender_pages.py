"""The public pages of tenders: complete once things are public, and silent about bids before."""

from __future__ import annotations

from itertools import product as combinations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import RuleSet
from config import tender_pages
from procurement.models import Agreement, Lot, Tender
from procurement.services.amendments import propose_amendment, publish_amendment
from procurement.services.clarifications import answer, ask
from procurement.services.documents import Attachment, add_document
from procurement.services.lots import LotPlan
from procurement.services.objections import answer_objection, file_objection
from procurement.services.replacements import revoke_award
from procurement.services.tenders import cancel_tender, publish_tender
from tests import factories
from tests.cast import PLAIN, Cast, user_of
from tests.factories import NOW, ahead

pytestmark = pytest.mark.usefixtures("rule_sets")

PARTS = ("", "lots/1/", "opening/", "candidates/", "awards/", "agreements/")
SUPPLIER, RIVAL = "华夏制药有限公司", "长江制药有限公司"


@pytest.fixture(autouse=True)
def _in_english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def read(client: Client, tender: Tender, part: str = "", **query: str) -> str:
    """A page of the tender."""
    answer = client.get(f"/tenders/{tender.number}/{part}", query)
    assert answer.status_code == 200
    return answer.content.decode()


def plans(count: int, kind: str = "药品") -> list[LotPlan]:
    """Lots of different medicines, each under a guide price."""
    made = []
    for number in range(1, count + 1):
        item = factories.presentation(f"{kind}{number}")
        factories.guide_price(item)
        made.append(factories.lot_plan(item, number))
    return made


class TestTenders:
    def test_lists_what_is_published_and_no_drafts(self, client: Client, cast: Cast) -> None:
        draft, published = factories.drafted_tender(cast), factories.published_tender(cast)
        page = client.get("/tenders/").content.decode()
        assert published.number in page and draft.number not in page

    @pytest.mark.parametrize(
        ("question", "is_found"),
        [
            ({"procedure": "volume_based"}, True),
            ({"procedure": "negotiation"}, False),
            ({"status": "published"}, True),
            ({"status": "cancelled"}, False),
            ({"q": "阿莫西林"}, True),
            ({"q": "河南 基本药物"}, True),
            ({"q": "头孢"}, False),
            ({"q": "%"}, False),
            ({"status": "draft", "procedure": "\x00", "page": "x"}, False),
        ],
    )
    def test_finds_by_procedure_state_and_words(
        self, client: Client, cast: Cast, question: dict[str, str], is_found: bool
    ) -> None:
        tender = factories.published_tender(cast)
        page = client.get("/tenders/", question)
        assert page.status_code == 200
        assert (tender.number in page.content.decode()) == is_found

    def test_costs_the_same_for_one_as_for_many(self, client: Client, cast: Cast) -> None:
        counts = set()
        for more in (1, 4):
            for _ in range(more):
                factories.published_tender(cast)
            with CaptureQueriesContext(connection) as queries:
                client.get("/tenders/")
            counts.add(len(queries))
        assert len(counts) == 1


class TestTender:
    def test_shows_what_is_bought_and_by_which_rules(self, client: Client, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        page = read(client, tender)
        for text in ("阿莫西林 胶囊 0.25g", "360,000", "¥0.36", "带量采购", "国办发〔2021〕2号", "1 → 1", "no period"):
            assert text in page

    def test_says_that_the_rules_decide_how_many_win(self, client: Client, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        Lot.objects.filter(tender=tender).update(max_winners=None)
        assert "by the rules" in read(client, tender) and "by the rules" in read(client, tender, "lots/1/")

    def test_offers_its_documents(self, client: Client, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        attachment = Attachment("采购文件", "文件.pdf", b"%PDF-1.4\n%%EOF\n")
        document = add_document(tender_number=tender.number, attachment=attachment, actor=cast.officer, at=NOW)
        where = f"/tenders/{tender.number}/documents/{document.pk}/"
        assert client.get(where).status_code == 404
        holders = [cast.officer, cast.second_officer, cast.supervisor]
        for holder in holders:
            factories.opening_key(holder)
        publish_tender(
            number=tender.number, holders=[user_of(holder) for holder in holders], actor=cast.officer, at=NOW
        )
        page = read(client, tender)
        assert where in page and document.sha256 in page
        assert client.get(where).getvalue() == b"%PDF-1.4\n%%EOF\n"

    def test_answers_questions_and_tells_amendments(self, client: Client, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        asked = ask(tender_number=tender.number, question="胶囊可否换成片剂？", actor=cast.supplier, at=NOW)
        assert "胶囊可否换成片剂" not in read(client, tender)
        answer(clarification_id=asked.pk, text="不可以。", actor=cast.officer, at=NOW)
        amendment = propose_amendment(
            tender_number=tender.number,
            text="延长投标时间",
            deadline_at=ahead(days=40),
            affects_preparation=True,
            actor=cast.officer,
            at=NOW,
        )
        assert "延长投标时间" not in read(client, tender)
        publish_amendment(amendment_id=amendment.pk, actor=cast.second_officer, at=NOW)
        page = read(client, tender)
        assert all(text in page for text in ("胶囊可否换成片剂", "不可以。", "延长投标时间"))
        assert SUPPLIER not in page

    def test_says_why_it_was_cancelled(self, client: Client, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        cancel_tender(number=tender.number, reason="需求有重大变化", actor=cast.officer, at=NOW)
        assert "需求有重大变化" in read(client, tender)

    def test_shows_its_lots_page_by_page(self, client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tender_pages, "LOTS_PER_PAGE", 2)
        tender = factories.published_tender(cast, plans(3))
        first, second = read(client, tender), read(client, tender, page="2")
        assert "药品1" in first and "药品3" not in first
        assert "药品3" in second and "药品1" not in second
        assert "药品3" in read(client, tender, q="药品3")

    def test_an_unknown_number_is_not_there(self, client: Client, db: None) -> None:
        for part, number in combinations(PARTS, ("NOSUCH", "a%00b")):
            assert client.get(f"/tenders/{number}/{part}").status_code == 404
        for where in ("/agreements/NOSUCH/", "/agreements/a%00b/"):
            assert client.get(where).status_code == 404


class TestBeforeTheOpening:
    @pytest.mark.parametrize("part", PARTS)
    def test_says_neither_who_has_bid_nor_how_many(self, client: Client, cast: Cast, part: str) -> None:
        tender = factories.published_tender(cast)
        before = read(client, tender, part)
        for actor in (cast.supplier, cast.rival):
            factories.bid(tender.lots.select_related("tender", "presentation").get(), actor)
        after = read(client, tender, part)
        assert SUPPLIER not in after and RIVAL not in after
        assert strip(before) == strip(after)

    @pytest.mark.parametrize("part", PARTS)
    def test_has_no_opening_to_show(self, client: Client, cast: Cast, part: str) -> None:
        assert "¥6.00" not in read(client, factories.assembled_tender(cast), part)


def strip(page: str) -> list[str]:
    """The page without what differs each time."""
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]


class TestAfterTheOpening:
    @pytest.mark.parametrize("part", ["opening/", "lots/1/"])
    def test_shows_every_bid_with_its_price(self, client: Client, cast: Cast, part: str) -> None:
        page = read(client, factories.opened_tender(cast), part)
        assert all(text in page for text in (SUPPLIER, RIVAL, "¥6.00", "¥7.20"))

    def test_shows_how_to_check_the_minutes(self, client: Client, cast: Cast) -> None:
        tender = factories.opened_tender(cast)
        page = read(client, tender, "opening/")
        opening = tender.openings.get()
        assert f"minutes {tender.number}" in page and f"/api/v1/tenders/{tender.number}/openings/" in page
        assert opening.signature["signature"].replace("+", "&#x2B;") in page.replace("+", "&#x2B;")

    @pytest.mark.parametrize("part", PARTS)
    def test_keeps_the_evaluation_until_the_candidates(self, client: Client, cast: Cast, part: str) -> None:
        opened = read(client, factories.opened_tender(cast), part)
        page = read(client, tender := factories.evaluated_tender(cast), part)
        assert ">candidate<" not in page and "CN.VBP" not in page and ">winners proposed<" not in page
        assert (SUPPLIER in page) == (SUPPLIER in opened)
        assert tender.status == "evaluated"


class TestTheResult:
    def test_shows_candidates_with_rank_verdict_and_steps(self, client: Client, cast: Cast) -> None:
        tender = factories.tender_with_candidates(cast)
        page = read(client, tender, "lots/1/")
        assert all(text in page for text in (">candidate<", "CN.VBP.unit-comparable-price", "Steps", "¥0.25"))
        assert SUPPLIER in read(client, tender, "candidates/")

    def test_shows_objections_with_replies_and_not_who_objected(self, client: Client, cast: Cast) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).update(parameters=PLAIN | {"objection_days": 3})
        tender = factories.tender_with_candidates(cast)
        objection = file_objection(
            tender_number=tender.number, lot_number=1, text="中选价低于成本", actor=cast.rival, at=NOW
        )
        assert "nothing is awarded before it" in read(client, tender, "candidates/")
        answer_objection(objection_id=objection.pk, is_upheld=False, reply="已核实", actor=cast.officer, at=NOW)
        page = read(client, tender, "candidates/")
        assert "中选价低于成本" in page and "已核实" in page and RIVAL not in page

    def test_shows_winners_with_their_areas(self, client: Client, cast: Cast) -> None:
        tender = factories.awarded_tender(cast)
        for part in ("awards/", "lots/1/"):
            page = read(client, tender, part)
            assert all(text in page for text in (SUPPLIER, "¥6.00", "河南省", "湖北省"))
        assert "2 areas" in read(client, tender) and RIVAL not in read(client, tender)

    def test_shows_who_was_replaced_and_why(self, client: Client, cast: Cast) -> None:
        tender = factories.awarded_tender(cast)
        won = factories.bid_of(tender.lots.get(), cast.supplier)
        revoke_award(bid_id=won.pk, reason="无法供货", actor=cast.second_officer, at=NOW)
        page = read(client, tender, "awards/")
        assert "无法供货" in page and f"in the place of {SUPPLIER}" in page and RIVAL in page

    def test_shows_agreements_and_their_lines(self, client: Client, cast: Cast) -> None:
        tender = factories.concluded_tender(cast)
        [agreement] = Agreement.objects.filter(tender=tender)
        assert agreement.number in read(client, tender, "agreements/")
        page = client.get(f"/agreements/{agreement.number}/").content.decode()
        assert all(text in page for text in (SUPPLIER, "240,000", "120,000", "¥6.00", "河南省"))

    @pytest.mark.parametrize("part", [*PARTS, "agreement"])
    def test_costs_the_same_for_one_lot_as_for_many(self, client: Client, cast: Cast, part: str) -> None:
        counts = []
        for count in (1, 4):
            tender = factories.concluded_tender(cast, plans(count, f"药{count}"))
            where = f"/tenders/{tender.number}/{part}"
            if part == "agreement":
                where = f"/agreements/{Agreement.objects.get(tender=tender).number}/"
            with CaptureQueriesContext(connection) as queries:
                assert client.get(where).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestEveryPage:
    @pytest.mark.parametrize("part", PARTS)
    def test_is_to_be_read(self, client: Client, cast: Cast, part: str) -> None:
        tender = factories.published_tender(cast)
        assert client.post(f"/tenders/{tender.number}/{part}").status_code == 405
        page = read(client, tender, part)
        assert "<script" not in page and " style=" not in page
