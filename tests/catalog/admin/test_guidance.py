"""Guidelines and the prescription set, and the reference prices to read."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from catalog.models import DosageEntry, GuidanceDocument, ReferencePrice, ReferencePriceIndex
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.states import GuidanceKind
from tests import factories
from tests.cast import Cast
from tests.catalog.admin.answers import cost, rows_of
from tests.factories import NOW, TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post, text_of

ENTER = "admin:catalog_guidancedocument_enter"
FILLED: dict[str, Any] = {
    "kind": "guideline",
    "title": "国家基本药物临床应用指南",
    "edition_label": "2018年版",
    "issuer": "国家卫生健康委员会",
    "valid_from": "2018-11-01",
    "valid_until": "",
    "source": "人民卫生出版社",
    "address": "",
}


def document(cast: Cast, label: str = "2012年版", *dosages: NewDosage, until: date | None = None) -> GuidanceDocument:
    return enter_guidance(
        kind=GuidanceKind.GUIDELINE,
        title="国家基本药物临床应用指南",
        edition_label=label,
        issuer="卫生部",
        valid_from=date(2013, 5, 1),
        valid_until=until,
        source="",
        dosages=dosages,
        actor=cast.officer,
        at=NOW,
    )


def dosage(medicine: str = "阿莫西林", indication: str = "呼吸道感染") -> NewDosage:
    return NewDosage(factories.presentation(medicine).medicine, indication, "一次0.5g")


class TestEnter:
    def test_ends_the_version_before(self, cast: Cast) -> None:
        former = document(cast)
        client = client_of(cast.officer)
        get(client, reverse(ENTER))
        assert "is entered" in text_of(client.post(reverse(ENTER), FILLED, follow=True))
        former.refresh_from_db()
        assert former.validity.upper == date(2018, 11, 1)

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"edition_label": "2012年版"}, "is already registered"),
            ({"valid_until": "2018-10-31"}, "not after its beginning"),
            ({"address": "no address"}, "Enter a valid URL"),
        ],
    )
    def test_says_what_is_wrong(self, cast: Cast, changed: dict[str, str], words: str) -> None:
        document(cast, until=date(2018, 1, 1))
        assert words in text_of(client_of(cast.officer).post(reverse(ENTER), FILLED | changed, follow=True))
        assert GuidanceDocument.objects.count() == 1

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        assert client.post(reverse(ENTER), FILLED).status_code == 403
        assert reverse(ENTER) not in get(client, list_of(GuidanceDocument))


class TestAddDosage:
    def filled(self, **changed: Any) -> dict[str, Any]:
        capsules = factories.presentation()
        values = {"medicine": capsules.medicine_id, "presentation": capsules.pk, "indication": "感染", "dose": "0.5g"}
        return values | changed

    def test_puts_it_into_the_document(self, cast: Cast) -> None:
        entered, client = document(cast), client_of(cast.officer)
        get(client, action_of(entered, "add_dosage"))
        assert "is added" in post(client, action_of(entered, "add_dosage"), **self.filled())
        assert entered.entries.get().presentation == factories.presentation()

    def test_says_what_is_wrong(self, cast: Cast) -> None:
        entered, client = document(cast), client_of(cast.officer)
        other = factories.presentation("布洛芬").pk
        page = post(client, action_of(entered, "add_dosage"), **self.filled(presentation=other))
        assert "nothing is registered as “布洛芬" in page
        post(client, action_of(entered, "add_dosage"), **self.filled())
        assert "is already registered" in post(client, action_of(entered, "add_dosage"), **self.filled())
        assert entered.entries.count() == 1

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        entered, client = document(cast), client_of(cast.supervisor)
        assert client.post(action_of(entered, "add_dosage"), self.filled()).status_code == 403
        assert action_of(entered, "add_dosage") not in get(client, page_of(entered))


class TestDosages:
    def test_are_filtered_by_the_document_in_force_searched_and_exported_so(self, cast: Cast) -> None:
        document(cast, "2009年版", dosage("布洛芬", "发热"), until=TODAY - timedelta(days=1))
        now = GuidanceDocument.objects.create(
            kind=GuidanceKind.FORMULARY,
            title="国家基本药物处方集",
            edition_label="2018年版",
            issuer="国家卫生健康委员会",
            validity=(TODAY, None),
            source="",
        )
        DosageEntry.objects.create(
            document=now, medicine=factories.presentation().medicine, indication="感染", dose="1"
        )
        client = client_of(cast.supervisor)

        def found(**filters: Any) -> list[str]:
            return [row.indication for row in client.get(list_of(DosageEntry), filters).context["cl"].result_list]

        assert (found(in_force="yes"), found(in_force="no")) == (["感染"], ["发热"])
        assert found(q="发热") == found(q="blf") == found(document__kind__exact="guideline") == ["发热"]
        address = reverse("admin:catalog_dosageentry_export_csv")
        assert [line[3] for line in rows_of(client.get(address, {"in_force": "no"}))[1:]] == ["发热"]
        assert "发热" in get(client, page_of(DosageEntry.objects.get(indication="发热")))

    def test_take_as_many_queries_for_fifty_as_for_one(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        entered = document(cast, "2012年版", dosage())
        addresses = (list_of(DosageEntry), page_of(entered), list_of(GuidanceDocument))
        few = [cost(client, address) for address in addresses]
        DosageEntry.objects.bulk_create(
            DosageEntry(
                document=entered, medicine=factories.presentation(f"药{number}").medicine, indication="感染", dose="1"
            )
            for number in range(49)
        )
        assert [cost(client, address) for address in addresses] == few


class TestReferencePrices:
    def test_are_read_and_exported_with_their_currency(self, cast: Cast) -> None:
        index = ReferencePriceIndex.objects.create(
            code="DPRI-2023", title="Drug Price Reference Index", country="PH", currency="PHP", as_of=TODAY, source=""
        )
        client = client_of(cast.supervisor)

        def make(*numbers: int) -> None:
            ReferencePrice.objects.bulk_create(
                ReferencePrice(
                    index=index,
                    item=f"Amoxicillin {number} mg capsule",
                    medicine=factories.presentation(f"药{number}").medicine,
                    lowest=Decimal(1),
                    median=Decimal("1.5"),
                    highest=Decimal(2),
                )
                for number in numbers
            )

        make(1)
        addresses = (list_of(ReferencePrice), list_of(ReferencePriceIndex), page_of(index))
        few = [cost(client, address) for address in addresses]
        make(*range(2, 51))
        assert [cost(client, address) for address in addresses] == few
        assert "1.50 PHP" in get(client, list_of(ReferencePrice))
        lines = rows_of(client.get(reverse("admin:catalog_referenceprice_export_csv"), {"q": '"Amoxicillin 1 mg"'}))
        assert [(line[0], line[5]) for line in lines[1:]] == [("DPRI-2023", "PHP")]
