"""Every error and warning of the package, numbered.

DRE0xx: entity documents, triples, schema and pipe. DRE1xx: entity sources.
DRE2xx: DORE's symbols, sequences, grammar and search. DRE3xx: formats and the command line. DRE4xx: scorers.
DRE5xx: models. DRWxxx: warnings, in the same ranges.
"""

from spacy.errors import ErrorsWithCodes


class Errors(metaclass=ErrorsWithCodes):
    DRE001 = (
        "Document {doc}: a mention covers tokens {start} to {end}, but the document has {length} "
        "tokens. Mentions are non-empty token ranges inside the text."
    )
    DRE002 = "Document {doc}: an entity has no mention. Every entity needs at least one."
    DRE003 = (
        "Document {doc}: {triple} refers to an entity that does not exist; the document has {count}."
    )
    DRE004 = (
        "Document {doc}: {triple} does not have one entity for each of the roles {roles}. "
        "Pass the relation's roles."
    )
    DRE005 = (
        "Document {doc}: what is stored as `doc._.{attr}` is not in the expected form ({error}). "
        "Write relations with `spacy_docre.storage.store_relations`."
    )
    DRE010 = "Relation '{label}': roles must be two or more different names, not {roles}."
    DRE011 = "Relation '{label}' lists entity types for {types} roles, but has {roles} roles."
    DRE012 = "The schema lists these relations more than once: {labels}."
    DRE013 = "Relation '{label}' names '{inverse}' as its inverse, which the schema does not have."
    DRE014 = "The schema has no relation '{label}'. It has: {labels}."
    DRE015 = (
        "Relation '{label}' occurs with {first} and with {second} entities. "
        "Use a label of its own for each number of entities."
    )
    DRE016 = (
        "This is not a schema: {problem}. Expected "
        '{{"relations": [{{"label": "…", "name": "…", …}}, …], "entity_types": ["…", …]}}.'
    )


class Warnings(metaclass=ErrorsWithCodes):
    pass
