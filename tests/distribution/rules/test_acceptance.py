from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.supply_rules import SupplyRules
from distribution.rules.acceptance import DespatchFacts, LineFacts, check_receipt
from distribution.rules.checks import Check, Gate, breaches, warnings
from distribution.rules.cold_chain import ColdChainReport, Excursion, Gap

TODAY = date(2026, 7, 1)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
RULES = SupplyRules(remaining_life_months=6, remaining_life_share=Decimal("0.6667"))

LINE = LineFacts(
    line_id=7,
    product_ordered="P-1",
    product_found="P-1",
    price_ordered=Decimal("8.70"),
    price_agreed=Decimal("8.70"),
    agreement_in_force=True,
    distributor_entrusted=True,
    distributor_licence_ok=True,
    approval_valid_until=TODAY,
    product_trading=True,
    lot="A1",
    lot_found="A1",
    hold=None,
    expires_on=date(2028, 6, 30),
    made_on=date(2026, 7, 1),
    shelf_life_months=24,
    packs_sent=10,
    accepted=10,
    rejected=0,
    surplus=0,
    codes_sent=("c1", "c2"),
    codes_found=("c1", "c2"),
    foreign_codes=(),
    codes_seen_before=(),
    needs_cold_chain=True,
    promised_on=TODAY,
    due_at=NOON,
)
KEPT_COLD = ColdChainReport(Decimal("2.5"), Decimal("7.9"), 12, (), (), complete=True, verdict="within")
TOO_WARM = replace(
    KEPT_COLD, highest=Decimal("9.4"), excursions=(Excursion(NOON, NOON, Decimal("9.4")),), verdict="excursion"
)
WITH_GAP = replace(KEPT_COLD, gaps=(Gap(NOON, NOON),), complete=False, verdict="gaps")
NO_READING = replace(KEPT_COLD, lowest=None, highest=None, count=0, complete=False, verdict="missing")
STANDING = Check("CN.GSP-61.active", "GSP", Gate.HARD, True, "It is active.", {})
INVOICES = Check("CN.2016-4.two-invoices", "国医改办发〔2016〕4号", Gate.HARD, False, "three invoices", {"length": 3})


def despatch(*lines: LineFacts, **changes: Any) -> DespatchFacts:
    facts = DespatchFacts(received_at=NOON, today=TODAY, cold_chain=KEPT_COLD, invoice_chain=None, lines=lines)
    return replace(facts, **changes)


def checked(facts: DespatchFacts, rules: SupplyRules = RULES) -> list[Check]:
    with override("en"):
        return check_receipt(facts, rules)


def life(expires_on: date, rules: SupplyRules = RULES, **changes: Any) -> bool:
    checks = checked(despatch(replace(LINE, expires_on=expires_on, **changes)), rules)
    [check] = [check for check in checks if check.rule == "CN.contract.remaining-life"]
    return check.passed


BROKEN = [
    ({"product_found": "P-2"}, "CN.GSP.order-match", "Ordered was P-1, found was P-2."),
    ({"lot_found": "A2"}, "CN.GSP.lot-match", "Announced was lot A1, found was A2."),
    (
        {"agreement_in_force": False, "price_agreed": None},
        "CN.2010-56.agreement",
        "No agreement covers this line on 2026-07-01.",
    ),
    ({"price_ordered": Decimal("8.71")}, "CN.2010-56.agreed-price", "Ordered at 8.71 yuan, agreed are 8.70 yuan."),
    (
        {"distributor_entrusted": False},
        "CN.GSP-61.distributor",
        "is not entrusted with this product here on 2026-07-01.",
    ),
    ({"distributor_licence_ok": False}, "CN.GSP-61.distributor", "has no licence for this product on 2026-07-01."),
    (
        {"distributor_entrusted": False, "distributor_licence_ok": False},
        "CN.GSP-61.distributor",
        "neither a licence nor",
    ),
    ({"approval_valid_until": date(2026, 6, 30)}, "CN.GSP-61.approval", "ended with 2026-06-30."),
    ({"product_trading": False}, "CN.GSP-61.approval", "suspended or withdrawn"),
    ({"hold": "recall 12: 5% too weak"}, "CN.2022-recall.lot-on-hold", "Lot A1 is on hold: recall 12: 5% too weak"),
    (
        {"expires_on": date(2026, 12, 30)},
        "CN.contract.remaining-life",
        "6 months, until 2026-12-31, or 66.67 % of its shelf life, of which 25.07 % are left.",
    ),
    (
        {"expires_on": date(2026, 12, 30), "shelf_life_months": None, "made_on": None},
        "CN.contract.remaining-life",
        "6 months, until 2026-12-31.",
    ),
    ({"foreign_codes": ("c2",)}, "CN.NMPAB-1001.codes-belong", "Codes of another product: c2."),
    ({"codes_seen_before": ("c1",)}, "CN.NMPAB-1001.codes-unique", "more than once, now or before: c1."),
    ({"codes_found": ("c1", "c1", "c2")}, "CN.NMPAB-1001.codes-unique", "more than once, now or before: c1."),
]


