"""The default configuration of the component: DORE on spaCy's own CNN, so that nothing
is downloaded."""

from thinc.api import Config

from .scoring.scorer import DEFAULT_SCORE_WEIGHTS
from .sources.defaults import DEFAULT_SOURCES

__all__ = ["DEFAULT_CONFIG", "DEFAULT_MODEL", "DEFAULT_SCORE_WEIGHTS"]

DEFAULT_MODEL = Config().from_str(
    """
[model]
@architectures = "spacy_docre.Tok2VecExtractor.v1"

[model.head]
@misc = "spacy_docre.GivenRows.v1"

[model.tok2vec]
@architectures = "spacy.Tok2Vec.v2"

[model.tok2vec.embed]
@architectures = "spacy.MultiHashEmbed.v2"
width = 96
attrs = ["NORM", "PREFIX", "SUFFIX", "SHAPE"]
rows = [5000, 1000, 2500, 1000]
include_static_vectors = false

[model.tok2vec.encode]
@architectures = "spacy.MaxoutWindowEncoder.v2"
width = 96
depth = 4
window_size = 1
maxout_pieces = 3
"""
)["model"]

DEFAULT_CONFIG = {
    "model": DEFAULT_MODEL,
    "sources": DEFAULT_SOURCES,
    "threshold": 0.5,
    "at_least_one": False,
    "attr": "relations",
    "use_gold_entities": True,
    "scorer": {"@scorers": "spacy_docre.relations_scorer.v1"},
}
