"""Licences and conduct of firms."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from catalog.accounts.models import Licence, Organization, Ownership
from catalog.foundation.actor import Actor
from catalog.models import RuleSet
from catalog.rules.conduct_rules import Ground, Level, Offence
from catalog.services.licences import enter_licence, enter_ownership
from procurement.models import ConductRecord
from procurement.services.conduct import confirm_conduct_record, propose_conduct_record
from tests.cast import HENAN, Cast
from tests.factories.catalog import rule_set
from tests.factories.clock import NOW, TODAY


def _levels(**general: Any) -> dict[str, Any]:
    """Graver levels bar the whole nation."""
    grave = {"effect": "barred", "scope": "nation"}
    return {
        "general": general,
        "serious": {**grave, "months": 12},
        "very_serious": {**grave, "months": 24},
    }


# 国卫法制发〔2013〕50号 for bribery; the terms of the others are the suite's own.
CONDUCT: dict[str, Any] = {
    "bribery": _levels(effect="barred", months=24, scope="province", elsewhere="lowers_score")
    | {"repeat": {"count": 2, "years": 5, "scope": "nation"}},
    "failed_supply": _levels(effect="warning", months=6, scope="province"),
    "false_papers": _levels(effect="barred", months=6, scope="province"),
    "price_abuse": _levels(effect="warning", months=6, scope="nation"),
}


def conduct_rules() -> RuleSet:
    """What misconduct leads to, in force since 2010; entered once."""
    known = RuleSet.objects.filter(kind=RuleSet.Kind.CONDUCT).first()
    return known or rule_set(RuleSet.Kind.CONDUCT, CONDUCT)


def proposed_conduct(
    cast: Cast,
    offence: Offence = Offence.BRIBERY,
    level: Level = Level.GENERAL,
    *,
    firm: Organization | None = None,
    province_id: str = HENAN,
    starts_on: date = TODAY,
    actor: Actor | None = None,
) -> ConductRecord:
    """A record of the supplier that waits for a second person; by the supervisor unless said otherwise."""
    conduct_rules()
    return propose_conduct_record(
        organization_id=(firm or cast.supplier_firm).pk,
        offence=offence,
        level=level,
        province_id=province_id,
        starts_on=starts_on,
        facts="向采购人员行贿",
        source="(2026)豫01刑初1号",
        ground=Ground.COURT_FINDING if offence == Offence.BRIBERY else None,
        actor=actor or cast.supervisor,
        at=NOW,
    )


def conduct_record(cast: Cast, *args: Any, **options: Any) -> ConductRecord:
    """A record of the supplier in force: by default bribery in Henan, from today."""
    proposed = proposed_conduct(cast, *args, **options)
    officer = cast.officer if proposed.recorded_in_id == HENAN else cast.foreign_officer
    return confirm_conduct_record(record_id=proposed.pk, actor=officer, at=NOW)


def licence(
    firm: Organization,
    *scopes: Licence.Scope,
    kind: Licence.Kind = Licence.Kind.PRODUCTION,
    number: str = "豫20260001",
    valid_from: date = TODAY - timedelta(days=365),
    valid_until: date = TODAY + timedelta(days=365),
) -> Licence:
    """A licence on file: by default for production, valid today, for chemical medicines."""
    wanted: Collection[Licence.Scope] = scopes or (Licence.Scope.CHEMICAL,)
    return enter_licence(
        organization=firm,
        kind=kind,
        number=number,
        scopes=wanted,
        valid_from=valid_from,
        valid_until=valid_until,
        actor=Actor.platform(),
        at=NOW,
    )


def ownership(firm: Organization, holder: str = "华夏集团", *, share: str = "1") -> Ownership:
    """Who owns the firm."""
    return enter_ownership(
        organization=firm,
        tie=Ownership.Tie.OWNER,
        holder=holder,
        share=Decimal(share),
        actor=Actor.platform(),
        at=NOW,
    )
