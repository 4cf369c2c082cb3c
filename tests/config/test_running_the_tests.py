"""How the suite is divided among processes (tests/plugins)."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from catalog.accounts.models import Organization
from catalog.foundation.journal.models import Event
from config.embedded import leases
from tests import factories
from tests.cast import Cast
from tests.config.processes import ROOT
from tests.plugins import database, distribution, stores


class TestTheFilesThatComeFirst:
    @pytest.mark.parametrize("file", (*distribution.STARTING_SERVERS, *distribution.LONGEST))
    def test_are_there(self, file: str) -> None:
        assert (ROOT / file).is_file()

    def test_start_servers_or_last_longest_and_leave_the_others_in_their_order(self) -> None:
        server = f"{distribution.STARTING_SERVERS[0]}::TestTheYear::test_a"
        long = f"{distribution.LONGEST[0]}::test_a"
        names = ["tests/b.py::test_b", "tests/a.py::test_a", long, server, "tests/a.py::test_c"]
        items = [SimpleNamespace(nodeid=name) for name in names]
        distribution.pytest_collection_modifyitems(items)
        assert [item.nodeid for item in items] == [server, long, *names[:2], names[4]]


class TestSlot:
    def test_is_one_processs_alone(self, tmp_path: Path) -> None:
        assert [stores.take_slot(tmp_path, 2), stores.take_slot(tmp_path, 2)] == [0, 1]
        with pytest.raises(stores.NoFreeSlot, match="2 processes run tests in this checkout"):
            stores.take_slot(tmp_path, 2)

    def test_that_was_given_back_is_taken_again(self, tmp_path: Path) -> None:
        handle = leases.open_lock(tmp_path / "0")
        assert leases.try_lock(handle)
        assert stores.take_slot(tmp_path, 2) == 1
        os.close(handle)
        assert stores.take_slot(tmp_path, 2) == 0

    @pytest.mark.django_db
    def test_names_the_database_of_the_process(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_database()")
            assert cursor.fetchone() == (f"test_app_{stores.run_name}",)


class TestEmptying:
    @pytest.mark.usefixtures("rule_sets")
    def test_deletes_what_a_test_wrote_past_every_trigger_and_leaves_what_the_template_has(self, cast: Cast) -> None:
        if not database.may_pass_triggers():
            pytest.skip("this server does not let the application pass its triggers")
        factories.drafted_tender(cast)
        assert Event.objects.exists()
        kinds = ContentType.objects.count()
        database.delete_all()
        assert not Event.objects.exists()
        assert not Organization.objects.exists()
        assert ContentType.objects.count() == kinds > 0
