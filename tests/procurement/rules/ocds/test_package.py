from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from procurement.rules.ocds.facts import ContractLine, Ingredient, Medicine, Tender
from procurement.rules.ocds.package import EXTENSIONS, NothingPublic, release_package
from procurement.rules.ocds.values import medicine_item
from tests.procurement.rules.ocds.tenders import (
    CANCELLED,
    CONTRACT,
    EVERY_SHAPE,
    LISTED,
    LOTS,
    PLANNED,
    PUBLISHER,
    URI,
    WHOLE,
    award,
    days,
)


def package(tender: Tender = WHOLE, at: datetime | None = None) -> dict[str, Any]:
    return release_package(tender, published_at=at or days(500), publisher=PUBLISHER, uri=URI)


def releases(tender: Tender = WHOLE, at: datetime | None = None) -> dict[str, dict[str, Any]]:
    """Write a package and give its releases by the day after the publication on which they were made."""
    written = package(tender, at)["releases"]
    return {f"day {(datetime.fromisoformat(item['date']) - days(0)).days}": item for item in written}


def merge(older: Any, newer: Any) -> Any:
    """Merge as the standard does: objects by field, arrays of objects by identifier, everything else replaced."""
    if isinstance(older, dict) and isinstance(newer, dict):
        return older | {name: merge(older.get(name), value) for name, value in newer.items()}
    if isinstance(older, list) and newer and all(isinstance(item, dict) and "id" in item for item in [*older, *newer]):
        known = {item["id"]: item for item in older}
        return list((known | {item["id"]: merge(known.get(item["id"]), item) for item in newer}).values())
    return newer


def compiled(tender: Tender = WHOLE, at: datetime | None = None) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for release in package(tender, at)["releases"]:
        merged = merge(merged, release)
    return merged


class TestPackage:
    def test_says_who_publishes_what_and_by_which_extensions(self) -> None:
        written = package()
        assert written["version"] == "1.1"
        assert written["uri"] == URI
        assert written["publisher"]["uid"] == PUBLISHER.uscc
        assert {"lots", "bid", "medicine"} <= {url.split("/ocds_")[1].split("_")[0] for url in EXTENSIONS}
        assert written["extensions"] == EXTENSIONS

    def test_refuses_a_tender_of_which_nothing_is_public(self) -> None:
        with pytest.raises(NothingPublic):
            package(WHOLE, days(-21))
        with pytest.raises(NothingPublic):
            package(replace(WHOLE, planning=None, published_at=None))

    @pytest.mark.parametrize("tender", EVERY_SHAPE.values(), ids=EVERY_SHAPE)
    def test_is_json_without_a_null_or_an_empty_list(self, tender: Tender) -> None:
        written = json.dumps(package(tender))
        assert not {"null", "[]", "{}", '""'} & set(written.replace(",", " ").replace(":", " ").split())
        assert json.loads(written) == package(tender)


class TestReleases:
    def test_are_made_for_every_step(self) -> None:
        assert {day: release["tag"] for day, release in releases().items()} == {
            "day -20": ["planning"],
            "day 0": ["tender"],
            "day 5": ["tenderUpdate"],
            "day 10": ["tenderAmendment"],
            "day 12": ["tenderUpdate"],
            "day 30": ["tenderUpdate"],
            "day 35": ["tenderUpdate"],
            "day 36": ["tenderUpdate"],
            "day 37": ["award"],
            "day 40": ["awardCancellation"],
            "day 42": ["awardUpdate"],
            "day 45": ["contract"],
            "day 200": ["contractAmendment"],
            "day 486": ["contractTermination"],
        }
        assert [release["tag"] for release in releases(CANCELLED).values()][-1] == ["tenderCancellation"]
        assert list(releases(PLANNED)) == ["day -20"]
        assert releases(LISTED)["day 42"]["tag"] == ["award"]

    def test_never_alter_when_later_ones_follow(self) -> None:
        """The facts are what is known at the end; a package written earlier knew less and said the same."""
        final = package()["releases"]
        for count in range(1, len(final) + 1):
            at = datetime.fromisoformat(final[count - 1]["date"])
            assert package(WHOLE, at)["releases"] == final[:count]

    def test_have_identifiers_of_their_own_in_order(self) -> None:
        found = package()["releases"]
        assert all(before["id"] < after["id"] for before, after in pairwise(found[1:]))
        assert found[1]["id"] == "ocds-000000-2026-01-20260302T010000.000000Z"
        assert {release["ocid"] for release in found} == {"ocds-000000-2026-01"}

    def test_of_one_moment_are_one(self) -> None:
        both = replace(WHOLE, contracts=(replace(CONTRACT, signed_at=days(42)),))
        assert releases(both)["day 42"]["tag"] == ["awardUpdate", "contract"]


