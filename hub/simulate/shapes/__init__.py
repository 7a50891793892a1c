"""Shapes of cases: how collections, deposits and assessments relate, in order and otherwise."""
