"""The rule sets of the demonstration for ordering, delivery, invoices and payment, with where their numbers come from.

What is not certain is said in the source.
"""

from __future__ import annotations

from datetime import date, datetime

from catalog.accounts.kinds import Role, Tier
from catalog.foundation.actor import Actor
from catalog.models import RuleSet
from config.demo.procedure_rules import Row, enter_rows

SUPPLY = {
    # hours of contracts: usual, to be replaced by those of the province
    "answer_hours": 24,
    "answer_hours_emergency": 2,
    "delivery_hours": 48,
    "delivery_hours_remote": 72,
    "delivery_hours_emergency": 4,
    "remaining_life_months": 6,
    "remaining_life_share": "0.6667",
    # 国办发〔2019〕47号 counts varieties instead of closing the list
    "essential_only_tiers": [],
    "limits": {
        Role.BUYER: {Tier.PRIMARY: "200000.00", Tier.SECONDARY: "2000000.00", Tier.TERTIARY: "20000000.00"},
        Role.APPROVER: {Tier.PRIMARY: "100000.00", Tier.SECONDARY: "1000000.00", Tier.TERTIARY: "10000000.00"},
    },
    # 湖北 3–5
    "distributors_per_county": 5,
    "reserve_floor_share": "0.7",
}
INVOICING = {
    "invoice_limit": 2,
    "remote_extra": 1,
    "group_invoices_not_counted": 1,
    "payment_days": 30,
    "volume_based_payment": "end_of_next_month",
    "interest_per_day": "0.0005",
    # goods may be taken in before their invoice is filed; they are not paid before
    "chain_required_for_acceptance": False,
}
DELIVERY = {
    "delivery_rate_pass": "0.95",
    "delivery_rate_warn": "0.80",
    "three_days": 3,
    "least_lines": 10,
    "failing_months_for_conduct": 3,
}

ROWS: list[Row] = [
    (
        RuleSet.Kind.SUPPLY,
        "订货、配送与验收规则（演示）",
        "国办发〔2010〕56号、国办发〔2015〕7号；时限、限额与剩余有效期为演示，以合同为准",
        date(2019, 10, 11),
        SUPPLY,
    ),
    (
        RuleSet.Kind.INVOICING,
        "两票制与货款支付规则",
        "国医改办发〔2016〕4号；国办发〔2010〕56号（30天）；国办发〔2021〕2号（次月底）；违约金为演示",
        date(2016, 12, 26),
        INVOICING,
    ),
    (
        RuleSet.Kind.DELIVERY_PERFORMANCE,
        "配送考核规则（演示）",
        "各省配送合同的通行标准（90–95 %合格，80 %以下预警），不确定；投诉期限依招标投标法实施条例第61条",
        date(2015, 2, 9),
        DELIVERY,
    ),
]


def enter_supply_rules(actor: Actor, at: datetime) -> int:
    """Enter the rule sets; return how many."""
    return enter_rows(ROWS, actor, at)
