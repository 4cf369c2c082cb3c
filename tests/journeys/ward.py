"""What the journeys of distribution share: a hospital, its suppliers and the officers, each through their own door.

Systems of hospitals, suppliers and distributors call the API, people use the portal and the admin, the worker's tasks
run. What was agreed beforehand is made by the services, as is what has to lie weeks back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from catalog.accounts.kinds import OrganizationKind, Role, Tier
from catalog.accounts.models import Licence, Membership, Organization, User
from catalog.foundation.actor import Actor
from catalog.models import Township
from catalog.states import Storage
from config.celery import app
from config.demo.portal import HIDDEN
from distribution.models import Despatch
from procurement.models import AgreementLine
from procurement.querysets import AgreementLineQuerySet
from tests import factories
from tests.cast import ZHONGYUAN, Cast, actor_in
from tests.catalog.api.calls import Caller, person
from tests.journeys.test_procurement_year import work
from tests.procurement.admin.pages import client_of

API = "/api/v1/"
PACK = 24


def good(answer: Any) -> Any:
    """The body of an answer that is no refusal."""
    assert answer.status_code < 400, (answer.status_code, answer.content.decode()[:2000])
    return answer.json()


@dataclass
class Ward:
    """A hospital that orders amoxicillin (24 a pack at 6.00), and everybody who has to do with it."""

    cast: Cast
    systems: dict[int | None, Caller] = field(default_factory=dict)

    def system(self, actor: Actor) -> Caller:
        """The actor at the API."""
        if actor.user_id not in self.systems:
            self.systems[actor.user_id] = person(actor)
            self.systems[actor.user_id].defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        return self.systems[actor.user_id]

    def call(self, actor: Actor, path: str, body: Any = None, **headers: str) -> Any:
        """POST, and what came of it."""
        return good(self.system(actor).send(f"{API}{path}", body, **headers))

    def refused(self, actor: Actor, path: str, body: Any = None) -> Any:
        """POST, and the problem that it met."""
        answer = self.system(actor).send(f"{API}{path}", body)
        assert answer.status_code >= 400, answer.json()
        return answer.json()

    def read(self, actor: Actor, path: str) -> Any:
        """GET."""
        return good(self.system(actor).get(f"{API}{path}"))

    def order(self, packs: int = 10, *, buyer: Actor | None = None, approver: Actor | None = None, **terms: Any) -> Any:
        """The buyer orders at the API, the approver approves in the portal; the requisition."""
        buyer, approver = buyer or self.cast.buyer, approver or self.cast.approver
        [line] = self.read(buyer, "orderable-lines/")["results"]
        lines = [{"agreement_line": line["id"], "packs": packs}]
        written = self.call(buyer, "requisitions/", {"lines": lines, "submit": True, **terms})
        browser, page = client_of(approver, is_staff=False), f"/portal/requisitions/{written['id']}/"
        hidden = {match["name"]: match["value"] for match in HIDDEN.finditer(browser.get(page).content.decode())}
        assert browser.post(f"{page}approve/", hidden).status_code == 302
        return self.read(buyer, f"requisitions/{written['id']}/")

    def run(self) -> None:
        """The cut-off time comes, and the worker does what waits."""
        app.loader.import_default_modules()
        app.tasks["distribution.request_runs"]()
        work()

    def orders(self, firm: Actor, status: str = "open") -> Any:
        """What a supplier or distributor finds in a state."""
        return self.read(firm, f"orders/?status={status}")["results"]

    def placed(self, packs: int = 10) -> Any:
        """An ordinary order with the supplier."""
        self.order(packs)
        self.run()
        [order] = self.orders(self.cast.supplier)
        return order

    def confirmed(self, packs: int = 10) -> Any:
        """Confirmed in full."""
        order = self.placed(packs)
        return self.call(self.cast.supplier, f"orders/{order['id']}/confirm/", {"lines": answers(order)})

    def send(self, order: Any, packs: int, lot: str = "L1", **more: Any) -> Any:
        """The distributor advises packs of one lot, good for two years."""
        [line] = order["lines"]
        expires_on = (timezone.localdate() + timedelta(days=730)).isoformat()
        sent = {"line": line["id"], "lot_number": lot, "expires_on": expires_on, "packs": packs}
        body = {"reference": f"DN-{order['number']}-{lot}", "lines": [sent], **more}
        return self.call(self.cast.distributor, f"orders/{order['id']}/despatches/", body)

    def receive(self, despatch: Any, *, by: Actor | None = None, **found: Any) -> Any:
        """The pharmacist records what was found of the only line; everything was accepted where nothing is said."""
        [line] = despatch["lines"]
        lines = [{"line": line["id"], "accepted": line["packs"], **found}]
        return self.call(by or self.cast.pharmacist, f"despatches/{despatch['id']}/receipt/", {"lines": lines})

    def delivered(self, packs: int = 10) -> Any:
        """Ordered, sent and accepted; the order."""
        order = self.confirmed(packs)
        self.receive(self.send(order, packs))
        return self.read(self.cast.buyer, f"orders/{order['id']}/")

    def invoice(self, order: Any, packs: int, number: str = "D-1", price: str = "6.00", lot: str = "L1") -> Any:
        """The distributor invoices the hospital, and the worker compares."""
        [line] = order["lines"]
        billed = billing(packs, price, lot) | {"line": line["id"]}
        body = {"order": order["id"], "number": number, "issued_on": str(timezone.localdate()), "lines": [billed]}
        filed = self.call(self.cast.distributor, "invoices/", body)
        work()
        return self.read(self.cast.distributor, f"invoices/{filed['id']}/")

    def sale(self, number: str, seller: Organization, buyer: Organization, by: Actor, packs: int = 10) -> Any:
        """The copy of a sale between firms."""
        [line] = self.lines
        body = {
            "number": number,
            "seller": seller.code,
            "buyer": buyer.code,
            "issued_on": str(timezone.localdate()),
            "lines": [billing(packs, "5.80", "L1") | {"product": line.product.code}],
        }
        return self.call(by, "invoices/sales/", body)

    def stock(self, keeper: Actor) -> dict[str, int]:
        """Units by lot on the keeper's shelf."""
        rows = self.read(keeper, "stock/")["results"]
        return {row["lot_number"]: row["units"] for row in rows if row["units"]}

    @property
    def lines(self) -> AgreementLineQuerySet:
        """What the hospital's province may order."""
        return AgreementLine.objects.filter(province=self.cast.hospital.province_id, role="main")

    @property
    def volume(self) -> tuple[int, int]:
        """Packs called off and packs delivered of what was agreed."""
        [line] = self.lines
        return line.called_off_quantity // PACK, line.delivered_quantity // PACK


