"""Document-level relation extraction for spaCy."""

__version__ = "0.1.0"


def trust():  # type: ignore[no-untyped-def]
    """Trust pipelines, see `spacy_docre.outside.trust`."""
    from .outside import trust

    return trust()
