"""The scorers as registered functions, for the config of a pipeline: one for each protocol."""

from pathlib import Path
from typing import (
    Any,
    Callable,
    Container,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Literal,
    Optional,
    Sequence,
    Union,
)

import spacy
from spacy.training import Example
from spacy.util import SimpleFrozenList

from ..errors import Errors, Warnings
from ..storage import DEFAULT_ATTR
from .comparison import compare_all
from .facts import TrainFact, read_facts
from .filtering import score_filtered
from .hypernyms import MeshTree, read_mesh_tree
from .lazy_file import LazyFile
from .mapping import map_by_share, map_entities
from .pairs import score_pairs
from .relations import score_comparisons, score_relations
from .strings import score_strings
from .tuples import score_tuples

Scores = Dict[str, Any]
Scorer = Callable[..., Scores]

# None keeps a score out of the table that training prints.
DEFAULT_SCORE_WEIGHTS: Dict[str, Optional[float]] = {
    "docre_micro_f": 1.0,
    "docre_micro_p": 0.0,
    "docre_micro_r": 0.0,
    "docre_ign_p": None,
    "docre_ign_f": None,
    "docre_same_sentence_p": None,
    "docre_same_sentence_r": None,
    "docre_same_sentence_f": None,
    "docre_cross_sentence_p": None,
    "docre_cross_sentence_r": None,
    "docre_cross_sentence_f": None,
    "docre_per_relation": None,
    "docre_gold": None,
    "docre_predicted": None,
    "docre_correct": None,
    "docre_documents": None,
    "docre_protocol": None,
}


@spacy.registry.scorers("spacy_docre.relations_scorer.v1")
@spacy.registry.scorers("spacy_docre.docred_scorer.v1")
def make_relations_scorer(
    attr: Optional[str] = None,
    train_facts: Optional[Union[str, Path]] = None,
    symmetric: Sequence[str] = SimpleFrozenList(),
) -> Scorer:
    """Create a scorer of relations, by the protocol of DocRED.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    train_facts (Optional[Union[str, Path]]): The training data in .spacy format, or a file
        of facts, for the `docre_ign` scores. Read when first needed; where the file is not
        there, those scores are None, with a warning.
    symmetric (Sequence[str]): Labels of relations whose entities have no order; those of the
        pipe's schema if empty.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations`.
    """
    facts: LazyFile[FrozenSet[TrainFact]] = LazyFile(train_facts, Warnings.DRW402)

    def score(examples: List[Example], attr: str, unordered: Container[str]) -> Scores:
        known = facts.read(lambda path: frozenset(read_facts(path, attr=attr)))
        unordered = frozenset(symmetric) or unordered
        return score_relations(examples, attr=attr, train_facts=known, symmetric=unordered)

    return _scorer("DocRED", attr, score)


@spacy.registry.scorers("spacy_docre.cdr_scorer.v1")
def make_cdr_scorer(
    attr: Optional[str] = None,
    mesh_tree: Optional[Union[str, Path]] = None,
    general: Literal["head", "tail"] = "tail",
) -> Scorer:
    """Create a scorer by the protocol of chemical-disease relations (BioCreative V CDR), with
    and without hypernym filtering.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    mesh_tree (Optional[Union[str, Path]]): The MeSH tree, see `read_mesh_tree`, for the
        `docre_filtered` scores. Read when first needed; where the file is not there, those scores
        are None, with a warning.
    general (str): The argument that may be more general than in the gold data: that of
        the disease.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations` and `score_filtered`.
    """
    tree: LazyFile[MeshTree] = LazyFile(mesh_tree, Warnings.DRW411)

    def score(examples: List[Example], attr: str, unordered: Container[str]) -> Scores:
        comparisons = compare_all(examples, attr=attr, symmetric=unordered)
        return {
            **score_comparisons(comparisons, symmetric=unordered),
            **score_filtered(comparisons, tree.read(read_mesh_tree), general=general),
        }

    return _scorer("CDR", attr, score)