class TestHardGates:
    def test_let_pass_what_is_as_it_should_be(self) -> None:
        checks = checked(despatch(LINE))
        assert [check.rule for check in checks if not check.passed] == []

    @pytest.mark.parametrize(("changes", "rule", "words"), BROKEN)
    def test_stop_what_is_accepted_and_say_why(self, changes: dict[str, Any], rule: str, words: str) -> None:
        [breach] = breaches(checked(despatch(replace(LINE, **changes))))
        assert (breach.rule, breach.line, words in breach.sentence) == (rule, 7, True), breach.sentence

    @pytest.mark.parametrize(("changes", "rule", "words"), BROKEN)
    def test_stop_nothing_where_all_packs_go_back(self, changes: dict[str, Any], rule: str, words: str) -> None:
        checks = checked(despatch(replace(LINE, accepted=0, rejected=10, **changes)))
        assert breaches(checks) == []
        assert rule in [warning.rule for warning in warnings(checks)]

    def test_stop_expired_goods_and_name_both_reasons(self) -> None:
        found = breaches(checked(despatch(replace(LINE, expires_on=date(2026, 6, 30)))))
        assert [check.rule for check in found] == ["CN.GSP.expired", "CN.contract.remaining-life"]
        assert found[0].sentence == "It has expired: 2026-06-30 was the last day of use."

    @pytest.mark.parametrize(
        ("report", "words"),
        [
            (None, "no record of its temperatures"),
            (NO_READING, "no record of its temperatures"),
            (TOO_WARM, "2.5 to 9.4 °C, since 2026-07-01 12:00"),
            (WITH_GAP, "has gaps (1), the first since 2026-07-01 12:00"),
        ],
    )
    def test_stop_cold_goods_whose_record_does_not_show_them_cold(
        self, report: ColdChainReport | None, words: str
    ) -> None:
        warm = replace(LINE, line_id=8, needs_cold_chain=False, codes_sent=(), codes_found=())
        [breach] = breaches(checked(despatch(LINE, warm, cold_chain=report)))
        assert (breach.rule, breach.line) == ("CN.GSP-annex-3.temperature", 7)
        assert words in breach.sentence

    def test_stop_a_code_that_is_on_two_lines(self) -> None:
        other = replace(LINE, line_id=8, codes_sent=("c2",), codes_found=("c2",))
        assert [check.line for check in breaches(checked(despatch(LINE, other)))] == [7, 8]

    @pytest.mark.parametrize(
        "changes",
        [{"accepted": 11}, {"accepted": 0, "rejected": 11}, {"accepted": 11, "rejected": -1}, {"surplus": -1}],
    )
    def test_never_let_more_be_recorded_than_was_sent(self, changes: dict[str, int]) -> None:
        [breach] = breaches(checked(despatch(replace(LINE, **changes))))
        assert breach.rule == "CN.GSP.quantity"

    @pytest.mark.parametrize(("accepted", "gate"), [(10, Gate.HARD), (0, Gate.WARNING)])
    def test_hold_the_invoices_of_the_chain_against_what_is_accepted(self, accepted: int, gate: Gate) -> None:
        line = replace(LINE, accepted=accepted, rejected=10 - accepted)
        assert replace(INVOICES, gate=gate) in checked(despatch(line, invoice_chain=INVOICES))


class TestWarnings:
    @pytest.mark.parametrize(
        ("changes", "rule", "words"),
        [
            ({"accepted": 7, "rejected": 1}, "CN.contract.short", "2 of the 10 packs sent are missing."),
            ({"surplus": 3}, "CN.contract.over", "3 packs came beyond the 10 packs sent; they are not accepted"),
            ({"codes_found": ("c1",)}, "CN.NMPAB-1002.codes-announced", "not found: c2. Found and not announced: –."),
            ({"codes_found": ("c1", "c2", "c3")}, "CN.NMPAB-1002.codes-announced", "Found and not announced: c3."),
            ({"due_at": NOON - timedelta(minutes=1)}, "CN.contract.delivery-time", "due at 2026-07-01 11:59."),
            ({"promised_on": date(2026, 6, 30)}, "CN.contract.delivery-time", "promised for 2026-06-30."),
        ],
    )
    def test_tell_and_stop_nothing(self, changes: dict[str, Any], rule: str, words: str) -> None:
        checks = checked(despatch(replace(LINE, **changes)))
        [warning] = warnings(checks)
        assert (warning.rule, words in warning.sentence) == (rule, True), warning.sentence
        assert breaches(checks) == []

    def test_do_not_miss_the_codes_of_packs_that_are_missing_or_go_back(self) -> None:
        line = replace(LINE, accepted=9, rejected=1, codes_found=("c1",))
        assert warnings(checked(despatch(line))) == []

    def test_tell_five_of_many_codes_and_keep_them_all(self) -> None:
        codes = tuple(f"n{number}" for number in range(7))
        [warning] = warnings(checked(despatch(replace(LINE, codes_found=(*LINE.codes_found, *codes)))))
        assert "n0, n1, n2, n3, n4, …" in warning.sentence
        assert warning.values["unannounced"] == list(codes)


