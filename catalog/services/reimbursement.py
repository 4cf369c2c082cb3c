"""Entering what the schemes pay back, and on which list of the insurance a medicine stands."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from catalog.errors import BadShare, PeriodTaken, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, RuleBroken, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, unit_of_work
from catalog.models import InsuranceListing, Medicine, Presentation, Region, ReimbursementTerms
from catalog.policies import require_officer, require_province
from catalog.services.periods import period, until
from catalog.states import ListClass, Scheme


class BadAmount(RuleBroken):
    """An amount in yuan that reimbursement terms cannot have."""

    code = "bad-amount"
    template = _("%(field)s: %(value)s yuan is not possible; a deductible is 0 or more, a ceiling above 0.")


def enter_reimbursement_terms(
    *,
    scheme: Scheme,
    province_id: str,
    tier: str,
    rate: Decimal,
    essential_bonus: Decimal,
    deductible: Decimal,
    annual_cap: Decimal | None,
    valid_from: date,
    valid_until: date | None,
    source: str,
    actor: Actor,
    at: datetime,
) -> ReimbursementTerms:
    """Enter what a scheme pays back in a province at a level of institution; what held so far ends there.

    Whether essential medicines are paid at a clearly higher rate is judged, not demanded: a supervisor must be able to
    see the terms that break the rule.

    Raises:
        RulesBroken: with a ``BadShare`` or ``BadAmount`` for each number that is none.
        NotAllowed, NotVisible, PeriodReversed, PeriodTaken
    """
    require_province(actor, province_id)
    province = find(Region.objects.filter(parent=None), code=province_id)
    errors: list[DomainError] = [
        BadShare(field=name, value=value, pointer=f"/{name}")
        for name, value in (("rate", rate), ("essential_bonus", essential_bonus))
        if not 0 <= value <= 1
    ]
    if deductible < 0:
        errors.append(BadAmount(field="deductible", value=deductible, pointer="/deductible"))
    if annual_cap is not None and annual_cap <= 0:
        errors.append(BadAmount(field="annual_cap", value=annual_cap, pointer="/annual_cap"))
    refuse(errors)
    validity = period(valid_from, valid_until)
    key = {"scheme": scheme, "province": province, "tier": tier}
    with unit_of_work():
        ReimbursementTerms.objects.in_force(valid_from).filter(**key, validity__startswith__lt=valid_from).update(
            validity=until(valid_from)
        )
        try:
            with transaction.atomic():
                terms = ReimbursementTerms.objects.create(
                    **key,
                    rate=rate,
                    essential_bonus=essential_bonus,
                    deductible=deductible,
                    annual_cap=annual_cap,
                    validity=validity,
                    source=source,
                )
        except IntegrityError as error:
            raise PeriodTaken(what=scheme.label, period=validity) from error
        record(
            actor=actor,
            action="reimbursement_terms.enter",
            subject=terms,
            at=at,
            changes={"rate": [None, str(rate)], "essential_bonus": [None, str(essential_bonus)]},
        )
    return terms


def list_for_insurance(
    *,
    medicine: Medicine,
    presentation: Presentation | None,
    province_id: str,
    list_class: ListClass,
    self_pay_share: Decimal,
    valid_from: date,
    valid_until: date | None,
    source: str,
    actor: Actor,
    at: datetime,
) -> InsuranceListing:
    """Put a medicine, or one presentation of it, on list A or B, everywhere or in one province; what held ends there.

    Raises:
        UnknownCode: the presentation is of another medicine.
        BadShare: list A leaves nothing to the patient, list B less than all.
        NotAllowed, PeriodReversed, PeriodTaken
    """
    if province_id:
        require_province(actor, province_id)
    else:
        require_officer(actor)
    most = 0 if list_class == ListClass.A else 1
    if not 0 <= self_pay_share <= most or (list_class == ListClass.B and self_pay_share == 1):
        raise BadShare(field="self_pay_share", value=self_pay_share, pointer="/self_pay_share")
    if presentation is not None and presentation.medicine_id != medicine.pk:
        raise UnknownCode(field="presentation", value=presentation, pointer="/presentation")
    validity = period(valid_from, valid_until)
    with unit_of_work():
        InsuranceListing.objects.in_force(valid_from).filter(
            medicine=medicine,
            presentation=presentation,
            province=province_id or None,
            validity__startswith__lt=valid_from,
        ).update(validity=until(valid_from))
        try:
            with transaction.atomic():
                listing = InsuranceListing.objects.create(
                    medicine=medicine,
                    presentation=presentation,
                    province_id=province_id or None,
                    list_class=list_class,
                    self_pay_share=self_pay_share,
                    validity=validity,
                    source=source,
                )
        except IntegrityError as error:
            raise PeriodTaken(what=medicine.name, period=validity) from error
        record(
            actor=actor,
            action="insurance_listing.enter",
            subject=listing,
            at=at,
            changes={"list": [None, list_class], "self_pay_share": [None, str(self_pay_share)]},
        )
    return listing
