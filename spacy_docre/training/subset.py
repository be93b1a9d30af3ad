"""`spacy_docre.Subset.v1`: short documents and frequent relations of a corpus, for training that
has to fit into little time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import List, Optional, Union

from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Corpus, Example
from spacy.util import registry
from spacy.vocab import Vocab

from ..data.assignment import keep_labels
from ..data.storage import DEFAULT_ATTR, has_relations, load_relations
from ..errors import Errors


@registry.readers("spacy_docre.Subset.v1")
def create_subset(
    path: Optional[Path],
    max_tokens: int = 0,
    limit: int = 0,
    relations: Optional[List[str]] = None,
    frequent: int = 0,
    frequent_in: Optional[Path] = None,
    attr: str = DEFAULT_ATTR,
) -> Callable[[Language], Iterable[Example]]:
    """Create a reader of a part of a corpus.

    path (Optional[Path]): Documents with gold relations (.spacy).
    max_tokens (int): The length up to which documents are read; 0 for any.
    limit (int): How many of those to read, the first ones; 0 for all.
    relations (Optional[List[str]]): The labels of the relations that are read, and all others
        forgotten; all if None.
    frequent (int): In place of `relations`, how many of the most frequent ones; 0 for all.
    frequent_in (Optional[Path]): The documents in which they are counted, so that all parts of a
        corpus have the same; those of `path` if None.
    attr (str): The attribute that holds the relations.
    RETURNS (Callable[[Language], Iterable[Example]]): The reader.
    RAISES (ValueError): If there is no path, or relations are both listed and counted.
    """
    if path is None:
        raise ValueError(Errors.DRE643)
    if relations is not None and frequent:
        raise ValueError(Errors.DRE642)
    if frequent:
        relations = most_frequent(frequent_in or path, frequent, attr=attr)
    labels = None if relations is None else frozenset(relations)
    return partial(_read, path=path, max_tokens=max_tokens, limit=limit, labels=labels, attr=attr)


def most_frequent(path: Union[str, Path], number: int, *, attr: str = DEFAULT_ATTR) -> List[str]:
    """RETURNS (List[str]): The labels of the most frequent relations of a file; of those that are
    equally frequent the first ones in the alphabet."""
    docs = DocBin().from_disk(path).get_docs(Vocab())
    counts = Counter(
        triple.label for doc in docs for triple in load_relations(doc, attr=attr).triples
    )
    return sorted(counts, key=lambda label: (-counts[label], label))[:number]


def _read(
    nlp: Language,
    *,
    path: Path,
    max_tokens: int,
    limit: int,
    labels: Optional[frozenset],
    attr: str,
) -> Iterator[Example]:
    read = 0
    for example in Corpus(path)(nlp):
        if max_tokens and len(example.reference) > max_tokens:
            continue
        if limit and read == limit:
            return
        read += 1
        if labels is not None and has_relations(example.reference, attr=attr):
            keep_labels(example.reference, labels, attr=attr)
        yield example
