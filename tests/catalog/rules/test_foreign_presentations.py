"""The grammar by examples, and, where the Philippine price list of October 2025 is at hand, over all of it."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from catalog.rules.foreign_presentations import ForeignPresentation, read_foreign_presentation
from catalog.rules.strengths import format_strength, parse_strength

ROOT = Path(__file__).resolve().parents[3]
SOURCES = Path(os.environ.get("SOURCE_DATA_DIR") or ROOT.parent / "shared" / "data")
PRICE_LIST = SOURCES / "ph-dpri" / "dpri_prices.csv"
WITHOUT_STRENGTH = {
    "Isotonic electrolyte solution for IV infusion 1",
    "Multivitamins Capsule",
    "Multivitamins Tablet",
    "Multivitamins per 1 mL, 15 mL Oral Drops Bottle",
    "Multivitamins per 5 mL, 120 mL Syrup Bottle",
    "Multivitamins per 5 mL, 60 mL Syrup Bottle",
}


class TestReadForeignPresentation:
    @pytest.mark.parametrize(
        ("text", "name", "strength_text", "form_text", "strength"),
        [
            ("Aciclovir 200 mg Tablet", "Aciclovir", "200 mg", "Tablet", "200mg"),
            (
                "Acetylcysteine 100 mg/mL, 3 mL Respiratory Solution Ampule",
                "Acetylcysteine",
                "100 mg/mL, 3 mL",
                "Respiratory Solution Ampule",
                "100mg/ml(3ml)",
            ),
            (
                "Amoxicillin 250 mg/5 mL, 60 mL Oral Suspension",
                "Amoxicillin",
                "250 mg/5 mL, 60 mL",
                "Oral Suspension",
                "50mg/ml(60ml)",
            ),
            (
                "Docetaxel 20 mg/0.5 mL, 0.5 mL Solution for Injection Vial",
                "Docetaxel",
                "20 mg/0.5 mL, 0.5 mL",
                "Solution for Injection Vial",
                "0.5ml:20mg",
            ),
            ("Immunoglobulin 25 mg/3 mL, 60 mL vial", "Immunoglobulin", "25 mg/3 mL, 60 mL", "vial", "3ml:25mg"),
            ("Albumin, Human 20%, 50 mL Bottle", "Albumin, Human", "20%, 50 mL", "Bottle", "20%(50ml)"),
            ("Betamethasone 0.1%, 5 g cream tube", "Betamethasone", "0.1%, 5 g", "cream tube", "0.1%(5000mg)"),
            (
                "Asparaginase 10,000 IU Powder for Injection Vial",
                "Asparaginase",
                "10,000 IU",
                "Powder for Injection Vial",
                "10000单位",
            ),
            (
                "Ampicillin + Sulbactam 1000 mg + 500 mg Powder for Injection Vial",
                "Ampicillin + Sulbactam",
                "1000 mg + 500 mg",
                "Powder for Injection Vial",
                "1000mg+500mg",
            ),
            (
                "Sacubitril + Valsartan 100 mg (48.6 mg + 51.4 mg) Tablet",
                "Sacubitril + Valsartan",
                "100 mg (48.6 mg + 51.4 mg)",
                "Tablet",
                "48.6mg+51.4mg",
            ),
            (
                "Budesonide + Formoterol 160 mcg + 4.5 mcg, 120 doses Metered Dose Inhaler",
                "Budesonide + Formoterol",
                "160 mcg + 4.5 mcg, 120 doses",
                "Metered Dose Inhaler",
                "120揿:每揿含0.16mg+0.0045mg",
            ),
            (
                "Calcium (equiv. to 500 mg elemental calcium) Tablet",
                "Calcium",
                "500 mg elemental calcium",
                "Tablet",
                "elemental-calcium500mg",
            ),
            ("Sterile Water For Injection, 1 L Bottle", "Sterile Water For Injection", "1 L", "Bottle", "1000ml"),
        ],
    )
    def test_reads(self, text: str, name: str, strength_text: str, form_text: str, strength: str) -> None:
        read = read_foreign_presentation(text)
        assert (read.name, read.strength_text, read.form_text) == (name, strength_text, form_text)
        assert read.strength is not None
        assert read.strength == parse_strength(strength)

    @pytest.mark.parametrize("text", [*sorted(WITHOUT_STRENGTH), "", "Aspirin 0 mg Tablet"])
    def test_leaves_unread_what_says_no_strength(self, text: str) -> None:
        assert read_foreign_presentation(text).strength is None


@pytest.fixture(scope="module")
def read() -> dict[str, ForeignPresentation]:
    with PRICE_LIST.open(encoding="utf-8", newline="") as file:
        return {row["Drug Name"]: read_foreign_presentation(row["Drug Name"]) for row in csv.DictReader(file)}


@pytest.mark.skipif(not PRICE_LIST.exists(), reason="the price list is not at hand")
class TestPriceListOfOctober2025:
    def test_leaves_only_those_unread_that_have_no_strength(self, read: dict[str, ForeignPresentation]) -> None:
        assert len(read) > 700
        assert {text for text, presentation in read.items() if presentation.strength is None} == WITHOUT_STRENGTH

    def test_gives_each_a_name_and_a_strength_that_can_be_written(self, read: dict[str, ForeignPresentation]) -> None:
        for text, presentation in read.items():
            assert text.startswith(presentation.name[:3]), text
            if presentation.strength:
                assert parse_strength(format_strength(presentation.strength)) == presentation.strength, text
