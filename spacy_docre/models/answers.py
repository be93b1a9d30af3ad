"""Answers: what may be said of a pair of entities. 0 is NA, that no relation holds; the relations
follow in the order of the schema. A head has as many outputs, in this order, and symbols are
numbered alike, behind END."""

from ..data.schema import Schema

NO_RELATION = 0
FIRST_RELATION = 1


def answer_of(schema: Schema, label: str) -> int:
    """RETURNS (int): The answer that a relation holds.
    RAISES (KeyError): If the schema does not have it.
    """
    return FIRST_RELATION + schema.index(label)


def label_of(schema: Schema, answer: int) -> str:
    """RETURNS (str): The relation of an answer, which is not NA."""
    return schema.labels[answer - FIRST_RELATION]
