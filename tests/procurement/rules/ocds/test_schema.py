"""Packages against the schemas of the standard, where these are at hand."""

from __future__ import annotations

import csv
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft4Validator, FormatChecker

from procurement.rules.ocds.facts import Tender
from tests.procurement.rules.ocds.tenders import EVERY_SHAPE
from tests.procurement.rules.ocds.test_package import package

ROOT = Path(__file__).resolve().parents[4]
SOURCES = Path(os.environ.get("SOURCE_DATA_DIR") or ROOT.parent / "shared" / "data") / "std-ocds"
MEDICINES = SOURCES / "medicines-extension"

LOT_REFERENCES = {"relatedLots": {"type": "array", "items": {"type": "string"}}}
NAMED = {"type": "string", "minLength": 1}
# What the extensions for lots, bids, enquiries and the opening of bids add, as far as it is used.
EXTENDED: dict[str, Any] = {
    "properties": {"bids": {"$ref": "#/definitions/Bids"}},
    "definitions": {
        "Tender": {
            "properties": {
                "lots": {"type": "array", "items": {"$ref": "#/definitions/Lot"}, "uniqueItems": True},
                "enquiries": {"type": "array", "items": {"$ref": "#/definitions/Enquiry"}, "uniqueItems": True},
                "bidOpening": {"type": "object", "properties": {"date": {"type": "string", "format": "date-time"}}},
            }
        },
        "Lot": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": NAMED,
                "title": NAMED,
                "description": NAMED,
                "status": {"enum": ["planning", "planned", "active", "cancelled", "unsuccessful", "complete"]},
                "value": {"$ref": "#/definitions/Value"},
            },
        },
        "Enquiry": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": NAMED,
                "date": {"type": "string", "format": "date-time"},
                "description": NAMED,
                "answer": NAMED,
                "dateAnswered": {"type": "string", "format": "date-time"},
                "relatedLot": NAMED,
            },
        },
        "Bids": {
            "type": "object",
            "properties": {
                "statistics": {"type": "array", "items": {"$ref": "#/definitions/Statistic"}},
                "details": {"type": "array", "items": {"$ref": "#/definitions/Bid"}},
            },
        },
        "Statistic": {
            "type": "object",
            "required": ["id", "measure", "value"],
            "properties": {
                "id": NAMED,
                "measure": {"enum": ["bids", "bidders", "validBids", "lowestValidBidValue", "highestValidBidValue"]},
                "date": {"type": "string", "format": "date-time"},
                "value": {"type": "number"},
                "currency": NAMED,
                "relatedLot": NAMED,
            },
        },
        "Bid": {
            "type": "object",
            "required": ["id"],
            "properties": LOT_REFERENCES
            | {
                "id": NAMED,
                "date": {"type": "string", "format": "date-time"},
                "status": {"enum": ["invited", "pending", "valid", "disqualified", "withdrawn"]},
                "items": {"type": "array", "items": {"$ref": "#/definitions/Item"}, "uniqueItems": True},
                "tenderers": {"type": "array", "items": {"$ref": "#/definitions/OrganizationReference"}},
                "value": {"$ref": "#/definitions/Value"},
                "hasRank": {"type": "boolean"},
                "rank": {"type": "integer"},
            },
        },
        "Item": {"properties": {"relatedLot": NAMED}},
        "Document": {"properties": LOT_REFERENCES},
        "Award": {"properties": LOT_REFERENCES | {"relatedBids": {"type": "array", "items": {"type": "string"}}}},
        "Contract": {"properties": {"relatedBids": {"type": "array", "items": {"type": "string"}}}},
    },
}

pytestmark = pytest.mark.skipif(not SOURCES.is_dir(), reason="the standard's schemas are not at hand")


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def patched(schema: Any, patch: Any) -> Any:
    """Apply a JSON merge patch, as an extension is applied."""
    if not isinstance(schema, dict) or not isinstance(patch, dict):
        return patch
    return schema | {name: patched(schema.get(name), value) for name, value in patch.items()}


def closed(schema: Any) -> Any:
    """Refuse every field that the schema does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    is_object = isinstance(schema.get("properties"), dict) and "$ref" not in schema
    return inner | ({"additionalProperties": False} if is_object else {})


FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(text: object) -> bool:
    """Tell whether a text is a time with its offset; the library needs a further one to know."""
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@FORMATS.checks("uri", raises=ValueError)
def is_address(text: object) -> bool:
    return not isinstance(text, str) or bool(urlsplit(text).scheme and urlsplit(text).netloc)


def errors(schema: Any, written: Any) -> list[str]:
    found = Draft4Validator(schema, format_checker=FORMATS).iter_errors(written)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


def package_envelope() -> Any:
    envelope = read(SOURCES / "schema" / "release-package-schema.json")
    # The releases are held against their own schema, without fetching it.
    envelope["properties"]["releases"]["items"] = {"type": "object"}
    return envelope


@pytest.mark.parametrize("tender", EVERY_SHAPE.values(), ids=EVERY_SHAPE)
class TestSchema:
    def test_finds_no_error_in_a_package(self, tender: Tender) -> None:
        assert errors(package_envelope(), package(tender)) == []

    def test_finds_no_error_in_a_release(self, tender: Tender) -> None:
        schema = patched(read(SOURCES / "schema" / "release-schema.json"), read(MEDICINES / "release-schema.json"))
        assert [problem for release in package(tender)["releases"] for problem in errors(schema, release)] == []

    def test_knows_every_field(self, tender: Tender) -> None:
        medicines = patched(read(SOURCES / "schema" / "release-schema.json"), read(MEDICINES / "release-schema.json"))
        schema = closed(patched(medicines, EXTENDED))
        assert [problem for release in package(tender)["releases"] for problem in errors(schema, release)] == []

    def test_knows_every_tag_role_and_kind(self, tender: Tender) -> None:
        written = package(tender)["releases"]
        assert {tag for release in written for tag in release["tag"]} <= codes("releaseTag")
        assert {role for item in written for party in item["parties"] for role in party["roles"]} <= codes("partyRole")
        sections = [release["tender"] for release in written if "tender" in release]
        assert {section["awardCriteria"] for section in sections if "awardCriteria" in section} <= codes(
            "awardCriteria"
        )
        assert {item for section in sections for item in section.get("submissionMethod", [])} <= codes(
            "submissionMethod"
        )
        kinds = {item["documentType"] for section in sections for item in section.get("documents", [])}
        assert kinds <= codes("documentType")
        assert {item["type"] for section in sections for item in section.get("milestones", [])} <= codes(
            "milestoneType"
        )


class TestWatch:
    def test_would_notice_an_error(self) -> None:
        schema = closed(read(SOURCES / "schema" / "release-schema.json"))
        written = package(EVERY_SHAPE["cancelled"])["releases"][0]
        del written["ocid"]
        written["tender"]["status"] = "over"
        written["date"] = "2026-03-02"
        written["tender"]["documents"][0]["url"] = "d1.pdf"
        found = errors(schema, written)
        assert any("'ocid' is a required property" in problem for problem in found)
        assert any("'over' is not one of" in problem for problem in found)
        assert any("'lots' " in problem for problem in found)
        assert "date: '2026-03-02' is not a 'date-time'" in found
        assert "tender/documents/0/url: 'd1.pdf' is not a 'uri'" in found


def codes(codelist: str) -> set[str]:
    with (SOURCES / "schema" / "codelists" / f"{codelist}.csv").open(encoding="utf-8", newline="") as file:
        return {row["Code"] for row in csv.DictReader(file)}
