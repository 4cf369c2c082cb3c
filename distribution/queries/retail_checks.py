"""What ``rules.retail.check_retail_price`` says, of any number of prices: one join with the limits of their days."""

from __future__ import annotations

from typing import Any

from django.db import connection

from catalog.accounts.kinds import Tier
from catalog.models import RuleSet
from catalog.rules.markup import RULE_GUIDE_PRICE, RULE_MARKUP
from catalog.rules.retail_rules import RetailRules
from distribution.rules.retail import RULE_PEERS
from distribution.states import RetailVerdict

# Which prices: a condition on ``price`` and ``report``.
OF_REPORT = "report.id = %(report)s"
OF_REPORTS = "report.id = ANY (%(reports)s)"
OF_PRODUCTS = (
    "price.product_id = ANY (%(products)s) AND report.province_id = %(province)s AND report.status = 'checked'"
)

# First what one comparison cannot clear; only that is looked at rule by rule.
JUDGED = f"""
SELECT suspect.retail_price_id, suspect.institution_id, suspect.province_id, suspect.price, suspect.observed_on,
       suspect.limit_id, suspect.markup, verdict.place, verdict.name AS verdict, verdict.amount
FROM (
    SELECT price.id AS retail_price_id, price.institution_id, report.province_id, price.price, price.observed_on,
           bound.id AS limit_id, bound.ceiling, bound.peer_low, bound.peer_high, allowed.markup,
           round(bound.purchase_price * (1 + allowed.markup), 2) AS highest
    FROM distribution_retailprice AS price
    JOIN distribution_retailreport AS report ON report.id = price.report_id
    LEFT JOIN distribution_pricelimit AS bound
        ON bound.product_id = price.product_id AND bound.province_id = report.province_id
       AND bound.valid_from <= price.observed_on AND price.observed_on < bound.valid_until
    JOIN accounts_organization AS institution ON institution.id = price.institution_id
    LEFT JOIN unnest(%(rules)s::bigint[], %(tiers)s::text[], %(markups)s::numeric[]) AS allowed (rules_id, tier, markup)
        ON allowed.rules_id = bound.rules_id AND allowed.tier = institution.tier
    WHERE {{scope}} AND (bound.id IS NULL OR price.price > bound.suspect_above OR price.price < bound.peer_low)
) AS suspect
CROSS JOIN LATERAL (VALUES
    (1, '{RetailVerdict.NO_CEILING.value}', NULL::numeric, suspect.ceiling IS NULL),
    (2, '{RetailVerdict.ABOVE_GUIDE_PRICE.value}', suspect.ceiling, suspect.price > suspect.ceiling),
    (3, '{RetailVerdict.ABOVE_PURCHASE_PRICE.value}', suspect.highest, suspect.price > suspect.highest),
    (4, '{RetailVerdict.ABNORMALLY_HIGH.value}', suspect.peer_high, suspect.price > suspect.peer_high),
    (5, '{RetailVerdict.ABNORMALLY_LOW.value}', suspect.peer_low, suspect.price < suspect.peer_low)
) AS verdict (place, name, amount, holds)
WHERE verdict.holds
"""


def _yuan(amount: str) -> str:
    """An amount as text: two decimals, more only where there are more."""
    return f"CASE WHEN scale(trim_scale({amount})) < 2 THEN round({amount}, 2) ELSE trim_scale({amount}) END::text"


# What was compared with what, as the rules say it, and where the limits come from.
EVIDENCE = f"""
SELECT hit.*, jsonb_strip_nulls(jsonb_build_object(
    'price', {_yuan("hit.price")},
    'observed_on', hit.observed_on::text,
    'rule_set', rules.title,
    'guide_price_source', decision.number,
    'guide_price_derivation', NULLIF(bound.derivation, '')
) || CASE hit.verdict
    WHEN '{RetailVerdict.NO_CEILING.value}' THEN jsonb_build_object('rule', '{RULE_GUIDE_PRICE}')
    WHEN '{RetailVerdict.ABOVE_GUIDE_PRICE.value}' THEN jsonb_build_object(
        'rule', '{RULE_GUIDE_PRICE}',
        'guide_price', {_yuan("hit.amount")},
        'excess', {_yuan("(hit.price - hit.amount)")}
    )
    WHEN '{RetailVerdict.ABOVE_PURCHASE_PRICE.value}' THEN jsonb_build_object(
        'rule', '{RULE_MARKUP}',
        'purchase_price', {_yuan("bound.purchase_price")},
        'markup', trim_scale(hit.markup)::text,
        'allowed', {_yuan("hit.amount")},
        'excess', {_yuan("(hit.price - hit.amount)")}
    )
    ELSE jsonb_build_object(
        'rule', '{RULE_PEERS}',
        'peer_median', {_yuan("bound.peer_median")},
        'peer_count', bound.peer_count::text,
        'usual_from', {_yuan("bound.peer_low")},
        'usual_to', {_yuan("bound.peer_high")}
    )
END) AS evidence
FROM {{hits}} AS hit
LEFT JOIN distribution_pricelimit AS bound ON bound.id = hit.limit_id
LEFT JOIN catalog_ruleset AS rules ON rules.id = bound.rules_id
LEFT JOIN catalog_guideprice AS guide ON guide.id = bound.guide_price_id
LEFT JOIN catalog_pricedecision AS decision ON decision.id = guide.decision_id
"""

# A hash of the limits is read once; sorting both sides costs three times as much, and compiling more than it saves.
SETTINGS = "SET LOCAL work_mem = '128MB'; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off"
HITS = "CREATE TEMP TABLE retail_hit ON COMMIT DROP AS {}"


def judge(scope: str, parameters: dict[str, Any]) -> int:
    """Make the temporary table ``retail_hit`` of what is to be found among the prices of the scope; how many rows.

    Part of the caller's transaction, at whose end the table is gone.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.retail_hit")
        cursor.execute(SETTINGS)
        cursor.execute(HITS.format(JUDGED.format(scope=scope)), parameters | markups())
        count: int = cursor.rowcount
        cursor.execute("ANALYZE retail_hit")
    return count


def markups() -> dict[str, list[Any]]:
    """The mark-up of each rule set and tier, a list for each name."""
    rows = RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK).values_list("pk", "parameters")
    read = [(pk, tier, RetailRules.read(said).markup_of(tier)) for pk, said in rows for tier in Tier.values]
    rules, tiers, shares = zip(*read, strict=True) if read else ((), (), ())
    return {"rules": list(rules), "tiers": list(tiers), "markups": list(shares)}
