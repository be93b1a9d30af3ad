"""The chain of sources that a component has unless its config says otherwise."""

from typing import Any, Dict, List, Optional

from spacy import registry

from .alias import make_alias
from .base import EntitySource
from .chain import EntityFinder, make_sources
from .coref_chains import make_coref_chains
from .coref_clusters import make_coref_clusters
from .coref_spans import CLUSTER_PREFIX, make_coref_spans
from .doc_ents import make_doc_ents
from .kb_id import make_kb_id
from .span_group import make_span_group

# Not written out as "spacy_docre.Sources.v1" with its blocks: a config that has the same
# function as the default is merged with it, block by block, so that nobody could leave out
# a source or put one first.
DEFAULT_SOURCES: Dict[str, Any] = {
    "@misc": "spacy_docre.DefaultSources.v1",
    "mentions_key": "docre_mentions",
    "coref_prefix": CLUSTER_PREFIX,
    "clusters_attr": "coref_clusters",
    "chains_attr": "coref_chains",
    "aliases": True,
    "map": {},
}


@registry.misc("spacy_docre.DefaultSources.v1")
def make_default_sources(
    mentions_key: Optional[str] = "docre_mentions",
    coref_prefix: str = CLUSTER_PREFIX,
    clusters_attr: str = "coref_clusters",
    chains_attr: str = "coref_chains",
    aliases: bool = True,
    map: Dict[str, str] = {},  # noqa: B006
) -> EntityFinder:
    """Create the usual chain of sources: mentions, coreference, ids and, for documents that
    have neither of the last two, names. To leave out a source, or to put in others, list
    them below "spacy_docre.Sources.v1".

    mentions_key (Optional[str]): Where `Doc.spans` holds mentions besides those in
        `Doc.ents`. None if nowhere.
    coref_prefix (str): See "spacy_docre.CorefSpans.v1".
    clusters_attr (str): See "spacy_docre.CorefClusters.v1".
    chains_attr (str): See "spacy_docre.CorefChains.v1".
    aliases (bool): Whether to end with "spacy_docre.Alias.v1".
    map (Dict[str, str]): Entity types by label, for all sources that read labels, for example
        those of "spacy_docre.OntoNotesToDocRED.v1". Of other labels, the label is the type.
    RETURNS (Callable[[Doc], Tuple[Entity, ...]]): Finds the entities of a document, in order
        of first appearance.
    """
    sources: List[EntitySource] = [make_doc_ents(map=map)]
    if mentions_key is not None:
        sources.append(make_span_group(mentions_key, map=map))
    sources.extend(
        [
            make_coref_spans(coref_prefix, map),
            make_coref_clusters(clusters_attr),
            make_coref_chains(chains_attr),
            make_kb_id(),
        ]
    )
    if aliases:
        sources.append(make_alias(prefix=coref_prefix))
    return make_sources(*sources)
