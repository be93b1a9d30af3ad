"""Negatives that protocols with hypernym filtering do not count: pairs that only say less
precisely what the gold triples say. Asked to learn them as NA, a model has to tell two right
answers apart by how precise they are."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Optional, Set, Union

import numpy as np
from spacy.util import registry

from ...data.entities import EntityDoc
from ...errors import Errors
from ...scoring.filtering import POSITIONS
from ...scoring.hypernyms import MeshTree, read_mesh_tree
from ...trust import Outside
from .candidate_pairs import CandidatePairs, Pair
from .negatives import Negatives, check_setting


@dataclass(frozen=True)
class FilteredNegatives:
    """What another strategy chooses, without the pairs that hypernym filtering leaves out of
    scores. The data of EoG (Christopoulou et al. 2019) leave them out of training, too.

    negatives (Negatives): The other strategy.
    mesh_tree (Union[str, Path]): The MeSH tree, read when the first document is learnt.
    general (str): The argument that may be more general, "head" or "tail".
    """

    negatives: Negatives
    mesh_tree: Union[str, Path]
    general: str = "tail"
    # A field, so that strategies drawn from this one share it.
    outside: Optional[Outside] = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.outside is None:
            object.__setattr__(self, "outside", Outside(f"read {self.mesh_tree}"))
        known = f"one of {', '.join(POSITIONS)}"
        check_setting(self, "general", self.general in POSITIONS, known)

    @property
    def states_na(self) -> bool:
        return self.negatives.states_na

    @property
    def tree(self) -> MeshTree:
        """RAISES (ValueError): If there is no such file, or it has another form."""
        if self.outside is not None:
            self.outside.use()
        return _read(Path(self.mesh_tree))

    def drawn(self, rng: np.random.Generator) -> Negatives:
        drawn = self.negatives.drawn(rng)
        return self if drawn is self.negatives else replace(self, negatives=drawn)

    def due(self, candidates: CandidatePairs) -> Optional[np.ndarray]:
        due = self.negatives.due(candidates)
        # Of documents without gold triples, which are those to extract from, nothing is left out.
        left_out = self.left_out(candidates.doc)
        if due is None or not left_out:
            return due
        due = due.copy()
        due[tuple(np.asarray(sorted(left_out)).T)] = False
        return due

    def __call__(
        self, candidates: CandidatePairs, gold: Collection[Pair], rng: np.random.Generator
    ) -> Set[Pair]:
        return self.negatives(candidates, gold, rng) - self.left_out(candidates.doc)

    def left_out(self, doc: EntityDoc) -> Set[Pair]:
        """The pairs of a document that only say less precisely what its gold triples say.

        doc (EntityDoc): The document, whose entities have ids.
        RETURNS (Set[Pair]): Pairs that no gold triple fills.
        """
        position = POSITIONS[self.general]
        gold = {triple.entities for triple in doc.gold or ()}
        if not gold:
            return set()
        tree = self.tree
        return {
            pair
            for special in gold
            for number, entity in enumerate(doc.entities)
            if tree.is_more_general(entity.id, doc.entities[special[position]].id)
            and (pair := (*special[:position], number, *special[position + 1 :])) not in gold
        }


@lru_cache(maxsize=2)
def _read(path: Path) -> MeshTree:
    if not path.is_file():
        raise ValueError(Errors.DRE410.format(path=path, problem="there is no such file"))
    return read_mesh_tree(path)


@registry.misc("spacy_docre.FilteredNegatives.v1")
def make_filtered_negatives(
    negatives: Negatives, mesh_tree: Union[str, Path], general: str = "tail"
) -> Negatives:
    """State what another strategy states, but for what hypernym filtering leaves out of scores."""
    return FilteredNegatives(negatives, mesh_tree, general)