class TestRemainingLife:
    @pytest.mark.parametrize(("expires_on", "enough"), [(date(2026, 12, 31), True), (date(2026, 12, 30), False)])
    def test_is_enough_with_so_many_months_today_counted(self, expires_on: date, enough: bool) -> None:
        assert life(expires_on) is enough

    # Three months of shelf life, 1 May to 31 July: 92 days, of which 31 are left on 1 July: 0.3370, rounded.
    @pytest.mark.parametrize(("share", "enough"), [("0.3370", True), ("0.3371", False)])
    @pytest.mark.parametrize(
        "known", [{"shelf_life_months": 3, "made_on": None}, {"shelf_life_months": None, "made_on": date(2026, 5, 1)}]
    )
    def test_is_enough_with_such_a_share_of_a_short_shelf_life(
        self, share: str, enough: bool, known: dict[str, Any]
    ) -> None:
        assert life(date(2026, 7, 31), replace(RULES, remaining_life_share=Decimal(share)), **known) is enough

    @pytest.mark.parametrize(("days_left", "enough"), [(486, True), (485, False)])
    def test_is_enough_with_two_thirds_of_729_days(self, days_left: int, enough: bool) -> None:
        known = {"shelf_life_months": None, "made_on": TODAY - timedelta(days=729 - days_left)}
        many_months = replace(RULES, remaining_life_months=24)
        assert life(TODAY + timedelta(days=days_left - 1), many_months, **known) is enough

    def test_is_measured_in_months_alone_where_the_shelf_life_is_not_known(self) -> None:
        generous = replace(RULES, remaining_life_share=Decimal("0.0001"))
        assert not life(date(2026, 12, 30), generous, shelf_life_months=None, made_on=None)

    @given(days=st.integers(-400, 1200), more=st.integers(0, 400), shelf=st.none() | st.integers(1, 60))
    def test_never_becomes_too_short_by_lasting_longer(self, days: int, more: int, shelf: int | None) -> None:
        first = TODAY + timedelta(days=days)
        if life(first, shelf_life_months=shelf, made_on=None):
            assert life(first + timedelta(days=more), shelf_life_months=shelf, made_on=None)


class TestReceipt:
    def test_is_checked_point_by_point_for_all_lines(self) -> None:
        other = replace(LINE, line_id=8, codes_sent=("c3",), codes_found=("c3",))
        checks = checked(despatch(LINE, other, invoice_chain=INVOICES, standing=(STANDING,)))
        assert [check.rule for check in checks if check.line in (7, None)] == [
            "CN.GSP.order-match",
            "CN.GSP.lot-match",
            "CN.2010-56.agreement",
            "CN.2010-56.agreed-price",
            "CN.GSP-61.active",
            "CN.GSP-61.distributor",
            "CN.GSP-61.approval",
            "CN.2022-recall.lot-on-hold",
            "CN.GSP.expired",
            "CN.contract.remaining-life",
            "CN.GSP.quantity",
            "CN.contract.short",
            "CN.contract.over",
            "CN.NMPAB-1001.codes-belong",
            "CN.NMPAB-1001.codes-unique",
            "CN.NMPAB-1002.codes-announced",
            "CN.GSP-annex-3.temperature",
            "CN.2016-4.two-invoices",
            "CN.contract.delivery-time",
        ]
        assert [check.line for check in checks[:4]] == [7, 7, 8, 8]

    def test_has_no_points_that_do_not_apply(self) -> None:
        plain = replace(LINE, needs_cold_chain=False, codes_sent=(), codes_found=())
        assert not [check for check in checked(despatch(plain)) if "NMPAB" in check.rule or "annex-3" in check.rule]

    @pytest.mark.parametrize("changes", [{}, *(changes for changes, _, _ in BROKEN)])
    def test_states_source_and_values_of_every_point_fit_for_json(self, changes: dict[str, Any]) -> None:
        for check in checked(despatch(replace(LINE, **changes), cold_chain=TOO_WARM)):
            assert json.loads(json.dumps(check.values)) == check.values
            assert check.rule and check.source and check.sentence
            assert "%" not in check.sentence.replace(" % ", "").replace("5% too weak", "")

    @given(accepted=st.integers(0, 12), rejected=st.integers(0, 12), surplus=st.integers(0, 5), sent=st.integers(0, 12))
    def test_passes_what_adds_up_and_nothing_else(self, accepted: int, rejected: int, surplus: int, sent: int) -> None:
        line = replace(LINE, accepted=accepted, rejected=rejected, surplus=surplus, packs_sent=sent)
        assert (breaches(checked(despatch(line))) == []) == (accepted + rejected <= sent)
        if accepted + rejected <= sent:
            assert accepted + rejected + line.missing == sent
