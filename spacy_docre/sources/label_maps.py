"""Ready maps from the labels of a recogniser to the entity types of a corpus."""

from typing import Dict

from spacy import registry


@registry.misc("spacy_docre.OntoNotesToDocRED.v1")
def make_ontonotes_to_docred() -> Dict[str, str]:
    """Create a map from the labels of OntoNotes, which spaCy's English pipelines write, to the
    entity types of DocRED.

    RETURNS (Dict[str, str]): The map.
    """
    return {
        "PERSON": "PER",
        "ORG": "ORG",
        "GPE": "LOC",
        "LOC": "LOC",
        "FAC": "LOC",
        "NORP": "LOC",  # mostly "American", "British" and the like, which are LOC in DocRED
        "DATE": "TIME",
        "TIME": "TIME",
        "CARDINAL": "NUM",
        "ORDINAL": "NUM",
        "QUANTITY": "NUM",
        "PERCENT": "NUM",
        "MONEY": "NUM",
        "EVENT": "MISC",
        "LANGUAGE": "MISC",
        "LAW": "MISC",
        "PRODUCT": "MISC",
        "WORK_OF_ART": "MISC",
    }
