"""Figures: a table with what it says in words and, where that helps, a drawing; for pages, for paper, for Excel."""