def answers(order: Any, packs: int | None = None, **said: Any) -> list[dict[str, Any]]:
    """An answer for each line: all packs, or so many."""
    return [{"line": line["id"], "packs": line["packs"] if packs is None else packs, **said} for line in order["lines"]]


def billing(packs: int, price: str, lot: str) -> dict[str, Any]:
    """A line of an invoice."""
    return {"lot_number": lot, "packs": packs, "price": price, "amount": f"{packs * float(price):.2f}"}


def ward(cast: Cast, *, days_ago: int = 0) -> Ward:
    """What was agreed so many days ago, and whom the supplier entrusted with it."""
    then = timezone.now() - timedelta(days=days_ago)
    factories.agreement_lines(cast, at=then)
    factories.entrustment(cast, at=then)
    return Ward(cast)


def keep_cold(where: Ward) -> None:
    """The product has to stay between 2 and 8 degrees, and the distributor may carry such goods."""
    [line] = where.lines
    line.product.storage = Storage.COLD
    line.product.save()
    distributor = where.cast.distributor_firm
    Licence.objects.create(
        organization=distributor,
        kind=Licence.Kind.DISTRIBUTION,
        number="豫AA3710001",
        scopes=[Licence.Scope.CHEMICAL, Licence.Scope.COLD_CHAIN],
        validity=(date(2024, 1, 1), date(2035, 1, 1)),
    )


def brought(where: Ward, despatch: Any, celsius: str, minutes: int = 30) -> Any:
    """The way took so many minutes, at so many degrees all along; the distributor files the log of its device."""
    now = timezone.now()
    Despatch.objects.filter(pk=despatch["id"]).update(despatched_at=now - timedelta(minutes=minutes))
    readings = [
        {"taken_at": (now - timedelta(minutes=past)).isoformat(), "celsius": celsius} for past in range(minutes, -1, -5)
    ]
    path = f"despatches/{despatch['id']}/cold-chain-log/"
    return where.call(where.cast.distributor, path, {"device": "T-7", "readings": readings})


def village_of() -> tuple[Actor, Actor, Actor]:
    """A township centre's buyer and approver, and the pharmacist of the remote village clinic that it orders for."""
    township = Township.objects.create(code=f"{ZHONGYUAN}201", name="石佛镇", county_id=ZHONGYUAN, is_remote=True)
    place = {
        "kind": OrganizationKind.INSTITUTION,
        "region_id": ZHONGYUAN,
        "township": township,
        "tier": Tier.PRIMARY,
    }
    centre = Organization.objects.create(code="CENTRE", name="石佛镇卫生院", **place)
    clinic = Organization.objects.create(code="CLINIC", name="石佛村卫生室", ordering_centre=centre, **place)
    buyer, approver = somebody(centre, Role.BUYER), somebody(centre, Role.APPROVER)
    return buyer, approver, somebody(clinic, Role.PHARMACIST)


def somebody(organization: Organization, role: Role) -> Actor:
    """A person with the role in the organization."""
    user = User.objects.create(username=f"{organization.code} {role}", password="!")
    Membership.objects.create(user=user, organization=organization, role=role)
    return actor_in(organization, role, user=user)