class TestReferences:
    @pytest.mark.parametrize("tender", EVERY_SHAPE.values(), ids=EVERY_SHAPE)
    def test_of_organizations_are_parties_of_the_release(self, tender: Tender) -> None:
        for release in package(tender)["releases"]:
            parties = {party["id"] for party in release["parties"]}
            references = [release["buyer"], *([release["tender"]["procuringEntity"]] if "tender" in release else [])]
            references += [party for bid in release.get("bids", {}).get("details", []) for party in bid["tenderers"]]
            references += [party for award in release.get("awards", []) for party in award["suppliers"]]
            assert {reference["id"] for reference in references} <= parties

    @pytest.mark.parametrize("tender", EVERY_SHAPE.values(), ids=EVERY_SHAPE)
    def test_of_lots_bids_and_awards_are_known(self, tender: Tender) -> None:
        known: dict[str, set[str]] = {"lots": set(), "bids": set(), "awards": set()}
        for release in package(tender)["releases"]:
            known["lots"] |= {lot["id"] for lot in release.get("tender", {}).get("lots", [])}
            known["bids"] |= {bid["id"] for bid in release.get("bids", {}).get("details", [])}
            known["awards"] |= {award["id"] for award in release.get("awards", [])}
            assert _values(release, "relatedLot") | _values(release, "relatedLots") <= known["lots"]
            assert _values(release, "relatedBids") <= known["bids"]
            assert _values(release, "awardID") <= known["awards"]

    def test_to_parties_carry_their_credit_code_and_their_roles_so_far(self) -> None:
        parties = {party["name"]: party for party in compiled()["parties"]}
        assert parties["甲制药"]["id"] == "CN-USCC-91330000000000001A"
        assert parties["甲制药"]["identifier"] == {
            "scheme": "CN-USCC",
            "id": "91330000000000001A",
            "legalName": "甲制药",
        }
        assert parties["甲制药"]["roles"] == ["supplier", "tenderer"]
        assert parties["丙制药"]["id"] == "CN-LOCAL-S3"
        assert parties["丙制药"]["roles"] == ["tenderer"]
        assert "identifier" not in parties["丙制药"]


class TestPlanning:
    def test_says_what_institutions_will_use(self) -> None:
        assert releases()["day -20"]["planning"] == {
            "rationale": "2026年度用量",
            "budget": {"description": "阿莫西林 胶囊 0.25g 1000 粒", "amount": {"amount": 123.4, "currency": "CNY"}},
        }
        assert releases()["day -20"]["tender"]["status"] == "planning"


