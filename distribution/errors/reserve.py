"""What can be refused about the reserve."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Conflict, RuleBroken


class ReservePlanExists(Conflict):
    code = "reserve-plan-exists"
    template = _("%(holder)s has a plan for %(product)s in a part of that time: choose a time without one.")


class HolderUnfit(RuleBroken):
    code = "holder-unfit"
    template = _("“%(holder)s” cannot keep a reserve: choose an active institution, supplier or distributor.")


class RecipientUnfit(RuleBroken):
    code = "recipient-unfit"
    template = _("“%(recipient)s” is no active institution of the province whose reserve it is.")


class PlanNotInForce(RuleBroken):
    code = "reserve-plan-not-in-force"
    template = _("The plan %(plan)s is not in force on %(on)s: decide on a new one.")


class LifeTooShort(RuleBroken):
    code = "life-too-short"
    template = _("Lot %(lot)s keeps until %(expires_on)s: what goes into the reserve keeps at least until %(least)s.")


class NotDueForRotation(RuleBroken):
    code = "not-due-for-rotation"
    template = _("Lot %(lot)s is not due for rotation: take the lots of the plan that are listed as due.")


class RotationShort(RuleBroken):
    code = "rotation-short"
    template = _("%(old)s units go out and %(fresh)s come in: put in at least as many fresh ones.")
