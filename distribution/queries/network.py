"""May a firm bring a product to a place on a day? Every point with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.accounts.models import Licence, Organization
from catalog.models import Product
from distribution.models import Entrustment
from distribution.queries.entrustments import goods_of, held_scopes
from distribution.rules.checks import Check, Gate
from distribution.rules.coverage import covering
from distribution.rules.distributor_licences import is_licensed, lacking_scopes
from procurement.queries import barred_supplier_ids

GSP = "药品经营质量管理规范 (2016)"
RULE_ACTIVE = "CN.GSP-61.active"
RULE_BARRED = "CN.2013-50.barred"
RULE_LICENCE = "CN.GSP-61.licence-scope"
RULE_ENTRUSTED = "CN.2015-7.entrusted"


def may_deliver(
    *,
    supplier_id: int,
    distributor: Organization | None,
    products: Iterable[Product],
    institution: Organization,
    on: date,
) -> dict[int, list[Check]]:
    """The points of the firms' right to deliver each product, by the product, in seven queries however many they are.

    Supplier and distributor are active and not barred. ``distributor`` is None where the supplier delivers itself:
    then it needs neither an entrustment nor a licence to trade. ``products`` come with their medicine. Any
    entrustment in force that covers the place will do, though an order of today might go to another firm: what was
    ordered is not taken away by a later choice.
    """
    supplier = Organization.objects.get(pk=supplier_id)
    wanted = list(products)
    standing = [
        check
        for firm in (supplier, distributor)
        if firm is not None
        for check in (_active(firm), _not_barred(firm, institution.province_id, on))
    ]
    if distributor is None:
        return {product.pk: list(standing) for product in wanted}
    scopes = held_scopes([distributor.pk], on).get(distributor.pk)
    entrusted = set(
        Entrustment.objects.filter(
            Q(product=None) | Q(product__in=wanted),
            supplier_id=supplier_id,
            distributor=distributor,
            region_id__in=covering(institution.region_id or ""),
            validity__contains=on,
        ).values_list("product_id", flat=True)
    )
    return {
        product.pk: [
            *standing,
            *_licensed(distributor, product, scopes, on),
            _entrusted(distributor, bool(entrusted & {None, product.pk}), institution, on),
        ]
        for product in wanted
    }


def _active(firm: Organization) -> Check:
    sentence = _("%(firm)s is active.") if firm.is_active else _("%(firm)s is no longer active on the platform.")
    return _hard(RULE_ACTIVE, GSP, firm.is_active, sentence % {"firm": firm}, firm=firm.code)


def _not_barred(firm: Organization, province_id: str, on: date) -> Check:
    is_barred = barred_supplier_ids(on, province_id).filter(organization_id=firm.pk).exists()
    sentence = _("%(firm)s is barred here on %(on)s.") if is_barred else _("%(firm)s is not barred here on %(on)s.")
    words = {"firm": firm, "on": on}
    return _hard(RULE_BARRED, "国卫法制发〔2013〕50号", not is_barred, sentence % words, firm=firm.code, on=str(on))


def _licensed(firm: Organization, product: Product, scopes: frozenset[str] | None, on: date) -> Iterator[Check]:
    goods = goods_of(product)
    lacking = sorted(lacking_scopes(goods, scopes))
    words = {"firm": firm, "on": on, "lacking": ", ".join(str(Licence.Scope(scope).label) for scope in lacking)}
    if scopes is not None and not scopes:
        sentence = _("No distribution licence of %(firm)s is valid on %(on)s.")
    elif lacking:
        sentence = _("The licences of %(firm)s do not cover on %(on)s: %(lacking)s.")
    elif scopes is None:
        sentence = _("No distribution licence of %(firm)s is on file; it is not judged by one.")
    else:
        sentence = _("The licences of %(firm)s cover the goods on %(on)s.")
    yield _hard(
        RULE_LICENCE,
        GSP,
        is_licensed(goods, scopes),
        sentence % words,
        product=product.code,
        scopes=None if scopes is None else sorted(scopes),
        lacking=lacking,
        on=str(on),
    )


def _entrusted(firm: Organization, is_entrusted: bool, place: Organization, on: date) -> Check:
    if is_entrusted:
        sentence = _("%(firm)s is entrusted with the product for %(place)s on %(on)s.")
    else:
        sentence = _("%(firm)s is not entrusted with the product for %(place)s on %(on)s.")
    words = {"firm": firm, "place": place, "on": on}
    return _hard(
        RULE_ENTRUSTED,
        "国办发〔2015〕7号",
        is_entrusted,
        sentence % words,
        firm=firm.code,
        place=place.code,
        on=str(on),
    )


def _hard(rule: str, source: str, passed: bool, sentence: str, **values: Any) -> Check:
    return Check(rule=rule, source=source, gate=Gate.HARD, passed=passed, sentence=sentence, values=values)
