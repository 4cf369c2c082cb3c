"""The words and colours in which the admin shows states, evidence and journal actions of procurement."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.admin import name_actions, name_fields, name_values
from procurement.models import TenderJob
from procurement.rules.comparison import RULE_COMPARABLE
from procurement.rules.entry import LetInBy
from procurement.rules.evaluation import LotVerdict, Verdict
from procurement.rules.screens.flags import Kind
from procurement.rules.steps import (
    RULE_CEILING,
    RULE_ENTRY,
    RULE_LEAST_BIDDERS,
    RULE_LOW,
    RULE_OUTPUT,
    RULE_TIE,
    RULE_WINNERS,
    RULE_ZERO_VOLUME,
)
from procurement.states import (
    AGREEMENT,
    AMENDMENT,
    BID,
    CONDUCT,
    DEMAND_REPORT,
    DEMAND_ROUND,
    LOT,
    OBJECTION,
    TENDER,
    AgreementStatus,
    AmendmentStatus,
    BidStatus,
    ConductStatus,
    DemandReportStatus,
    DemandStatus,
    LotStatus,
    ObjectionStatus,
    Stage,
    TenderStatus,
)

DEMAND_COLOURS: dict[str, str] = {DemandStatus.COLLECTING: "info", DemandStatus.CLOSED: "success"}
DEMAND_REPORT_COLOURS: dict[str, str] = {
    DemandReportStatus.SUBMITTED: "info",
    DemandReportStatus.COUNTY_CONFIRMED: "primary",
    DemandReportStatus.CONFIRMED: "success",
    DemandReportStatus.RETURNED: "warning",
}
TENDER_COLOURS: dict[str, str] = {
    TenderStatus.PUBLISHED: "info",
    TenderStatus.CLOSED: "warning",
    TenderStatus.OPENING: "warning",
    TenderStatus.OPENED: "warning",
    TenderStatus.EVALUATED: "primary",
    TenderStatus.CONCLUDED: "success",
    TenderStatus.CANCELLED: "danger",
}
LOT_COLOURS: dict[str, str] = {LotStatus.PROPOSED: "primary", LotStatus.AWARDED: "success", LotStatus.FAILED: "danger"}
BID_COLOURS: dict[str, str] = {
    BidStatus.SHORTLISTED: "success",
    BidStatus.NOT_SHORTLISTED: "danger",
    BidStatus.RANKED: "info",
    BidStatus.AWARDED: "success",
    BidStatus.SET_ASIDE: "danger",
    BidStatus.SPOILED: "danger",
}
AMENDMENT_COLOURS: dict[str, str] = {AmendmentStatus.PUBLISHED: "success", AmendmentStatus.DROPPED: "danger"}
AGREEMENT_COLOURS: dict[str, str] = {
    AgreementStatus.IN_FORCE: "success",
    AgreementStatus.SUSPENDED: "warning",
    AgreementStatus.ENDED: "danger",
}

OBJECTION_COLOURS: dict[str, str] = {
    ObjectionStatus.FILED: "warning",
    ObjectionStatus.UPHELD: "danger",
    ObjectionStatus.DISMISSED: "success",
}
CONDUCT_COLOURS: dict[str, str] = {
    ConductStatus.PROPOSED: "info",
    ConductStatus.IN_FORCE: "danger",
    ConductStatus.REPAIRED: "success",
}

# The facts in a bid's finding and in a ceiling's evidence.
FACTS = {
    "guide_price": _("guide price (yuan per unit)"),
    "surveyed_price": _("surveyed market price (yuan per unit)"),
    "survey_source": _("source of the survey"),
    "price": _("price as decided (yuan per unit)"),
    "strength": _("strength it was decided for"),
    "carried_to": _("carried to the strength"),
    "offer_price": _("offer (yuan per pack)"),
    "pack_quantity": _("units per pack"),
    "unit_price": _("price per unit (yuan) = offer ÷ units per pack"),
    "quantity_ratio": _("ratio of the contents of one unit"),
    "strength_base": _("price ratio for twice the strength"),
    "price_ratio": _("price ratio for the ratio of contents"),
    "carried_price": _("price at that strength (yuan per unit)"),
    "comparable_price": _("comparable price (yuan per unit) = price per unit ÷ price ratio"),
    "ceiling": _("ceiling (yuan per unit)"),
    "rule": _("rule"),
    "verdict": _("verdict"),
    "reason": _("reason"),
    "fault": _("whose fault"),
    "outcome": _("counts as"),
    "obstacles": _("what stands against the supplier"),
    "mean": _("mean of the valid prices (yuan per unit)"),
    "share": _("share of the mean under which a price is explained"),
    "share_of_mean": _("share of the mean"),
}
WORDS = {
    RULE_COMPARABLE: _("unit comparable price"),
    RULE_CEILING: _("an offer above the ceiling is not valid (CN.2010-56.ceiling)"),
    RULE_LEAST_BIDDERS: _("the least number of bidders (Bidding Law, art. 28)"),
    RULE_WINNERS: _("table of winners"),
    RULE_TIE: _("equal prices on both sides of the last winner's place"),
    RULE_LOW: _("an abnormally low price is to be explained (CN.2015-7.abnormally-low)"),
    RULE_OUTPUT: _("the largest output wins at a uniform price (CN.2015-7.designated-production)"),
    RULE_ZERO_VOLUME: _("far below the others: wins without agreed volume (CN.VBP-12.zero-volume)"),
    f"{RULE_ENTRY}.anchor": _("the price that the entry rule multiplies (CN.VBP.entry.anchor)"),
    f"{RULE_ENTRY}.{LetInBy.MULTIPLE}": _("let in by the multiple of that price (CN.VBP.entry.multiple)"),
    f"{RULE_ENTRY}.{LetInBy.CUT}": _("let in by the cut against the ceiling (CN.VBP.entry.cut)"),
    f"{RULE_ENTRY}.{LetInBy.FLOOR}": _("let in by the floor (CN.VBP.entry.floor)"),
    "verdict": _("verdict"),
    "true": _("yes"),
    "false": _("no"),
    Verdict.VALID: _("valid"),
    Verdict.ZERO_VOLUME: _("valid, without agreed volume"),
    Verdict.ABOVE_ENTRY: _("not let in by the entry rule"),
    Verdict.OVER_CEILING: _("above the ceiling"),
    Verdict.NOT_UNIFORM: _("another price than the uniform one"),
    Verdict.NOT_COMPARABLE: _("strength cannot be compared with the lot's"),
    "not_admitted": _("the supplier is not admitted"),
    LotVerdict.PROPOSED: _("winners proposed"),
    LotVerdict.TOO_FEW_BIDDERS: _("too few bidders"),
    LotVerdict.NO_VALID_OFFER: _("no valid offer"),
    "spoiled": _("could not be read"),
    "altered_after_receipt": _("the envelope was altered after its receipt"),
    "not_sealed_with_the_tender_key": _("the envelope was not sealed with the tender's key"),
    "not_a_bid": _("the envelope holds no bid"),
    "made_for_another_lot_or_supplier": _("the bid was made for another lot or by another supplier"),
    "product_not_the_suppliers": _("the product is unknown or another maker's"),
    "product_not_of_the_lot": _("the product is another medicine or form than the lot's"),
    "product_not_the_shortlisted": _("the product is another one than that of the technical envelope"),
    "output_not_readable": _("the output is not a number of units above zero"),
    "declaration_not_readable": _("what is declared for ties is not readable"),
    "answers_not_readable": _("the answers to the criteria are not text"),
    "document_not_readable": _("a document is not the one that its hash names, or has no usable name"),
    "CN.order-20.art-31": _("an envelope that cannot be opened (Order No. 20 of 2013, art. 31)"),
    "bidder": _("the bidder's"),
    "platform": _("the platform's"),
    "revoked": _("revoked by the bidder"),
    "withdrawn": _("withdrawn, with a claim to damages"),
    "price_not_readable": _("the price is not an amount in yuan with two decimals"),
}

JOB_COLOURS: dict[str, str] = {
    TenderJob.State.RUNNING: "info",
    TenderJob.State.LOST: "warning",
    TenderJob.State.FAILED: "danger",
    TenderJob.State.DONE: "success",
}

# What the collusion screens flag, and the figures of a flag.
FLAG_KINDS = {
    Kind.LOW_VARIANCE: _("prices hardly differ"),
    Kind.IDENTICAL_PRICES: _("identical prices"),
    Kind.REGULAR_STEPS: _("prices in equal steps"),
    Kind.REGULAR_RATIOS: _("prices in equal ratios"),
    Kind.COVER_BIDS: _("the others far above the lowest and close together"),
    Kind.CLOSE_SECOND: _("the second just above the lowest"),
    Kind.IDENTICAL_FILES: _("the same file from several bidders"),
    Kind.SAME_MACHINE: _("sealed on the same machine"),
    Kind.SAME_ADDRESS: _("sent from the same network address"),
    Kind.COMMON_OWNER: _("a common owner"),
    Kind.COMMON_REPRESENTATIVE: _("the same legal representative"),
    Kind.ROTATION: _("winning in turn"),
}
FLAG_FIGURES = {
    "price": _("price (yuan per unit)"),
    "bidders": _("bidders"),
    "chance": _("probability that it is chance"),
    "variation": _("coefficient of variation"),
    "limit": _("limit"),
    "mean": _("mean price (yuan per unit)"),
    "lowest": _("lowest price (yuan per unit)"),
    "second": _("second price (yuan per unit)"),
    "mean_gap": _("mean distance of the others"),
    "distance": _("distance of the lowest from the second, in mean distances of the others"),
    "losers_variation": _("coefficient of variation of the others"),
    "step": _("step (yuan per unit)"),
    "ratio": _("ratio of neighbouring prices"),
    "prices": _("prices"),
    "sha256": _("SHA-256"),
    "files": _("files"),
    "trace": _("trace"),
    "holder": _("person or firm"),
    "shares": _("shares"),
    "lots": _("lots"),
    "group": _("presentation"),
    "contests": _("contests"),
    "winners": _("winners in order"),
    "evenness": _("evenness of the wins (0 to 1)"),
}
NOTICE_FACTS = {
    "lot": _("lot"),
    "bid": _("bid"),
    "rank": _("rank"),
    "price": _("price (yuan per pack)"),
    "due_at": _("answer due at"),
    "deadline_at": _("deadline for bids"),
    "text": _("what changes"),
    "reason": _("reason"),
    "status": _("status"),
}

name_actions(
    DEMAND_REPORT,
    DEMAND_ROUND,
    TENDER,
    LOT,
    BID,
    OBJECTION,
    CONDUCT,
    AMENDMENT,
    AGREEMENT,
    demand_round__open=_("open the demand round"),
    demand__report=_("report demand"),
    prior_use__tell=_("tell the use of a year"),
    tender__draft=_("draft a tender"),
    tender__add_document=_("add a document"),
    tender__remove_document=_("remove a document"),
    tender__amend=_("amend"),
    tender__screen=_("screen for collusion"),
    screen_flag__review=_("review a flag"),
    amendment__propose=_("propose an amendment"),
    agreed_volume__amend=_("amend an agreed volume"),
    agreed_volume__call_backup=_("call the backup supplier"),
    clarification__ask=_("ask a question"),
    clarification__answer=_("answer a question"),
    tender__extend_objections=_("extend the time for objections"),
    objection__file=_("file an objection"),
    area__pick=_("choose an area"),
    award__revoke=_("let the next in rank move up"),
    bid__submit=_("hand in a sealed bid"),
    explanation__ask=_("ask for the explanation of a low price"),
    explanation__answer=_("explain a low price"),
    explanation__judge=_("judge the explanation of a low price"),
    clock__confirm=_("confirm the clock"),
    conduct__judge_again=_("judge a conduct record again"),
    conduct__propose=_("propose a conduct record"),
    opening__release=_("release a share of the opening key"),
    opening__misfit=_("find that released shares do not give the key"),
    opening_key__create=_("set an opening passphrase"),
)
name_fields(
    flags=_("flags raised"),
    holders=_("holder"),
    is_late=_("filed late"),
    lines=_("lines"),
    lots=_("lots"),
    part=_("part of the areas"),
    passed_over=_("passed over"),
    proposed=_("bids proposed"),
    province=_("province"),
    provinces=_("provinces"),
    ranked=_("bids by rank"),
    reason=_("reason"),
    set_aside=_("bids set aside"),
    stage=_("which envelope"),
    successor=_("who moved up"),
    to=_("handed to"),
    units=_("units"),
)
name_values(stage=dict(Stage.choices))
