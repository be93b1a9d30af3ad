"""The scorers as registered functions, for the config of a pipeline: one for each protocol."""

from dataclasses import dataclass
from functools import partial
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

from ..data.mapping import map_by_share, map_entities
from ..data.storage import DEFAULT_ATTR
from ..errors import Errors, Warnings
from .comparison import compare_all
from .facts import TrainFact, read_facts
from .filtering import score_filtered
from .hypernyms import MeshTree, read_mesh_tree
from .lazy_file import LazyFile
from .pairs import score_pairs
from .relations import score_comparisons, score_relations
from .strings import score_strings
from .tuples import score_tuples

Scores = Dict[str, Any]
Scorer = Callable[..., Scores]

# What the names of scores begin with.
PREFIX = "docre"


@dataclass(frozen=True)
class ProtocolScorer:
    """Score by a protocol. The pipe adds its settings, of which its attribute and its schema's
    symmetric relations concern scores; what the config says comes first.

    protocol (str): The name of the protocol.
    attr (Optional[str]): The name of the attribute; the pipe's if None.
    prefix (str): What the names of scores begin with, in place of `PREFIX`: the scores of a
        second component would take the place of those of the first.
    score (Callable[..., Dict[str, Any]]): The scores, given examples, `attr` and `symmetric`. It
        can be pickled, for a component travels to the processes of `n_process` with its scorer.
    """

    protocol: str
    attr: Optional[str]
    prefix: str
    score: Scorer

    def __call__(self, examples: Iterable[Example], **cfg: Any) -> Scores:
        """RETURNS (Dict[str, Any]): The scores."""
        attr = self.attr or cfg.get("attr", DEFAULT_ATTR)
        symmetric = frozenset(cfg.get("symmetric", ()))
        scores = self.score(list(examples), attr=attr, symmetric=symmetric)
        named = {**scores, "docre_protocol": self.protocol}
        return {self.prefix + name.removeprefix(PREFIX): score for name, score in named.items()}


# None keeps a score out of the table that training prints. What is here goes to the pipeline's
# `meta.json`, whose numbers a package shows as percentages: counts do not.
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
    "docre_evidence_p": None,
    "docre_evidence_r": None,
    "docre_evidence_f": None,
    "docre_per_relation": None,
    "docre_protocol": None,
}


@spacy.registry.scorers("spacy_docre.relations_scorer.v1")
def make_relations_scorer(
    attr: Optional[str] = None,
    train_facts: Optional[Union[str, Path]] = None,
    symmetric: Sequence[str] = SimpleFrozenList(),
    prefix: str = PREFIX,
) -> Scorer:
    """Create a scorer of relations, by the protocol of DocRED.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    prefix (str): What the names of scores begin with.
    train_facts (Optional[Union[str, Path]]): The training data, a .spacy file or a folder of
        them, or a file of facts, for the `docre_ign` scores. Read when first needed; where it is
        not there, those scores are None, with a warning.
    symmetric (Sequence[str]): Labels of relations whose entities have no order; those of the
        pipe's schema if empty.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations`.
    """
    facts: LazyFile[FrozenSet[TrainFact]] = LazyFile(train_facts, Warnings.DRW402)
    score = partial(_score_docred, facts=facts, own=frozenset(symmetric))
    return ProtocolScorer("DocRED", attr, prefix, score)


def _score_docred(
    examples: List[Example],
    *,
    attr: str,
    symmetric: Container[str],
    facts: LazyFile[FrozenSet[TrainFact]],
    own: FrozenSet[str],
) -> Scores:
    known = facts.read(lambda path: frozenset(read_facts(path, attr=attr)))
    return score_relations(examples, attr=attr, train_facts=known, symmetric=own or symmetric)


@spacy.registry.scorers("spacy_docre.cdr_scorer.v1")
def make_cdr_scorer(
    attr: Optional[str] = None,
    mesh_tree: Optional[Union[str, Path]] = None,
    general: Literal["head", "tail"] = "tail",
    prefix: str = PREFIX,
) -> Scorer:
    """Create a scorer by the protocol of chemical-disease relations (BioCreative V CDR), with
    and without hypernym filtering.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    prefix (str): What the names of scores begin with.
    mesh_tree (Optional[Union[str, Path]]): The MeSH tree, see `read_mesh_tree`, for the
        `docre_filtered` scores. Read when first needed; where the file is not there, those scores
        are None, with a warning.
    general (str): The argument that may be more general than in the gold data: that of
        the disease.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations` and `score_filtered`.
    """
    tree: LazyFile[MeshTree] = LazyFile(mesh_tree, Warnings.DRW411)
    return ProtocolScorer("CDR", attr, prefix, partial(_score_cdr, tree=tree, general=general))


