"""What patients pay before and after a tender, and what tenders have saved a province, as pages of the admin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.admin.forms import ProductCodeField, chosen_day
from catalog.foundation.web.admin import DecidingAdmin, table, whole, yuan
from catalog.models import Product, Region
from distribution.admin.province_page import Sheet, Shown, asked_province, province_page
from distribution.queries.patient_cost import Part, PatientCost, patient_cost
from distribution.queries.savings import savings


def patient_cost_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponseBase:
    """For the product, the province and the day that the address names."""
    provinces, province = asked_province(model_admin, request)
    on = chosen_day(request.GET.get("on", ""), localdate())
    code = request.GET.get("product", "").strip()
    product, problem = _product(code)
    found = patient_cost(product, province_id=province.code, on=on) if product else None
    return province_page(
        model_admin,
        request,
        provinces,
        province,
        Shown(
            title=_("What a patient pays before and after the tender"),
            meaning=_(
                "Both prices are settled by the terms and lists of the day, so that the tender alone makes the "
                "difference; the deductible is taken as used up, and the year's ceiling as not reached."
            ),
            empty=_("The province pays no price for it that a tender or negotiation brought.") if product else "",
            tables=_cost_tables(found) if found else [],
            inputs=[
                ("product", _("Product (code)"), "text", code),
                ("on", _("Day"), "date", f"{on:%Y-%m-%d}"),
            ],
            context={"problem": problem},
        ),
    )


def _product(code: str) -> tuple[Product | None, str]:
    try:
        return ProductCodeField(required=False).clean(code), ""
    except forms.ValidationError as error:
        return None, " ".join(error.messages)


def _cost_tables(found: PatientCost) -> list[tuple[str, Any]]:
    tender = found.tender
    facts = [
        (_("price"), yuan(tender.price.price, 4), tender.price.source_reference),
        (_("tender"), yuan(tender.award.price, 4), tender.award.source_reference),
        (
            (_("price before"), yuan(tender.former.price, 4), tender.former.source_reference)
            if tender.former
            else (_("ceiling before"), yuan(tender.award.guide_amount, 4), str(tender.award.guide_price.decision))
        ),
    ]
    tables = [
        (str(found.product), table([pgettext("price", "what"), _("yuan per pack"), _("source")], facts)),
        (_("One pack"), _parts(found.parts)),
    ]
    for course in found.courses:
        dosage = course.dosage
        words = _("%(indication)s: %(dose)s, %(frequency)s, %(course)s – %(units)s units, %(packs)s packs") % {
            "indication": dosage.indication,
            "dose": dosage.dose,
            "frequency": dosage.frequency,
            "course": dosage.course,
            "units": f"{course.units:f}",
            "packs": f"{course.packs:f}",
        }
        tables.append((f"{words} ({dosage.document})", _parts(course.parts)))
    return tables


def _parts(parts: Iterable[Part]) -> Any:
    rows = [
        (
            part.terms.get_scheme_display(),
            part.terms.get_tier_display(),
            yuan(part.change.before.paid_by_patient),
            yuan(part.change.after.paid_by_patient),
            yuan(part.change.patient_saves),
            yuan(part.change.fund_saves),
        )
        for part in parts
    ]
    headings = [_("scheme"), _("level of institution"), _("patient before"), _("patient after")]
    return table([*headings, _("patient saves"), _("scheme saves")], rows)


def savings_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponseBase:
    """For the province and the year, or other period, that the address names."""
    provinces, province = asked_province(model_admin, request)
    today = localdate()
    since = chosen_day(request.GET.get("since", ""), today.replace(month=1, day=1))
    until = chosen_day(request.GET.get("until", ""), today + today.resolution)
    problem = "" if since < until else _("The period has no day.")
    headings = [_("code"), _("product"), _("packs"), _("before"), _("after"), _("saving"), _("compared with")]
    tables, lines = _saving_tables(province, since, until, headings) if not problem else ([], [])
    return province_page(
        model_admin,
        request,
        provinces,
        province,
        Shown(
            title=_("What tenders saved in %(province)s") % {"province": province},
            meaning=_(
                "From the orders placed in the period: packs accepted and not given back, at retail prices, against "
                "the price that held before the tender, or the guide price where nothing was agreed. What a scheme "
                "would have paid is reckoned as if everything had been billed under it."
            ),
            empty=_("Nothing that a tender brought a price for was ordered and accepted in the period."),
            tables=tables,
            inputs=[
                ("since", _("From"), "date", f"{since:%Y-%m-%d}"),
                ("until", _("Until before"), "date", f"{until:%Y-%m-%d}"),
            ],
            sheet=Sheet("savings", headings, lines),
            context={"problem": problem},
        ),
    )


def _saving_tables(
    province: Region, since: Any, until: Any, headings: Sequence[Any]
) -> tuple[list[tuple[str, Any]], list[list[Any]]]:
    found = savings(province.code, since=since, until=until)
    if not found.products:
        return [], []
    schemes = [
        (
            row.scheme.label,
            yuan(row.patients_before),
            yuan(row.patients_after),
            yuan(row.patients_save),
            yuan(row.fund_saves),
            yuan(row.unsettled),
        )
        for row in found.schemes
    ]
    of_schemes = [_("scheme"), _("patients before"), _("patients after"), _("patients save"), _("scheme saves")]
    lines: list[list[Any]] = [
        [
            row.product.code,
            str(row.product),
            row.packs,
            row.before,
            row.after,
            row.saving,
            _("guide price") if row.by_ceiling else _("price before"),
        ]
        for row in found.products
    ]
    shown = [[line[0], line[1], whole(line[2]), *(yuan(amount) for amount in line[3:6]), line[6]] for line in lines]
    total = [[yuan(found.before), yuan(found.after), yuan(found.saving), yuan(found.paid)]]
    tables = [("", table([_("before"), _("after"), _("saving"), _("paid by institutions")], total))]
    if schemes:
        tables.append((_("By scheme"), table([*of_schemes, _("not settled: no terms")], schemes)))
    tables.append((_("By product"), table(headings, shown)))
    return tables, lines
