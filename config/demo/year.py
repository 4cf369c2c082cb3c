"""The demonstration: one procurement year of a real province, played through the platform step by step."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from config.demo.demand import report_all_demand
from config.demo.logins import Logins
from config.demo.models import PlayedStep
from config.demo.ordering import check_retail, deliver_orders, leave_to_do, place_orders
from config.demo.paying import invoice_orders, settle_invoices, use_stock
from config.demo.registers import load_registers
from config.demo.tendering import (
    Progress,
    YearStuck,
    award_round,
    call_off_round,
    conclude_round,
    open_round,
    publish_next,
    publish_round,
    submit_bids,
)

ATTEMPTS = 3


class Year:
    """Plays what has not been played yet; interrupted at any point, it goes on where it stopped."""

    def __init__(self, base_url: str, *, bidding_seconds: int, progress: Progress) -> None:
        self._base_url = base_url
        self._bidding_seconds = bidding_seconds
        self._progress = progress
        self._logins = Logins()

    def play(self) -> list[PlayedStep]:
        """Play all steps and return them.

        Raises:
            YearStuck: the year cannot go on; the message says what to do.
        """
        logins, url, progress = self._logins, self._base_url, self._progress
        self._step("catalogue", lambda: load_registers(logins, timezone.now()), in_one_transaction=True)
        self._step("demand", lambda: report_all_demand(timezone.now()), in_one_transaction=True)
        self._sell()
        number = self._tender_number()
        self._step("opening", lambda: open_round(number, logins, progress))
        self._step("award", lambda: award_round(number, timezone.now()))
        self._step("agreement", lambda: conclude_round(number, url, logins, timezone.now()))
        self._step("order", lambda: place_orders(url, logins, progress))
        self._step("delivery", lambda: deliver_orders(url, logins, progress))
        self._step("invoice", lambda: invoice_orders(url, logins, progress))
        self._step("payment", settle_invoices, in_one_transaction=True)
        self._step("stock", use_stock, in_one_transaction=True)
        self._step("retail", lambda: check_retail(timezone.now()))
        self._step("next", lambda: publish_next(timezone.now()), in_one_transaction=True)
        self._step("to do", lambda: leave_to_do(timezone.now()), in_one_transaction=True)
        return list(PlayedStep.objects.all())

    def _sell(self) -> None:
        """Publish and take bids; a tender whose deadline passed meanwhile is published anew."""
        for attempt in range(1, ATTEMPTS + 1):
            seconds = self._bidding_seconds * attempt
            self._step("tender", partial(publish_round, seconds, timezone.now()), in_one_transaction=True)
            number = self._tender_number()
            try:
                self._step("bids", partial(submit_bids, number, self._base_url, self._logins, self._progress))
            except YearStuck:
                if attempt == ATTEMPTS:
                    raise
                self._progress(
                    "the deadline passed before all bids were in: the tender is cancelled and published anew"
                )
                with transaction.atomic():
                    call_off_round(number, timezone.now())
                    PlayedStep.objects.filter(name="tender").delete()
            else:
                return

    def _tender_number(self) -> str:
        return PlayedStep.objects.get(name="tender").figure("tender")

    def _step(self, name: str, play: Callable[[], dict[str, Any]], *, in_one_transaction: bool = False) -> None:
        if PlayedStep.objects.filter(name=name).exists():
            return
        self._progress(f"{name} …")
        began = time.monotonic()
        if in_one_transaction:
            with transaction.atomic():
                self._note(name, play(), began)
        else:
            self._note(name, play(), began)

    def _note(self, name: str, figures: dict[str, Any], began: float) -> None:
        PlayedStep.objects.create(name=name, seconds=round(time.monotonic() - began, 1), figures=list(figures.items()))
