"""Document-level relation extraction for spaCy."""

__version__ = "0.1.0"
