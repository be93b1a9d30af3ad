"""`spacy_docre.PairFirst.v1`: an extractor proposes triples, and a language model judges those of
which it is not certain."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple, Union, cast

from spacy.util import registry
from thinc.api import Model

from ...data.entities import EntityDoc, name_of
from ...data.schema import Schema
from ...data.symmetry import merge_directions
from ...data.triples import Triple, rank_of
from ...errors import Errors
from ...showing import listed
from ..extractor import Extractor, ExtractorHooks, Found, Request, hooks_of
from .architecture import in_turn, prompter_of, shim_of
from .checks import check_range
from .judging import verdict_stage, verdicts_on

PARTS = ("proposer", "judge")


@dataclass(frozen=True)
class Band:
    """The scores of triples that are not certain.

    lowest (float): The lowest one.
    highest (float): The highest one.
    """

    lowest: float
    highest: float

    def __post_init__(self) -> None:
        check_range("lowest", self.lowest, 0, 1)
        check_range("highest", self.highest, self.lowest, 1)

    def asks_about(self, triple: Triple, threshold: float) -> bool:
        """RETURNS (bool): Whether to ask about a triple: it is not certain, and a yes would be
        enough for it to be kept."""
        return self.lowest <= triple.rank <= self.highest and (triple.rank + 1) / 2 >= threshold


def fuse(proposed: Optional[float], said: Optional[float]) -> Optional[float]:
    """RETURNS (Optional[float]): The mean of the score of a proposal and the probability of a yes,
    which is a certain one if nobody tells it. At a threshold of 0.5 a certain answer decides,
    then, whatever the score was. A proposal without a score has what was said."""
    return said if proposed is None else (proposed + rank_of(said)) / 2


@registry.architectures("spacy_docre.PairFirst.v1")
def create_pair_first(
    proposer: Extractor, judge: Extractor, lowest: float = 0.2, highest: float = 0.8
) -> Extractor:
    """Create an extractor of two: one that proposes, and a language model that judges. Training is
    that of the one that proposes.

    proposer (Extractor): Proposes triples, with scores.
    judge (Extractor): A language model whose chain ends with a stage that says yes or no, such as
        `spacy_docre.VerdictChain.v1`. Its other stages are not asked.
    lowest (float): The lowest score that it is asked about. What is below keeps its score.
    highest (float): The highest score that it is asked about. What is above keeps its score.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If the judge is no language model, or its chain ends otherwise.
    """
    verdict_stage(shim_of(judge).settings.chain)
    return Model(
        "docre_pair_first",
        forward,
        init=init,
        layers=[proposer, judge],
        attrs={"band": Band(lowest, highest), "hooks": PairFirstHooks()},
    )


def init(
    model: Extractor, X: Optional[Sequence[EntityDoc]] = None, Y: Optional[Schema] = None
) -> None:
    """Tell both about documents and schema."""
    for layer in model.layers:
        layer.initialize(X=X, Y=Y)


def forward(
    model: Extractor, inputs: Union[List[EntityDoc], Request], is_train: bool
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Extract triples or, in training, compute losses. See `spacy_docre.models.extractor`."""
    proposer, judge = model.layers
    if is_train:
        return cast(Any, proposer.begin_update(inputs))
    docs, threshold, soft = cast(Request, inputs)
    band: Band = model.attrs["band"]
    request = Request(docs, min(threshold, band.lowest), soft)
    return _judged(judge, proposer.predict(request), band, threshold), lambda _: []


def _judged(judge: Extractor, found: List[Found], band: Band, threshold: float) -> List[Found]:
    prompter = prompter_of(judge)
    schema = prompter.schema
    for doc, triples in found:
        for label in {triple.label for triple in triples}.difference(schema.labels):
            known = listed(schema.labels)
            raise ValueError(Errors.DRE789.format(doc=name_of(doc.doc), label=label, labels=known))
    # Both directions of a symmetric relation are one question.
    proposed = [merge_directions(triples, doc, schema) for doc, triples in found]
    uncertain = [[t for t in own if band.asks_about(t, threshold)] for own in proposed]
    with in_turn(judge):
        said = verdicts_on(prompter, [doc for doc, _ in found], uncertain)
    results: List[Found] = []
    for (doc, _), triples, verdicts in zip(found, proposed, said):
        fused = [
            replace(each, score=fuse(each.score, verdicts[each])) if each in verdicts else each
            for each in triples
        ]
        results.append((doc, [triple for triple in fused if triple.rank >= threshold]))
    return results


class PairFirstHooks(ExtractorHooks):
    """What the two can do together: see `ExtractorHooks`."""

    def own_schema(self, model: Extractor, *, read: bool = True) -> Optional[Schema]:
        """See `ExtractorHooks`. It is that of the language model."""
        return hooks_of(model.layers[1]).own_schema(model.layers[1], read=read)

    def use_schema(self, model: Extractor, schema: Schema) -> None:
        """See `ExtractorHooks`."""
        for layer in model.layers:
            hooks_of(layer).use_schema(layer, schema)

    def grow(self, model: Extractor, schema: Schema) -> None:
        """See `ExtractorHooks`."""
        for layer in model.layers:
            hooks_of(layer).grow(layer, schema)

    def requests(self, model: Extractor) -> Optional[int]:
        """See `ExtractorHooks`."""
        counts = [hooks_of(layer).requests(layer) for layer in model.layers]
        return sum(count for count in counts if count is not None)

    def save(self, model: Extractor, path: Path) -> None:
        """Save a directory with both."""
        if path.is_dir():
            shutil.rmtree(path)
        path.mkdir(parents=True)
        for name, layer in zip(PARTS, model.layers):
            hooks_of(layer).save(layer, path / name)

    def load(self, model: Extractor, path: Path) -> None:
        """See `ExtractorHooks`."""
        for name, layer in zip(PARTS, model.layers):
            hooks_of(layer).load(layer, path / name)
