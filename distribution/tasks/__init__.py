"""Heavy and timed work of distribution: ids in, one service call."""

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
from distribution.tasks.retail import check_retail_report_task
from distribution.tasks.supplies import draw_scorecards_task, watch_stock_and_reserve

__all__ = [
    "check_retail_report_task",
    "draw_scorecards_task",
    "escalate_orders",
    "execute_run_task",
    "match_cancelled",
    "match_deemed",
    "match_invoice",
    "match_order",
    "match_receipt",
    "match_return",
    "place_urgent_task",
    "remind_of_overdue_task",
    "request_runs",
    "watch_stock_and_reserve",
]
