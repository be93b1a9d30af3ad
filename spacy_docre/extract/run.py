"""Relations of all documents of an input, written to a file, in a process that may be killed."""

import time
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, Iterator, Optional, Sequence, Tuple

from ..component.settings import Threshold
from ..data.assignment import keep_labels
from ..errors import Errors
from ..formats.base import DocumentError
from ..formats.read import check_limit, check_on_error
from ..unchanged_files import state_of_files
from .inputs import STDIN, Item, Keys, read_items
from .journal import Counts, Journal
from .outputs import SPACY, check_place, encode_doc, encode_record, finish
from .pipeline import (
    BATCH_SIZE,
    PLACE,
    Report,
    check_labels,
    component_settings,
    handle_errors,
    load_pipeline,
    make_doc,
    place_of,
)

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

Numbered = Iterator[Tuple[int, Item]]
Annotated = Tuple["Doc", int]

# Seconds after which what was extracted is kept: so much is done again after a kill.
COMMIT_EVERY = 1.0
# The largest share of the time that goes into keeping it.
COMMIT_SHARE = 0.02


@dataclass(frozen=True)
class Options:
    """How to extract.

    keys (Keys): Where rows have their text and id.
    threshold (Optional[Union[float, str]]): The score that a relation needs, or the name of an
        operating point; the pipeline's if None.
    labels (Sequence[str]): The relations to keep; all if empty.
    limit (int): Read no more than this many documents of the input, or all if 0.
    batch_size (int): The documents that components take together; 0 for the usual number.
    n_process (int): The number of processes.
    on_error (str): "skip" to go on after a document that cannot be read or extracted from, or
        "raise" to stop there.
    overwrite (bool): Whether to begin anew, and replace the output.
    commit_every (float): Seconds after which what was extracted is kept, or more on a slow disk; 0
        for each document.
    soft (Optional[float]): The probability from which documents get soft labels, where the pipeline
        has a distribution; None for none. They are kept in `.spacy` files only.
    code (Optional[Path]): The file of Python that was imported for the pipeline, if there is one.
    """

    keys: Keys = field(default_factory=Keys)
    threshold: Optional[Threshold] = None
    labels: Sequence[str] = ()
    limit: int = 0
    batch_size: int = 0
    n_process: int = 1
    on_error: str = "skip"
    overwrite: bool = False
    commit_every: float = COMMIT_EVERY
    soft: Optional[float] = None
    code: Optional[Path] = None

    def command(self, pipeline: str, input_path: str, output: Path) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What decides about the content of the output. Anything else,
        such as the number of processes, may change when a run goes on."""
        return {
            "pipeline": state_of_files(place_of(pipeline)),
            "input": input_path if input_path == STDIN else state_of_files(input_path),
            "output": output.suffix,
            "code": state_of_files(str(self.code)) if self.code else "",
            "text key": self.keys.text,
            "id key": self.keys.id,
            "threshold": self.threshold,
            "labels": sorted(self.labels),
            "limit": self.limit,
            "soft": self.soft,
        }


def extract(
    pipeline: str,
    input_path: str,
    output: Path,
    options: Options = Options(),
    *,
    nlp: "Optional[Language]" = None,
    progress: Callable[[Counts], None] = lambda counts: None,
) -> Counts:
    """Extract relations from all documents of an input, and write them to a file.

    pipeline (str): A path or a package.
    input_path (str): What to read, see `read_items`.
    output (Path): The file or folder to write, see `OUTPUTS`.
    options (Options): How to extract.
    nlp (Optional[Language]): The pipeline, if it is loaded already.
    progress (Callable[[Counts], None]): Is told how far it is, again and again.
    RETURNS (Counts): What became of the documents.
    RAISES (ValueError): If the command makes no sense, the output cannot be written, or, with
        "raise", a document cannot be read or extracted from. What was done until then is kept.
    """
    check_on_error(options.on_error)
    check_limit(options.limit)
    check_place(output)
    check_input(input_path, output)
    if output.is_symlink():  # what it leads to is replaced, wherever that is
        output = output.resolve()
    report = Report(stop=options.on_error == "raise")
    journal = Journal(
        output, options.command(pipeline, input_path, output), overwrite=options.overwrite
    )
    try:
        nlp = load_pipeline(pipeline) if nlp is None else nlp
        handle_errors(nlp, report)
        progress(journal.counts)
        if not journal.complete:
            _Run(nlp, options, journal, report).go(input_path, progress)
        finish(journal, nlp.vocab)
    finally:
        if not journal.counts.done and not journal.complete:
            journal.remove()  # there is nothing to go on with
        journal.close()
    return journal.counts


def check_input(input_path: str, output: Path) -> None:
    """RAISES (ValueError): If there is no such input, or the output would overwrite it."""
    if input_path == STDIN:
        return
    place = Path(input_path)
    if not place.exists():
        raise ValueError(Errors.DRE720.format(path=input_path))
    if place.is_dir() and output.resolve().is_relative_to(place.resolve()):
        raise ValueError(Errors.DRE719.format(path=output))
    if output.exists() and place.samefile(output):
        raise ValueError(Errors.DRE333.format(path=output, other=place))


class _Run:
    """What a run knows between reading a document and writing its relations.

    nlp (Language): The pipeline.
    options (Options): How to extract.
    journal (Journal): Where relations go.
    report (Report): Gets documents that fail.
    """

    def __init__(self, nlp: "Language", options: Options, journal: Journal, report: Report) -> None:
        from ..component.lookup import find_component

        self.nlp = nlp
        self.options = options
        self.journal = journal
        self.report = report
        self.counts = replace(journal.counts)
        self.component = find_component(nlp)
        check_labels(options.labels, self.component.labels)
        self.component.threshold_of(options.threshold)
        self.settings = component_settings(self.component, options.threshold, options.soft)
        # Numbers of documents that were read, in order, with those that the pipeline has now.
        self._waiting: Deque[int] = deque()
        self._given: Dict[int, Item] = {}
        # What was read that ends the run, once all before it is written.
        self._end: Optional[Exception] = None

    def go(self, input_path: str, progress: Callable[[Counts], None]) -> None:
        """Extract from all documents that are not done yet."""
        items = read_items(input_path, self.nlp.vocab, self.options.keys)
        numbered = enumerate(islice(items, self.options.limit or None))
        due = time.monotonic() + self.options.commit_every
        try:
            for doc, number in self._annotated(numbered):
                self._settle(number)
                self._write(doc, self._given.pop(number))
                self._waiting.popleft()
                self.counts.done = number + 1
                self.journal.mark(self.counts)
                if time.monotonic() >= due:
                    due = self._commit()
                progress(self.counts)
            self._settle(None)
            self.journal.mark(self.counts)
            if self._end is not None:
                raise self._end
            self.journal.commit(complete=True)
            progress(self.counts)
        finally:
            if not self.journal.complete:
                self.journal.commit()

    def _commit(self) -> float:
        """RETURNS (float): When to do it again."""
        start = time.monotonic()
        self.journal.commit()
        end = time.monotonic()
        # A disk that is slow to say that it has something may take a small share of the time.
        wait = max(self.options.commit_every, (end - start) / COMMIT_SHARE)
        return end + (wait if self.options.commit_every else 0.0)

    def _annotated(self, numbered: Numbered) -> Iterator[Annotated]:
        """Annotate documents. Not every component calls a handler when it fails, but may end the
        stream: those that are on their way then go one by one, and others after them.

        numbered (Iterator[Tuple[int, Item]]): All documents of the input.
        YIELDS (Tuple[Doc, int]): The documents that the pipeline did not fail with, in order.
        """
        tried = -1
        while True:
            stream = self._pipe(self._docs(numbered))
            try:
                yield from stream
                return
            except Exception:
                given = [known for known in self._given.items() if known[0] > tried]
                if self.report.stop or not given:
                    raise
            for number, item in given:
                tried = number
                try:
                    yield from self._pipe(iter([(make_doc(self.nlp, item), number)]), alone=True)
                except Exception as error:
                    message = Errors.DRE709.format(where=item.where, name="pipeline", error=error)
                    self.report.say(message, error)

    def _pipe(self, docs: Iterator[Annotated], *, alone: bool = False) -> Iterator[Annotated]:
        return self.nlp.pipe(
            docs,
            as_tuples=True,
            batch_size=self.options.batch_size or BATCH_SIZE,
            n_process=1 if alone else self.options.n_process,
            component_cfg=self.settings,
        )

    def _docs(self, numbered: Numbered) -> Iterator[Annotated]:
        """What the pipeline reads: documents and their numbers."""
        done = self.counts.done
        while self._end is None:
            try:
                number, item = next(numbered)
            except StopIteration:
                return
            except Exception as error:  # which is no fault of the pipeline
                self._end = error
                return
            if number < done:
                continue
            try:
                if item.error is not None:
                    raise item.error
                doc = make_doc(self.nlp, item)
            except DocumentError as error:
                if self.report.stop:
                    self._end = error
                    return
                self.report.say(str(error), error)
                self._waiting.append(number)
                continue
            self._waiting.append(number)
            self._given[number] = item
            yield doc, number

    def _settle(self, number: Optional[int]) -> None:
        """Count the documents before one that the pipeline returns, which it does in order: those
        that could not be read, and those that it failed with.

        number (Optional[int]): The document; None if it returns no more.
        """
        counts = self.counts
        while self._waiting and self._waiting[0] != number:
            missing = self._waiting.popleft()
            if self._given.pop(missing, None) is None:
                counts.refused += 1
            else:
                counts.failed += 1
            counts.done = missing + 1

    def _write(self, doc: "Doc", item: Item) -> None:
        from ..graph.records import META, document_record

        counts = self.counts
        attr = self.component.attr
        try:
            doc.user_data.pop(PLACE, None)
            if item.meta:
                doc.user_data[META] = item.meta
            if self.options.labels:
                keep_labels(doc, self.options.labels, attr=attr)
            if self.journal.output.suffix == SPACY:
                data, found = encode_doc(doc), len(getattr(doc._, attr))
            else:
                record = document_record(doc, schema=self.component.schema, attr=attr)
                data, found = encode_record(record), len(record["relations"])
        except Exception as error:
            message = Errors.DRE710.format(where=item.where, error=error)
            self.report.say(message, error)
            counts.failed += 1
            return
        self.journal.write(data)
        counts.written += 1
        counts.relations += found
