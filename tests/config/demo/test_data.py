"""The demonstration set by itself, and, where the sources are at hand, against them."""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.accounts.kinds import Tier
from catalog.foundation.money import round_half_up
from catalog.rules.identifiers import check_identifier
from catalog.services.editions import check_edition_table
from catalog.services.regions import check_region_table
from config.demo import data
from config.demo.people import portal_hospital

ROOT = Path(__file__).resolve().parents[3]
SOURCES = Path(os.environ.get("SOURCE_DATA_DIR") or ROOT.parent / "shared" / "data")
UNIT = Decimal("0.0001")


class TestDemoSet:
    def test_holds_at_least_120_medicines_that_load_without_an_error(self) -> None:
        assert len(data.rows("medicines")) >= 120
        checked = check_edition_table(data.edition_table())
        assert checked.errors == []
        assert len({row["name"] for _number, row in checked.rows}) == len(data.rows("medicines"))

    def test_holds_every_lot_and_bid_of_the_round(self) -> None:
        assert [lot.number for lot in data.lots()] == list(range(1, 33))
        assert len(data.bids()) == 158
        assert len({(bid.lot, bid.bidder) for bid in data.bids()}) == 158

    def test_holds_every_lot_and_bid_of_the_round_before_it(self) -> None:
        assert [int(row["number"]) for row in data.rows("lots_2019")] == list(range(1, 26))
        bids = data.rows("bids_2019")
        assert len({(row["lot"], row["bidder"]) for row in bids}) == len(bids) == 102
        assert {row["bidder"] for row in bids} == {row["code"] for row in data.rows("makers_2019")}

    def test_holds_60_hospitals_of_known_regions(self) -> None:
        regions = {row["code"] for row in data.rows("regions")}
        hospitals = data.rows("hospitals")
        assert len(hospitals) == 60
        assert {row["region"] for row in hospitals} <= regions
        assert {row["tier"] for row in hospitals} == {Tier.TERTIARY, Tier.UNKNOWN}

    def test_knows_the_tier_of_the_hospital_whose_buyer_sees_what_patients_pay(self) -> None:
        tiers = {row["code"]: row["tier"] for row in data.rows("hospitals")}
        assert tiers[portal_hospital()] == Tier.TERTIARY

    def test_gives_the_listed_medicines_of_the_lots_an_atc_code(self) -> None:
        codes = {(row["part"], row["number"]): row["atc"] for row in data.rows("medicines") if row["atc"]}
        assert codes.keys() == {(row["list_part"], row["list_number"]) for row in data.rows("lots") if row["list_part"]}
        assert [code for code in codes.values() if len(code) != 7 or check_identifier("atc", code)] == []
        checked = check_edition_table(data.edition_table())
        assert {row["atc"] for _number, row in checked.rows} == {*codes.values(), ""}

    @pytest.mark.django_db
    def test_holds_all_provinces_and_the_prefectures_and_counties_of_henan(self) -> None:
        levels = Counter(row["level"] for row in data.rows("regions"))
        assert levels == {"province": 31, "prefecture": 18, "county": 158}
        assert check_region_table(data.table("regions")).errors == []

    def test_gives_each_province_one_winner_per_lot(self) -> None:
        supplied: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for bid in data.bids():
            supplied[bid.lot].update(bid.supply_provinces)
        provinces = {row["code"] for row in data.rows("regions") if row["level"] == "province"}
        for lot in data.lots():
            assert supplied[lot.number] == dict.fromkeys(provinces, 1), lot

    @pytest.mark.parametrize("name", ["bids", "bids_2019"])
    def test_offers_whole_fen_for_packs(self, name: str) -> None:
        for row in data.rows(name):
            offer, pack = Decimal(row["offer_price"]), int(row["pack_quantity"])
            assert offer == offer.quantize(Decimal("0.01"))
            assert round_half_up(offer / pack, Decimal("0.000001")) == Decimal(row["announced_unit_price"])


