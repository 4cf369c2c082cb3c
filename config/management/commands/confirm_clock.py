"""The operators' word that the clock is right, after the platform stopped believing it."""

from __future__ import annotations

from typing import Any

from catalog.foundation.actor import Actor, Channel
from catalog.foundation.clock import spoken
from catalog.foundation.journal.clocks import confirm_clock
from config.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "Says that the clock of this machine is right: the platform forgets its readings and goes by it again."

    def handle(self, *args: Any, **options: Any) -> None:
        reading = confirm_clock(actor=Actor.platform(Channel.COMMAND))
        self.stdout.write(f"The platform goes by this clock again: it shows {spoken(reading.read_at)}.")
