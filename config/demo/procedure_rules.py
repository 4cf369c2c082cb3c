"""The rule sets of the demonstration: procedures and conduct, with where their numbers come from.

What is not certain is said in the title or the source; periods of the round of January 2020 are set to nothing, so
that a year plays in a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from catalog.foundation.actor import Actor
from catalog.models import RuleSet
from catalog.services.rulesets import enter_rule_set

# Economic-technical criteria named in 国办发〔2010〕56号; the points are invented.
CRITERIA = [
    {"code": "scale", "title": "生产规模", "points": "20"},
    {"code": "distribution", "title": "配送能力", "points": "20"},
    {"code": "sales", "title": "销售额", "points": "15"},
    {"code": "rank", "title": "行业排名", "points": "10"},
    {"code": "reputation", "title": "市场信誉", "points": "10"},
    {"code": "quality", "title": "GMP（GSP）与质量抽验", "points": "15"},
    {"code": "supervision", "title": "电子监管能力", "points": "10"},
]
JANUARY_2020 = {
    "least_bidding_days": 0,
    "least_change_days": 0,
    "objection_to_documents_days": 0,
    "objection_days": 0,
    "winners": [[1, 1], [2, 2], [4, 3], [5, 4], [7, 5], [9, 6]],
    "winners_counted_by": "bidders",
    "entry": {"multiple": "1.8", "cut": "0.5", "floor": "0.1000", "anchor": "lowest"},
}
DOUBLE_ENVELOPE = {
    "least_bidding_days": 20,
    "least_change_days": 15,
    "objection_to_documents_days": 10,
    "least_bidders": 3,
    "shortlist": {"method": "score", "table": [[3, 2], [4, 2], [5, 3], [6, 3], [7, 4]]},
    "criteria": CRITERIA,
    "committee": {"size": 5, "outside_share": "0.6667", "primary_share": "0"},
    "winners": [[1, 1]],
    "abnormally_low": "0.5",
    "objection_days": 3,
    "forms_per_medicine": 3,
    "strengths_per_form": 2,
}
AT_ONCE = {"least_bidding_days": 0, "least_change_days": 0, "objection_to_documents_days": 0, "objection_days": 0}
NEGOTIATION = {"least_bidding_days": 5, "objection_days": 3, "winners": [[1, 1]]}
DIRECT_LISTING = AT_ONCE
DESIGNATED = {"least_bidding_days": 20, "price": "uniform", "winners": [[1, 1], [2, 2], [3, 3]], "objection_days": 3}
SMALL_QUANTITY = AT_ONCE | {"winners": [[1, 1]], "filing_working_days": 3}
GRAVE = {"serious": {"effect": "barred", "scope": "nation", "months": 12}} | {
    "very_serious": {"effect": "barred", "scope": "nation", "months": 24}
}
CONDUCT = {
    "bribery": GRAVE
    | {
        "general": {"effect": "barred", "months": 24, "scope": "province", "elsewhere": "lowers_score"},
        "repeat": {"count": 2, "years": 5, "scope": "nation"},
    },
    "failed_supply": GRAVE | {"general": {"effect": "warning", "months": 6, "scope": "province"}},
    "false_papers": GRAVE | {"general": {"effect": "barred", "months": 6, "scope": "province"}},
    "price_abuse": GRAVE | {"general": {"effect": "warning", "months": 6, "scope": "nation"}},
}

# kind, title, source, from which day on, parameters
Row = tuple[RuleSet.Kind, str, str, date, dict[str, Any]]

ROWS: list[Row] = [
    (
        RuleSet.Kind.VOLUME_BASED,
        "带量采购规则（2020年1月第二批；演示：各项期限为零）",
        "GY-YD2019-2 采购文件表2及申报规则；约定采购量按公布数执行",
        date(2020, 1, 1),
        JANUARY_2020,
    ),
    (
        RuleSet.Kind.DOUBLE_ENVELOPE,
        "双信封招标规则（2010）",
        "国办发〔2010〕56号；四川省入围比例 7→4、6→3、4→2，其余为内插；评分分值为演示",
        date(2010, 11, 19),
        DOUBLE_ENVELOPE,
    ),
    (RuleSet.Kind.NEGOTIATION, "独家药品谈判规则", "国办发〔2015〕7号；期限为演示", date(2015, 2, 9), NEGOTIATION),
    (RuleSet.Kind.DIRECT_LISTING, "直接挂网规则", "国办发〔2015〕7号", date(2015, 2, 9), DIRECT_LISTING),
    (
        RuleSet.Kind.DESIGNATED_PRODUCTION,
        "定点生产规则",
        "国办发〔2015〕7号；最多中选数为演示",
        date(2015, 2, 9),
        DESIGNATED,
    ),
    (
        RuleSet.Kind.SMALL_QUANTITY,
        "小批量与急救采购规则（三个工作日内备案）",
        "国办发〔2010〕56号；备案期限不确定",
        date(2010, 11, 19),
        SMALL_QUANTITY,
    ),
    (
        RuleSet.Kind.CONDUCT,
        "企业失信记录的效力（演示）",
        "国卫法制发〔2013〕50号（商业贿赂一般情形及累犯）；其余期限为演示",
        date(2014, 3, 1),
        CONDUCT,
    ),
]


def enter_procedure_rules(actor: Actor, at: datetime) -> int:
    """Enter the rule sets; return how many."""
    return enter_rows(ROWS, actor, at)


def enter_rows(rows: Sequence[Row], actor: Actor, at: datetime) -> int:
    """Enter rule sets that hold without an end; return how many."""
    for kind, title, source, valid_from, parameters in rows:
        enter_rule_set(
            kind=kind,
            title=title,
            source=source,
            valid_from=valid_from,
            valid_until=None,
            parameters=parameters,
            actor=actor,
            at=at,
        )
    return len(rows)