class TestSources:
    def test_are_named_for_every_file_with_their_year(self) -> None:
        text = (data.FOLDER / "README.md").read_text(encoding="utf-8")
        table = {line.split("|")[1].strip(" `"): line for line in text.splitlines() if line.startswith("| `")}
        for file in data.FOLDER.glob("*.csv"):
            assert "20" in table[file.name] or "the same" in table[file.name], file.name
            assert f"**{file.name}**" in text, f"what is derived in {file.name}"


def source(*parts: str) -> list[dict[str, str]]:
    path = SOURCES.joinpath(*parts)
    if not path.exists():
        pytest.skip("the source files are not at hand (SOURCE_DATA_DIR names their folder)")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class TestAgainstTheSources:
    @pytest.fixture
    def announced(self) -> list[dict[str, str]]:
        return [row for row in source("cn-vbp", "bids_round_1x_2.csv") if row["round"] == "2-2020-01"]

    def test_bids_are_those_announced(self, announced: list[dict[str, str]]) -> None:
        def unit_price(price: Decimal) -> Decimal:
            return round_half_up(price, UNIT)

        ours = [
            (bid.lot, bid.strength, unit_price(bid.offer_price / bid.pack_quantity), bid.is_announced_winner)
            for bid in data.bids()
        ]
        theirs = [
            (
                int(row["seq"]),
                row["spec"],
                unit_price(Decimal(row["bid_unit_price_cny"])),
                row["is_awarded"] == "是",
            )
            for row in announced
        ]
        assert ours == theirs

    def test_ceilings_are_those_announced(self, announced: list[dict[str, str]]) -> None:
        theirs = {int(row["seq"]): Decimal(row["ceiling_unit_price_cny"]) for row in announced}
        assert {lot.number: lot.ceiling_price for lot in data.lots()} == theirs

    def test_bids_of_the_round_before_it_are_those_announced(self) -> None:
        announced = [row for row in source("cn-vbp", "bids_round_1x_2.csv") if row["round"] == "1-expansion-2019-09"]
        boxes = {row["number"]: Decimal(row["box_ceiling"]) for row in data.rows("lots_2019")}
        ours = [
            (
                row["lot"],
                row["strength"],
                Decimal(row["announced_unit_price"]),
                row["announced_winner"],
                boxes[row["lot"]],
            )
            for row in data.rows("bids_2019")
        ]
        assert ours == [
            (
                row["seq"],
                row["spec"].strip(),
                round_half_up(Decimal(row["bid_unit_price_cny"]), Decimal("0.000001")),
                "yes" if row["is_awarded"] == "是" else "no",
                Decimal(row["ceiling_unit_price_cny"]),
            )
            for row in announced
        ]

    def test_volumes_of_the_province_are_those_announced(self) -> None:
        theirs = sum(
            round_half_up(Decimal(row["first_year_agreed_volume_10k_units"]) * 10_000, Decimal(1))
            for row in source("cn-vbp", "volumes_round_1x_2.csv")
            if row["round_sheet"].startswith("第二轮")
            and row["region"] == "河南"
            and "碳酸氢钠" not in row["generic_and_form"]
        )
        ours = sum(volume.quantity for volume in data.volumes() if volume.province == data.PROVINCE)
        assert ours == theirs

    def test_medicines_are_on_the_list_with_their_number(self) -> None:
        parts = {"1": "chemical", "2": "tcm"}
        theirs = {
            (parts[row["part"]], row["seq"]): (row["name_zh"], row["name_en_inn"])
            for row in source("cn-neml-2026", "neml_2026.csv")
            if row["is_repeat_listing"] == "false"
        }
        for row in data.rows("medicines"):
            name, inn = theirs[row["part"], row["number"]]
            assert (row["name"], row["inn"]) == (name, inn)

    def test_regions_are_those_of_the_standard(self) -> None:
        theirs = {row["code"]: row["name"] for row in source("cn-gb2260", "gb2260_201904.csv")}
        differing = {row["code"] for row in data.rows("regions") if theirs.get(row["code"]) != row["name"]}
        # the grouping of counties directly under the province has no name in the standard
        assert differing <= {"419000"}
