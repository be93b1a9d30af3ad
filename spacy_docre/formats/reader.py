"""Corpus files as a reader, to be named in a training config."""

from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Optional, Union

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, dont_augment
from spacy.util import registry

from ..data.storage import DEFAULT_ATTR
from ..errors import Errors
from ..training.augmenting import Augmenter, create_keep_relations
from .base import get_format
from .read import ReadReport, check_limit, check_on_error, read_docs


@registry.readers("spacy_docre.Corpus.v1")
def create_corpus(
    path: Optional[Union[str, Path]],
    format: str = "docred",
    settings: Dict[str, Any] = {},  # noqa: B006
    on_error: str = "raise",
    limit: int = 0,
    attr: str = DEFAULT_ATTR,
    augmenter: Optional[Augmenter] = None,
) -> Callable[[Language], Iterator[Example]]:
    """Read documents in any format, without converting them first. The file is read again at
    each pass, one document at a time.

    path (Optional[Union[str, Path]]): The file.
    format (str): The name of a registered format.
    settings (Dict[str, Any]): Settings of the format.
    on_error (str): "raise" to stop at the first document that must be refused, "skip" to
        leave it out and count it.
    limit (int): Read no more than this many documents, or all if 0.
    attr (str): The attribute that receives relations: that of the component.
    augmenter (Optional[Callable[[Language, Example], Iterator[Example]]]): What changes documents,
        such as `spacy.lower_case.v1`. Relations are kept.
    RETURNS (Callable[[Language], Iterator[Example]]): The corpus.
    RAISES (ValueError): If there is no path, format or such a setting, the limit is negative or,
        when the corpus is read, the path is not that of a file.
    """
    if path is None:
        raise ValueError(Errors.DRE365)
    get_format(format, settings)
    check_on_error(on_error)
    check_limit(limit)
    return CorpusReader(Path(path), format, settings, on_error, limit, attr, augmenter)


class CorpusReader:
    """The documents of a file as examples. What had to be left out is warned about at the end
    of the first pass, and not at each of the others.

    path (Path): The file.
    format (str): The name of a registered format.
    settings (Dict[str, Any]): Settings of the format.
    on_error (str): "raise" or "skip".
    limit (int): The largest number of documents, or 0.
    attr (str): The attribute that receives relations.
    augmenter (Optional[Callable[[Language, Example], Iterator[Example]]]): What changes documents.
    """

    def __init__(
        self,
        path: Path,
        format: str,
        settings: Dict[str, Any],
        on_error: str,
        limit: int,
        attr: str,
        augmenter: Optional[Augmenter],
    ) -> None:
        self.path = path
        self.format = format
        self.settings = settings
        self.on_error = on_error
        self.limit = limit
        self.attr = attr
        self._augment = create_keep_relations(augmenter or dont_augment)
        self._reported = False

    def __call__(self, nlp: Language) -> Iterator[Example]:
        # Not before, since what comes first in a run may write the file.
        if not self.path.exists():
            raise ValueError(Errors.DRE367.format(path=self.path, problem="does not exist"))
        if self.path.is_dir():
            raise ValueError(Errors.DRE367.format(path=self.path, problem="is a folder"))
        report = ReadReport()
        docs = read_docs(
            self.path,
            nlp.vocab,
            format=self.format,
            settings=self.settings,
            tokenizer=nlp.make_doc,
            on_error=self.on_error,
            limit=self.limit,
            attr=self.attr,
            report=report,
        )
        for reference in docs:
            yield from self._augment(nlp, Example(_predicted(nlp, reference), reference))
        if not self._reported:
            self._reported = True
            report.warn(self.path)


def _predicted(nlp: Language, reference: Doc) -> Doc:
    """The document as the pipeline will see it: split by its own tokenizer, unless only the
    tokens are known and not the spaces between them, as in `spacy.Corpus.v1`."""
    if not reference.has_unknown_spaces:
        return nlp.make_doc(reference.text)
    words = [token.text for token in reference]
    return Doc(nlp.vocab, words=words, spaces=[bool(token.whitespace_) for token in reference])
