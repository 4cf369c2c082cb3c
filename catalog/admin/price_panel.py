"""What a product costs in a province, on a day, at a level of institution: every number with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Tier
from catalog.admin.derivations import derivation_table
from catalog.admin.filters import provinces_and_chosen
from catalog.admin.forms import chosen_day
from catalog.admin.percentage_points import points
from catalog.admin.shares import percent
from catalog.foundation.web.admin import badge, link_to, period, table, yuan
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import ProcurementPrice, Product, Region
from catalog.queries.answers import PriceAnswer, Reimbursed, price_of
from catalog.queries.linkage import prices_by_province
from catalog.rules.markup import RULE_MARKUP

TIERS = [choice for choice in Tier.choices if choice[0]]


@dataclass(frozen=True, slots=True)
class Panel:
    """The tables of the panel, ready to be shown, and what is chosen above them."""

    provinces: Sequence[Region]
    province: Region
    on: date
    tier: str
    facts: SafeString
    derivation: SafeString | str
    reimbursement: SafeString | str
    elsewhere: SafeString | str
    history: str

    @property
    def tiers(self) -> list[tuple[str, Any]]:
        """The levels to choose from."""
        return TIERS


def panel_of(request: HttpRequest, product: Product) -> Panel:
    """The panel as the address asks for it: the own province, today and primary care where it says nothing.

    Raises:
        Http404: no province is registered yet.
    """
    provinces, province = provinces_and_chosen(request)
    on = chosen_day(request.GET.get("on", ""), localdate())
    tier = request.GET.get("tier", "")
    tier = tier if tier in Tier.values and tier else Tier.PRIMARY
    answer = price_of(product, province_id=province.code, on=on, tier=tier)
    return Panel(
        provinces=provinces,
        province=province,
        on=on,
        tier=tier,
        facts=_facts(answer),
        derivation=_derivation(answer),
        reimbursement=_reimbursement(answer.reimbursed),
        elsewhere=_elsewhere(answer, prices_by_province(product.pk, on)),
        history=_history_of(product),
    )


def _facts(answer: PriceAnswer) -> SafeString:
    rows = [
        [_("Guide price"), *_ceiling(answer)],
        [_("Procurement price"), *_procurement(answer)],
        [_("Highest retail price"), yuan(answer.highest_retail), highest_in_words(answer)],
        [_("Insurance list"), *_listing(answer)],
        [
            _("Essential medicine"),
            badge(_("yes"), "success") if answer.essentiality.is_essential else badge(_("no")),
            answer.essentiality.reason,
        ],
    ]
    return table([_("fact"), _("value"), _("what it rests on")], rows)


def _ceiling(answer: PriceAnswer) -> list[Any]:
    ceiling = answer.ceiling
    if ceiling is None:
        return [EMPTY, _("no decision states it, and it cannot be derived")]
    origin = _("derived; the representative's price by %(decision)s, %(term)s")
    if not ceiling.is_derived:
        origin = _("stated by %(decision)s, %(term)s")
    return [
        link_to(ceiling.guide_price, yuan(ceiling.price)),
        origin % {"decision": ceiling.decision, "term": period(ceiling.validity)},
    ]


def _procurement(answer: PriceAnswer) -> list[Any]:
    paid = answer.procurement
    if paid is None:
        return [EMPTY, _("the province pays no price that is fixed")]
    return [
        link_to(paid, yuan(paid.price)),
        _("%(source)s %(reference)s, %(term)s; the ceiling of its first day: %(ceiling)s")
        % {
            "source": paid.get_source_display(),
            "reference": paid.source_reference,
            "term": period(paid.validity),
            "ceiling": yuan(paid.guide_amount),
        },
    ]


def highest_in_words(answer: PriceAnswer) -> str:
    """How the highest retail price comes about."""
    evidence = answer.retail_evidence
    if answer.markup_rules is None:
        return _("no rule set states the mark-up on the day")
    if "rule" not in evidence:
        return _("neither a guide price nor a procurement price is known")
    parts = []
    if "allowed" in evidence:
        parts.append(
            _("purchase price %(price)s with a mark-up of %(markup)s makes %(allowed)s")
            % {
                "price": yuan(Decimal(evidence["purchase_price"])),
                "markup": percent(evidence["markup"]),
                "allowed": yuan(Decimal(evidence["allowed"])),
            }
        )
    if "guide_price" in evidence:
        parts.append(_("the guide price is %(price)s") % {"price": yuan(Decimal(evidence["guide_price"]))})
    decides = _("the mark-up decides") if evidence["rule"] == RULE_MARKUP else _("the guide price decides")
    return "; ".join([*parts, f"{decides} ({answer.markup_rules})"])


def _listing(answer: PriceAnswer) -> list[Any]:
    listing = answer.listing
    if listing is None:
        return [badge(_("not listed")), _("the patient pays all of it")]
    rests_on = _("%(scope)s, %(term)s; the patient pays %(share)s first")
    return [
        link_to(listing, listing.get_list_class_display()),
        rests_on
        % {
            "scope": _("in the province") if listing.province_id else _("nationally"),
            "term": period(listing.validity),
            "share": percent(listing.self_pay_share),
        },
    ]


def _derivation(answer: PriceAnswer) -> SafeString | str:
    ceiling = answer.ceiling
    if ceiling is None or not ceiling.is_derived:
        return ""
    return derivation_table(ceiling.guide_price, ceiling.steps) if ceiling.steps else ceiling.derivation


def _reimbursement(reimbursed: Sequence[Reimbursed]) -> SafeString | str:
    rows = [
        [
            capfirst(item.terms.get_scheme_display()),
            percent(item.terms.rate),
            points(item.terms.essential_bonus),
            yuan(item.settlement.eligible),
            yuan(item.settlement.paid_by_fund),
            yuan(item.patient_pays),
        ]
        for item in reimbursed
    ]
    headers = [_("scheme"), _("rate"), _("bonus if essential"), _("eligible"), _("fund pays"), _("patient pays")]
    return table(headers, rows) if rows else ""


def _elsewhere(answer: PriceAnswer, prices: Iterable[ProcurementPrice]) -> SafeString | str:
    own = answer.procurement.price if answer.procurement else None
    rows = []
    for row in prices:
        if row.province_id == answer.province_id:
            continue
        difference: Any = EMPTY
        if own is not None and row.price != own:
            colour = "warning" if row.price < own else None
            difference = badge(f"{(row.price - own) * 100 / own:+.1f}%", colour)
        rows.append(
            [
                str(row.province),
                link_to(row, yuan(row.price)),
                difference,
                f"{row.get_source_display()} {row.source_reference}",
                period(row.validity),
            ]
        )
    headers = [_("province"), _("price (yuan per pack)"), _("against the own price"), _("source"), _("in force")]
    return table(headers, rows) if rows else ""


def _history_of(product: Product) -> str:
    """The address of the plot of its prices; empty where none is served."""
    try:
        return reverse("product-prices", args=[product.code])
    except NoReverseMatch:
        return ""