class TestTender:
    def test_states_its_terms_as_they_were_before_the_amendment(self) -> None:
        first, amended = releases()["day 0"]["tender"], releases()["day 10"]["tender"]
        assert first["tenderPeriod"]["endDate"] == days(25).isoformat()
        assert amended["tenderPeriod"]["endDate"] == days(30).isoformat()
        assert (first["items"][0]["quantity"], amended["items"][0]["quantity"]) == (900, 1000)
        assert "amendments" not in first
        assert [item["rationale"] for item in amended["amendments"]] == ["用量更正"]

    def test_ends_its_supply_on_the_last_day(self) -> None:
        assert releases()["day 0"]["tender"]["contractPeriod"] == {
            "startDate": "2026-07-01T00:00:00+08:00",
            "endDate": "2027-06-30T23:59:59+08:00",
        }

    def test_shows_lots_with_their_medicine_quantity_and_ceiling(self) -> None:
        written = releases()["day 10"]["tender"]
        assert written["lots"][0] == {
            "id": "LOT-0001",
            "title": "阿莫西林 胶囊 0.25g",
            "status": "active",
            "value": {"amount": 123.4, "currency": "CNY"},
        }
        assert written["items"][0] == {
            "id": "LOT-0001",
            "description": "阿莫西林 胶囊 0.25g",
            "classification": {"scheme": "ATC", "id": "J01CA04", "description": "阿莫西林 胶囊 0.25g"},
            "activeIngredients": [
                {"name": "amoxicillin", "strength": {"value": "[250,250]", "unit": {"scheme": "UNCEFACT", "id": "MGM"}}}
            ],
            "dosageForm": "PILL",
            "immediateContainer": {"name": "blstrpk"},
            "quantity": 1000,
            "unit": {"name": "粒", "value": {"amount": 0.1234, "currency": "CNY"}},
            "relatedLot": "LOT-0001",
            "deliveryAddresses": [
                {"region": "浙江省", "countryName": "China"},
                {"region": "安徽省", "countryName": "China"},
            ],
        }

    def test_answers_questions_to_all(self) -> None:
        (answered,) = releases()["day 5"]["tender"]["enquiries"]
        assert (answered["description"], answered["answer"]) == ("包装?", "不限")
        assert [item["id"] for item in compiled()["tender"]["enquiries"]] == ["1", "2"]

    def test_ends_as_its_lots_do(self) -> None:
        final = compiled()["tender"]
        assert final["status"] == "complete"
        assert [lot["status"] for lot in final["lots"]] == ["complete", "unsuccessful"]
        assert final["lots"][1]["description"] == "无有效投标"
        assert final["bidOpening"] == {"date": days(30).isoformat()}
        assert [item["status"] for item in final["milestones"]] == ["met", "scheduled"]
        assert [item["id"] for item in final["documents"]] == ["d1", "d2"]

    def test_that_no_lot_came_of_was_unsuccessful(self) -> None:
        failed = replace(WHOLE.failures[0], lot=1)
        nothing = replace(WHOLE, failures=(*WHOLE.failures, failed), awards=(), contracts=())
        assert compiled(nothing)["tender"]["status"] == "unsuccessful"

    def test_that_was_cancelled_says_why(self) -> None:
        final = compiled(CANCELLED)["tender"]
        assert final["status"] == "cancelled"
        assert {lot["status"] for lot in final["lots"]} == {"cancelled"}
        assert final["amendments"][-1]["rationale"] == "需求变化"


class TestBids:
    def test_are_not_spoken_of_before_the_opening(self) -> None:
        early = json.dumps(package(WHOLE, days(29)), ensure_ascii=False)
        assert not any(word in early for word in ("bids", "b-1-", "甲制药", "tenderer"))

    def test_are_opened_without_a_price_first(self) -> None:
        opened = releases()["day 30"]["bids"]["details"]
        assert len(opened) == 3
        assert not any("value" in bid or "value" in bid["items"][0]["unit"] for bid in opened)
        assert {bid["status"] for bid in opened} == {"pending"}

    def test_show_their_price_once_that_is_open(self) -> None:
        priced = {bid["id"]: bid for bid in releases()["day 35"]["bids"]["details"]}
        assert set(priced) == {"b-1-1", "b-1-2"}
        assert priced["b-1-1"]["value"] == {"amount": 100, "currency": "CNY"}
        assert priced["b-1-1"]["items"][0]["unit"]["value"]["amount"] == 0.1

    def test_that_failed_never_show_one(self) -> None:
        failed = next(bid for bid in compiled()["bids"]["details"] if bid["id"] == "b-1-3")
        assert failed["status"] == "disqualified"
        assert "value" not in failed
        assert "rank" not in failed

    def test_are_ranked_when_judged(self) -> None:
        ranks = {bid["id"]: bid.get("rank") for bid in compiled()["bids"]["details"]}
        assert ranks == {"b-1-1": 1, "b-1-2": 2, "b-1-3": None}

    def test_are_counted(self) -> None:
        assert {item["id"]: item["value"] for item in compiled()["bids"]["statistics"]} == {
            "bids": 3,
            "bidders": 3,
            "bids-LOT-0001": 3,
            "validBids-LOT-0001": 2,
            "lowestValidBidValue-LOT-0001": 100,
            "highestValidBidValue-LOT-0001": 110,
        }
        assert [item["id"] for item in releases()["day 30"]["bids"]["statistics"]] == [
            "bids",
            "bidders",
            "bids-LOT-0001",
        ]


