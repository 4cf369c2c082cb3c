"""Merge proposals: looked for, looked at, decided."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from catalog.models import MergeProposal, Presentation
from catalog.services.merges import keep_apart, merge_presentations, propose_merges
from catalog.states import MergeStatus
from tests import factories
from tests.cast import Cast
from tests.catalog.admin.answers import cost, rows_of
from tests.catalog.admin.lists import listing, published
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

LOOK = "admin:catalog_mergeproposal_look"


def spellings(medicine: str = "阿莫西林") -> tuple[Presentation, Presentation]:
    """The same in two spellings."""
    return factories.presentation(medicine), factories.presentation(medicine, "胶囊剂", "250mg")


@pytest.fixture
def proposal(cast: Cast) -> MergeProposal:
    spellings()
    [found] = propose_merges(actor=cast.officer, at=NOW)
    return found


class TestLook:
    def test_proposes_each_pair_once(self, cast: Cast) -> None:
        spellings()
        client = client_of(cast.officer)
        get(client, reverse(LOOK))
        assert "1 pairs are proposed anew." in post(client, reverse(LOOK))
        assert "0 pairs are proposed anew." in post(client, reverse(LOOK))
        assert MergeProposal.objects.count() == 1

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        spellings()
        client = client_of(cast.supervisor)
        assert client.post(reverse(LOOK)).status_code == 403
        assert reverse(LOOK) not in get(client, list_of(MergeProposal))
        assert not MergeProposal.objects.exists()


class TestPage:
    def test_shows_both_with_what_refers_to_each(self, cast: Cast, proposal: MergeProposal) -> None:
        published("2018", [listing()], cast)
        for maker in (cast.supplier_firm, cast.rival_firm):
            factories.product(maker, proposal.merged)
        answer = client_of(cast.supervisor).get(page_of(proposal))
        shown = {str(title): table for title, table in answer.context["record_tables"]}
        assert shown["Side by side"].count("250 mg") == 2
        assert re.findall(r"(?:胶囊剂?|250mg|0\.25g)", shown["Written otherwise"]) == [
            "胶囊",
            "胶囊剂",
            "0.25g",
            "250mg",
        ]
        cells = re.findall(r">\s*([^<>]*[^<>\s])\s*</td>", shown["What refers to each"])
        counts = {cells[place]: tuple(cells[place + 1 : place + 3]) for place in range(0, len(cells), 3)}
        assert counts == {"Entries of the list": ("1", "0"), "Products": ("0", "2")}

    def test_begins_with_what_is_to_be_decided(self, cast: Cast, proposal: MergeProposal) -> None:
        for number, medicine in enumerate(("布洛芬", "丙戊酸钠")):
            spellings(medicine)
            [other] = propose_merges(actor=cast.officer, at=NOW)
            if number:
                merge_presentations(proposal_id=other.pk, actor=cast.officer, at=NOW)
            else:
                keep_apart(proposal_id=other.pk, reason="盐型不同", actor=cast.officer, at=NOW)
        rows = client_of(cast.supervisor).get(list_of(MergeProposal)).context["cl"].result_list
        assert next(iter(rows)).status == MergeStatus.PROPOSED

    def test_shows_a_badge_and_what_differs_in_the_list_and_in_the_export(
        self, cast: Cast, proposal: MergeProposal
    ) -> None:
        client = client_of(cast.supervisor)
        assert "dosage form: 胶囊剂 → 胶囊; strength: 250mg → 0.25g" in get(client, list_of(MergeProposal))
        lines = rows_of(client.get(reverse("admin:catalog_mergeproposal_export_csv"), {"status__exact": "proposed"}))
        assert [line[1] for line in lines[1:]] == ["胶囊 0.25g"]


class TestDecide:
    def test_merges_the_two(self, cast: Cast, proposal: MergeProposal) -> None:
        product = factories.product(cast.supplier_firm, proposal.merged)
        client = client_of(cast.officer)
        get(client, action_of(proposal, "merge"))
        assert "is now a spelling of" in post(client, action_of(proposal, "merge"), version=proposal.version)
        for record in (proposal, product):
            record.refresh_from_db()
        assert (proposal.status, product.presentation_id) == (MergeStatus.MERGED, proposal.kept_id)
        assert action_of(proposal, "merge") not in get(client, page_of(proposal))

    def test_says_why_they_cannot_become_one(self, cast: Cast, proposal: MergeProposal) -> None:
        for item in (proposal.kept, proposal.merged):
            factories.product(cast.supplier_firm, item)
        page = post(client_of(cast.officer), action_of(proposal, "merge"), version=proposal.version)
        assert "cannot be merged into" in page
        assert "This was changed meanwhile" in post(client_of(cast.officer), action_of(proposal, "merge"), version=9)
        proposal.refresh_from_db()
        assert proposal.status == MergeStatus.PROPOSED

    def test_keeps_them_apart_with_a_reason(self, cast: Cast, proposal: MergeProposal) -> None:
        client = client_of(cast.officer)
        assert "Say why" in post(client, action_of(proposal, "keep_apart"), reason=" ")
        assert "stay apart" in post(client, action_of(proposal, "keep_apart"), reason="盐型不同")
        proposal.refresh_from_db()
        assert (proposal.status, proposal.reason) == (MergeStatus.REJECTED, "盐型不同")

    @pytest.mark.parametrize("name", ["merge", "keep_apart"])
    def test_is_not_for_supervisors(self, cast: Cast, proposal: MergeProposal, name: str) -> None:
        client = client_of(cast.supervisor)
        assert client.post(action_of(proposal, name), {"version": 1, "reason": "x"}).status_code == 403
        assert action_of(proposal, name) not in get(client, page_of(proposal))


class TestQueryCounts:
    def test_do_not_grow_with_the_proposals(self, cast: Cast, proposal: MergeProposal) -> None:
        client = client_of(cast.supervisor)
        few = cost(client, list_of(MergeProposal))
        for number in range(49):
            spellings(f"药{number}")
        propose_merges(actor=cast.officer, at=NOW)
        assert cost(client, list_of(MergeProposal)) == few
