"""The database itself refuses what must never be true: every named constraint and trigger, by SQL past all Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model

from catalog.foundation.journal.models import IdempotencyKey
from catalog.models import Import, ImportMapping, ImportRow, ReferencePrice, ReferencePriceIndex
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.services.product_life import identify_product
from catalog.services.reviews import Finding, record_review
from catalog.states import Criterion, GuidanceKind
from distribution.services.retail import check_retail_report
from tests import factories
from tests.architecture.test_house import LABELS, own_models
from tests.cast import Cast, make_cast, make_rule_sets, user_of
from tests.factories import NOW

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

# A row with an id that no other row has.
NEW_ID = "1000000"


def copy(label: str, where: str = "TRUE", **changed: str) -> str:
    """Insert a copy of a row, with some columns given another value (SQL)."""
    meta = apps.get_model(label)._meta
    columns = [field.column for field in meta.concrete_fields if not field.generated]
    values = {f'"{column}"': f'"{column}"' for column in columns}
    if meta.pk.column == "id":
        values['"id"'] = NEW_ID
    values |= {f'"{column}"': value for column, value in changed.items()}
    return (
        f"INSERT INTO {meta.db_table} ({', '.join(values)}) "
        f"SELECT {', '.join(values.values())} FROM {meta.db_table} WHERE {where} LIMIT 1"
    )


def change(label: str, where: str = "TRUE", **changed: str) -> str:
    """Change every row that the condition names."""
    table = apps.get_model(label)._meta.db_table
    return f"UPDATE {table} SET {', '.join(f'{column} = {value}' for column, value in changed.items())} WHERE {where}"


# By the name of the constraint: a statement that would make untrue what it states.
BROKEN: dict[str, list[str]] = {
    "one_delivery_per_subscriber": [copy("journal.Delivery")],
    "one_answer_per_client_and_key": [copy("journal.IdempotencyKey")],
    "buyers_have_a_region": [change("accounts.Organization", "kind = 'institution'", region_id="NULL")],
    "only_institutions_have_a_tier": [change("accounts.Organization", "kind = 'supplier'", tier="'primary'")],
    "a_role_is_given_once": [copy("accounts.Membership")],
    "a_presentation_is_listed_once": [copy("catalog.Presentation")],
    "content_is_positive": [change("catalog.Presentation", amount="0")],
    "an_atc_code_is_well_formed": [
        change("catalog.Medicine", atc=code) for code in ("'J0'", "'j01ca04'", "'J01CA4'", "'01CA04'")
    ],
    "nothing_is_merged_into_itself": [change("catalog.Presentation", merged_into_id="id")],
    "a_pair_is_proposed_once": [copy("catalog.MergeProposal")],
    "the_older_spelling_is_kept": [change("catalog.MergeProposal", kept_id="merged_id", merged_id="kept_id")],
    "one_edition_at_a_time": [
        copy("catalog.Edition", code="'other'", status="'published'", validity="'[2025-12-31,2026-12-31)'")
    ],
    "one_edition_is_in_force": [copy("catalog.Edition", code="'other'", validity="'[1990-01-01,1991-01-01)'")],
    "a_section_stands_once": [copy("catalog.ListSection")],
    "a_code_names_one_edition": [copy("catalog.Edition", status="'draft'")],
    "a_list_number_is_given_once": [copy("catalog.EditionEntry", medicine_id="(SELECT min(id) FROM catalog_medicine)")],
    "a_medicine_is_listed_once": [
        copy("catalog.EditionEntry", number="999", section_id="(SELECT min(id) FROM catalog_listsection)")
    ],
    "a_medicine_stands_once_in_a_section": [copy("catalog.EditionEntry", is_repeat="TRUE")],
    "a_province_adds_a_medicine_once_at_a_time": [copy("catalog.ProvincialAddition", decision="'other'")],
    "a_review_is_recorded_once": [copy("catalog.SelectionReview", panel="'other'")],
    "a_criterion_is_judged_once": [copy("catalog.SelectionFinding", is_met="NOT is_met", reason="'other'")],
    "an_unmet_criterion_has_a_reason": [change("catalog.SelectionFinding", is_met="FALSE", reason="''")],
    "a_document_has_each_version_once": [
        copy("catalog.GuidanceDocument", validity="daterange('1900-01-01', '1900-02-01')")
    ],
    "one_version_of_a_document_at_a_time": [copy("catalog.GuidanceDocument", edition_label="'other'")],
    "a_dosage_is_given_once": [copy("catalog.DosageEntry", dose="'other'")],
    "a_dosage_says_the_dose": [change("catalog.DosageEntry", dose="''")],
    "a_mapping_has_a_name_of_its_own": [copy("catalog.ImportMapping")],
    "a_row_is_read_once": [copy("catalog.ImportRow")],
    "a_product_is_registered_once": [copy("catalog.Product", code="'other'", gtin="''", trace_prefix="''")],
    "a_pack_holds_something": [change("catalog.Product", pack_quantity="0")],
    "what_does_not_trade_has_a_reason": [
        change("catalog.Product", status=status) for status in ("'suspended'", "'withdrawn'")
    ],
    "a_gtin_names_one_product": [change("catalog.Product", gtin="'6901234567892'")],
    "a_trace_prefix_names_one_product": [change("catalog.Product", trace_prefix="'8123456'")],
    "an_identifier_is_overridden_once": [copy("catalog.IdentifierOverride", reason="'other'")],
    "an_override_has_a_reason": [change("catalog.IdentifierOverride", reason="''")],
    "region_code_has_six_digits": [
        copy("catalog.Region", "parent_id IS NULL", code=code) for code in ("'41000'", "'41000x'", "''")
    ],
    "only_provinces_have_no_parent": [
        change("catalog.Region", "code = '410000'", parent_id="'420000'"),
        change("catalog.Region", "code = '410100'", parent_id="NULL"),
    ],
    "guide_price_is_positive": [
        change("catalog.GuidePrice", price="0"),
        change("catalog.GuidePrice", pack_quantity="0"),
    ],
    "one_guide_price_at_a_time": [
        copy("catalog.GuidePrice"),
        copy("catalog.GuidePrice", validity="'[2000-01-01,2009-10-23)'"),
    ],
    "only_a_temporary_price_ends_as_one": [change("catalog.GuidePrice", temporary_until="'2026-12-31'")],
    "a_fixed_price_is_not_rewritten": [
        change("catalog.ProcurementPrice", **{column: value})
        for column, value in (
            ("product_id", "product_id + 1"),
            ("province_id", "'420000'"),
            ("price", "0"),
            ("guide_price_id", "guide_price_id + 1"),
            ("guide_amount", "guide_amount + 1"),
            ("ceiling_steps", "'[]'"),
            ("source", "'award'"),
            ("source_reference", "'other'"),
            ("validity", "daterange('2000-01-01', upper(validity))"),
        )
    ],
    "the_ceiling_is_the_guide_price_of_its_day": [
        copy("catalog.ProcurementPrice", validity="'[2000-01-01,2000-02-01)'"),
        copy("catalog.ProcurementPrice", validity="'[2012-01-01,2012-02-01)'", guide_amount="guide_amount + 1"),
        copy("catalog.ProcurementPrice", validity="'[2012-01-01,2012-02-01)'", ceiling_steps="'[]'"),
    ],
    "an_adjusted_price_is_positive": [change("catalog.PriceAdjustment", price="0")],
    "one_open_adjustment_per_product_and_province": [copy("catalog.PriceAdjustment", price="1")],
    "who_opens_an_adjustment_does_not_decide_it": [change("catalog.PriceAdjustment", decided_by_id="opened_by_id")],
    "an_item_has_one_reference_price": [copy("catalog.ReferencePrice")],
    "reference_prices_are_in_order": [
        change("catalog.ReferencePrice", lowest="-1"),
        change("catalog.ReferencePrice", lowest="median + 1"),
        change("catalog.ReferencePrice", highest="median - 1"),
    ],
    "reimbursement_is_a_share": [
        change("catalog.ReimbursementTerms", **{column: value})
        for column in ("rate", "essential_bonus")
        for value in ("1.01", "-0.01")
    ],
    "reimbursement_amounts_are_positive": [
        change("catalog.ReimbursementTerms", deductible="-1"),
        change("catalog.ReimbursementTerms", annual_cap="0"),
    ],
    "one_reimbursement_at_a_time": [copy("catalog.ReimbursementTerms", rate="1")],
    "only_list_b_has_a_self_pay_share": [
        change("catalog.InsuranceListing", list_class="'A'", self_pay_share="0.1"),
        change("catalog.InsuranceListing", list_class="'B'", self_pay_share="1"),
    ],
    "one_insurance_listing_at_a_time": [copy("catalog.InsuranceListing", list_class="'B'")],
    "procurement_price_is_positive": [copy("catalog.ProcurementPrice", price="0")],
    "procurement_price_within_guide_price": [copy("catalog.ProcurementPrice", price="guide_amount + 0.0001")],
    "one_procurement_price_at_a_time": [copy("catalog.ProcurementPrice", price="1")],
    "one_rule_set_of_a_kind_at_a_time": [copy("catalog.RuleSet", validity="'[2026-01-01,)'")],
    "one_demand_report_per_organization": [copy("procurement.DemandReport")],
    "a_presentation_is_reported_once": [copy("procurement.DemandLine")],
    "demanded_quantity_is_positive": [change("procurement.DemandLine", quantity="0")],
    "supply_ends_after_it_begins": [change("procurement.Tender", supply_until="supply_from")],
    "a_lot_number_is_given_once": [
        copy("procurement.Lot", presentation_id="(SELECT max(id) FROM catalog_presentation)")
    ],
    "a_presentation_is_tendered_once": [copy("procurement.Lot", number="999")],
    "ceiling_is_positive": [change("procurement.Lot", ceiling_price="0")],
    "a_lot_has_something_to_win": [
        change("procurement.Lot", quantity="0"),
        change("procurement.Lot", max_winners="0"),
    ],
    "an_area_belongs_to_a_lot_once": [copy("procurement.LotArea")],
    "one_agreement_per_tender_and_supplier": [copy("procurement.Agreement", number="'other'")],
    "one_agreed_volume_per_lot_and_area": [copy("procurement.AgreementLine")],
    "agreed_volume_not_exceeded": [
        change("procurement.AgreementLine", called_off_quantity="agreed_quantity + 1"),
        change("procurement.AgreementLine", "called_off_quantity > 0", agreed_quantity="called_off_quantity - 1"),
    ],
    "a_call_off_is_entered_once": [copy("procurement.VolumeEntry")],
    "one_bid_per_supplier_and_lot": [
        copy("procurement.Bid", reference="gen_random_uuid()"),
        copy("procurement.Bid", reference="gen_random_uuid()", status="'lost'"),
    ],
    "a_sealed_bid_has_no_price": [
        change("procurement.Bid", status="'sealed'"),
        change("procurement.Bid", status="'withdrawn'"),
        copy("procurement.Bid", status="'withdrawn'", product_id="NULL", unit_price="NULL", comparable_price="NULL"),
    ],
    "offer_is_positive": [change("procurement.Bid", offer_price="0")],
    "awarded_price_is_positive": [change("procurement.Award", price="0")],
    "one_supplier_per_lot_and_area": [copy("procurement.AwardArea")],
    "nobody_opens_alone": [change("procurement.TenderKey", threshold="1")],
    "one_share_per_holder": [copy("procurement.KeyShare")],
    "nobody_approves_their_own_requisition": [change("distribution.Requisition", approver_id="author_id")],
    "a_product_is_requested_once": [copy("distribution.RequisitionLine")],
    "requested_packs_are_positive": [change("distribution.RequisitionLine", packs="0")],
    "one_run_per_province_at_a_time": [
        f"{copy('distribution.DistributionRun', status=repr('running'))}; "
        f"{copy('distribution.DistributionRun', status=repr('requested'), id='1000001')}"
    ],
    "one_order_per_requisition_and_supplier": [copy("distribution.Order")],
    "ordered_packs_are_positive": [
        change("distribution.OrderLine", packs="0", confirmed_packs="0", despatched_packs="0")
    ],
    "confirmed_not_more_than_ordered": [change("distribution.OrderLine", confirmed_packs="packs + 1")],
    "despatched_not_more_than_confirmed": [
        change("distribution.OrderLine", despatched_packs="confirmed_packs + 1"),
        change("distribution.OrderLine", confirmed_packs="despatched_packs - 1"),
    ],
    "a_delivery_note_is_advised_once": [copy("distribution.Despatch")],
    "a_lot_stands_on_a_delivery_note_once": [copy("distribution.DespatchLine")],
    "despatched_packs_are_positive": [
        change("distribution.DespatchLine", packs="0", accepted_packs="0", rejected_packs="0")
    ],
    "received_not_more_than_sent": [change("distribution.DespatchLine", rejected_packs="1")],
    "a_rejection_has_a_reason": [change("distribution.ReceiptLine", rejected_packs="1")],
    "one_distributor_per_supplier_and_region": [copy("distribution.Entrustment")],
    "a_retail_price_is_reported_once_a_day": [copy("distribution.RetailPrice", price="1")],
    "retail_price_is_positive": [change("distribution.RetailPrice", price="0")],
    "a_violation_is_found_once": [copy("distribution.RetailFinding")],
}

APPEND_ONLY = ["journal.Event", "procurement.VolumeEntry"]


def fill_catalogue(cast: Cast) -> None:
    """A row of everything that the catalogue keeps, beside what tenders stand on."""
    ibuprofen = factories.merge_proposal(("片剂", "0.1g"), ("片剂", "100mg"), medicine="布洛芬").kept
    entry = factories.edition(code="2026", valid_from=date(2026, 1, 1)).entries.get()
    record_review(
        edition=entry.edition,
        title="遴选会",
        held_on=date(2025, 6, 1),
        panel="专家",
        source="",
        findings=[Finding(entry, Criterion.SAFETY, True)],
        actor=cast.officer,
        at=NOW,
    )
    factories.addition(cast, ibuprofen)
    enter_guidance(
        kind=GuidanceKind.GUIDELINE,
        title="指南",
        edition_label="2018年版",
        issuer="",
        valid_from=date(2018, 1, 1),
        valid_until=None,
        source="",
        dosages=[NewDosage(ibuprofen.medicine, "发热", "一次0.2g")],
        actor=cast.officer,
        at=NOW,
    )
    factories.guide_price(ibuprofen)
    product = factories.product(cast.supplier_firm, ibuprofen)
    identify_product(
        product_id=product.pk,
        identifiers={"gtin": "6901234567890"},
        override_reasons={"gtin": "与注册证一致"},
        actor=cast.officer,
        at=NOW,
    )
    factories.procurement_price(product)
    factories.adjustment(cast, product)
    factories.reimbursement_terms()
    factories.insurance_listing(ibuprofen)
    index = ReferencePriceIndex.objects.create(code="MSH", title="", country="", currency="USD", as_of=date(2015, 1, 1))
    ReferencePrice.objects.create(index=index, item="ibuprofen", lowest=1, median=2, highest=3)
    ImportMapping.objects.create(
        organization=cast.agency, kind="products", name="m", mapping={}, saved_by=user_of(cast.officer), saved_at=NOW
    )
    source = Import.objects.create(kind="products", file_name="f", content=b"", mapping={})
    ImportRow.objects.create(source=source, number=2, cells=[], outcome="added")


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """At least one row of everything, in a transaction that is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        fill_catalogue(cast)
        factories.entrustment(cast)
        order = factories.receipt(cast).despatch.order
        report = factories.retail_report(cast, {order.lines.get().product: "9.00"})
        check_retail_report(report_id=report.pk, actor=cast.platform, at=NOW)
        IdempotencyKey.objects.create(client="c", key="k", fingerprint="f")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def db(filled: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def execute(statement: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def triggers() -> Iterator[tuple[type[Model], pgtrigger.Trigger]]:
    for model in own_models():
        for trigger in getattr(model._meta, "triggers", []):
            yield model, trigger


def protects(trigger: pgtrigger.Trigger) -> bool:
    """Does it refuse every change of its rows, rather than what makes a rule untrue?"""
    return isinstance(trigger, pgtrigger.Protect)


CASES = [(name, statement) for name, statements in BROKEN.items() for statement in statements]


class TestConstraints:
    @pytest.mark.parametrize(
        ("name", "statement"), CASES, ids=[f"{name}-{index}" for index, (name, _) in enumerate(CASES)]
    )
    def test_refuse_what_must_never_be(self, db: None, name: str, statement: str) -> None:
        with pytest.raises(IntegrityError) as caught:
            execute(statement)
        assert caught.value.__cause__.diag.constraint_name == name

    def test_are_all_tried(self) -> None:
        named = {constraint.name for model in own_models() for constraint in model._meta.constraints}
        assert named | {trigger.name for _model, trigger in triggers() if not protects(trigger)} == set(BROKEN)

    def test_are_in_the_database(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes"
                " UNION SELECT tgname FROM pg_trigger"
            )
            there = {name for (name,) in cursor.fetchall()}
        id_of = {trigger.name: trigger.get_pgid(model) for model, trigger in triggers()}
        assert {id_of.get(name, name) for name in BROKEN} <= there

    def test_are_checked_at_once(self) -> None:
        """A constraint that waits for the end of the transaction would be told to nobody."""
        for model in own_models():
            for constraint in model._meta.constraints:
                if isinstance(constraint, ExclusionConstraint):
                    assert constraint.deferrable is None


class TestAppendOnly:
    @pytest.mark.parametrize("label", APPEND_ONLY)
    @pytest.mark.parametrize("action", ["UPDATE", "DELETE"])
    def test_rows_are_never_changed_and_never_deleted(self, db: None, label: str, action: str) -> None:
        table = apps.get_model(label)._meta.db_table
        statement = f"UPDATE {table} SET id = id" if action == "UPDATE" else f"DELETE FROM {table}"
        with pytest.raises(DatabaseError, match="Cannot update or delete rows"):
            execute(statement)

    def test_is_what_every_protecting_trigger_says(self) -> None:
        protected = [model._meta.label for model, trigger in triggers() if protects(trigger)]
        assert sorted(protected) == sorted(APPEND_ONLY)

    def test_the_models_are_ours(self) -> None:
        assert {label.split(".")[0] for label in APPEND_ONLY} <= set(LABELS)
