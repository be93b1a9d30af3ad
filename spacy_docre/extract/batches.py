"""Extraction for engines that share rows among processes and machines: Ray Data, Spark, Dask."""

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, Tuple

from ..errors import Errors
from ..formats.base import DocumentError
from .inputs import Item, Keys, plain_row, to_item
from .pipeline import (
    BATCH_SIZE,
    PLACE,
    component_settings,
    handle_errors,
    load_pipeline,
    make_doc,
)

if TYPE_CHECKING:
    from pandas import DataFrame
    from spacy.language import Language
    from spacy.tokens import Doc

# What a table has afterwards, in Spark's words.
COLUMNS = ("id", "record", "error")
SCHEMA = ", ".join(f"{column} string" for column in COLUMNS)

# Of a process, whose threads cannot share a pipeline.
_LOCK = Lock()


class ExtractBatch:
    """Turns a table of texts into a table of records, row by row, with the columns `COLUMNS`: the
    id of the document, its record as JSON (see `document_record`), and why there is none; of the
    last two, one is "". A document that fails costs no other one.

    What goes to a worker is the name of the pipeline: each process loads it once, when its first
    table comes.

    pipeline (str): A path or a package that every worker has.
    text_key (str): The column of the text.
    id_key (str): The column of the id. All further columns become the "meta" of the record.
    threshold (Optional[float]): The score that a relation needs; the pipeline's if None.
    batch_size (int): The documents that components take together.
    gpu_id (int): The GPU of a worker, counted among those that it sees, or -1 for the CPU.
    """

    def __init__(
        self,
        pipeline: str,
        *,
        text_key: str = "text",
        id_key: str = "id",
        threshold: Optional[float] = None,
        batch_size: int = BATCH_SIZE,
        gpu_id: int = -1,
    ) -> None:
        self.pipeline = str(pipeline)
        self.keys = Keys(text_key, id_key)
        self.threshold = threshold
        self.batch_size = batch_size
        self.gpu_id = gpu_id

    def __call__(self, table: "DataFrame") -> "DataFrame":
        """Extract from a table: Ray's `map_batches`, Dask's `map_partitions`.

        table (DataFrame): The texts.
        RETURNS (DataFrame): The records, in the same order.
        RAISES (ValueError): If the pipeline has no relations to find.
        """
        import pandas

        with _LOCK:
            rows = self._extract(table.to_dict("records"))
        return pandas.DataFrame(rows, columns=list(COLUMNS), dtype="object", index=table.index)

    def tables(self, tables: Iterable["DataFrame"]) -> Iterator["DataFrame"]:
        """Extract from a stream of tables: Spark's `mapInPandas`.

        tables (Iterable[DataFrame]): The texts.
        YIELDS (DataFrame): The records.
        """
        return map(self, tables)

    def _extract(self, rows: List[Dict[str, Any]]) -> List[Tuple[str, str, str]]:
        from ..component.lookup import find_component
        from ..graph.records import META, document_record
        from .outputs import encode_record

        nlp, failures = _load(self.pipeline, self.gpu_id)
        failures.reasons.clear()
        component = find_component(nlp)
        component.cfg.check(threshold=self.threshold)
        items = [self._item(number, row) for number, row in enumerate(rows)]
        records = [""] * len(items)
        for number, doc in self._annotate(nlp, items, failures, component).items():
            where = items[number].where
            try:
                doc.user_data.pop(PLACE, None)
                doc.user_data[META] = items[number].meta
                record = document_record(doc, schema=component.schema, attr=component.attr)
                records[number] = encode_record(record).decode("utf8").rstrip()
            except Exception as error:
                failures.reasons[where] = Errors.DRE710.format(where=where, error=error)
        reasons = [failures.reasons.get(item.where, "") for item in items]
        return [
            (item.id, record, "" if record else reason)
            for item, record, reason in zip(items, records, reasons)
        ]

    def _item(self, number: int, row: Dict[str, Any]) -> Item:
        id = str(row.get(self.keys.id, ""))
        where = f"{id} (row {number} of its table)"
        try:
            return to_item(plain_row(row), where, id, self.keys)
        except DocumentError as error:
            return Item(where, id, error=error)

    def _annotate(
        self, nlp: "Language", items: List[Item], failures: "_Failures", component: Any
    ) -> Dict[int, "Doc"]:
        """RETURNS (Dict[int, Doc]): The documents from which the pipeline could extract."""
        found: Dict[int, Doc] = {}
        settings = component_settings(component, self.threshold)

        def pipe(numbers: Iterable[int]) -> None:
            docs = ((doc, n) for n in numbers if (doc := self._read(nlp, items[n], failures)))
            stream = nlp.pipe(
                docs, as_tuples=True, batch_size=self.batch_size, component_cfg=settings
            )
            found.update((n, doc) for doc, n in stream)

        try:
            pipe(range(len(items)))
        except Exception:
            # Not every component calls a handler when it fails. Those that are left go one by one.
            for number, item in enumerate(items):
                if number in found or item.where in failures.reasons:
                    continue
                try:
                    pipe([number])
                except Exception as error:
                    failures(nlp.meta["name"], None, [], error, item.where)
        return found

    def _read(self, nlp: "Language", item: Item, failures: "_Failures") -> Optional["Doc"]:
        try:
            if item.error is not None:
                raise item.error
            return make_doc(nlp, item)
        except ValueError as error:
            failures.reasons[item.where] = str(error)
            return None


class _Failures:
    """Remembers why documents of a table failed. spaCy calls it when a component fails."""

    def __init__(self) -> None:
        self.reasons: Dict[str, str] = {}

    def __call__(
        self,
        name: Optional[str],
        pipe: Any,
        docs: Optional[List["Doc"]],
        error: Exception,
        *places: str,
    ) -> None:
        for where in [*(str(doc.user_data[PLACE]) for doc in docs or ()), *places]:
            self.reasons[where] = Errors.DRE709.format(where=where, name=name, error=error)


@lru_cache(maxsize=1)
def _load(pipeline: str, gpu_id: int) -> Tuple["Language", _Failures]:
    if gpu_id >= 0:
        from thinc.api import require_gpu

        require_gpu(gpu_id)
    nlp, failures = load_pipeline(pipeline), _Failures()
    handle_errors(nlp, failures)
    return nlp, failures