def _score_cdr(
    examples: List[Example],
    *,
    attr: str,
    symmetric: Container[str],
    tree: LazyFile[MeshTree],
    general: str,
) -> Scores:
    comparisons = compare_all(examples, attr=attr, symmetric=symmetric)
    return {
        **score_comparisons(comparisons, symmetric=symmetric),
        **score_filtered(comparisons, tree.read(read_mesh_tree), general=general),
    }


@spacy.registry.scorers("spacy_docre.gda_scorer.v1")
def make_gda_scorer(attr: Optional[str] = None, prefix: str = PREFIX) -> Scorer:
    """Create a scorer by the protocol of gene-disease associations: micro-averaged over the pairs
    of all documents, within and across sentences.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    prefix (str): What the names of scores begin with.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations`.
    """
    return ProtocolScorer("GDA", attr, prefix, score_relations)


@spacy.registry.scorers("spacy_docre.biored_scorer.v1")
def make_biored_scorer(
    attr: Optional[str] = None,
    directed: Sequence[str] = SimpleFrozenList(),
    prefix: str = PREFIX,
) -> Scorer:
    """Create a scorer by the protocol of BioRED: pairs of entities, and pairs with the type of
    their relation. The corpus says nothing about directions, so these do not count.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    prefix (str): What the names of scores begin with.
    directed (Sequence[str]): Labels of relations whose direction counts all the same.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations`, whose scores
        are those of pairs with types, and `score_pairs`.
    """
    undirected = _AllBut(frozenset(directed))
    return ProtocolScorer("BioRED", attr, prefix, partial(_score_biored, undirected=undirected))


def _score_biored(
    examples: List[Example], *, attr: str, symmetric: Container[str], undirected: Container[str]
) -> Scores:
    comparisons = compare_all(examples, attr=attr, symmetric=undirected)
    return {
        **score_comparisons(comparisons, symmetric=undirected),
        **score_pairs(comparisons),
    }


@spacy.registry.scorers("spacy_docre.scirex_scorer.v1")
def make_scirex_scorer(
    attr: Optional[str] = None,
    arities: Sequence[int] = SimpleFrozenList([2, 4]),
    mapping: Literal["share", "most"] = "share",
    prefix: str = PREFIX,
) -> Scorer:
    """Create a scorer by the protocol of SciREX: tuples of entities in roles, with the macro
    average of the corpus' own evaluation and the micro average that DORE reports.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    prefix (str): What the names of scores begin with.
    arities (Sequence[int]): The sizes of the tuples.
    mapping (str): Which gold entity a predicted one stands for: "share" for the one that has more
        than half of its mentions, as in SciREX, where several may stand for the same one; "most"
        for the one that shares most, as in the other protocols.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations` and `score_tuples`.
    RAISES (ValueError): If a tuple were to have fewer than two entities.
    """
    if any(arity < 2 for arity in arities):
        raise ValueError(Errors.DRE411.format(arities=list(arities)))
    score = partial(_score_scirex, arities=list(arities), by_share=mapping == "share")
    return ProtocolScorer("SciREX", attr, prefix, score)


def _score_scirex(
    examples: List[Example],
    *,
    attr: str,
    symmetric: Container[str],
    arities: Sequence[int],
    by_share: bool,
) -> Scores:
    comparisons = compare_all(
        examples,
        attr=attr,
        symmetric=symmetric,
        mapping=map_by_share if by_share else map_entities,
        in_tokens=by_share,
    )
    return {
        **score_comparisons(comparisons, symmetric=symmetric),
        **score_tuples(comparisons, arities),
    }


@spacy.registry.scorers("spacy_docre.autore_scorer.v1")
def make_autore_scorer(attr: Optional[str] = None, prefix: str = PREFIX) -> Scorer:
    """Create a scorer that can be compared with AutoRE's published figures, which count facts as
    strings, next to the scores of entities.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    prefix (str): What the names of scores begin with.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations` and `score_strings`.
    """
    return ProtocolScorer("AutoRE", attr, prefix, _score_autore)


def _score_autore(examples: List[Example], *, attr: str, symmetric: Container[str]) -> Scores:
    return {
        **score_relations(examples, attr=attr, symmetric=symmetric),
        **score_strings(examples, attr=attr, symmetric=symmetric),
    }


@dataclass(frozen=True)
class _AllBut:
    """All labels but some."""

    exceptions: FrozenSet[str]

    def __contains__(self, label: object) -> bool:
        return label not in self.exceptions
