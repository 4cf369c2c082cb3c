"""A medicine's page: everything that is known of it."""

from __future__ import annotations

from datetime import date, timedelta

from django.urls import reverse

from catalog.models import Medicine, MergeProposal, Presentation
from catalog.services.additions import add_for_province
from catalog.services.group_members import set_group_members
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.services.merges import merge_presentations, propose_merges
from catalog.states import GuidanceKind
from tests import factories
from tests.cast import HENAN, Cast
from tests.catalog.admin.answers import cost, rows_of
from tests.catalog.admin.lists import entry_of, listing, published
from tests.factories import NOW, TODAY
from tests.procurement.admin.pages import client_of, get, list_of, page_of


def document(cast: Cast, medicine: Medicine, indication: str, *, until: date | None = None) -> None:
    enter_guidance(
        kind=GuidanceKind.GUIDELINE,
        title=f"指南：{indication}",
        edition_label="2018年版",
        issuer="国家卫生健康委员会",
        valid_from=date(2018, 11, 1),
        valid_until=until,
        source="",
        dosages=[NewDosage(medicine, indication, "一次0.5g", frequency="一日3次")],
        actor=cast.officer,
        at=NOW,
    )


class TestPage:
    def test_shows_the_history_by_edition_also_through_groups(self, cast: Cast) -> None:
        old = published("2018", [listing(400, "抗感染药组", is_group=True)], cast)
        medicine = factories.presentation().medicine
        group = entry_of(old, "抗感染药组")
        set_group_members(entry_id=group.pk, medicines=[medicine], actor=cast.officer, at=NOW)
        new = published("2026", [listing(12, specialist=True)], cast, since=2025)
        page = get(client_of(cast.supervisor), page_of(medicine))
        for words in (old.title, new.title, "member of 抗感染药组", "△", ">12<"):
            assert words in page

    def test_shows_the_presentations_with_the_spellings_merged_into_them(self, cast: Cast) -> None:
        kept, _merged = factories.presentation(), factories.presentation(form="胶囊剂", strength="250mg")
        propose_merges(actor=cast.officer, at=NOW)
        merge_presentations(proposal_id=MergeProposal.objects.get().pk, actor=cast.officer, at=NOW)
        client = client_of(cast.supervisor)
        answer = client.get(page_of(kept.medicine))
        page = answer.content.decode()
        assert "胶囊剂 250mg" in page and "250 mg" in page
        assert [row.presentation_count for row in client.get(list_of(Medicine)).context["cl"].result_list] == [1]
        assert "胶囊剂" in get(client, page_of(kept))
        listed = client.get(list_of(Presentation), {"merged": "no"}).context["cl"].result_list
        assert list(listed) == [kept]

    def test_shows_the_dosages_in_force_the_products_and_the_additions(self, cast: Cast) -> None:
        capsules = factories.presentation()
        document(cast, capsules.medicine, "呼吸道感染")
        document(cast, capsules.medicine, "旧适应症", until=TODAY - timedelta(days=1))
        product = factories.product(cast.supplier_firm, capsules)
        add_for_province(
            province_id=HENAN,
            medicine=capsules.medicine,
            presentations=[],
            valid_from=TODAY,
            valid_until=None,
            decision="豫卫药政〔2019〕1号",
            source="",
            actor=cast.officer,
            at=NOW,
        )
        page = get(client_of(cast.supervisor), page_of(capsules.medicine))
        for words in ("呼吸道感染", "一次0.5g", product.code, "河南省", "豫卫药政〔2019〕1号"):
            assert words in page
        assert "旧适应症" not in page

    def test_takes_as_many_queries_with_fifty_of_everything_as_with_one(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        names = {"青霉素": 1, "阿莫西林": 50}
        listings = []
        for number, (name, count) in enumerate(names.items(), start=1):
            strengths = [("胶囊", f"{strength}mg") for strength in range(1, count + 1)]
            listings.append(listing(number, name, *strengths))
        published("2018", listings, cast)
        for name, count in names.items():
            for place, item in enumerate(Presentation.objects.filter(medicine__name=name)[:count]):
                factories.product(cast.supplier_firm, item)
                document(cast, item.medicine, f"{name}{place}")
        one, many = (cost(client, page_of(Medicine.objects.get(name=name))) for name in names)
        assert one == many


class TestList:
    def test_takes_as_many_queries_for_fifty_as_for_one(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        factories.presentation()
        before = {model: cost(client, list_of(model)) for model in (Medicine, Presentation)}
        for number in range(49):
            factories.presentation(f"药{number}")
        assert {model: cost(client, list_of(model)) for model in before} == before

    def test_is_exported_as_it_is_searched(self, cast: Cast) -> None:
        for name in ("阿莫西林", "布洛芬"):
            factories.presentation(name)
        answer = client_of(cast.supervisor).get(reverse("admin:catalog_medicine_export_csv"), {"q": "amxl"})
        assert [line[0] for line in rows_of(answer)[1:]] == ["阿莫西林"]
