"""The nation orders: provinces with their counties and townships, suppliers, distributors, agreements, requisitions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Licence, Organization
from catalog.foundation.selected import insert_selected
from catalog.models import Medicine, Presentation, Product, Region, RuleSet, Township
from catalog.states import ProductStatus, Storage
from distribution.models import Entrustment, LotHold, Requisition, RequisitionLine, Route, RouteStop
from distribution.states import HoldKind, RequisitionStatus
from procurement.models import Agreement, AgreementLine, Lot, Tender
from procurement.states import AgreementStatus, TenderStatus
from tests.cast import make_rule_sets, make_supply_rules

# GB/T 2260
PROVINCES = [
    f"{number}0000"
    for number in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
]
PREFECTURES, COUNTIES, TOWNSHIPS = 10, 9, 10
SUPPLIERS, PRODUCTS_EACH, DISTRIBUTORS = 200, 5, 10
PRODUCTS = SUPPLIERS * PRODUCTS_EACH
LINES = 50
CALLED_OFF = 10**8
# From which number on the records of a kind are numbered.
SUPPLIER, DISTRIBUTOR, PRODUCT, AGREED, INSTITUTION = 10_000, 20_000, 30_000, 50_000, 1_000_000
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
TERM = DateRange(date(2026, 1, 1), date(2100, 1, 1))
PER_PROVINCE = PREFECTURES * COUNTIES


def make_world(institutions: int) -> None:
    """Everything but the requisitions."""
    make_rule_sets()
    make_supply_rules()
    make_places()
    make_firms()
    make_agreements()
    make_entrustments()
    make_routes()
    make_institutions(institutions)


def make_places() -> None:
    """Ten prefectures of nine counties of ten townships in each province; one township in twenty is remote."""
    regions = []
    for province in PROVINCES:
        regions.append(Region(code=province, name=province, level="province"))
        for prefecture in (f"{province[:2]}{number:02d}00" for number in range(1, PREFECTURES + 1)):
            regions.append(Region(code=prefecture, name=prefecture, level="prefecture", parent_id=province))
            counties = [f"{prefecture[:4]}{number:02d}" for number in range(1, COUNTIES + 1)]
            regions += [Region(code=code, name=code, level="county", parent_id=prefecture) for code in counties]
    Region.objects.bulk_create(regions)
    insert_selected(
        Township,
        {
            "code": "county.code || lpad(number::text, 3, '0')",
            "name": "county.code || lpad(number::text, 3, '0')",
            "county": "county.code",
            "is_remote": "(number * 7 + right(county.code, 4)::integer) %% 20 = 0",
        },
        "FROM catalog_region county CROSS JOIN generate_series(1, %(number)s) AS number WHERE county.level = 'county'",
        {"number": TOWNSHIPS},
    )


def make_firms() -> None:
    """Suppliers of five products each, one of them in twenty cold, one cool; ten distributors in each province."""
    Organization.objects.bulk_create(
        Organization(pk=SUPPLIER + number, code=f"S{number}", name=f"第{number}制药厂", kind=OrganizationKind.SUPPLIER)
        for number in range(SUPPLIERS)
    )
    count = DISTRIBUTORS * len(PROVINCES)
    Organization.objects.bulk_create(
        Organization(
            pk=DISTRIBUTOR + number, code=f"D{number}", name=f"{number}配送", kind=OrganizationKind.DISTRIBUTOR
        )
        for number in range(count)
    )
    # of ten distributors one has no licence on file, one only an old one, one may not deal in what most need
    Licence.objects.bulk_create(
        Licence(
            organization_id=DISTRIBUTOR + number,
            kind=Licence.Kind.DISTRIBUTION,
            number=f"L{number}",
            scopes=["traditional"] if number % 10 == 2 else ["chemical", "traditional", *["cold_chain"] * (number % 2)],
            validity=DateRange(date(2020, 1, 1), date(2025, 1, 1)) if number % 10 == 1 else TERM,
        )
        for number in range(count)
        if number % 10
    )
    medicines = Medicine.objects.bulk_create(Medicine(name=f"药品{number}") for number in range(PRODUCTS))
    presentations = Presentation.objects.bulk_create(
        Presentation(medicine=medicine, form="片剂", strength="10mg") for medicine in medicines
    )
    Product.objects.bulk_create(
        Product(
            pk=PRODUCT + number,
            code=f"P{number:05d}",
            presentation=presentation,
            pack_quantity=24,
            manufacturer_id=SUPPLIER + number // PRODUCTS_EACH,
            approval_number=f"国药准字{'Z' if number % 40 == 0 else 'H'}{number:08d}",
            storage={7: Storage.COLD, 13: Storage.COOL}.get(number % 20, Storage.ROOM),
            status=ProductStatus.SUSPENDED if number % 50 == 3 else ProductStatus.TRADING,
            status_reason="停产" if number % 50 == 3 else "",
        )
        for number, presentation in enumerate(presentations)
    )
    LotHold.objects.bulk_create(
        LotHold(product_id=PRODUCT + number, kind=HoldKind.RECALL, reason="召回", source="1号", held_at=NOON)
        for number in range(9, PRODUCTS, 100)
    )


def make_agreements() -> None:
    """Every product is agreed for every province; the agreement of one supplier in fifty is suspended."""
    agency = Organization.objects.create(
        code="AGENCY", name="联合采购办公室", kind=OrganizationKind.AGENCY, region_id=PROVINCES[0]
    )
    tender = Tender.objects.create(
        number="GY-YD2026-1",
        title="全国药品集中采购",
        agency=agency,
        procedure_rules=RuleSet.objects.get(kind="volume_based"),
        rule_set=RuleSet.objects.get(kind=RuleSet.Kind.PRICE_RATIO),
        deadline_at=NOON - timedelta(days=100),
        supply_from=TERM.lower,
        supply_until=TERM.upper,
        status=TenderStatus.OPENED,
    )
    Lot.objects.bulk_create(
        Lot(
            pk=product.pk,
            tender=tender,
            number=number,
            presentation_id=product.presentation_id,
            quantity=1,
            ceiling_price=1,
        )
        for number, product in enumerate(Product.objects.order_by("pk"))
    )
    Agreement.objects.bulk_create(
        Agreement(
            pk=SUPPLIER + number,
            number=f"{tender.number}-S{number}",
            tender=tender,
            agency=agency,
            supplier_id=SUPPLIER + number,
            validity=TERM,
            status=AgreementStatus.SUSPENDED if number % 50 == 20 else AgreementStatus.IN_FORCE,
        )
        for number in range(SUPPLIERS)
    )
    AgreementLine.objects.bulk_create(
        AgreementLine(
            pk=AGREED + place * PRODUCTS + number,
            agreement_id=SUPPLIER + number // PRODUCTS_EACH,
            lot_id=PRODUCT + number,
            product_id=PRODUCT + number,
            province_id=province,
            price=Decimal(100 + number * 7 % 900) / 10,
            agreed_quantity=10**9,
            called_off_quantity=CALLED_OFF,
        )
        for place, province in enumerate(PROVINCES)
        for number in range(PRODUCTS)
    )


def make_entrustments() -> None:
    """With a province, a third of the prefectures, a tenth of the counties, and some for single products."""
    makers = f"FROM catalog_region region CROSS JOIN generate_series(0, {SUPPLIERS - 1}) AS maker"
    products = f"{makers} CROSS JOIN generate_series(0, {PRODUCTS_EACH - 1}) AS own"
    # one supplier in ten delivers itself
    entrusting = "maker %% 10 <> 9"
    for place, (source, level, condition, product) in enumerate(
        (
            (makers, "province", "true", "NULL::bigint"),
            (makers, "prefecture", "(maker + left(region.code, 4)::integer) %% 3 = 0", "NULL::bigint"),
            (makers, "county", "(maker * 7 + region.code::integer) %% 10 = 0", "NULL::bigint"),
            (products, "province", "(maker + own) %% 25 = 0", "%(product)s + maker * %(each)s + own"),
            (
                products,
                "county",
                "own = 1 AND (maker + region.code::integer) %% 20 = 0",
                "%(product)s + maker * %(each)s + 1",
            ),
        )
    ):
        insert_selected(
            Entrustment,
            {
                "supplier": "%(supplier)s + maker",
                "distributor": """
                    %(distributor)s + (array_position(%(provinces)s::text[], left(region.code, 2) || '0000') - 1) * 10
                        + (maker + %(place)s) %% 10
                """,
                "product": product,
                "region": "region.code",
                "validity": "%(term)s",
            },
            f"{source} WHERE region.level = %(level)s AND {entrusting} AND {condition}",
            {
                "supplier": SUPPLIER,
                "distributor": DISTRIBUTOR,
                "product": PRODUCT,
                "each": PRODUCTS_EACH,
                "provinces": PROVINCES,
                "place": place,
                "level": level,
                "term": TERM,
            },
        )


def make_routes() -> None:
    """Every distributor has two routes in each county of its province, of five townships each."""
    insert_selected(
        Route,
        {"carrier": "carrier.id", "county": "county.code", "name": "way"},
        """
        FROM catalog_region county
        JOIN accounts_organization carrier ON carrier.kind = 'distributor' AND
            (%(provinces)s::text[])[(carrier.id - %(distributor)s) / 10 + 1] = left(county.code, 2) || '0000'
        CROSS JOIN unnest(ARRAY['东线', '西线']) AS way
        WHERE county.level = 'county'
        """,
        {"provinces": PROVINCES, "distributor": DISTRIBUTOR},
    )
    insert_selected(
        RouteStop,
        {"route": "route.id", "carrier": "route.carrier_id", "township": "township.code", "position": "number"},
        """
        FROM distribution_route route
        CROSS JOIN generate_series(1, 5) AS number
        JOIN catalog_township township ON township.code = route.county_id
            || lpad((number + CASE route.name WHEN '东线' THEN 0 ELSE 5 END)::text, 3, '0')
        """,
        {},
    )


def make_institutions(count: int) -> None:
    """In every township as many, give or take one."""
    insert_selected(
        Organization,
        {
            "id": "%(first)s + number",
            "code": "'H' || number",
            "name": "'第' || number || '医院'",
            "kind": "'institution'",
            "tier": "'primary'",
            "region": "left(township.code, 6)",
            "township": "township.code",
        },
        """
        FROM generate_series(0, %(count)s - 1) AS number
        JOIN (SELECT code, row_number() OVER (PARTITION BY left(code, 2) ORDER BY right(code, 3), code) - 1 AS place
            FROM catalog_township) township
            ON left(township.code, 2) || '0000' = (%(provinces)s::text[])[number %% %(all)s + 1]
            AND township.place = number / %(all)s %% %(townships)s
        """,
        {
            "first": INSTITUTION,
            "count": count,
            "provinces": PROVINCES,
            "all": len(PROVINCES),
            "townships": PER_PROVINCE * TOWNSHIPS,
        },
    )


def make_requisitions(count: int) -> None:
    """Of every institution one, approved a millisecond after the one before; what was there is gone, and its orders."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE distribution_requisition, distribution_distributionrun, journal_event, procurement_volumeentry"
            " CASCADE"
        )
        cursor.execute("UPDATE procurement_agreementline SET called_off_quantity = %s", [CALLED_OFF])
    insert_selected(
        Requisition,
        {
            "id": "place.id",
            "institution": "place.id",
            "province": "left(place.region_id, 2) || '0000'",
            "status": "%(approved)s",
            "submitted_at": "%(noon)s",
            "approved_at": "%(noon)s + (place.id - %(first)s) * interval '1 millisecond'",
            "created_at": "%(noon)s",
            "updated_at": "%(noon)s",
        },
        """
        FROM accounts_organization place
        WHERE place.id >= %(first)s AND place.id < %(first)s + %(count)s ORDER BY place.id
        """,
        {"approved": RequisitionStatus.APPROVED, "noon": NOON, "first": INSTITUTION, "count": count},
    )
    insert_selected(
        RequisitionLine,
        {
            "requisition": "place.id",
            "agreement_line": "agreed.id",
            "packs": "1 + (place.id + agreed.id) %% 20",
            "price": "agreed.price",
        },
        """
        FROM distribution_requisition place
        CROSS JOIN generate_series(0, %(lines)s - 1) AS number
        JOIN procurement_agreementline agreed ON agreed.id = %(agreed)s
            + (array_position(%(provinces)s::text[], place.province_id) - 1) * %(products)s
            + (place.id + number / %(each)s * %(suppliers)s / (%(lines)s / %(each)s)) %% %(suppliers)s * %(each)s
            + number %% %(each)s
        ORDER BY place.id, number
        """,
        {
            "agreed": AGREED,
            "provinces": PROVINCES,
            "products": PRODUCTS,
            "suppliers": SUPPLIERS,
            "each": PRODUCTS_EACH,
            "lines": LINES,
        },
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
