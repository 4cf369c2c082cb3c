from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from catalog.errors import MergeBlocked, ReasonNeeded
from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import EditionEntry, MergeProposal, Presentation
from catalog.queries import essentiality, guide_prices, presentations_of
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.services.merges import keep_apart, merge_presentations, propose_merges
from catalog.services.product_life import withdraw_product
from catalog.states import GuidanceKind
from procurement.models import DemandLine
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.django_db
JUNE = date(2026, 6, 1)


def propose(**options: object) -> list[MergeProposal]:
    return propose_merges(actor=Actor.platform(), at=NOW, **options)


def merge(proposal: MergeProposal, actor: Actor, **options: object) -> MergeProposal:
    return merge_presentations(proposal_id=proposal.pk, actor=actor, at=NOW, **options)


class TestProposeMerges:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("胶囊", "0.25g"), ("胶囊", "250mg")),
            (("片剂", "0.25g"), ("片", "0.25g")),
            (("胶囊", "0.25g"), ("胶囊", "０．２５ｇ")),
            (("片剂", "0.25g"), ("（钾盐）片", "250mg")),
        ],
        ids=["units", "forms", "full-width", "a salt beside none"],
    )
    def test_proposes_two_spellings_of_one_thing_and_merges_nothing(
        self, one: tuple[str, str], other: tuple[str, str]
    ) -> None:
        first, second = (factories.presentation(form=form, strength=strength) for form, strength in (one, other))
        [proposal] = propose()
        assert (proposal.kept, proposal.merged, proposal.status) == (first, second, "proposed")
        assert Presentation.objects.filter(merged_into=None).count() == 2
        assert proposal.evidence and all(part["kept"] != part["merged"] for part in proposal.evidence)
        assert Event.objects.get().changes == {"pairs": [None, [[first.pk, second.pk]]]}

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("胶囊", "0.25g"), ("胶囊", "0.5g")),
            (("胶囊", "0.25g"), ("片剂", "0.25g")),
            (("片剂", "0.25g"), ("分散片", "0.25g")),
            (("（钾盐）片剂", "0.25g"), ("（钠盐）片剂", "0.25g")),
        ],
        ids=["strength", "form", "kind of tablet", "salts"],
    )
    def test_leaves_different_things_alone(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        for form, strength in (one, other):
            factories.presentation(form=form, strength=strength)
        assert propose() == []
        assert not Event.objects.exists()

    def test_leaves_other_medicines_alone(self) -> None:
        factories.presentation("阿莫西林", "胶囊", "0.25g")
        factories.presentation("头孢拉定", "胶囊", "250mg")
        assert propose() == []

    def test_finds_two_of_one_salt_behind_one_of_another(self) -> None:
        factories.presentation(form="（钾盐）片剂")
        sodium = [factories.presentation(form=form) for form in ("（钠盐）片剂", "（钠盐）片")]
        assert [(item.kept, item.merged) for item in propose()] == [tuple(sodium)]

    def test_proposes_each_pair_once(self) -> None:
        factories.merge_proposal()
        assert propose() == []
        factories.presentation(strength="0.25 g")
        assert len(propose()) == 1
        assert MergeProposal.objects.count() == 2

    def test_asks_about_the_named_medicines_alone(self) -> None:
        for medicine in ("阿莫西林", "头孢拉定"):
            for strength in ("0.25g", "250mg"):
                of = factories.presentation(medicine, strength=strength)
        assert [item.kept.medicine for item in propose(medicine_ids=[of.medicine_id])] == [of.medicine]
        assert propose(medicine_ids=[]) == []


class TestMergePresentations:
    def test_is_decided_by_a_named_officer(self, cast: Cast) -> None:
        proposal = factories.merge_proposal()
        for actor in (cast.platform, machine_of(cast.officer), cast.supplier, cast.supervisor):
            with refused(NotAllowed):
                merge(proposal, actor)
        merged = merge(proposal, cast.officer)
        assert (merged.status, merged.decided_by_id, merged.decided_at) == ("merged", cast.officer.user_id, NOW)
        assert proposal.merged.spellings.count() == 0
        assert Presentation.objects.get(merged_into=proposal.kept) == proposal.merged

    @pytest.mark.usefixtures("rule_sets")
    def test_moves_what_named_the_merged_one(self, cast: Cast) -> None:
        proposal = factories.merge_proposal()
        kept, merged = proposal.kept, proposal.merged
        product = factories.product(cast.supplier_firm, merged)
        factories.guide_price(merged, price="8.72")
        factories.edition({"strength": "250mg"})
        addition = factories.addition(cast, merged, only=[merged])
        factories.guide_price(factories.presentation("头孢拉定"))
        tender = factories.drafted_tender(cast, [factories.lot_plan(merged)])
        dosed = enter_guidance(
            kind=GuidanceKind.GUIDELINE,
            title="国家基本药物临床应用指南",
            edition_label="2018年版",
            issuer="国家卫生健康委员会",
            valid_from=JUNE,
            valid_until=None,
            source="",
            dosages=[NewDosage(merged.medicine, "肺炎", "一次0.5g", presentation=merged)],
            actor=cast.officer,
            at=NOW,
        ).entries.get()
        listing = factories.insurance_listing(merged, is_only_this=True)
        merge(proposal, cast.officer)
        for record in (product, listing, dosed):
            record.refresh_from_db()
            assert record.presentation == kept
        assert guide_prices([product], JUNE)[product.pk].price == Decimal("8.72")
        assert EditionEntry.objects.get().presentations.get() == kept
        assert addition.presentations.get() == kept
        assert tender.lots.get().presentation == kept
        assert set(DemandLine.objects.values_list("presentation", flat=True)) == {kept.pk}
        assert essentiality([product], JUNE)[product.pk].is_essential

    def test_leaves_one_where_entry_and_addition_named_both(self, cast: Cast) -> None:
        proposal = factories.merge_proposal()
        factories.edition({}, {"strength": "250mg"})
        addition = factories.addition(cast, proposal.kept, only=[proposal.kept, proposal.merged])
        merge(proposal, cast.officer)
        assert EditionEntry.objects.get().presentations.get() == addition.presentations.get() == proposal.kept

    def test_leaves_the_spelling_understood(self, cast: Cast) -> None:
        proposal = factories.merge_proposal()
        merge(proposal, cast.officer)
        assert presentations_of(["阿莫西林"])["阿莫西林", "胶囊", "250mg"] == proposal.kept
        assert factories.presentation(strength="250mg") == proposal.kept
        assert Presentation.objects.count() == 2

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_leaves_a_spelling_of_a_spelling_understood(self, cast: Cast, order: tuple[int, int]) -> None:
        """A salt, none, and another salt: the middle one may be merged into the first before or after the last."""
        first, *_others = [factories.presentation(form=form) for form in ("（钾盐）片剂", "片剂", "（钠盐）片剂")]
        proposals = propose()
        outcomes = []
        for place in order:
            try:
                outcomes.append(merge(proposals[place], cast.officer).status)
            except MergeBlocked:
                outcomes.append("blocked")
        if order == (0, 1):
            assert outcomes == ["merged", "blocked"]
        else:
            assert outcomes == ["merged", "merged"]
            assert set(presentations_of(["阿莫西林"]).values()) == {first}

    def test_is_blocked_where_a_maker_has_both(self, cast: Cast) -> None:
        proposal = factories.merge_proposal()
        products = [factories.product(cast.supplier_firm, of) for of in (proposal.kept, proposal.merged)]
        factories.guide_price(proposal.merged)
        with refused(MergeBlocked) as refusal:
            merge(proposal, cast.officer)
        assert str(products[1]) in refusal.facts["problem"]
        proposal.refresh_from_db()
        assert (proposal.status, proposal.merged.merged_into) == ("proposed", None)
        assert proposal.merged.guide_prices.count() == proposal.merged.products.count() == 1
        withdraw_product(product_id=products[1].pk, reason="重复登记", actor=cast.officer, at=NOW)
        assert merge(proposal, cast.officer).status == "merged"

    def test_is_blocked_where_both_have_a_guide_price(self, cast: Cast) -> None:
        proposal = factories.merge_proposal()
        for of in (proposal.kept, proposal.merged):
            factories.guide_price(of)
        with refused(MergeBlocked):
            merge(proposal, cast.officer)

    def test_refuses_what_is_merged_and_an_old_version(self, cast: Cast) -> None:
        proposal = factories.merge_proposal()
        with refused(Stale):
            merge(proposal, cast.officer, expected_version=9)
        merge(proposal, cast.officer)
        with refused(AlreadyDone):
            merge(proposal, cast.officer)

    def test_refuses_one_that_was_merged_elsewhere_meanwhile(self, cast: Cast) -> None:
        for strength in ("0.25g", "250mg", "0.25 g"):
            factories.presentation(strength=strength)
        one, other = propose()
        Presentation.objects.filter(pk=other.merged_id).update(merged_into=one.merged)
        with refused(MergeBlocked):
            merge(other, cast.officer)


class TestKeepApart:
    def test_is_not_proposed_again(self, cast: Cast) -> None:
        proposal = factories.merge_proposal()
        kept = keep_apart(proposal_id=proposal.pk, reason=" 包衣不同 ", actor=cast.officer, at=NOW)
        assert (kept.status, kept.reason, kept.decided_by_id) == ("rejected", "包衣不同", cast.officer.user_id)
        assert propose() == []
        with refused(WrongState):
            merge(proposal, cast.officer)
        assert not Presentation.objects.exclude(merged_into=None).exists()

    def test_refuses_without_a_reason_and_who_is_no_officer(self, cast: Cast) -> None:
        proposal = factories.merge_proposal()
        with refused(ReasonNeeded):
            keep_apart(proposal_id=proposal.pk, reason=" ", actor=cast.officer, at=NOW)
        with refused(NotAllowed):
            keep_apart(proposal_id=proposal.pk, reason="x", actor=cast.buyer, at=NOW)
