"""The rules of each procedure as the documents state them, with their true periods."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.models import RuleSet
from procurement.states import Procedure

# Bidding Law (1999), art. 24, 28; Order No. 613 (2011), art. 21, 22, 54; 国办发〔2010〕56号. The points are invented.
DOUBLE_ENVELOPE: dict[str, Any] = {
    "least_bidding_days": 20,
    "least_change_days": 15,
    "objection_to_documents_days": 10,
    "least_bidders": 3,
    "shortlist": {"method": "score", "table": [[7, 4], [6, 3], [4, 2], [3, 2]]},
    "criteria": [
        {"code": "scale", "title": "生产规模", "points": "40"},
        {"code": "delivery", "title": "配送能力", "points": "35"},
        {"code": "quality", "title": "质量抽检", "points": "25"},
    ],
    "committee": {"size": 5, "outside_share": "0.6667", "primary_share": "0.3333"},
    "winners": [[1, 1]],
    "objection_days": 3,
}
# Tender document of the fourth volume-based round (2021), table 1; 国办发〔2021〕2号 for shares and terms.
VOLUME_BASED: dict[str, Any] = {
    "least_bidding_days": 20,
    "winners": [[1, 1], [2, 2], [4, 3], [5, 4], [7, 5], [8, 6], [9, 7], [10, 8], [11, 9], [13, 10]],
    "winners_counted_by": "bidders",
    "entry": {"multiple": "1.8", "cut": "0.5", "floor": "0.1000", "anchor": "lowest"},
    "tie_breaks": ["own_api", "sales", "approved_on", "received_at"],
    "volume_shares": [[1, "0.5"], [2, "0.6"], [3, "0.7"], [4, "0.8"]],
    "terms": [[1, 1], [3, 2], [4, 3]],
    "picking": True,
    "backup": True,
    "objection_days": 3,
}
# 国办发〔2010〕56号 and 国办发〔2015〕7号; the periods are the suite's own.
NEGOTIATION: dict[str, Any] = {"least_bidding_days": 5, "winners": [[1, 1]], "objection_days": 3}
DIRECT_LISTING: dict[str, Any] = {"least_bidding_days": 0, "objection_days": 0}
DESIGNATED_PRODUCTION: dict[str, Any] = {
    "least_bidding_days": 20,
    "price": "uniform",
    "winners": [[1, 1], [2, 2], [3, 3]],
    "objection_days": 3,
}
SMALL_QUANTITY: dict[str, Any] = {
    "least_bidding_days": 0,
    "winners": [[1, 1]],
    "objection_days": 0,
    "filing_working_days": 3,
}
RULES = {
    Procedure.DOUBLE_ENVELOPE: DOUBLE_ENVELOPE,
    Procedure.VOLUME_BASED: VOLUME_BASED,
    Procedure.NEGOTIATION: NEGOTIATION,
    Procedure.DIRECT_LISTING: DIRECT_LISTING,
    Procedure.DESIGNATED_PRODUCTION: DESIGNATED_PRODUCTION,
    Procedure.SMALL_QUANTITY: SMALL_QUANTITY,
}


def enter_rules(procedure: Procedure, **changed: Any) -> RuleSet:
    """The rules of a procedure, in force since long ago, with some of their numbers replaced."""
    values = {
        "title": str(procedure.label),
        "source": "国办发〔2010〕56号",
        "validity": DateRange(date(2010, 1, 1), None),
        "parameters": RULES[procedure] | changed,
    }
    return RuleSet.objects.update_or_create(kind=RuleSet.Kind(procedure), defaults=values)[0]
