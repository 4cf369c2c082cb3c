"""Retail prices on the worker: taken in from files, checked on arrival, and again when their limits change."""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict
from catalog.foundation.journal.hearing import hears
from catalog.models import PriceAdjustment, ProcurementPrice, RuleSet
from distribution.models import RetailFile, RetailReport, RetailSweep
from distribution.services.retail_checks import check_retail_report, recheck_decision, recheck_product
from distribution.services.retail_files import take_retail_file
from distribution.services.retail_sweeps import execute_sweep, request_sweep
from distribution.states import RetailFileStatus, RetailReportStatus, SweepStatus

# What says by which numbers retail prices are judged.
OF_RETAIL = (RuleSet.Kind.RETAIL_CHECK, RuleSet.Kind.PRICE_RATIO)


def _report_is_unchecked(report_id: int) -> bool:
    return RetailReport.objects.filter(pk=report_id, status=RetailReportStatus.RECEIVED).exists()


def _file_waits(file_id: int) -> bool:
    return RetailFile.objects.filter(pk=file_id, status=RetailFileStatus.UPLOADED).exists()


def _sweep_is_open(sweep_id: int) -> bool:
    return RetailSweep.objects.filter(pk=sweep_id).exclude(status=SweepStatus.FINISHED).exists()


def _changes_no_state(_subject_id: int) -> bool:
    return False


@hears("distribution.check_retail_report", waits=_report_is_unchecked)
def check_retail_report_task(report_id: int) -> None:
    """Check the retail prices of a report."""
    check_retail_report(report_id=report_id, actor=Actor.platform(), at=timezone.now())


@hears("distribution.take_retail_file", waits=_file_waits)
def take_retail_file_task(file_id: int) -> None:
    """Take in a file of retail prices."""
    take_retail_file(file_id=file_id, actor=Actor.platform(), at=timezone.now())


@hears("distribution.execute_retail_sweep", waits=_sweep_is_open)
def execute_retail_sweep_task(sweep_id: int) -> None:
    """Execute a sweep that was requested; called again it goes on."""
    execute_sweep(sweep_id=sweep_id, actor=Actor.platform(), at=timezone.now())


@hears("distribution.recheck_decision", waits=_changes_no_state)
def recheck_decision_task(decision_id: int) -> None:
    """Check the retail prices again that a price decision concerns."""
    recheck_decision(decision_id=decision_id, at=timezone.now())


@hears("distribution.recheck_procurement_price", waits=_changes_no_state)
def recheck_procurement_price_task(price_id: int) -> None:
    """Check the retail prices of a product again for which a province pays another price."""
    price = ProcurementPrice.objects.get(pk=price_id)
    recheck_product(product_id=price.product_id, province_id=price.province_id, at=timezone.now())


@hears("distribution.recheck_adjusted_price", waits=_changes_no_state)
def recheck_adjusted_price_task(adjustment_id: int) -> None:
    """Check the retail prices of a product again whose procurement price was adjusted."""
    adjusted = PriceAdjustment.objects.get(pk=adjustment_id)
    recheck_product(product_id=adjusted.product_id, province_id=adjusted.province_id, at=timezone.now())


@hears("distribution.sweep_after_rules", waits=_changes_no_state)
def sweep_after_rules_task(rule_set_id: int) -> None:
    """Have all provinces swept by new rules, where these are about retail prices."""
    if RuleSet.objects.filter(pk=rule_set_id, kind__in=OF_RETAIL).exists():
        _sweep(_reporting_provinces())


@shared_task(name="distribution.request_retail_sweeps")
def request_retail_sweeps() -> int:
    """Ask for a sweep of every province with reports; beat calls this each night."""
    return _sweep(_reporting_provinces())


def _reporting_provinces() -> list[str]:
    return list(RetailReport.objects.order_by("province").values_list("province", flat=True).distinct())


def _sweep(province_ids: list[str]) -> int:
    requested = 0
    for province_id in province_ids:
        # one that waits already will see what has changed
        with suppress(Conflict):
            request_sweep(province_id=province_id, actor=Actor.platform(), at=timezone.now())
            requested += 1
    return requested
