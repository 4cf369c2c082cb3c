"""May this actor do this to that? Who may see which rows stands in the querysets."""

from distribution.policies.cases import may_handle_case, may_write_in_case
from distribution.policies.complaints import may_handle_complaint, require_party
from distribution.policies.deliveries import may_despatch, may_handle_return, may_receive
from distribution.policies.holds import may_hold, may_lift
from distribution.policies.invoices import (
    may_file_sale,
    may_handle_invoice,
    may_handle_settlement,
    may_invoice_order,
    require_officer,
)
from distribution.policies.network import may_end_entrustment, may_give_duties, require_entruster
from distribution.policies.orders import (
    may_change_order,
    may_close_rest,
    may_handle_order,
    may_read_notice,
    may_run_distribution,
)
from distribution.policies.performance import may_draw_scorecards, performance_scope, require_network_reader
from distribution.policies.reports import may_ask_for_report
from distribution.policies.requisitions import may_handle_requisition
from distribution.policies.reserve import may_handle_release, may_keep_reserve, may_plan_reserve
from distribution.policies.retail import may_hand_in_retail, may_sweep_retail
from distribution.policies.roles import require_institution
from distribution.policies.routes import may_plan_routes
from distribution.policies.safety import (
    may_answer_recall,
    may_handle_reaction,
    may_handle_recall,
    may_judge_safety,
    require_reaction_reporter,
    require_recaller,
)
from distribution.policies.shortages import may_handle_shortage, require_producer, require_reporter
from distribution.policies.stock import may_handle_transfer, may_propose_transfer, require_keeper, require_staff
from distribution.policies.usage import may_reckon_use, use_scope

__all__ = [
    "may_answer_recall",
    "may_ask_for_report",
    "may_change_order",
    "may_close_rest",
    "may_despatch",
    "may_draw_scorecards",
    "may_end_entrustment",
    "may_file_sale",
    "may_give_duties",
    "may_hand_in_retail",
    "may_handle_case",
    "may_handle_complaint",
    "may_handle_invoice",
    "may_handle_order",
    "may_handle_reaction",
    "may_handle_recall",
    "may_handle_release",
    "may_handle_requisition",
    "may_handle_return",
    "may_handle_settlement",
    "may_handle_shortage",
    "may_handle_transfer",
    "may_hold",
    "may_invoice_order",
    "may_judge_safety",
    "may_keep_reserve",
    "may_lift",
    "may_plan_reserve",
    "may_plan_routes",
    "may_propose_transfer",
    "may_read_notice",
    "may_receive",
    "may_reckon_use",
    "may_run_distribution",
    "may_sweep_retail",
    "may_write_in_case",
    "performance_scope",
    "require_entruster",
    "require_institution",
    "require_keeper",
    "require_network_reader",
    "require_officer",
    "require_party",
    "require_producer",
    "require_reaction_reporter",
    "require_recaller",
    "require_reporter",
    "require_staff",
    "use_scope",
]
