"""Lexical generation: the control for symbols, in which triples are written as text."""
