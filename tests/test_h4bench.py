import os, sys, time
import pytest
from tests.benchmarks import excel_preview as b

def test_it(db):
    from django.db import connection
    w = b.seed(20000)
    with connection.cursor() as c: c.execute("ANALYZE")
    import cProfile, pstats
    t=time.perf_counter(); print(b.preview(w.whole)); print("preview", time.perf_counter()-t)
    p=cProfile.Profile(); p.enable(); b.preview(w.whole); p.disable()
    pstats.Stats(p).sort_stats("cumtime").print_stats(45)
    t=time.perf_counter(); print(b.preview_naively(w.part)); print("naive 2000", time.perf_counter()-t)
    assert b.preview(w.part)==b.preview_naively(w.part)
