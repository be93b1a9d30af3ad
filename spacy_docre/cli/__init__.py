"""Subcommands of `python -m spacy`.

spaCy imports them in each of its own commands, so they import what they need only when
they run.
"""