class TestAwards:
    def test_are_pending_until_decided_and_cancelled_with_the_reason(self) -> None:
        assert {item["status"] for item in releases()["day 37"]["awards"]} == {"pending"}
        final = {item["id"]: item for item in compiled()["awards"]}
        assert (final["A1"]["status"], final["A1"]["date"]) == ("active", days(42).isoformat())
        assert (final["A2"]["status"], final["A2"]["description"]) == ("cancelled", "放弃中选")

    def test_state_what_is_bought_for_whom_and_for_how_much(self) -> None:
        written = releases()["day 42"]["awards"][0]
        assert written["value"] == {"amount": 70, "currency": "CNY"}
        assert written["items"][0]["quantity"] == 700
        assert written["items"][0]["deliveryAddresses"] == [{"region": "浙江省", "countryName": "China"}]
        assert (written["relatedLots"], written["relatedBids"]) == (["LOT-0001"], ["b-1-1"])


class TestContracts:
    def test_follow_the_agreement_through_amendment_and_end(self) -> None:
        signed, amended, ended = (releases()[f"day {day}"]["contracts"][0] for day in (45, 200, 486))
        assert [item["items"][0]["quantity"] for item in (signed, amended, ended)] == [700, 770, 770]
        assert [item["value"]["amount"] for item in (signed, amended, ended)] == [70, 77, 77]
        assert [item["status"] for item in (signed, amended, ended)] == ["active", "active", "terminated"]
        assert "amendments" not in signed
        assert ended["description"] == "期满"

    def test_are_one_for_each_award_of_an_agreement(self) -> None:
        second = award(1, number="A9", lot=2, bid="")
        line = ContractLine(award="A9", product="丹参片", area=LOTS[0].areas[0], price=Decimal("0.2"))
        agreement = replace(CONTRACT, lines=(*CONTRACT.lines, line))
        both = releases(replace(WHOLE, awards=(award(1), second), contracts=(agreement,)))["day 486"]["contracts"]
        assert [(item["id"], item["awardID"], item["title"]) for item in both] == [
            ("HT-2026-01-S1/A1", "A1", "HT-2026-01-S1"),
            ("HT-2026-01-S1/A9", "A9", "HT-2026-01-S1"),
        ]


class TestMedicine:
    @pytest.mark.parametrize(
        ("amount", "unit", "value", "code"),
        [
            ("0.25", "g", "[250,250]", "MGM"),
            ("2.5", "mg", "[2500,2500]", "MC"),
            ("800000", "单位", "[800000,800000]", "NIU"),
            ("0.5", "ml", 0.5, "MLT"),
        ],
    )
    def test_states_a_strength_as_an_interval_of_whole_numbers_where_it_can(
        self, amount: str, unit: str, value: object, code: str
    ) -> None:
        ingredient = Ingredient(name="x", amount=Decimal(amount), unit=unit)
        (written,) = medicine_item(Medicine(description="x", ingredients=(ingredient,)))["activeIngredients"]
        assert written["strength"] == {"value": value, "unit": {"scheme": "UNCEFACT", "id": code}}

    def test_names_what_has_no_code(self) -> None:
        medicine = Medicine(
            description="丹参片",
            ingredients=(Ingredient(name="丹参", amount=Decimal(3), unit="片"), Ingredient(name="三七")),
            form="片",
        )
        assert medicine_item(medicine) == {
            "description": "丹参片",
            "activeIngredients": [
                {"name": "丹参", "strength": {"value": "[3,3]", "unit": {"id": "片"}}},
                {"name": "三七"},
            ],
            "dosageForm": "片",
        }


def _values(written: Any, name: str) -> set[str]:
    """Collect what stands under a name anywhere."""
    if isinstance(written, list):
        return {value for item in written for value in _values(item, name)}
    if not isinstance(written, dict):
        return set()
    own = written.get(name, [])
    found = set(own if isinstance(own, list) else [own])
    return found | {value for item in written.values() for value in _values(item, name)}
