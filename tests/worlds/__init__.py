"""Whole countries for the benchmarks, made by SQL: far too many records for factories, the same every time."""
