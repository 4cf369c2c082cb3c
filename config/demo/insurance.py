"""What the insurance pays back in the demonstration, and how some of its medicines are used.

No table of today's terms is public for the province: shares and bonuses are set within the range that provinces have
published, and every row says so.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from catalog.accounts.kinds import Tier
from catalog.foundation.actor import Actor, Channel
from catalog.models import Medicine, RuleSet
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.services.reimbursement import enter_reimbursement_terms, list_for_insurance
from catalog.services.rulesets import enter_rule_set
from catalog.states import GuidanceKind, ListClass, Scheme
from config.demo import data

COMMAND = Actor.platform(Channel.COMMAND)
SINCE = date(2020, 1, 1)
SOURCE = "演示取值，非政策文件"
# Rate and bonus for essential medicines by scheme, at primary, secondary and tertiary institutions. The last bonus is
# too small on purpose: the check of the terms has something to find.
TERMS: dict[Scheme, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    Scheme.EMPLOYEES: (("0.85", "0.10"), ("0.80", "0.05"), ("0.75", "0.05")),
    Scheme.RESIDENTS: (("0.70", "0.10"), ("0.60", "0.10"), ("0.50", "0.05")),
    Scheme.ASSISTANCE: (("0.70", "0.10"), ("0.70", "0.10"), ("0.65", "0.05")),
    Scheme.PUBLIC_EXPENSE: (("0.90", "0.05"), ("0.85", "0.05"), ("0.85", "0.02")),
}
# What the labels of the generics say for adults; medicine, indication, dose, how often, caution.
DOSAGES = [
    ("阿莫西林", "敏感菌所致感染", "一次0.5g", "每6～8小时1次", "一日剂量不超过4g；青霉素过敏者禁用"),
    ("头孢拉定", "敏感菌所致感染", "一次0.25～0.5g", "每6小时1次", "一日最高4g；对头孢菌素过敏者禁用"),
    ("对乙酰氨基酚", "发热、轻至中度疼痛", "一次0.5g", "需要时，间隔4～6小时", "24小时内不超过4次"),
]


def load_insurance(at: datetime) -> int:
    """Enter the terms of the schemes, the lists and the dosages; part of the caller's transaction."""
    enter_rule_set(
        kind=RuleSet.Kind.REIMBURSEMENT,
        title="基本药物报销比例明显高于非基本药物",
        source="卫药政发〔2009〕78号；“明显”取5个百分点，为演示取值",
        valid_from=SINCE,
        valid_until=None,
        parameters={"least_bonus": "0.05"},
        actor=COMMAND,
        at=at,
    )
    for scheme, levels in TERMS.items():
        for tier, (rate, bonus) in zip((Tier.PRIMARY, Tier.SECONDARY, Tier.TERTIARY), levels, strict=True):
            enter_reimbursement_terms(
                scheme=scheme,
                province_id=data.PROVINCE,
                tier=tier,
                rate=Decimal(rate),
                essential_bonus=Decimal(bonus),
                deductible=Decimal(0),
                annual_cap=None,
                valid_from=SINCE,
                valid_until=None,
                source=SOURCE,
                actor=COMMAND,
                at=at,
            )
    medicines = Medicine.objects.filter(name__in={lot.medicine for lot in data.lots()})
    for medicine in medicines:
        list_for_insurance(
            medicine=medicine,
            presentation=None,
            province_id="",
            list_class=ListClass.A,
            self_pay_share=Decimal(0),
            valid_from=SINCE,
            valid_until=None,
            source=SOURCE,
            actor=COMMAND,
            at=at,
        )
    _enter_dosages({medicine.name: medicine for medicine in medicines}, at)
    return len(TERMS) * 3


def _enter_dosages(medicines: dict[str, Medicine], at: datetime) -> None:
    enter_guidance(
        kind=GuidanceKind.FORMULARY,
        title="国家基本药物处方集（演示节选）",
        edition_label="演示",
        issuer="演示数据",
        valid_from=SINCE,
        valid_until=None,
        source="各药品说明书的通用内容，演示用，不作为用药依据",
        dosages=[
            NewDosage(
                medicine=medicines[name],
                indication=indication,
                population="成人",
                route="口服",
                dose=dose,
                frequency=frequency,
                caution=caution,
            )
            for name, indication, dose, frequency, caution in DOSAGES
        ],
        actor=COMMAND,
        at=at,
    )
