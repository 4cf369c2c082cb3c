"""What a supervisor should look at in a province, from everywhere in the platform: one row for each figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Model, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncDate
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import RuleSet
from distribution.models import AdverseReaction, Payable, Requisition, RetailCase, RetailFinding
from distribution.queries.order_patterns import odd_orders
from distribution.queries.overdue import overdue_payables
from distribution.queries.rules import order_screen_rules, source_of
from distribution.states import FlagKind
from procurement.models import EmergencyPurchase, Filing, ScreenFlag
from procurement.rules.screens.flags import RULES, SOURCES
from procurement.rules.screens.flags import Kind as ScreenKind

RULE_PAYMENT = "CN.2010-56.payment-term"
RULE_FILING = "CN.2015-7.filing-after-purchase"
# The platform's own measures are named as such where no rule set of the province stands behind them.
OWN_SOURCE = _("the platform's own measure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One thing to look at, no verdict: what it is about, its figures, the rule behind them, and where its rows are.

    ``what`` is a code within the kind; ``where`` are the conditions under which the list of ``model`` has the rows.
    """

    kind: FlagKind
    what: str
    on: date
    about: str
    figures: Mapping[str, Any]
    rule: str
    source: str
    model: type[Model]
    where: Mapping[str, str] = field(default_factory=dict)


