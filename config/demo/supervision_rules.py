"""The rule sets of the demonstration for supervision, with where their numbers come from.

What is not certain is said in the source.
"""

from __future__ import annotations

from datetime import date, datetime

from catalog.accounts.kinds import Tier
from catalog.foundation.actor import Actor
from catalog.models import RuleSet
from catalog.rules.conduct_rules import Ground
from config.demo.procedure_rules import CONDUCT, Row, enter_rows

SHORTAGE = {
    "window_days": 30,
    "reports": {"watch": "1", "short": "2", "severe": "5"},
    "unsupplied": {"watch": "0.2", "short": "0.5", "severe": "0.8"},
    "cover_days": {"watch": "30", "short": "15", "severe": "7"},
    "stop_days": {"watch": "180", "short": "90", "severe": "30"},
    "answer_days_short": 5,
    "answer_days_severe": 2,
    "follow_up_days": 30,
    # planned stops are told six months ahead: not certain
    "stop_notice_months": 6,
    "national_provinces": 3,
    "easily_short_provinces": 2,
}

# 卫药政发〔2009〕78号: essential medicines alone at the base; “a certain proportion” elsewhere is no number.
USE_OF_2009 = {"rule": "CN.2009-78.essential-only", "shares": {Tier.PRIMARY: {"measures": ["varieties"], "least": "1"}}}
USE_OF_2013 = {
    "rule": "CN.2013-16.use-share",
    "shares": {
        Tier.PRIMARY: {"measures": ["varieties"], "least": "1"},
        Tier.SECONDARY: {"measures": ["quantity", "amount"], "least": "0.4", "aim": "0.5", "pilot_least": "0.5"},
        Tier.TERTIARY: {"measures": ["quantity", "amount"], "least": "0.25", "aim": "0.3"},
    },
}
USE_OF_2019 = {
    "rule": "CN.2019-47.986",
    "shares": {
        Tier.PRIMARY: {"measures": ["varieties"], "least": "0.9"},
        Tier.SECONDARY: {"measures": ["varieties"], "least": "0.8"},
        Tier.TERTIARY: {"measures": ["varieties"], "least": "0.6"},
    },
}

SAFETY = {
    "report_days": {"death": 0, "serious": 15, "new": 15, "other": 30},
    "review_working_days": {"death": 3, "serious": 3, "new": 15, "other": 15},
    "conclude_working_days": 7,
    "death_report_days": 15,
    # of the maker: not certain
    "investigate_days": 7,
    "prr_least": "2",
    "chi_squared_least": "4",
    "cluster_days": 14,
    "cluster_same_event": 3,
    "cluster_serious": 2,
    "cluster_deaths": 1,
    "cluster_probability": "0.001",
}
RECALL_OF_2007 = {
    "rule": "CN.2007-29.recall",
    "notify": {"I": {"hours": 24}, "II": {"hours": 48}, "III": {"hours": 72}},
    "plan": {"I": {"days": 1}, "II": {"days": 3}, "III": {"days": 7}},
    "progress_days": {"I": 1, "II": 3, "III": 7},
    "public_classes": [],
}
RECALL_OF_2022 = {
    "rule": "CN.2022-92.recall",
    "notify": {"I": {"days": 1}, "II": {"days": 3}, "III": {"days": 7}},
    "plan": {"I": {"days": 1}, "II": {"days": 3}, "III": {"days": 7}},
    "progress_days": {"I": 1, "II": 3, "III": 7},
    "public_classes": ["I", "II"],
}

PRICE_ALARM = {
    "yellow_above": "1",
    "red_1_from": "2",
    "red_2_from": "5",
    "red_3_from": "10",
    "suspended_from": "10",
}

ORDER_SCREENS = {
    "near_limit_share": "0.9",
    "near_limit_count": 3,
    "near_limit_days": 7,
    "one_approver_count": 10,
    "one_approver_minutes": 5,
    "split_count": 3,
    "sudden_times": "3",
    "usual_months": 3,
    "night_from": 22,
    "night_until": 6,
    "night_count": 3,
}

# Findings of audits count as evidence too (2025).
CONDUCT_OF_2025 = CONDUCT | {"bribery": CONDUCT["bribery"] | {"grounds": list(Ground)}}

ROWS: list[Row] = [
    (RuleSet.Kind.USE_SHARE, "基本药物使用规定（2009）", "卫药政发〔2009〕78号", date(2009, 8, 18), USE_OF_2009),
    (
        RuleSet.Kind.USE_SHARE,
        "基本药物使用比例（2013）",
        "卫药政发〔2013〕16号；施行日期不确定",
        date(2013, 2, 10),
        USE_OF_2013,
    ),
    (
        RuleSet.Kind.USE_SHARE,
        "基本药物配备品种占比“986”（2019）",
        "国办发〔2019〕47号",
        date(2019, 10, 11),
        USE_OF_2019,
    ),
    (
        RuleSet.Kind.SHORTAGE,
        "短缺药品监测与应对规则（演示）",
        "国办发〔2019〕47号；国家短缺药品清单2020年征求意见稿（3省以上）；药品管理法第95条；分级门槛与时限为演示",
        date(2019, 10, 11),
        SHORTAGE,
    ),
    (
        RuleSet.Kind.CONDUCT,
        "企业失信记录的效力（2025，演示）",
        "国卫法制发〔2013〕50号；医保发〔2020〕34号2025年6月修订（审计结论可为依据）；施行日期及其余期限不确定",
        date(2025, 6, 1),
        CONDUCT_OF_2025,
    ),
    (
        RuleSet.Kind.ORDER_SCREENS,
        "订单异常筛查（演示）",
        "平台自设门槛，无国家规定数值",
        date(2009, 8, 18),
        ORDER_SCREENS,
    ),
    (
        RuleSet.Kind.SAFETY,
        "药品不良反应报告、评价与预警规则",
        "卫生部令第81号（2011年7月1日起施行）；信号阈值依MHRA、EMA通行标准；批号聚集的阈值为平台自设，无国家规定数值",
        date(2011, 7, 1),
        SAFETY,
    ),
    (
        RuleSet.Kind.RECALL,
        "药品召回管理办法（2007）",
        "国家食品药品监督管理局令第29号（2007年12月10日）；计划与进展期限不确定",
        date(2007, 12, 10),
        RECALL_OF_2007,
    ),
    (
        RuleSet.Kind.RECALL,
        "药品召回管理办法（2022）",
        "国家药监局公告2022年第92号（2022年11月1日起施行）；计划与进展期限不确定",
        date(2022, 11, 1),
        RECALL_OF_2022,
    ),
    (RuleSet.Kind.PRICE_ALARM, "药品挂网价格预警规则", "苏医保发〔2021〕64号", date(2021, 11, 1), PRICE_ALARM),
]


def enter_supervision_rules(actor: Actor, at: datetime) -> int:
    """Enter the rule sets; return how many."""
    return enter_rows(ROWS, actor, at)
