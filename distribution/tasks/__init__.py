"""Heavy and timed work of distribution: ids in, one service call."""

from distribution.tasks.cases import note_checked_task, note_swept_task, watch_price_alarms_task
from distribution.tasks.invoices import (
    match_cancelled,
    match_deemed,
    match_invoice,
    match_order,
    match_receipt,
    match_return,
    remind_of_overdue_task,
)
from distribution.tasks.ordering import escalate_orders, execute_run_task, place_urgent_task, request_runs
from distribution.tasks.retail import (
    check_retail_report_task,
    execute_retail_sweep_task,
    recheck_adjusted_price_task,
    recheck_decision_task,
    recheck_procurement_price_task,
    request_retail_sweeps,
    sweep_after_rules_task,
    take_retail_file_task,
)
from distribution.tasks.safety import refresh_signals_task, remind_of_recalls_task, watch_lot_task
from distribution.tasks.shortages import gather_reported, gather_stopped, watch_shortages_task
from distribution.tasks.supervision_reports import make_report_task, request_reports
from distribution.tasks.supplies import draw_scorecards_task, watch_stock_and_reserve
from distribution.tasks.usage import reckon_use_task

__all__ = [
    "check_retail_report_task",
    "draw_scorecards_task",
    "escalate_orders",
    "execute_retail_sweep_task",
    "execute_run_task",
    "gather_reported",
    "gather_stopped",
    "make_report_task",
    "match_cancelled",
    "match_deemed",
    "match_invoice",
    "match_order",
    "match_receipt",
    "match_return",
    "note_checked_task",
    "note_swept_task",
    "place_urgent_task",
    "recheck_adjusted_price_task",
    "recheck_decision_task",
    "recheck_procurement_price_task",
    "reckon_use_task",
    "refresh_signals_task",
    "remind_of_overdue_task",
    "remind_of_recalls_task",
    "request_reports",
    "request_retail_sweeps",
    "request_runs",
    "sweep_after_rules_task",
    "take_retail_file_task",
    "watch_lot_task",
    "watch_price_alarms_task",
    "watch_shortages_task",
    "watch_stock_and_reserve",
]