def flags(actor: Actor, province_id: str, *, since: date, until: date) -> list[Flag]:
    """All that was noticed in the province from ``since`` up to and without ``until``, the latest first.

    Payments are those that are overdue on the last day of the period. Only what the actor sees is counted.

    Raises:
        RuleSetMissing: nothing says what could be ordered on the last day.
    """
    asked = Asked(actor, province_id, _start_of(since), _start_of(until))
    found = [
        *_tender_screens(asked),
        *_odd_orders(asked),
        *_retail_findings(asked),
        *_retail_cases(asked),
        *_late_payments(asked),
        *_late_reports(asked),
    ]
    return sorted(found, key=lambda flag: (flag.on, flag.kind, flag.about), reverse=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks about what: a province and a half-open period."""

    actor: Actor
    province_id: str
    since: datetime
    until: datetime

    @property
    def last_day(self) -> date:
        return localdate(self.until) - timedelta(days=1)

    def within(self, name: str) -> dict[str, datetime]:
        """The condition that a moment lies in the period."""
        return {f"{name}__gte": self.since, f"{name}__lt": self.until}


def _start_of(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


def _tender_screens(asked: Asked) -> Iterator[Flag]:
    rows = ScreenFlag.objects.visible_to(asked.actor).filter(
        **asked.within("raised_at"), tender__lots__areas__province=asked.province_id
    )
    for flag in rows.select_related("tender", "lot").distinct():
        rule = RULES[ScreenKind(flag.kind)]
        yield Flag(
            kind=FlagKind.TENDER_SCREEN,
            what=flag.kind,
            on=localdate(flag.raised_at),
            about=f"{flag.tender.number} · {flag.lot.number}" if flag.lot else flag.tender.number,
            figures=flag.figures,
            rule=rule,
            source=SOURCES[rule],
            model=ScreenFlag,
            where={"id__in": str(flag.pk)},
        )


def _odd_orders(asked: Asked) -> Iterator[Flag]:
    rules, rule_set = order_screen_rules(asked.last_day)
    found = odd_orders(asked.province_id, since=asked.since, until=asked.until, rules=rules)
    names = dict(Organization.objects.filter(pk__in={item.institution_id for item in found}).values_list("pk", "name"))
    for item in found:
        yield Flag(
            kind=FlagKind.ODD_ORDERS,
            what=item.pattern,
            on=localdate(item.at),
            about=names[item.institution_id],
            figures=item.figures,
            rule=item.rule,
            source=rule_set.source if rule_set else str(OWN_SOURCE),
            model=Requisition,
            where={"id__in": ",".join(map(str, item.requisitions))},
        )


def _retail_findings(asked: Asked) -> Iterator[Flag]:
    rows = (
        RetailFinding.objects.visible_to(asked.actor)
        .filter(**asked.within("found_at"), province=asked.province_id)
        .order_by()
        .values("institution", "institution__name", "verdict", rule=F("evidence__rule"))
        .annotate(count=Count("pk"), last=Max("found_at"), most=Max(F("retail_price__price") - F("limit")))
    )
    source = source_of(RuleSet.Kind.RETAIL_CHECK, asked.last_day) or str(OWN_SOURCE)
    for row in rows:
        yield Flag(
            kind=FlagKind.RETAIL_FINDING,
            what=row["verdict"],
            on=localdate(row["last"]),
            about=row["institution__name"],
            figures={"prices_found": row["count"], "largest_excess": row["most"]},
            rule=row["rule"] or "",
            source=source,
            model=RetailFinding,
            where={"institution__id__exact": str(row["institution"]), "verdict__exact": row["verdict"]},
        )


def _retail_cases(asked: Asked) -> Iterator[Flag]:
    rows = RetailCase.objects.visible_to(asked.actor).filter(**asked.within("opened_at"), province=asked.province_id)
    # of the findings that a case is about; they share their product
    rows = rows.annotate(rule=Min(KeyTextTransform("rule", "findings__finding__evidence")))
    for case in rows.select_related("institution", "product", "rules"):
        yield Flag(
            kind=FlagKind.RETAIL_CASE,
            what=case.status,
            on=localdate(case.opened_at),
            about=case.institution.name,
            figures={"product": case.product.code, "earlier_cases": case.earlier_cases},
            rule=case.rule or "",
            source=case.rules.source,
            model=RetailCase,
            where={"id__in": str(case.pk)},
        )


def _late_payments(asked: Asked) -> Iterator[Flag]:
    rows = (
        overdue_payables(asked.actor, asked.last_day)
        .filter(invoice__province=asked.province_id)
        .order_by()
        .values("invoice__buyer", "invoice__buyer__name")
        .annotate(count=Count("pk"), total=Sum("amount"), oldest=Min("due_on"))
    )
    source = source_of(RuleSet.Kind.INVOICING, asked.last_day) or str(OWN_SOURCE)
    for row in rows:
        yield Flag(
            kind=FlagKind.LATE_PAYMENT,
            what="",
            on=row["oldest"],
            about=row["invoice__buyer__name"],
            figures={
                "payments": row["count"],
                "amount": row["total"],
                "days_overdue": (asked.last_day - row["oldest"]).days,
            },
            rule=RULE_PAYMENT,
            source=source,
            model=Payable,
            where={"q": row["invoice__buyer__name"]},
        )


def _late_reports(asked: Asked) -> Iterator[Flag]:
    """Adverse reactions told after their limit, and purchases filed late or not at all."""
    reactions = (
        AdverseReaction.objects.visible_to(asked.actor)
        .late()
        .filter(**asked.within("reported_at"), province=asked.province_id)
        .order_by()
        .values("reporter", "reporter__name", "rule", "source")
        .annotate(count=Count("pk"), last=Max("reported_at"), most=Max(TruncDate("reported_at") - F("due_on")))
    )
    for row in reactions:
        yield Flag(
            kind=FlagKind.LATE_REPORT,
            what="reaction",
            on=localdate(row["last"]),
            about=row["reporter__name"],
            figures={"reports": row["count"], "days_late": row["most"].days},
            rule=row["rule"],
            source=row["source"],
            model=AdverseReaction,
            where={"reporter__id__exact": str(row["reporter"])},
        )
    purchases = EmergencyPurchase.objects.visible_to(asked.actor).filter(
        **asked.within("filed_at"), is_late=True, institution__region__code__startswith=asked.province_id[:2]
    )
    for purchase in purchases.select_related("institution"):
        filed_on = localdate(purchase.filed_at)
        yield _late_filing(purchase, "purchase", purchase.institution.name, purchase.due_on, told_on=filed_on)
    filings = Filing.objects.visible_to(asked.actor).filter(agency__region=asked.province_id)
    for filing in filings.filing_overdue(asked.last_day):
        yield _late_filing(filing, "filing", filing.number, filing.filing_due_on, told_on=asked.last_day)


def _late_filing(record: Model, what: str, about: str, due_on: date | None, *, told_on: date) -> Flag:
    return Flag(
        kind=FlagKind.LATE_REPORT,
        what=what,
        on=told_on,
        about=about,
        figures={"due_on": due_on, "days_late": (told_on - due_on).days if due_on else None},
        rule=RULE_FILING,
        source=str(OWN_SOURCE),
        model=type(record),
        where={"id__in": str(record.pk)},
    )