@spacy.registry.scorers("spacy_docre.gda_scorer.v1")
def make_gda_scorer(attr: Optional[str] = None) -> Scorer:
    """Create a scorer by the protocol of gene-disease associations: micro-averaged over the pairs
    of all documents, within and across sentences.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations`.
    """

    def score(examples: List[Example], attr: str, unordered: Container[str]) -> Scores:
        return score_relations(examples, attr=attr, symmetric=unordered)

    return _scorer("GDA", attr, score)


@spacy.registry.scorers("spacy_docre.biored_scorer.v1")
def make_biored_scorer(
    attr: Optional[str] = None, directed: Sequence[str] = SimpleFrozenList()
) -> Scorer:
    """Create a scorer by the protocol of BioRED: pairs of entities, and pairs with the type of
    their relation. The corpus says nothing about directions, so these do not count.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    directed (Sequence[str]): Labels of relations whose direction counts all the same.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations`, whose scores
        are those of pairs with types, and `score_pairs`.
    """
    undirected = _AllBut(frozenset(directed))

    def score(examples: List[Example], attr: str, unordered: Container[str]) -> Scores:
        comparisons = compare_all(examples, attr=attr, symmetric=undirected)
        return {
            **score_comparisons(comparisons, symmetric=undirected),
            **score_pairs(comparisons),
        }

    return _scorer("BioRED", attr, score)


@spacy.registry.scorers("spacy_docre.scirex_scorer.v1")
def make_scirex_scorer(
    attr: Optional[str] = None,
    arities: Sequence[int] = SimpleFrozenList([2, 4]),
    mapping: Literal["share", "most"] = "share",
) -> Scorer:
    """Create a scorer by the protocol of SciREX: tuples of entities in roles, with the macro
    average of the corpus' own evaluation and the micro average that DORE reports.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    arities (Sequence[int]): The sizes of the tuples.
    mapping (str): Which gold entity a predicted one stands for: "share" for the one that has more
        than half of its mentions, as in SciREX, where several may stand for the same one; "most"
        for the one that shares most, as in the other protocols.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations` and `score_tuples`.
    RAISES (ValueError): If a tuple were to have fewer than two entities.
    """
    if any(arity < 2 for arity in arities):
        raise ValueError(Errors.DRE411.format(arities=list(arities)))
    map_clusters = map_by_share if mapping == "share" else map_entities

    def score(examples: List[Example], attr: str, unordered: Container[str]) -> Scores:
        comparisons = compare_all(
            examples,
            attr=attr,
            symmetric=unordered,
            mapping=map_clusters,
            in_tokens=mapping == "share",
        )
        return {
            **score_comparisons(comparisons, symmetric=unordered),
            **score_tuples(comparisons, arities),
        }

    return _scorer("SciREX", attr, score)


@spacy.registry.scorers("spacy_docre.autore_scorer.v1")
def make_autore_scorer(attr: Optional[str] = None) -> Scorer:
    """Create a scorer that can be compared with AutoRE's published figures, which count facts as
    strings, next to the scores of entities.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations` and `score_strings`.
    """

    def score(examples: List[Example], attr: str, unordered: Container[str]) -> Scores:
        return {
            **score_relations(examples, attr=attr, symmetric=unordered),
            **score_strings(examples, attr=attr, symmetric=unordered),
        }

    return _scorer("AutoRE", attr, score)


def _scorer(
    protocol: str,
    attr: Optional[str],
    score: Callable[[List[Example], str, Container[str]], Scores],
) -> Scorer:
    """The pipe adds its settings, of which its attribute and its schema's symmetric relations
    concern scores. What the config says comes first."""

    def run(examples: Iterable[Example], **cfg: Any) -> Scores:
        name = attr or cfg.get("attr", DEFAULT_ATTR)
        symmetric = frozenset(cfg.get("symmetric", ()))
        return {**score(list(examples), name, symmetric), "docre_protocol": protocol}

    return run


class _AllBut:
    """All labels but some."""

    def __init__(self, exceptions: FrozenSet[str]) -> None:
        self.exceptions = exceptions

    def __contains__(self, label: object) -> bool:
        return label not in self.exceptions
