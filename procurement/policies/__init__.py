"""May this actor do this to that? Who may see which rows stands in the querysets."""

from procurement.policies.agreements import may_judge_purchase, may_run_agreement
from procurement.policies.bids import (
    may_explain_bid,
    may_list_offer,
    may_negotiate,
    may_set_aside_bid,
    may_withdraw_bid,
    require_admitted,
)
from procurement.policies.committees import may_decide_shortlist, may_keep_expert, may_score
from procurement.policies.conduct import may_confirm_conduct, may_record_conduct
from procurement.policies.demand import (
    may_close_demand_round,
    may_confirm_demand,
    may_return_demand,
    may_revise_demand,
    require_reporter,
)
from procurement.policies.roles import require_institution, require_person, require_role, require_supplier
from procurement.policies.tenders import (
    holds_share,
    may_answer_objection,
    may_cancel_tender,
    may_decide_lot,
    may_publish_candidates,
    may_renew_lot,
    may_review_flag,
    may_run_tender,
)

__all__ = [
    "holds_share",
    "may_answer_objection",
    "may_cancel_tender",
    "may_close_demand_round",
    "may_confirm_conduct",
    "may_confirm_demand",
    "may_decide_lot",
    "may_decide_shortlist",
    "may_explain_bid",
    "may_judge_purchase",
    "may_keep_expert",
    "may_list_offer",
    "may_negotiate",
    "may_publish_candidates",
    "may_record_conduct",
    "may_renew_lot",
    "may_return_demand",
    "may_review_flag",
    "may_revise_demand",
    "may_run_agreement",
    "may_run_tender",
    "may_score",
    "may_set_aside_bid",
    "may_withdraw_bid",
    "require_admitted",
    "require_institution",
    "require_person",
    "require_reporter",
    "require_role",
    "require_supplier",
]
