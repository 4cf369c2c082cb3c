"""Cases as the check of retail prices leaves them: opened, joined, corrected and opened again by the platform."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import perform_all, unit_of_work
from catalog.models import Region, RuleSet
from catalog.queries.rulesets import rule_set
from catalog.rules.case_rules import CaseRules
from catalog.rules.months import months_after
from distribution.models import CaseFinding, RetailCase, RetailFinding, RetailPrice, RetailReport
from distribution.states import (
    OPEN_CASE,
    RETAIL_CASE,
    CaseStatus,
    RetailReportStatus,
    RetailSeverity,
)
from procurement.rules.working_days import working_days_after

PRICE = "retail_price"
VIOLATION = Q(severity=RetailSeverity.VIOLATION, ended_at=None)
ENDED = (CaseStatus.PENALISED, CaseStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class Noted:
    """How many cases the check opened, opened again and found corrected, and how many findings joined one."""

    opened: int
    joined: int
    reopened: int
    corrected: int


def note_checked(*, report_ids: Collection[int], at: datetime) -> Noted:
    """Draw the consequences of checked reports: a case is open for each institution and product with a violation.

    A case whose latest price is lawful is corrected; one that was corrected is opened again when the price rises.
    Called again it changes nothing.

    Raises:
        NoRuleSet
    """
    reports = RetailReport.objects.filter(pk__in=report_ids)
    reported = RetailPrice.objects.filter(
        report__in=report_ids, institution=OuterRef("institution"), product=OuterRef("product")
    )
    return _note(
        set(reports.values_list("province", flat=True)),
        RetailFinding.objects.filter(retail_price__report__in=report_ids),
        RetailCase.objects.filter(Exists(reported)),
        at,
    )


def note_swept(*, province_id: str, at: datetime) -> Noted:
    """Draw the consequences of a province's prices being checked anew.

    Raises:
        NoRuleSet
    """
    return _note(
        {province_id},
        RetailFinding.objects.filter(province=province_id),
        RetailCase.objects.filter(province=province_id),
        at,
    )


def _note(provinces: set[str], findings: QuerySet[RetailFinding], cases: QuerySet[RetailCase], at: datetime) -> Noted:
    with unit_of_work():
        # one after another in a province: whether a case is open is asked and answered here alone
        list(Region.objects.filter(pk__in=provinces).select_for_update(no_key=True).order_by("pk"))
        loose = list(
            findings.filter(VIOLATION, case_finding=None)
            .order_by("pk")
            .values_list("pk", "institution", "province", f"{PRICE}__product", f"{PRICE}__observed_on")
        )
        opened = _open_missing(loose, at) if loose else 0
        joined, reopened = _join(loose, at) if loose else (0, 0)
        corrected = _correct(cases, at)
    return Noted(opened, joined, reopened, corrected)


# A violation that belongs to no case: its key, institution, province, product and day.
Loose = tuple[int, int, str, int, date]


def _open_cases(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], RetailCase]:
    """The open case of each institution and product that has one."""
    wanted = set(pairs)
    rows = RetailCase.objects.filter(
        status__in=OPEN_CASE,
        institution__in={institution for institution, _product in wanted},
        product__in={product for _institution, product in wanted},
    ).select_related("corrected_price")
    return {
        (case.institution_id, case.product_id): case
        for case in rows
        if (case.institution_id, case.product_id) in wanted
    }


def _open_missing(loose: list[Loose], at: datetime) -> int:
    places = {(institution, product): province for _pk, institution, province, product, _on in loose}
    missing = [pair for pair in places if pair not in _open_cases(places)]
    if not missing:
        return 0
    today = localdate(at)
    rules = rule_set(RuleSet.Kind.RETAIL_CHECK, today)
    numbers = CaseRules.read(rules.parameters)
    earlier = dict(
        RetailCase.objects.filter(
            status__in=ENDED,
            institution__in={institution for institution, _product in missing},
            opened_at__date__gte=months_after(today, -numbers.repeat_months),
        )
        .order_by()
        .values_list("institution")
        .annotate(count=Count("pk"))
    )
    notify_by = working_days_after(today, numbers.notify_days)
    made = RetailCase.objects.bulk_create(
        RetailCase(
            institution_id=institution,
            province_id=places[institution, product],
            product_id=product,
            opened_at=at,
            rules=rules,
            earlier_cases=earlier.get(institution, 0),
            notify_by=notify_by,
        )
        for institution, product in missing
    )
    told = [(case, {"product_id": [None, case.product_id], "notify_by": [None, notify_by]}) for case in made]
    record_all(actor=Actor.platform(), action="retail_case.open", changes_of=told, at=at)
    return len(made)


def _join(loose: list[Loose], at: datetime) -> tuple[int, int]:
    """Every loose finding joins the open case; a corrected case is opened again by a later violation."""
    cases = _open_cases((institution, product) for _pk, institution, _province, product, _on in loose)
    CaseFinding.objects.bulk_create(
        CaseFinding(case=cases[institution, product], finding_id=pk, joined_at=at)
        for pk, institution, _province, product, _on in loose
    )
    latest: dict[tuple[int, int], date] = {}
    for _pk, institution, _province, product, on in loose:
        latest[institution, product] = max(on, latest.get((institution, product), on))
    risen = [
        case.pk
        for pair, case in cases.items()
        if case.status == CaseStatus.CORRECTED
        and case.corrected_price is not None
        and latest[pair] >= case.corrected_price.observed_on
    ]
    if risen:
        again = RetailCase.objects.filter(pk__in=risen)
        perform_all("reopen", again, machine=RETAIL_CASE, actor=Actor.platform(), at=at)
        rules = CaseRules.read(rule_set(RuleSet.Kind.RETAIL_CHECK, localdate(at)).parameters)
        notify_by = working_days_after(localdate(at), rules.notify_days)
        again.update(notify_by=notify_by, answer_by=None, correct_by=None, corrected_price=None, corrected_at=None)
    return len(loose), len(risen)


def _correct(cases: QuerySet[RetailCase], at: datetime) -> int:
    """What the next report corrects: the latest checked price of the product has no violation."""
    price = (
        RetailPrice.objects.filter(institution=OuterRef("institution"), product=OuterRef("product"))
        .filter(report__status=RetailReportStatus.CHECKED)
        .order_by("-observed_on")
    )
    broken = RetailFinding.objects.filter(VIOLATION, retail_price=OuterRef("latest"))
    lawful = (
        cases.filter(status__in=[*OPEN_CASE, CaseStatus.PENALISED], corrected_at=None)
        .annotate(latest=Subquery(price.values("pk")[:1]))
        .filter(~Exists(broken), latest__isnull=False)
    )
    found = dict(lawful.order_by().values_list("pk", "latest"))
    if not found:
        return 0
    rows = list(RetailCase.objects.filter(pk__in=found).order_by("pk"))
    penalised = [case.pk for case in rows if case.status == CaseStatus.PENALISED]
    moved = RetailCase.objects.filter(pk__in=found).exclude(pk__in=penalised)
    perform_all("correct", moved, machine=RETAIL_CASE, actor=Actor.platform(), at=at)
    told = [(case, {"corrected_price_id": [None, found[case.pk]]}) for case in rows]
    record_all(actor=Actor.platform(), action="retail_case.lower", changes_of=told, at=at)
    for case in rows:
        case.corrected_price_id, case.corrected_at = found[case.pk], at
    RetailCase.objects.bulk_update(rows, ["corrected_price", "corrected_at"], batch_size=1000)
    return len(rows)
