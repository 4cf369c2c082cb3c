"""The cast of the whole suite. The database and the broker come from tests/plugins/stores.py."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation
from nacl import pwhash

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Region, RuleSet
from tests.cast import Cast, make_cast, make_rule_sets


@pytest.fixture(scope="session", autouse=True)
def _seldom_collected() -> None:
    """Garbage is looked for less often: what the suite has loaded is large, and looked through each time."""
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _quick_passphrases() -> Iterator[None]:
    """Argon2id with the least that libsodium admits: the tests protect no key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pwhash.argon2id, "OPSLIMIT_INTERACTIVE", pwhash.argon2id.OPSLIMIT_MIN)
        patch.setattr(pwhash.argon2id, "MEMLIMIT_INTERACTIVE", pwhash.argon2id.MEMLIMIT_MIN)
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Nobody's password is worth a third of a second here."""
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    ):
        yield


@pytest.fixture(autouse=True)
def _language() -> None:
    """Every test begins with the texts as the code has them, whatever language the one before it left active."""
    translation.activate("en")


@pytest.fixture
def cast(db: None) -> Cast:
    """Regions, organizations and their people, all at once; each is also a fixture of its own."""
    return make_cast()


@pytest.fixture
def rule_sets(db: None) -> dict[str, RuleSet]:
    """Price ratios (strength base 1.7) and the retail check (no mark-up)."""
    return make_rule_sets()


@pytest.fixture
def regions(cast: Cast) -> dict[str, Region]:
    """Two provinces, a prefecture and a county, by code."""
    return Region.objects.in_bulk()


@pytest.fixture
def agency(cast: Cast) -> Organization:
    """The procurement agency of Henan."""
    return cast.agency


@pytest.fixture
def hospital(cast: Cast) -> Organization:
    """A hospital in a county of Henan."""
    return cast.hospital


@pytest.fixture
def other_hospital(cast: Cast) -> Organization:
    """A hospital in Hubei."""
    return cast.other_hospital


@pytest.fixture
def officer(cast: Cast) -> Actor:
    """Runs the agency's tenders."""
    return cast.officer


@pytest.fixture
def second_officer(cast: Cast) -> Actor:
    """The other pair of eyes in the same agency."""
    return cast.second_officer


@pytest.fixture
def foreign_officer(cast: Cast) -> Actor:
    """An officer of Hubei's agency."""
    return cast.foreign_officer


@pytest.fixture
def supervisor(cast: Cast) -> Actor:
    """Sees everything, changes nothing."""
    return cast.supervisor


@pytest.fixture
def buyer(cast: Cast) -> Actor:
    """Writes the hospital's requisitions."""
    return cast.buyer


@pytest.fixture
def approver(cast: Cast) -> Actor:
    """Approves the hospital's requisitions."""
    return cast.approver


@pytest.fixture
def pharmacist(cast: Cast) -> Actor:
    """Receives the hospital's goods and reports its retail prices."""
    return cast.pharmacist


@pytest.fixture
def outsider(cast: Cast) -> Actor:
    """Holds every role of an institution, in the other hospital."""
    return cast.outsider


@pytest.fixture
def supplier(cast: Cast) -> Actor:
    """Bids, and wins by default."""
    return cast.supplier


@pytest.fixture
def rival(cast: Cast) -> Actor:
    """Bids, and loses by default."""
    return cast.rival


@pytest.fixture
def distributor(cast: Cast) -> Actor:
    """Delivers for the supplier where it is entrusted."""
    return cast.distributor


@pytest.fixture
def platform(cast: Cast) -> Actor:
    """The platform's own worker."""
    return cast.platform


@pytest.fixture
def visitor(cast: Cast) -> Actor:
    """A member of the public."""
    return cast.visitor
