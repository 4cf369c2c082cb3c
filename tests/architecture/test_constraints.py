"""The database itself refuses what must never be true: every named constraint and trigger, by SQL past all Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model

from catalog.foundation.journal.models import Book, DeniedAttempt, IdempotencyKey, Reading
from catalog.foundation.journal.sealing import seal_book
from catalog.models import Import, ImportMapping, ImportRow, Product, ReferencePrice, ReferencePriceIndex, Township
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.services.product_life import identify_product
from catalog.services.reviews import Finding, record_review
from catalog.states import Criterion, GuidanceKind
from distribution.models import DespatchLine, Order, Scorecard, TraceCode
from distribution.services.counts import Found, count_stock
from distribution.services.deemed import enter_deemed_producer
from distribution.services.recall_reports import file_recall_report
from distribution.services.retail_sweeps import request_sweep
from distribution.services.routes import plan_route
from distribution.states import DeemedGround, RecallReportKind
from procurement.models import AreaPick, Award, Explanation, ScreenFlag, TenderJob
from procurement.services.amendments import propose_amendment, publish_amendment
from procurement.services.clarifications import answer, ask
from procurement.services.documents import Attachment, add_document
from procurement.services.emergencies import file_emergency_purchase
from procurement.services.experts import declare_interest
from procurement.services.jobs import visible_work
from procurement.services.notices import send_notices
from procurement.services.releases import publish_releases
from procurement.services.scores import save_scores
from procurement.services.tenders import publish_tender
from procurement.states import Procedure
from tests import factories
from tests.architecture.test_house import LABELS, own_models
from tests.cast import HENAN, ZHONGYUAN, Cast, make_cast, make_rule_sets, user_of
from tests.factories import NOW, procedures
from tests.procurement.files import PDF
from tests.worlds.lists import fall_short

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


# The scores of sheets that are not submitted.
ON_A_DRAFT = "(sheet_id IN (SELECT id FROM procurement_scoresheet WHERE status = 'draft'))"

PRICED = "offer_price IS NOT NULL"

# What a bid says once it is open.
TOLD = ("product_id", "offer_price", "unit_price", "comparable_price")

SOMEBODY = "(SELECT min(id) FROM accounts_user)"

# By the name of the constraint: a statement that would make untrue what it states.
BROKEN: dict[str, list[str]] = {
    "one_delivery_per_subscriber": [copy("journal.Delivery")],
    "one_answer_per_client_and_key": [copy("journal.IdempotencyKey")],
    "a_reading_is_kept_once_a_minute": [copy("journal.Reading")],
    "a_seal_has_a_number_of_its_own": [copy("journal.Seal")],
    "buyers_have_a_region": [change("accounts.Organization", "kind = 'institution'", region_id="NULL")],
    "only_institutions_have_a_tier": [change("accounts.Organization", "kind = 'supplier'", tier="'primary'")],
    "a_township_lies_in_the_region_of_its_organizations": [
        change("accounts.Organization", "region_id = '410000'", township_id="(SELECT code FROM catalog_township)")
    ],
    "only_institutions_are_ordered_for": [
        change("accounts.Organization", "kind = 'institution'", ordering_centre_id="id"),
        change(
            "accounts.Organization",
            "kind = 'supplier'",
            ordering_centre_id="(SELECT id FROM accounts_organization WHERE code = 'HOSP-HA')",
        ),
    ],
    "township_code_has_nine_digits": [copy("catalog.Township", code="'41010200A'")],
    "a_township_lies_in_its_county": [copy("catalog.Township", code="'410103001'")],
    "a_role_is_given_once": [copy("accounts.Membership")],
    "a_licence_is_entered_once": [copy("accounts.Licence")],
    "a_licence_has_a_scope": [change("accounts.Licence", scopes="'{}'")],
    "a_tie_is_entered_once": [copy("accounts.Ownership")],
    "a_share_is_part_of_a_whole": [change("accounts.Ownership", share=share) for share in ("0", "1.0001")],
    "nobody_confirms_their_own_conduct_record": [change("procurement.ConductRecord", confirmed_by_id="proposed_by_id")],
    "a_conduct_record_in_force_was_confirmed": [change("procurement.ConductRecord", confirmed_by_id="NULL")],
    "a_repair_has_a_day_and_a_note": [
        change("procurement.ConductRecord", status="'repaired'", repair_note="'x'"),
        change("procurement.ConductRecord", status="'repaired'", repaired_on="'2026-01-01'"),
    ],
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
    "one_report_about_a_period": [copy("distribution.SupervisionReport")],
    "a_report_begins_with_its_month_or_year": [
        change("distribution.SupervisionReport", starts_on="starts_on + 1"),
        change("distribution.SupervisionReport", kind="'year'", starts_on="'2026-02-01'"),
    ],
    "a_report_is_handed_out_once_in_a_form": [copy("distribution.SupervisionReportFile")],
    "one_rule_set_of_a_kind_at_a_time": [copy("catalog.RuleSet", validity="'[2026-01-01,)'")],
    "one_demand_report_per_organization": [copy("procurement.DemandReport")],
    "a_presentation_is_reported_once": [copy("procurement.DemandLine")],
    "demanded_quantity_is_positive": [change("procurement.DemandLine", quantity="0")],
    "a_year_of_use_is_told_once": [copy("procurement.PriorUse")],
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
    "a_supplier_is_invited_once": [copy("procurement.Invitation")],
    "a_document_is_added_once": [copy("procurement.TenderDocument")],
    "an_answer_has_an_author": [
        change("procurement.Clarification", answered_by_id="NULL"),
        change("procurement.Clarification", answer="''"),
    ],
    "a_deadline_never_moves_back": [
        change("procurement.Amendment", deadline_at="former_deadline_at - interval '1 second'")
    ],
    "nobody_publishes_their_own_amendment": [change("procurement.Amendment", published_by_id="proposed_by_id")],
    "one_agreement_per_tender_supplier_and_term": [copy("procurement.Agreement", number="'other'")],
    "one_agreed_volume_per_lot_and_area": [copy("procurement.AgreementLine")],
    "delivered_what_was_called_off": [
        change("procurement.AgreementLine", delivered_quantity="called_off_quantity + 1")
    ],
    "agreed_volume_not_exceeded": [
        change("procurement.AgreementLine", called_off_quantity="agreed_quantity + 1"),
        change("procurement.AgreementLine", "called_off_quantity > 0", agreed_quantity="called_off_quantity - 1"),
    ],
    "a_volume_is_entered_once": [copy("procurement.VolumeEntry")],
    "one_bid_per_supplier_and_lot": [
        copy("procurement.Bid", reference="gen_random_uuid()"),
        copy("procurement.Bid", reference="gen_random_uuid()", status="'lost'"),
    ],
    "a_sealed_bid_has_no_price": [
        change("procurement.Bid", PRICED, status="'sealed'"),
        change("procurement.Bid", PRICED, status="'withdrawn'"),
        copy(
            "procurement.Bid",
            PRICED,
            status="'withdrawn'",
            product_id="NULL",
            unit_price="NULL",
            comparable_price="NULL",
        ),
    ],
    "offer_is_positive": [change("procurement.Bid", PRICED, offer_price="0")],
    "a_withdrawn_bid_has_no_envelope": [
        change("procurement.Bid", status="'withdrawn'", **dict.fromkeys(TOLD, "NULL"), **{kept: "'x'", gone: "NULL"})
        for kept, gone in (("envelope", "technical_envelope"), ("technical_envelope", "envelope"))
    ],
    "a_round_is_held_once": [copy("procurement.NegotiationRound")],
    "negotiated_prices_are_positive": [
        change("procurement.NegotiationRound", asked_price="0"),
        change("procurement.NegotiationRound", offered_price="0"),
    ],
    "an_offer_names_a_province_once": [copy("procurement.ListingArea")],
    "an_emergency_purchase_buys_something": [
        change("procurement.EmergencyPurchase", units="0"),
        change("procurement.EmergencyPurchase", price="0"),
    ],
    "an_objected_purchase_has_a_reason": [change("procurement.EmergencyPurchase", status="'objected'")],
    "awarded_price_is_positive": [change("procurement.Award", price="0")],
    "a_revocation_has_a_reason": [
        change("procurement.Award", revoked_at="now()"),
        change("procurement.Award", revoke_reason="'x'"),
    ],
    "a_judgement_has_a_judge": [
        change("procurement.Explanation", is_accepted="true", judged_at="asked_at"),
        change("procurement.Explanation", judged_at="asked_at"),
    ],
    "a_reviewed_flag_has_a_note": [
        change("procurement.ScreenFlag", note="'seen'"),
        change("procurement.ScreenFlag", reviewed_at="raised_at"),
    ],
    "a_notice_is_sent_once": [copy("procurement.Notice", facts="'{}'")],
    "one_job_of_a_name_per_tender": [copy("procurement.TenderJob", done="7")],
    "one_pick_per_turn": [copy("procurement.AreaPick", province_id="'420000'")],
    "an_area_is_picked_once": [copy("procurement.AreaPick", turn="2")],
    "an_objection_is_decided_with_a_reply": [
        change("procurement.Objection", status="'dismissed'"),
        change("procurement.Objection", reply="'x'"),
    ],
    "a_remedy_follows_an_objection_that_was_upheld": [
        change("procurement.Objection", remedy="'x'"),
        change("procurement.Objection", remedied_at="now()", remedy="'x'"),
    ],
    "one_supplier_per_lot_and_area": [copy("procurement.AwardArea")],
    "an_interest_is_declared_once": [copy("procurement.ExpertInterest")],
    "an_expert_sits_once": [copy("procurement.CommitteeMember", number="99")],
    "a_member_has_a_number_of_their_own": [
        copy(
            "procurement.CommitteeMember",
            expert_id="(SELECT max(id) FROM procurement_expert WHERE id NOT IN (SELECT expert_id FROM"
            " procurement_committeemember seat WHERE seat.committee_id = procurement_committeemember.committee_id))",
        )
    ],
    "who_is_replaced_has_a_reason": [
        change("procurement.CommitteeMember", left_at="now()"),
        change("procurement.CommitteeMember", left_reason="'other'"),
    ],
    "a_submitted_sheet_is_locked": [
        change("procurement.ScoreSheet", "status = 'submitted'", status="'draft'"),
        f"DELETE FROM procurement_score WHERE {ON_A_DRAFT}; DELETE FROM procurement_scoresheet",
    ],
    "submitted_scores_are_locked": [
        change("procurement.Score", f"NOT {ON_A_DRAFT}", points="0"),
        change("procurement.Score", ON_A_DRAFT, sheet_id="(SELECT min(id) FROM procurement_scoresheet)"),
        copy("procurement.Score", f"NOT {ON_A_DRAFT}", criterion="'other'"),
        f"DELETE FROM procurement_score WHERE NOT {ON_A_DRAFT}",
    ],
    "a_criterion_is_scored_once": [copy("procurement.Score", ON_A_DRAFT)],
    "points_are_0_to_100": [change("procurement.Score", ON_A_DRAFT, points=points) for points in ("-0.01", "100.01")],
    "a_failed_envelope_is_returned_first": [
        change(
            "procurement.Tender",
            "id IN (SELECT tender_id FROM procurement_lot lot JOIN procurement_bid bid ON bid.lot_id = lot.id WHERE"
            " bid.status = 'not_shortlisted')",
            status=status,
        )
        for status in ("'opening'", "'opened'")
    ],
    "one_key_per_envelope": [copy("procurement.TenderKey")],
    "envelopes_are_opened_once": [copy("procurement.Opening")],
    "no_price_before_the_commercial_opening": [
        change("procurement.Bid", "offer_price IS NOT NULL", status=f"'{status}'")
        for status in ("technical_opened", "shortlisted", "not_shortlisted")
    ],
    "nobody_opens_alone": [change("procurement.TenderKey", threshold="1")],
    "one_share_per_holder": [copy("procurement.KeyShare")],
    "nobody_approves_their_own_requisition": [change("distribution.Requisition", approver_id="author_id")],
    "two_people_approve_a_large_requisition": [
        change("distribution.Requisition", countersigner_id=f"{other}_id")
        for other in ("author", "submitter", "approver")
    ],
    "urgency_has_a_reason": [change("distribution.Requisition", urgency="'special'", urgency_reason="''")],
    "a_product_is_requested_once": [copy("distribution.RequisitionLine")],
    "requested_packs_are_positive": [change("distribution.RequisitionLine", packs="0")],
    "one_run_per_province_at_a_time": [
        f"{copy('distribution.DistributionRun', status=repr('running'))}; "
        f"{copy('distribution.DistributionRun', status=repr('requested'), id='1000001')}"
    ],
    "a_route_is_named_once": [copy("distribution.Route")],
    "one_route_of_a_carrier_to_a_township": [copy("distribution.RouteStop", position="99")],
    "one_township_at_a_place_of_the_route": [copy("distribution.RouteStop", township_id="'410102002'")],
    "orders_of_a_run_travel_together": [copy("distribution.ConsolidatedDelivery")],
    "one_order_per_requisition_and_carrier": [copy("distribution.Order")],
    "a_requested_line_is_placed_once": [copy("distribution.OrderLine")],
    "an_order_is_announced_once": [copy("distribution.OrderNotice", "kind = 'order_placed'")],
    "ordered_packs_are_positive": [
        change("distribution.OrderLine", packs="0", confirmed_packs="0", despatched_packs="0", accepted_packs="0")
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
    "returned_not_more_than_accepted": [change("distribution.DespatchLine", returned_packs="accepted_packs + 1")],
    "a_pack_is_at_one_place_at_a_time": [copy("distribution.TraceCode")],
    "returned_packs_are_positive": [change("distribution.GoodsReturn", packs="0")],
    "a_lot_is_held_once": [copy("distribution.LotHold")],
    "a_hold_has_a_reason": [change("distribution.LotHold", reason="''")],
    "accepted_not_more_than_despatched": [change("distribution.OrderLine", accepted_packs="despatched_packs + 1")],
    "a_rejection_has_a_reason": [change("distribution.ReceiptLine", rejected_packs="1")],
    "one_distributor_per_supplier_product_and_region": [copy("distribution.Entrustment")],
    "one_duty_to_serve_a_township_at_a_time": [copy("distribution.ServiceDuty")],
    "one_scorecard_per_firm_and_month": [copy("distribution.Scorecard")],
    "a_scorecard_is_of_a_month": [change("distribution.Scorecard", month="month + 1")],
    "a_shortage_lacks_something": [change("distribution.ShortageReport", units="0")],
    "a_shortage_is_reported_once_at_a_time": [copy("distribution.ShortageReport")],
    "a_stop_ends_after_it_begins": [change("distribution.StopNotice", resumes_on="stops_on")],
    "a_stop_is_announced_once": [copy("distribution.StopNotice")],
    "a_shortage_is_listed_once": [copy("distribution.ShortageItem", "status <> 'closed'")],
    "a_closed_shortage_has_its_moment": [change("distribution.ShortageItem", status="'closed'")],
    "an_answer_is_carried_out_by_its_kind": [
        change("distribution.ShortageAnswer", kind="'reserve'"),
        change("distribution.ShortageAnswer", tender_id="(SELECT min(id) FROM procurement_tender)"),
    ],
    "one_answer_to_a_shortage_at_a_time": [copy("distribution.ShortageAnswer")],
    "an_outcome_has_its_moment": [change("distribution.ShortageAnswer", outcome="'failed'")],
    "a_national_shortage_is_listed_once": [copy("distribution.NationalShortage")],
    "use_is_reckoned_once_a_month": [copy("distribution.UseFigure")],
    "use_is_of_a_month": [change("distribution.UseFigure", month="month + 1")],
    "essential_use_is_part_of_all_use": [
        change("distribution.UseFigure", **{part: f"{whole} + 1"})
        for part, whole in (
            ("essential_varieties", "varieties"),
            ("essential_units", "units"),
            ("essential_amount", "amount"),
        )
    ],
    "a_reaction_has_an_event": [change("distribution.AdverseReaction", event="''")],
    "a_reaction_is_known_after_it_began": [change("distribution.AdverseReaction", onset_on="known_on + 1")],
    "a_reviewed_reaction_is_judged": [change("distribution.AdverseReaction", status="'reviewed'")],
    "one_signal_per_product_and_event": [copy("distribution.SafetySignal")],
    "a_judged_signal_has_a_reason": [change("distribution.SafetySignal", status="'confirmed'")],
    "one_open_alert_per_lot": [copy("distribution.LotAlert")],
    "a_dismissed_alert_has_a_reason": [change("distribution.LotAlert", status="'dismissed'")],
    "a_recall_has_a_reason": [change("distribution.Recall", reason="''")],
    "nobody_opens_their_own_recall": [change("distribution.Recall", proposed_by_id=SOMEBODY, opened_by_id=SOMEBODY)],
    "an_opened_recall_has_its_limits": [change("distribution.Recall", notify_by="NULL")],
    "a_closed_recall_has_a_conclusion": [change("distribution.Recall", status="'closed'")],
    "a_recall_is_told_once": [copy("distribution.RecallNotice")],
    "an_acknowledged_notice_says_what_was_found": [change("distribution.RecallNotice", status="'acknowledged'")],
    "a_report_of_a_recall_says_something": [change("distribution.RecallReport", text="''")],
    "a_complaint_says_something": [change("distribution.Complaint", text="''")],
    "one_open_case_per_institution_and_product": [copy("distribution.RetailCase")],
    "nobody_confirms_their_own_penalty": [
        change("distribution.RetailCase", proposed_by_id=SOMEBODY, confirmed_by_id=SOMEBODY)
    ],
    "a_penalty_was_proposed_and_confirmed": [change("distribution.RetailCase", status="'penalised'")],
    "a_dismissed_case_has_a_reason": [change("distribution.RetailCase", status="'dismissed'", end_reason="''")],
    "a_letter_says_something": [change("distribution.CaseLetter", text="''")],
    "an_attached_file_has_a_name_and_a_digest": [
        change("distribution.CaseLetter", file_name="'x.pdf'"),
        change("distribution.CaseLetter", content="'x'"),
    ],
    "one_price_alarm_per_quarter": [copy("distribution.PriceAlarm")],
    "a_quarter_begins_on_its_first_day": [
        change("distribution.PriceAlarm", quarter=day) for day in ("'2026-02-01'", "'2026-04-02'")
    ],
    "a_price_alarm_is_about_more_than_the_lowest": [change("distribution.PriceAlarm", multiple="0.99")],
    "only_a_price_alarm_holds_in_one_province": [
        change("distribution.LotHold", province_id="'410000'"),
        change("distribution.LotHold", kind="'price_alarm'"),
        change("distribution.LotHold", kind="'price_alarm'", province_id="'410000'", lot_number="'L1'"),
    ],
    "only_bribery_has_a_ground": [change("procurement.ConductRecord", offence="'false_papers'", ground="'other'")],
    "a_decided_complaint_has_a_decision": [
        change("distribution.Complaint", status="'decided'", is_upheld="true", decision="''"),
        change("distribution.Complaint", status="'decided'", is_upheld="NULL", decision="'x'"),
    ],
    "an_invoice_is_filed_once": [copy("distribution.Invoice")],
    "an_invoice_has_an_amount": [change("distribution.Invoice", amount="0")],
    "nobody_invoices_themselves": [change("distribution.Invoice", buyer_id="seller_id")],
    "a_credit_note_is_for_an_order": [change("distribution.Invoice", "order_id IS NULL", kind="'credit'")],
    "invoiced_packs_are_positive": [change("distribution.InvoiceLine", packs="0")],
    "one_firm_is_deemed_the_producer": [copy("distribution.DeemedProducer")],
    "a_maker_is_not_deemed_itself": [change("distribution.DeemedProducer", firm_id="maker_id")],
    "two_people_settle": [change("distribution.Settlement", approved_by_id="drawn_by_id")],
    "a_payment_is_recorded_once": [copy("distribution.Settlement")],
    "a_receipt_is_owed_once_per_invoice_line": [copy("distribution.Payable")],
    "a_receipt_is_paid_once_per_invoice": [copy("distribution.SettlementLine")],
    "a_retail_price_is_reported_once_a_day": [copy("distribution.RetailPrice", price="1")],
    "retail_price_is_positive": [change("distribution.RetailPrice", price="0")],
    "a_violation_is_found_once": [copy("distribution.RetailFinding")],
    "one_limit_of_retail_prices_at_a_time": [copy("distribution.PriceLimit")],
    "a_limit_holds_for_a_day_at_least": [change("distribution.PriceLimit", valid_until="valid_from")],
    "one_sweep_of_a_province_at_a_time": [copy("distribution.RetailSweep")],
    "a_lot_is_kept_once": [copy("distribution.StockLot")],
    "stock_is_not_negative": [change("distribution.StockLot", units="-1")],
    "a_stock_move_is_entered_once": [copy("distribution.StockEntry")],
    "a_stock_move_moves_something": [copy("distribution.StockEntry", reference="'other'", units="0")],
    "a_lot_is_counted_once": [copy("distribution.StockCountLine")],
    "a_difference_has_a_reason": [change("distribution.StockCountLine", found_units="expected_units + 1", reason="''")],
    "transferred_units_are_positive": [change("distribution.StockTransfer", units="0")],
    "nobody_gives_to_themselves": [change("distribution.StockTransfer", taker_id="giver_id")],
    "one_reserve_plan_per_holder_and_product": [copy("distribution.ReservePlan")],
    "a_reserve_keeps_something": [change("distribution.ReservePlan", units="0")],
    "a_release_releases_something": [change("distribution.ReserveRelease", units="0")],
    "refilled_not_more_than_released": [change("distribution.ReserveRelease", refilled_units="units + 1")],
    "two_people_release_the_reserve": [change("distribution.ReserveRelease", approved_by_id="ordered_by_id")],
}

APPEND_ONLY = [
    "distribution.StockEntry",
    "journal.ChainLink",
    "journal.DeniedAttempt",
    "journal.Event",
    "journal.Reading",
    "journal.Seal",
    "procurement.Release",
    "procurement.VolumeEntry",
]


def fill_catalogue(cast: Cast) -> None:
    """A row of everything that the catalogue keeps, beside what tenders stand on."""
    Township.objects.create(code="410102001", name="石佛镇", county_id=ZHONGYUAN)
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


def fill_deliveries(cast: Cast, order: Order) -> None:
    """A way to the township, a pack with its code, one that is to go back, and a lot that is held."""
    plan_route(
        carrier_id=cast.distributor_firm.pk,
        county_code=ZHONGYUAN,
        name="东线",
        townships=["410102001"],
        actor=cast.distributor,
        at=NOW,
    )
    line = DespatchLine.objects.get(despatch__order=order)
    TraceCode.objects.create(despatch_line=line, code="81234560000000000001")
    factories.goods_return(cast, line, 1)
    factories.hold(cast.officer, line.order_line.product, "HELD")


def fill_invoices(cast: Cast, order: Order) -> None:
    """What the order cost, invoiced and paid, and how its goods came from their maker."""
    factories.invoice(cast, order)
    factories.sale(cast.supplier, cast.distributor, {order.lines.get().product: "L001"})
    enter_deemed_producer(
        maker_code=cast.supplier_firm.code,
        firm_code=cast.rival_firm.code,
        ground=DeemedGround.SALES_COMPANY,
        papers="x",
        valid_from=date(2026, 1, 1),
        valid_until=None,
        actor=cast.officer,
        at=NOW,
    )
    factories.paid_settlement(cast)


def fill_dossiers(cast: Cast) -> None:
    """An invited supplier, a document, an answered question and a published amendment."""
    tender = factories.drafted_tender(cast, invited=[cast.supplier_firm])
    add_document(tender_number=tender.number, attachment=Attachment("x", "x.pdf", PDF), actor=cast.officer, at=NOW)
    for holder in (cast.officer, cast.supervisor):
        factories.opening_key(holder)
    publish_tender(
        number=tender.number, holders=[user_of(cast.officer), user_of(cast.supervisor)], actor=cast.officer, at=NOW
    )
    asked = ask(tender_number=tender.number, question="?", actor=cast.supplier, at=NOW)
    answer(clarification_id=asked.pk, text="!", actor=cast.officer, at=NOW)
    proposed = propose_amendment(
        tender_number=tender.number,
        text="x",
        deadline_at=tender.deadline_at,
        affects_preparation=False,
        actor=cast.officer,
        at=NOW,
    )
    publish_amendment(amendment_id=proposed.pk, actor=cast.second_officer, at=NOW)


def fill_technical_evaluation(cast: Cast) -> None:
    """A published shortlist, and a sheet that is being filled in."""
    factories.tender_with_published_shortlist(cast)
    tender = factories.technical_opened_tender(cast)
    sheet = factories.sheets(factories.committee(cast, tender))[0]
    expert = sheet.member.expert
    save_scores(sheet_id=sheet.pk, points=factories.full_scores(tender), actor=factories.actor_of(expert), at=NOW)
    declare_interest(expert_id=expert.pk, organization=cast.hospital, description="任职", actor=cast.officer, at=NOW)


def fill_candidates(cast: Cast) -> None:
    """An area that was chosen, and an objection that waits."""
    won = Award.objects.select_related("lot", "bid").first()
    assert won is not None
    AreaPick.objects.create(lot=won.lot, bid=won.bid, role="main", turn=1, province_id=HENAN, picked_at=NOW)
    factories.objection(factories.published_tender(cast).lots.get(), cast.rival)


def fill_publications() -> None:
    """A release, a notice, a flag, and a piece of work that is done."""
    tender = Award.objects.select_related("lot__tender").earliest("pk").lot.tender
    with visible_work(tender.pk, TenderJob.Work.PUBLICATION, clock=lambda: NOW):
        publish_releases(tender_id=tender.pk, at=NOW)
    send_notices(tender_id=tender.pk, at=NOW)
    ScreenFlag.objects.create(tender=tender, kind="same_machine", raised_at=NOW)
    low = Award.objects.select_related("bid").earliest("pk").bid
    Explanation.objects.create(bid=low, asked_at=NOW, due_at=NOW)


def fill_procedures(cast: Cast) -> None:
    """A round of a negotiation, a standing offer, an emergency purchase."""
    lot = procedures.evaluated_lot(cast, Procedure.NEGOTIATION, {cast.supplier: "6.00"})
    talks = procedures.negotiation(cast, factories.bid_of(lot, cast.supplier))
    procedures.negotiation_round(cast, talks, "5.50")
    procedures.listing_offer(procedures.direct_listing(cast), cast.supplier)
    file_emergency_purchase(
        supplier_code=cast.distributor_firm.code,
        product_code=factories.product(cast.supplier_firm).code,
        units=1,
        price=Decimal(1),
        bought_on=NOW.date(),
        reason="疫情",
        actor=cast.buyer,
        at=NOW,
    )


def fill_supervision(cast: Cast) -> None:
    """A duty to serve, a scorecard, a complaint, a sweep that waits."""
    factories.duty(cast, Township.objects.get())
    factories.complaint(cast)
    request_sweep(province_id=HENAN, actor=cast.officer, at=NOW)
    Scorecard.objects.create(
        organization=cast.supplier_firm,
        province_id=HENAN,
        month=date(2026, 1, 1),
        figures={},
        verdict="good",
        drawn_at=NOW,
    )


def fill_safety(cast: Cast, product: Product) -> None:
    """A signal, an alert about a lot, and a recall with its notice and its plan."""
    factories.safety_signal(cast, product)
    factories.lot_alert(cast, product, "WARNED")
    factories.stock_lot(cast.pharmacist, product, lot_number="RECALLED")
    recall = factories.notified_recall(cast, product, "RECALLED")
    file_recall_report(recall_id=recall.pk, kind=RecallReportKind.PLAN, text="召回计划", actor=cast.supplier, at=NOW)


def fill_stock(cast: Cast, product: Product) -> None:
    """A lot, counted and offered to another institution, a month's use, and a release from the reserve."""
    factories.use_figure(cast, product)
    lot = factories.stock_lot(cast.pharmacist, product)
    count_stock(found=[Found(lot.pk, 100)], actor=cast.pharmacist, at=NOW)
    factories.proposed_transfer(lot, factories.neighbour(), actor=cast.pharmacist)
    factories.ordered_release(cast, factories.filled_reserve(cast, product))


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """At least one row of everything, in a transaction that is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        fill_catalogue(cast)
        factories.entrustment(cast)
        factories.licence(cast.supplier_firm)
        factories.ownership(cast.supplier_firm)
        factories.prior_use({factories.presentation(): 1}, cast.buyer)
        order = factories.receipt(cast).despatch.order
        fill_deliveries(cast, order)
        fill_invoices(cast, order)
        factories.notified_case(cast, order.lines.get().product)
        factories.price_alarm(cast)
        fill_procedures(cast)
        fill_supervision(cast)
        factories.made_report(cast)
        fill_stock(cast, order.lines.get().product)
        fill_safety(cast, order.lines.get().product)
        fall_short(cast, order.lines.get().agreement_line)
        IdempotencyKey.objects.create(client="c", key="k", fingerprint="f")
        fill_candidates(cast)
        fill_dossiers(cast)
        DeniedAttempt.objects.create(occurred_at=NOW, channel="api", what="GET /", code="not-allowed", detail="")
        page = {"channel": "api", "subject_id": cast.hospital.pk, "subject_label": "", "page": "/"}
        Reading.objects.create(**page, minute=NOW, subject_type=ContentType.objects.get_for_model(cast.hospital))
        seal_book(Book.READINGS, at=NOW)
        fill_technical_evaluation(cast)
        fill_publications()
        # who is barred delivers nothing more
        factories.conduct_record(cast, firm=cast.distributor_firm)
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
        meta = apps.get_model(label)._meta
        column = meta.concrete_fields[0].column
        statement = f"UPDATE {meta.db_table} SET {column} = {column}"
        if action == "DELETE":
            statement = f"DELETE FROM {meta.db_table}"
        with pytest.raises(DatabaseError, match="Cannot update or delete rows"):
            execute(statement)

    def test_is_what_every_protecting_trigger_says(self) -> None:
        protected = [model._meta.label for model, trigger in triggers() if protects(trigger)]
        assert sorted(protected) == sorted(APPEND_ONLY)

    def test_the_models_are_ours(self) -> None:
        assert {label.split(".")[0] for label in APPEND_ONLY} <= set(LABELS)
