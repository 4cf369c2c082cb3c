"""One statement that judges, ranks and proposes all bids of a tender, as ``evaluate_lot`` does for one lot.

Rounding is exact: ``div`` gives whole quotients of exact products, so that no scale of a division decides. Ratios are
stored; nothing is raised to a power here. A lot without a bid has no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.rules.procedure_rules import Anchor, CountedBy, EntryRule, PriceKind, ProcedureRules, TieBreak

# Smaller goes first; what was not declared goes last.
TIE_BREAKS = {
    TieBreak.OWN_API: "own_api DESC",
    TieBreak.SALES: "sales DESC NULLS LAST",
    TieBreak.APPROVED_ON: "approved_on NULLS LAST",
    TieBreak.RECEIVED_AT: "received_at",
    TieBreak.DRAWN: """nullif(draw, '') COLLATE "C" NULLS LAST""",
}
# whole quotients and enough digits under the root: the fourth decimal is the right one
MEAN = "div(20000 * total + valid, 2 * valid) * 0.0001"
SPREAD = "(valid * squares - total * total)"
ROOT = f"sqrt(round({SPREAD}, 30))"
ANCHORS = {
    Anchor.LOWEST: "lowest",
    Anchor.MEAN_IF_LOWEST_UNDER_HALF: f"CASE WHEN 2 * valid * lowest < total THEN {MEAN} ELSE lowest END",
    Anchor.LOWEST_OR_MEAN_MINUS_SD: f"greatest(lowest, round((total - {ROOT}) / valid, 4))",
}
COUNTED = {CountedBy.BIDDERS: "comparable", CountedBy.VALID: "valid"}
# The largest output wins where the price is the same for all.
ORDERS = {
    PriceKind.LOWEST: "comparable_price",
    PriceKind.UNIFORM: "is_uniform IS NOT TRUE, coalesce(output, 0) DESC",
}
VALID = {PriceKind.LOWEST: "comparable_price <= ceiling_price", PriceKind.UNIFORM: "is_uniform"}
# Who was not shortlisted has bid as well.
TURNED_AWAY = """LEFT JOIN (
            SELECT lot_id, count(*) AS count FROM procurement_bid WHERE status = 'not_shortlisted' GROUP BY lot_id
        ) away ON away.lot_id = lot.id"""

# Every condition is a highest price of the lot, so that whoever may win stands before all others in the order of price:
# one sort of the bids serves the sums of the lots, the ranks and the ties.
RANKING = """
WITH priced AS (
    SELECT *, div(2000000 * offer_price + pack_quantity, 2 * pack_quantity) * 0.000001 AS unit_price,
           round(div(20000000000000000 * offer_price + divisor, 2 * divisor) * 0.0000000000000001, 4)
               AS comparable_price,
           trunc(ceiling_price * divisor, 2) = offer_price AS is_uniform
    FROM (
        SELECT bid.id AS bid_id, bid.lot_id, lot.ceiling_price, lot.max_winners, bid.offer_price,
               bid.pack_quantity::numeric AS pack_quantity, bid.pack_quantity * bid.price_ratio AS divisor,
               bid.output, bid.own_api, bid.sales, bid.approved_on, bid.draw, bid.received_at,
               {turned_away} AS turned_away
        FROM procurement_bid bid JOIN procurement_lot lot ON lot.id = bid.lot_id
        {turned_away_join}
        WHERE lot.tender_id = %(tender)s AND bid.status = ANY(%(statuses)s)
        OFFSET 0
    ) bids
    OFFSET 0
), placed AS (
    SELECT bid_id, lot_id, ceiling_price, max_winners, unit_price, comparable_price, is_uniform,
           row_number() OVER (in_lot ORDER BY {order}, {tie_breaks}, received_at, bid_id) AS place,
           rank() OVER (in_lot ORDER BY {order}) AS first_equal,
           count(*) OVER (in_lot ORDER BY {order}) AS last_equal,
           count(*) OVER in_lot + turned_away AS bidders,
           count(comparable_price) OVER in_lot AS comparable,
           count(*) FILTER (WHERE {is_valid}) OVER in_lot AS valid,
           min(comparable_price) OVER in_lot AS lowest,
           sum(comparable_price) FILTER (WHERE {is_valid}) OVER in_lot AS total,
           sum(comparable_price * comparable_price) FILTER (WHERE {is_valid}) OVER in_lot AS squares
    FROM priced
    WINDOW in_lot AS (PARTITION BY lot_id)
), figures AS (
    SELECT *, {anchor} AS anchor,
           least((%(winners)s::int[])[1 + least({counted}, %(last)s)], max_winners) AS places
    FROM placed
    OFFSET 0
), judged AS (
    SELECT *,
           CASE WHEN comparable_price IS NULL THEN 'not_comparable'
                WHEN comparable_price > ceiling_price THEN 'over_ceiling'
                {not_uniform}
                {zero_volume}
                {above_entry}
                ELSE 'valid' END AS verdict,
           CASE WHEN bidders < %(least_bidders)s THEN 'too_few_bidders'
                WHEN {nothing_to_choose} THEN 'no_valid_offer' ELSE 'proposed' END AS lot_verdict
    FROM figures
    OFFSET 0
), decided AS (
    SELECT *, {last_place} AS last_place, lot_verdict = 'proposed' AND places > 0 AS is_decided FROM judged
)
SELECT bid_id, lot_id, unit_price, comparable_price, verdict,
       CASE WHEN verdict = 'valid' THEN {let_in_by} END AS let_in_by,
       CASE WHEN {is_ranked} THEN place END AS rank,
       is_decided AND (verdict = 'zero_volume' OR verdict = 'valid' AND place <= last_place) AS is_proposed,
       is_decided AND verdict = 'valid' AND first_equal <= last_place AND last_place < last_equal AS is_tied,
       {is_low} AS is_abnormally_low,
       {figures}
