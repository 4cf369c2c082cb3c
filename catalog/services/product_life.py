"""What happens to a registered product: its identifiers, its licence, and whether it trades."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from catalog.errors import BadIdentifier, IdentifierTaken, ReasonNeeded
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, refuse_stale, unit_of_work
from catalog.models import IdentifierOverride, Product
from catalog.policies import may_handle_product, require_person
from catalog.rules.identifiers import check_identifier, normalise_identifier
from catalog.states import PRODUCT, IdentifierKind, ProductStatus


def identify_product(
    *,
    product_id: int,
    identifiers: Mapping[str, str],
    override_reasons: Mapping[str, str],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Product:
    """Give a product its identifiers by their kind; empty takes one away.

    One that fails its check is kept only where it may be overridden, by a named person, with a reason.

    Raises:
        RulesBroken: with a ``BadIdentifier`` for each that is wrong and not overridden, and an ``IdentifierTaken`` for
            each that names another product.
        NotVisible, NotAllowed, Stale
    """
    with unit_of_work():
        product = lock(Product.objects.all(), pk=product_id)
        may_handle_product(actor, "identify", product)
        refuse_stale(product, expected_version)
        before = product.identifiers()
        given = {
            kind: normalise_identifier(kind, identifiers[kind]) for kind in IdentifierKind.values if kind in identifiers
        }
        changed = {kind: value for kind, value in given.items() if value != before[kind]}
        overrides = _overrides(product, changed, override_reasons, actor, at)
        refuse(_taken(product, changed))
        if not changed:
            return product
        for kind, value in changed.items():
            setattr(product, kind, value)
        product.version += 1
        try:
            with transaction.atomic():
                product.save(update_fields=[*changed, "version", "updated_at"])
        except IntegrityError:
            # another product was given it meanwhile
            refuse(_taken(product, changed))
            raise
        IdentifierOverride.objects.bulk_create(
            overrides,
            update_conflicts=True,
            unique_fields=["product", "kind", "value"],
            update_fields=["problem", "reason", "overridden_by", "overridden_at"],
        )
        record(
            actor=actor,
            action="product.identify",
            subject=product,
            at=at,
            changes={kind: [before[kind], value] for kind, value in changed.items()}
            | {f"override_{item.kind}": [item.problem, item.reason] for item in overrides},
        )
    return product


def _overrides(
    product: Product, changed: Mapping[str, str], reasons: Mapping[str, str], actor: Actor, at: datetime
) -> list[IdentifierOverride]:
    """The overrides of what fails its check.

    Raises:
        RulesBroken: one fails and is not overridden, or cannot be.
    """
    overrides, errors = [], []
    for kind, value in changed.items():
        problem = check_identifier(kind, value) if value else None
        if problem is None:
            continue
        reason = reasons.get(kind, "").strip()
        column: Any = Product._meta.get_field(kind)
        if not (problem.may_override and reason and len(value) <= column.max_length):
            errors.append(
                BadIdentifier(kind=IdentifierKind(kind).label, value=value, problem=problem, pointer=f"/{kind}")
            )
            continue
        overrides.append(
            IdentifierOverride(
                product=product,
                kind=kind,
                value=value,
                problem=str(problem)[:300],
                reason=reason,
                overridden_by_id=require_person(actor),
                overridden_at=at,
            )
        )
    refuse(errors)
    return overrides


def _taken(product: Product, changed: Mapping[str, str]) -> list[DomainError]:
    """Identifiers that must name one product and name another already."""
    errors: list[DomainError] = []
    others = Product.objects.exclude(pk=product.pk).exclude(status=ProductStatus.WITHDRAWN)
    for kind in (IdentifierKind.GTIN, IdentifierKind.TRACE_PREFIX):
        value = changed.get(kind)
        other = others.filter(**{kind: value}).first() if value else None
        if other is not None:
            errors.append(IdentifierTaken(kind=kind.label, value=value, product=other.code, pointer=f"/{kind}"))
    return errors


def renew_licence(
    *, product_id: int, valid_until: date, actor: Actor, at: datetime, expected_version: int | None = None
) -> Product:
    """Write down the last day of a product's approval, which may be past: then the licence has expired.

    Raises:
        NotVisible, NotAllowed, Stale
    """
    with unit_of_work():
        product = lock(Product.objects.all(), pk=product_id)
        may_handle_product(actor, "renew_licence", product)
        refuse_stale(product, expected_version)
        former = product.licence_valid_until
        if former == valid_until:
            return product
        product.licence_valid_until = valid_until
        product.version += 1
        product.save(update_fields=["licence_valid_until", "version", "updated_at"])
        record(
            actor=actor,
            action="product.renew_licence",
            subject=product,
            at=at,
            changes={"licence_valid_until": [former, valid_until]},
        )
    return product


def suspend_product(*, product_id: int, reason: str, actor: Actor, at: datetime) -> Product:
    """Stop the trade in a product for the time being.

    Raises:
        ReasonNeeded, NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    return _move("suspend", product_id, reason, actor, at)


def resume_product(*, product_id: int, reason: str, actor: Actor, at: datetime) -> Product:
    """Let a suspended product be traded again.

    Raises:
        ReasonNeeded, NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    return _move("resume", product_id, reason, actor, at)


def withdraw_product(*, product_id: int, reason: str, actor: Actor, at: datetime) -> Product:
    """Take a product out of the register for good; what was ordered of it stays on its documents.

    Raises:
        ReasonNeeded, NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    return _move("withdraw", product_id, reason, actor, at)


def _move(action: str, product_id: int, reason: str, actor: Actor, at: datetime) -> Product:
    with perform(
        action,
        Product.objects.all(),
        pk=product_id,
        machine=PRODUCT,
        policy=may_handle_product,
        actor=actor,
        at=at,
    ) as product:
        if not reason.strip():
            raise ReasonNeeded(pointer="/reason")
        product.status_reason = reason.strip()
    return product
