"""Measuring the hot paths beside their baselines."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

BENCHMARKS = "tests.benchmarks"


class Command(BaseCommand):
    help = "Measures the hot paths beside their baselines, and ends with 1 where a ratio is under its goal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(names())}; none: all")
        parser.add_argument("--rows", type=int, help="another size than the full one, such as for a try")
        parser.add_argument("--scale", type=float, help="a part of the full size, such as 0.1")
        parser.add_argument("--pairs", type=int, help="how often each is measured in turn")
        parser.add_argument("--json", action="store_true", help="one JSON object for each benchmark")

    def handle(self, *args: Any, names: list[str], json: bool, **options: Any) -> None:
        under = []
        for name in chosen(names):
            for result in self.measure(name, **options, quiet=json):
                self.show(result, as_json=json)
                if is_under(result):
                    under.append(f"{name}: {result['comparison']}")
        if under:
            raise CommandError("Under the goal: " + "; ".join(under) + ".")

    def measure(
        self, name: str, *, rows: int | None, scale: float | None, pairs: int | None, quiet: bool, **options: Any
    ) -> Iterator[dict[str, Any]]:
        """Seed the benchmark and measure each of its comparisons, once both ways are seen to agree."""
        module = importlib.import_module(f"{BENCHMARKS}.{name}")
        rows = size(module.ROWS, rows=rows, scale=scale)
        with own_database(f"bench_{name}_{os.getpid()}"):
            if not quiet:
                self.stdout.write(f"{name}, seeded with {rows:,}")
            world = module.seed(rows)
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
            for comparison in module.COMPARISONS:
                yield compare(name, comparison, world, pairs=pairs)

    def show(self, result: dict[str, Any], *, as_json: bool) -> None:
        """Print what was measured."""
        if as_json:
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(f"  {result['comparison']}")
        for side in ("baseline", "product"):
            it = result[side]
            self.stdout.write(
                f"    {side:8}  {it['units']:>9,} {result['unit']} in {it['seconds']:.3g} s: {it['median']:,.0f}/s"
                f" ({it['least']:,.0f}-{it['most']:,.0f})"
            )
            for note in it["notes"]:
                self.stdout.write(f"              {note}")
        verdict = "NOT reached" if is_under(result) else "reached"
        self.stdout.write(
            f"    ratio     {result['ratio']:.2f} ({min(result['ratios']):.2f}-{max(result['ratios']):.2f},"
            f" {len(result['ratios'])} pairs); goal {result['goal']:.3g}: {verdict}"
        )


def size(full: int, *, rows: int | None, scale: float | None) -> int:
    """How much to seed: so many rows, or a part of the full size."""
    return rows or round(full * (scale or 1))


def compare(name: str, comparison: Any, world: Any, *, pairs: int | None) -> dict[str, Any]:
    """See that both ways agree, then measure them in turn."""
    comparison.agree(world)
    runs = [(comparison.baseline(world), comparison.product(world)) for _pair in range(pairs or comparison.pairs)]
    ratios = [product.rate / baseline.rate for baseline, product in runs]
    return {
        "benchmark": name,
        "comparison": comparison.name,
        "unit": comparison.unit,
        "goal": comparison.goal,
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "baseline": spread([baseline for baseline, _product in runs]),
        "product": spread([product for _baseline, product in runs]),
    }


def is_under(result: dict[str, Any]) -> bool:
    """Is the median of the ratios under the goal?"""
    return bool(result["ratio"] < result["goal"])


def spread(runs: list[Any]) -> dict[str, Any]:
    """Units and median seconds of a run, the median, least and most of the rates, and what is told beside them."""
    rates = [run.rate for run in runs]
    return {
        "units": runs[0].units,
        "seconds": statistics.median(run.seconds for run in runs),
        "median": statistics.median(rates),
        "least": min(rates),
        "most": max(rates),
        "notes": [run.note for run in runs if run.note],
    }


def names() -> list[str]:
    """The benchmarks that there are; none where the product is installed without its tests."""
    try:
        package = importlib.import_module(BENCHMARKS)
    except ModuleNotFoundError:
        return []
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def chosen(wanted: list[str]) -> list[str]:
    """The benchmarks by their names, or all of them.

    Raises:
        CommandError
    """
    there = names()
    unknown = sorted(set(wanted) - set(there))
    if unknown:
        raise CommandError(f"There is no benchmark called {', '.join(unknown)}: {', '.join(there)}.")
    return wanted or there


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """Use a new, migrated database beside the usual one, which is not touched; it is dropped in the end."""
    usual = connection.settings_dict["NAME"]
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", interactive=False, verbosity=0)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
