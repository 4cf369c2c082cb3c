from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.rules.invoicing_rules import InvoicingRules, PaymentClock
from catalog.rules.ratio_rules import UnfitParameter


class TestRead:
    def test_has_a_default_for_everything(self) -> None:
        assert InvoicingRules.read({}) == InvoicingRules()

    def test_reads_two_invoices_and_thirty_days_where_nothing_else_is_stated(self) -> None:
        rules = InvoicingRules.read({})
        assert (rules.invoice_limit, rules.remote_extra, rules.group_invoices_not_counted) == (2, 1, 1)
        assert (rules.exempt_emergency, rules.exempt_controlled, rules.chain_required_for_acceptance) == (True,) * 3
        assert (rules.payment_days, rules.volume_based_payment) == (30, PaymentClock.END_OF_NEXT_MONTH)
        assert rules.interest_per_day == 0

    @pytest.mark.parametrize(
        ("name", "stated", "read"),
        [
            ("invoice_limit", 1, 1),
            ("remote_extra", 0, 0),
            ("group_invoices_not_counted", 0, 0),
            ("exempt_emergency", False, False),
            ("exempt_controlled", False, False),
            ("chain_required_for_acceptance", False, False),
            ("payment_days", 60, 60),
            ("volume_based_payment", "days", PaymentClock.DAYS),
            ("interest_per_day", "0.0005", Decimal("0.0005")),
            ("interest_per_day", "0", Decimal(0)),
        ],
    )
    def test_reads_what_is_stated_in_place_of_the_default(self, name: str, stated: Any, read: Any) -> None:
        assert getattr(InvoicingRules.read({name: stated}), name) == read

    @pytest.mark.parametrize(
        ("parameters", "place", "problem"),
        [
            ({"limit": 2}, "limit", "not known"),
            ({"invoice_limit": 0}, "invoice_limit", "at least 1"),
            ({"remote_extra": -1}, "remote_extra", "at least 0"),
            ({"group_invoices_not_counted": True}, "group_invoices_not_counted", "whole number"),
            ({"exempt_emergency": 1}, "exempt_emergency", "true or false"),
            ({"exempt_controlled": "no"}, "exempt_controlled", "true or false"),
            ({"chain_required_for_acceptance": None}, "chain_required_for_acceptance", "true or false"),
            ({"payment_days": 0}, "payment_days", "at least 1"),
            ({"volume_based_payment": "weeks"}, "volume_based_payment", "end_of_next_month"),
            ({"interest_per_day": 0.0005}, "interest_per_day", "decimal number as text"),
            ({"interest_per_day": "1.5"}, "interest_per_day", "at most 1"),
        ],
    )
    def test_says_which_parameter_it_cannot_use(self, parameters: dict[str, Any], place: str, problem: str) -> None:
        with pytest.raises(UnfitParameter, match=problem) as refusal:
            InvoicingRules.read(parameters)
        assert refusal.value.name == place
