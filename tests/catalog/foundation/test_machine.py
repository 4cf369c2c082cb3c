from __future__ import annotations

import pytest
from django.db import models

from catalog.foundation.errors import AlreadyDone, WrongState
from catalog.foundation.machine import Machine


class Light(models.TextChoices):
    RED = "red", "red"
    AMBER = "amber", "amber"
    GREEN = "green", "green"


LIGHT = Machine(
    "light",
    Light,
    {
        "prepare": ("get ready", [Light.RED], Light.AMBER),
        "go": ("go", [Light.RED, Light.AMBER], Light.GREEN),
        "blink": ("blink", [Light.GREEN, Light.AMBER], Light.AMBER),
    },
)


class TestResolve:
    def test_leads_from_each_source_to_the_target(self) -> None:
        assert LIGHT.resolve("red", "go").target == LIGHT.resolve("amber", "go").target == Light.GREEN

    def test_tells_what_is_already_done(self) -> None:
        with pytest.raises(AlreadyDone) as caught:
            LIGHT.resolve("green", "go")
        assert caught.value.facts["status"] == "green"

    def test_refuses_a_state_that_the_action_does_not_start_from(self) -> None:
        with pytest.raises(WrongState) as caught:
            LIGHT.resolve("green", "prepare")
        assert type(caught.value) is WrongState
        assert caught.value.facts == {"action": "get ready", "status": "green", "allowed": "red"}

    def test_lets_an_action_lead_back_to_where_it_starts(self) -> None:
        assert LIGHT.resolve("amber", "blink").target == Light.AMBER

    def test_knows_no_other_actions(self) -> None:
        with pytest.raises(KeyError):
            LIGHT.resolve("red", "fly")


class TestAllowed:
    @pytest.mark.parametrize(
        ("status", "actions"), [("red", ["prepare", "go"]), ("amber", ["go", "blink"]), ("green", ["blink"])]
    )
    def test_lists_the_actions_that_start_here(self, status: str, actions: list[str]) -> None:
        assert LIGHT.allowed(status) == actions