FROM decided
"""


def ranking_statement(
    rules: ProcedureRules, *, tender_id: int, statuses: Sequence[str], is_negotiable: bool = False
) -> tuple[str, dict[str, Any]]:
    """The statement for one tender under its rules, with its arguments.

    ``statuses`` are those of the bids that take part. It yields per bid what an ``Assessment`` holds, and in one row of
    each lot its verdict and what ``LotFigures`` hold.
    """
    most = rules.winners[-1][0]
    arguments: dict[str, Any] = {
        "tender": tender_id,
        "statuses": list(statuses),
        "least_bidders": rules.least_bidders,
        "winners": [rules.most_winners(number) for number in range(most + 1)],
        "last": most,
        "share": rules.abnormally_low,
        "deviations": rules.zero_volume_under,
    }
    short = "(total - valid * comparable_price)"
    far_under = f"{short} > 0 AND {short} * {short} > %(deviations)s * %(deviations)s * {SPREAD}"
    low = "comparable_price <= ceiling_price AND valid * comparable_price < %(share)s * total"
    without_volume = "count(*) FILTER (WHERE verdict = 'zero_volume') OVER (PARTITION BY lot_id)"
    figures = {
        "lot_verdict": "lot_verdict",
        "bidders": "bidders",
        "counted": COUNTED[rules.winners_counted_by],
        "valid": "valid",
        "places": "places",
        "mean": MEAN,
        "deviation": f"round({ROOT} / valid, 4)",
        "anchor": "CASE WHEN valid > 0 THEN anchor END",
    }
    conditions = _conditions(rules.entry, arguments)
    let_in = " ".join(f"WHEN {test} THEN '{name}'" for name, test in conditions)
    outside = " AND ".join(f"NOT {test}" for _name, test in conditions)
    statement = RANKING.format(
        turned_away="coalesce(away.count, 0)" if rules.shortlist else "0",
        turned_away_join=TURNED_AWAY if rules.shortlist else "",
        is_valid=VALID[rules.price],
        not_uniform="WHEN NOT is_uniform THEN 'not_uniform'" if rules.price == PriceKind.UNIFORM else "",
        order=ORDERS[rules.price],
        tie_breaks=", ".join(TIE_BREAKS[tie_break] for tie_break in rules.tie_breaks),
        counted=COUNTED[rules.winners_counted_by],
        anchor=ANCHORS[rules.entry.anchor] if rules.entry else "NULL::numeric",
        zero_volume=f"WHEN {far_under} THEN 'zero_volume'" if rules.zero_volume_under is not None else "",
        above_entry=f"WHEN {outside} THEN 'above_entry'" if conditions else "",
        let_in_by=f"CASE {let_in} END" if conditions else "NULL::text",
        last_place="places" if rules.zero_volume_under is None else f"places + {without_volume}",
        figures=", ".join(f"CASE WHEN place = 1 THEN {figure} END AS {name}" for name, figure in figures.items()),
        nothing_to_choose="comparable = 0" if is_negotiable else "valid = 0",
        is_ranked="comparable_price IS NOT NULL" if is_negotiable else "verdict IN ('valid', 'zero_volume')",
        is_low="false" if rules.abnormally_low is None else f"coalesce({low}, false)",
    )
    return statement, arguments


def _conditions(entry: EntryRule | None, arguments: dict[str, Any]) -> list[tuple[str, str]]:
    if entry is None:
        return []
    arguments |= {"multiple": entry.multiple}
    conditions = [("multiple", "comparable_price <= %(multiple)s * anchor")]
    if entry.cut is not None:
        arguments["left"] = 1 - entry.cut
        conditions.append(("cut", "comparable_price <= %(left)s * ceiling_price"))
    if entry.floor is not None:
        arguments["floor"] = entry.floor
        conditions.append(("floor", "comparable_price <= %(floor)s"))
    return conditions
