"""A province that orders: its agreements in force, and hospitals whose systems call the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from oauth2_provider.models import AccessToken

from catalog.accounts.kinds import OrganizationKind, Role, Tier
from catalog.accounts.models import Organization
from catalog.accounts.services import create_api_client
from catalog.foundation.actor import Actor
from catalog.foundation.selected import insert_selected
from catalog.models import Medicine, Presentation, Product, RuleSet
from procurement.models import Agreement, AgreementLine, Lot, Tender, VolumeEntry
from procurement.states import TenderStatus
from tests.cast import HENAN, ZHONGYUAN, make_cast, make_rule_sets

AT = datetime(2024, 1, 17, 10, 0, tzinfo=UTC)
TERM = DateRange(date(2024, 4, 1), date(2100, 1, 1))
PACK = 24
SUPPLIERS = 200
FIRST = 1_000_000


@dataclass(frozen=True, slots=True)
class Province:
    """So many agreed lines, numbered from ``FIRST``, and the tokens of the hospitals' systems."""

    lines: int
    institution_ids: list[int]
    tokens: list[str]


def make_province(lines: int, hospitals: int, *, agreed_packs: int = 10**9) -> Province:
    """All of it; every product is agreed for the province."""
    cast, kinds = make_cast(), make_rule_sets()
    Organization.objects.bulk_create(
        Organization(pk=FIRST + number, code=f"S{number}", name=f"第{number}制药厂", kind=OrganizationKind.SUPPLIER)
        for number in range(SUPPLIERS)
    )
    tender = Tender.objects.create(
        number="GY-YD2024-1",
        title="药品集中采购",
        agency=cast.agency,
        procedure_rules=kinds["volume_based"],
        rule_set=kinds[RuleSet.Kind.PRICE_RATIO],
        deadline_at=AT,
        supply_from=TERM.lower,
        supply_until=TERM.upper,
        status=TenderStatus.OPENED,
    )
    Agreement.objects.bulk_create(
        Agreement(
            pk=FIRST + number,
            number=f"{tender.number}-S{number}",
            tender=tender,
            agency=cast.agency,
            supplier_id=FIRST + number,
            validity=TERM,
            concluded_at=AT,
        )
        for number in range(SUPPLIERS)
    )
    numbers = "FROM generate_series(0, %(lines)s - 1) AS number"
    values = {
        "lines": lines,
        "first": FIRST,
        "suppliers": SUPPLIERS,
        "tender": tender.pk,
        "pack": PACK,
        "agreed": agreed_packs * PACK,
        "province": HENAN,
    }
    now = {"created_at": "now()", "updated_at": "now()"}
    insert_selected(Medicine, {"id": "%(first)s + number", "name": "'药品' || number"}, numbers, values)
    insert_selected(
        Presentation,
        {"id": "%(first)s + number", "medicine": "%(first)s + number", "form": "'片剂'", "strength": "'10mg'"},
        numbers,
        values,
    )
    insert_selected(
        Product,
        {
            "id": "%(first)s + number",
            "code": "'P' || lpad(number::text, 6, '0')",
            "presentation": "%(first)s + number",
            "pack_quantity": "%(pack)s",
            "manufacturer": "%(first)s + number %% %(suppliers)s",
            **now,
        },
        numbers,
        values,
    )
    insert_selected(
        Lot,
        {
            "id": "%(first)s + number",
            "tender": "%(tender)s",
            "number": "number + 1",
            "presentation": "%(first)s + number",
            "quantity": "1",
            "ceiling_price": "1",
            **now,
        },
        numbers,
        values,
    )
    insert_selected(
        AgreementLine,
        {
            "id": "%(first)s + number",
            "agreement": "%(first)s + number %% %(suppliers)s",
            "lot": "%(first)s + number",
            "product": "%(first)s + number",
            "province": "%(province)s",
            "price": "(100 + number * 7 %% 900) / 10.0",
            "agreed_quantity": "%(agreed)s",
        },
        numbers,
        values,
    )
    insert_selected(
        VolumeEntry,
        {
            "kind": f"'{VolumeEntry.Kind.AGREE}'",
            "line": "%(first)s + number",
            "quantity": "%(agreed)s",
            "reference": "'concluded'",
            "entered_at": "now()",
        },
        numbers,
        values,
    )
    institutions = Organization.objects.bulk_create(
        Organization(
            code=f"H{number}",
            name=f"第{number}医院",
            kind=OrganizationKind.INSTITUTION,
            region_id=ZHONGYUAN,
            tier=Tier.SECONDARY,
        )
        for number in range(hospitals)
    )
    return Province(lines, [row.pk for row in institutions], [token_of(row) for row in institutions])


def token_of(organization: Organization, role: Role = Role.BUYER, *, scope: str = "institution") -> str:
    """Of the organization's own system."""
    credentials = create_api_client(
        organization=organization, name="system", roles=[role], actor=Actor.platform(), at=AT
    )
    token = f"token-{organization.code}"
    AccessToken.objects.create(
        application=AccessToken.application.field.related_model.objects.get(client_id=credentials.client_id),
        token=token,
        scope=scope,
        expires=timezone.now() + timedelta(days=1),
    )
    return token


def set_volumes(packs: int, line_ids: list[int]) -> None:
    """So many packs remain of each of the lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procurement_agreementline SET agreed_quantity = called_off_quantity + %s WHERE id = ANY (%s)",
            (packs * PACK, line_ids),
        )


def refuse_unbalanced() -> None:
    """Every line's volume called off is what its entries, and the lines of the requisitions, say."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT count(*) FROM procurement_agreementline line
            LEFT JOIN (
                SELECT line_id, sum(quantity) AS units FROM procurement_volumeentry WHERE kind = 'call_off'
                GROUP BY line_id
            ) entered ON entered.line_id = line.id
            LEFT JOIN (
                SELECT agreement_line_id, sum(packs) AS packs FROM distribution_requisitionline
                GROUP BY agreement_line_id
            ) asked ON asked.agreement_line_id = line.id
            JOIN catalog_product product ON product.id = line.product_id
            WHERE line.called_off_quantity <> coalesce(entered.units, 0)
               OR line.called_off_quantity <> coalesce(asked.packs, 0) * product.pack_quantity
               OR line.called_off_quantity > line.agreed_quantity
        """)
        [(wrong,)] = cursor.fetchall()
    assert wrong == 0, f"{wrong} lines differ from what was ordered of them"
