"""The benchmarks run, small, so that they do not rot; how fast they are is not judged here."""

from __future__ import annotations

import importlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.management.commands import bench
from tests.benchmarks import Comparison, Run

ROOT = Path(__file__).resolve().parents[2]


class TestBench:
    def measure(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ROOT / "manage.py", "bench", *options],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )

    def databases(self) -> list[str]:
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [r"bench\_%"])
            return [name for (name,) in cursor.fetchall()]

    @pytest.mark.django_db
    def test_measures_in_a_database_of_its_own(self) -> None:
        done = self.measure("price_import", "--rows", "620", "--pairs", "1", "--json")
        assert done.stdout, done.stderr
        result = json.loads(done.stdout)
        assert result["benchmark"] == "price_import"
        assert (result["baseline"]["units"], result["product"]["units"]) == (62, 620)
        assert result["ratio"] > 0
        assert done.returncode == (0 if result["ratio"] >= result["goal"] else 1)
        assert self.databases() == []

    @pytest.mark.parametrize("name", bench.names())
    def test_can_run_every_benchmark(self, name: str) -> None:
        module = importlib.import_module(f"{bench.BENCHMARKS}.{name}")
        assert module.ROWS > 0
        assert callable(module.seed)
        for comparison in module.COMPARISONS:
            assert comparison.goal > 0
            assert comparison.pairs >= 3

    def test_knows_each_benchmark_by_the_name_of_its_module(self) -> None:
        assert "price_import" in bench.names()
        with pytest.raises(CommandError, match=r"no benchmark called nothing: .*price_import"):
            call_command("bench", "nothing")


class TestSize:
    @pytest.mark.parametrize(
        ("rows", "scale", "expected"), [(None, None, 46_000), (620, None, 620), (None, 0.1, 4_600), (620, 0.1, 620)]
    )
    def test_is_stated_or_a_part_of_the_full_one(self, rows: int | None, scale: float | None, expected: int) -> None:
        assert bench.size(46_000, rows=rows, scale=scale) == expected


class TestVerdict:
    @pytest.mark.parametrize(("goal", "verdict"), [(3.9, "reached"), (4.1, "NOT reached")])
    def test_is_the_median_of_the_ratios_of_pairs(self, goal: float, verdict: str) -> None:
        seconds = iter([1.0, 0.5, 1.0, 0.25, 1.0, 0.1])
        world: list[str] = []

        def run(side: str) -> Any:
            def measured(world: list[str]) -> Run:
                world.append(side)
                return Run(100, next(seconds), note=f"noted by {side}")

            return measured

        comparison = Comparison("a / b", "rows", goal, lambda world: world.append("agree"), run("b"), run("a"), pairs=3)
        result = bench.compare("stub", comparison, world, pairs=None)
        assert world == ["agree", "b", "a", "b", "a", "b", "a"]
        assert (result["ratio"], result["ratios"]) == (4.0, [2.0, 4.0, 10.0])
        said = io.StringIO()
        bench.Command(stdout=said).show(result, as_json=False)
        assert f"goal {goal}: {verdict}" in said.getvalue()
        assert said.getvalue().count("noted by a") == 3
        assert bench.is_under(result) == (verdict != "reached")
