"""A tender's public facts as an OCDS 1.1 release package, with the extensions for lots, bids and medicines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from procurement.rules.ocds.facts import Award, Bid, Contract, Lot, Party, Publisher, Tender
from procurement.rules.ocds.outcome import award_section, bid_details, bid_statistics, contract_sections
from procurement.rules.ocds.sections import planning_section, tender_head, tender_section, tender_update, terms_at
from procurement.rules.ocds.values import (
    Json,
    compact,
    is_past,
    ocid_of,
    organization,
    party_id,
    reference,
    release_id,
    stamp,
)

_EXTENSION = "https://raw.githubusercontent.com/open-contracting-extensions/ocds_{}_extension/master/extension.json"
EXTENSIONS = [_EXTENSION.format(name) for name in ("lots", "bid", "medicine", "enquiry", "bidOpening", "location")]

PLANNING, TENDER, UPDATE, AMENDMENT = "planning", "tender", "tenderUpdate", "tenderAmendment"
CANCELLATION, AWARD, AWARD_UPDATE = "tenderCancellation", "award", "awardUpdate"
AWARD_CANCELLATION, CONTRACT = "awardCancellation", "contract"
CONTRACT_AMENDMENT, CONTRACT_TERMINATION = "contractAmendment", "contractTermination"
# In the order of a tender's life, which is the order of a release's tags.
TAGS = [PLANNING, TENDER, UPDATE, AMENDMENT, CANCELLATION, AWARD, AWARD_UPDATE, AWARD_CANCELLATION, CONTRACT]
TAGS += [CONTRACT_AMENDMENT, CONTRACT_TERMINATION]


class NothingPublic(ValueError):
    """Nothing of the tender was public at the time."""


def release_package(tender: Tender, *, published_at: datetime, publisher: Publisher, uri: str) -> Json:
    """Write a release for each moment at which something became public, oldest first, up to ``published_at``.

    A release says what changed and, by its identifier, when: neither alters when later ones follow, so that a reader
    who merges them by the standard's rules has the tender as it stands.

    Raises:
        NothingPublic
    """
    written = releases(tender, published_at=published_at, publisher=publisher)
    return package_head(published_at=published_at, publisher=publisher, uri=uri) | {"releases": written}


def package_head(*, published_at: datetime, publisher: Publisher, uri: str) -> Json:
    """Write what a package says besides its releases."""
    return compact(
        {
            "uri": uri,
            "version": "1.1",
            "extensions": EXTENSIONS,
            "publishedDate": stamp(published_at),
            "publisher": compact(
                {
                    "name": publisher.name,
                    "scheme": "CN-USCC" if publisher.uscc else None,
                    "uid": publisher.uscc,
                    "uri": publisher.uri,
                }
            ),
            "license": publisher.license,
            "publicationPolicy": publisher.policy,
        }
    )


def releases(
    tender: Tender, *, published_at: datetime, publisher: Publisher, stored: Collection[str] = ()
) -> list[Json]:
    """Write the releases alone, but for those whose identifiers are ``stored``.

    Raises:
        NothingPublic
    """
    moments: dict[datetime, _Moment] = defaultdict(_Moment)
    for at, tag, concerned in _events(tender):
        if at <= published_at:
            moments[at].add(tag, concerned)
    if not moments:
        raise NothingPublic(tender.number)
    prefix, known = publisher.ocid_prefix, _Known.of(tender)
    ocid = ocid_of(prefix, tender.number)
    new = [at for at in sorted(moments) if release_id(ocid, at) not in stored]
    return [_release(tender, known, prefix, at, moments[at]) for at in new]


def _events(tender: Tender) -> Iterator[tuple[datetime, str, Bid | Award | Contract | None]]:
    """Say what became public when; ``UPDATE`` at the publication is part of it."""
    if tender.planning:
        yield tender.planning.confirmed_at, PLANNING, None
    if not tender.published_at:
        return
    yield tender.published_at, TENDER, None
    yield from ((item.published_at, AMENDMENT, None) for item in tender.amendments)
    updates = [item.answered_at for item in tender.clarifications]
    updates += [item.published_at for item in tender.documents]
    updates += [item.failed_at for item in tender.failures]
    updates += [at for item in tender.milestones if (at := item.met_at)]
    updates += [tender.opened_at] if tender.opened_at else []
    yield from ((at, UPDATE, None) for at in updates if at > tender.published_at)
    for bid in tender.bids:
        yield from ((at, UPDATE, bid) for at in (bid.opened_at, bid.priced_at, bid.judged_at) if at)
    if tender.cancelled_at:
        yield tender.cancelled_at, CANCELLATION, None
    for award in tender.awards:
        if award.proposed_at:
            yield award.proposed_at, AWARD, award
        if award.awarded_at:
            yield award.awarded_at, AWARD_UPDATE if award.proposed_at else AWARD, award
        if award.withdrawn_at:
            yield award.withdrawn_at, AWARD_CANCELLATION, award
    for contract in tender.contracts:
        yield contract.signed_at, CONTRACT, contract
        yield from ((item.agreed_at, CONTRACT_AMENDMENT, contract) for item in contract.amendments)
        if contract.ended_at:
            yield contract.ended_at, CONTRACT_TERMINATION, contract


@dataclass(slots=True)
class _Moment:
    """What one release is about, each thing once."""

    tags: set[str] = field(default_factory=set)
    bids: dict[str, Bid] = field(default_factory=dict)
    awards: dict[str, Award] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)

    def add(self, tag: str, concerned: Bid | Award | Contract | None) -> None:
        self.tags.add(tag)
        if isinstance(concerned, Bid):
            self.bids[concerned.reference] = concerned
        elif isinstance(concerned, Award):
            self.awards[concerned.number] = concerned
        elif isinstance(concerned, Contract):
            self.contracts[concerned.number] = concerned


@dataclass(frozen=True, slots=True)
class _Known:
    """What every release looks up: gathered once: a national round has thousands of releases."""

    parties: dict[str, Party]
    awards: dict[str, Award]
    lots: dict[int, dict[int, Lot]]
    tenderers: dict[str, datetime]
    suppliers: dict[str, datetime]

    @classmethod
    def of(cls, tender: Tender) -> Self:
        tenderers: dict[str, datetime] = {}
        for bid in tender.bids:
            tenderers[bid.supplier] = min(bid.opened_at, tenderers.get(bid.supplier, bid.opened_at))
        suppliers: dict[str, datetime] = {}
        for award in tender.awards:
            if since := award.proposed_at or award.awarded_at:
                suppliers[award.supplier] = min(since, suppliers.get(award.supplier, since))
        versions = [tender.terms, *(amendment.before for amendment in tender.amendments)]
        return cls(
            parties={party.code: party for party in tender.parties},
            awards={award.number: award for award in tender.awards},
            lots={id(terms): {lot.number: lot for lot in terms.lots} for terms in versions},
            tenderers=tenderers,
            suppliers=suppliers,
        )

    def roles(self, code: str, agency: str, at: datetime) -> set[str]:
        """Say what an organization is by now: a later release replaces the roles of an earlier one."""
        roles = {"buyer", "procuringEntity"} if code == agency else set()
        roles |= {"tenderer"} if is_past(self.tenderers.get(code), at) else set()
        return roles | ({"supplier"} if is_past(self.suppliers.get(code), at) else set())


def _release(tender: Tender, known: _Known, prefix: str, at: datetime, moment: _Moment) -> Json:
    ocid = ocid_of(prefix, tender.number)
    parties, lots = known.parties, known.lots[id(terms_at(tender, at))]
    bids, awards = moment.bids.values(), moment.awards.values()
    named = {tender.agency, *(bid.supplier for bid in bids), *(award.supplier for award in awards)}
    sections: Json = {}
    if tender.planning and PLANNING in moment.tags:
        sections["planning"] = planning_section(tender.planning)
    if bids:
        sections["bids"] = {
            "statistics": bid_statistics(tender.bids, at, lots),
            "details": [bid_details(bid, at, lots[bid.lot], parties[bid.supplier]) for bid in bids],
        }
    return compact(
        {
            "ocid": ocid,
            "id": release_id(ocid, at),
            "date": stamp(at),
            "language": tender.language,
            "tag": [tag for tag in TAGS if tag in moment.tags],
            "initiationType": "tender",
            "parties": [
                organization(party, known.roles(party.code, tender.agency, at))
                for party in sorted((parties[code] for code in named), key=party_id)
            ],
            "buyer": reference(parties[tender.agency]),
            **sections,
            "tender": _tender(tender, at, moment.tags, parties[tender.agency]),
            "awards": [award_section(item, at, lots[item.lot], parties[item.supplier]) for item in awards],
            "contracts": [
                section
                for item in moment.contracts.values()
                for section in contract_sections(item, at, known.awards, lots)
            ],
            "relatedProcesses": [_repeated(tender, prefix)] if tender.repeats and TENDER in moment.tags else None,
        }
    )


def _repeated(tender: Tender, prefix: str) -> Json:
    """Refer to the tender that found no supplier and is repeated."""
    former = ocid_of(prefix, tender.repeats)
    return {"id": "1", "relationship": ["unsuccessfulProcess"], "scheme": "ocid", "identifier": former}


def _tender(tender: Tender, at: datetime, tags: set[str], agency: Party) -> Json | None:
    if tags & {TENDER, AMENDMENT, CANCELLATION}:
        return tender_section(tender, at, agency)
    if UPDATE in tags:
        return tender_update(tender, at, agency)
    return tender_head(tender, at, agency) if PLANNING in tags else None
