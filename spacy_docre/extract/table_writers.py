"""Tables of relations, with a row for each: CSV and Parquet."""

import csv
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Type

from ..graph.records import columns, triple_rows
from ..optional_packages import need

# Rows that Parquet compresses together.
ROWS = 10_000


class CsvWriter:
    """Write a CSV file with a header.

    path (Path): The file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf8", newline="")
        # Only what the end of a line consists of is quoted: a lone CR would be another one.
        self._rows = csv.DictWriter(self._file, columns(), lineterminator="\r\n")
        self._rows.writeheader()

    def write(self, record: Mapping[str, Any]) -> None:
        """Write the relations of a document."""
        self._rows.writerows(triple_rows(record))

    def __enter__(self) -> "CsvWriter":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()


class ParquetWriter:
    """Write a Parquet file.

    path (Path): The file.
    RAISES (ImportError): If pyarrow is not installed.
    """

    def __init__(self, path: Path) -> None:
        pyarrow = need("pyarrow", extra="parquet")
        parquet = need("pyarrow.parquet", extra="parquet")
        kinds = {"score": pyarrow.float64(), "head_entity": pyarrow.int64()}
        kinds["tail_entity"] = pyarrow.int64()
        self._table = pyarrow.Table
        self._schema = pyarrow.schema([(c, kinds.get(c, pyarrow.string())) for c in columns()])
        self._file = parquet.ParquetWriter(path, self._schema)
        self._rows: List[Dict[str, Any]] = []

    def write(self, record: Mapping[str, Any]) -> None:
        """Write the relations of a document."""
        self._rows.extend(triple_rows(record))
        if len(self._rows) >= ROWS:
            self._save()

    def __enter__(self) -> "ParquetWriter":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if kind is None and self._rows:
            self._save()
        self._file.close()

    def _save(self) -> None:
        self._file.write_table(self._table.from_pylist(self._rows, schema=self._schema))
        self._rows = []
