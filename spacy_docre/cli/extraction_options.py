"""The options of commands that run a pipeline over an input."""

from pathlib import Path
from typing import Annotated, Optional

from spacy.cli._util import Arg, Opt

from .convert import OnError

PIPELINE = "Path or package of a pipeline with a docre component"
INPUT = "A text, .jsonl, .csv, .tsv, .parquet or .spacy file, a folder of them, or - for stdin"
TEXT_KEY = "The key or column of the text"
ID_KEY = "The key or column of the id; if not given, 'id', which may be missing"
THRESHOLD = (
    "The score from which relations are kept, or the name of an operating point of the pipeline"
)
LABELS = "Keep these relations only, separated by commas"
LIMIT = "Read no more than this many documents (0 for all)"
BATCH_SIZE = "How many documents to extract from together (0 for the usual number)"
ON_ERROR = "Skip and count a document that cannot be read or extracted from, or stop there"
OVERWRITE = "Begin anew, and replace the output"
CODE = "Python file with what the pipeline needs"

Pipeline = Annotated[str, Arg(help=PIPELINE)]
Input = Annotated[str, Arg(help=INPUT)]
TextKey = Annotated[str, Opt("--text-key", help=TEXT_KEY)]
IdKey = Annotated[str, Opt("--id-key", help=ID_KEY)]
ScoreOrPoint = Annotated[Optional[str], Opt("--threshold", "-t", help=THRESHOLD)]
Labels = Annotated[str, Opt("--labels", "-L", help=LABELS)]
Limit = Annotated[int, Opt("--limit", "-n", min=0, help=LIMIT)]
BatchSize = Annotated[int, Opt("--batch-size", "-b", min=0, help=BATCH_SIZE)]
Processes = Annotated[int, Opt("--n-process", min=1, help="Number of processes")]
Gpu = Annotated[int, Opt("--gpu-id", "-g", help="GPU ID or -1 for CPU")]
AtFailure = Annotated[OnError, Opt("--on-error", "-e", help=ON_ERROR)]
Overwrite = Annotated[bool, Opt("--overwrite", "-F", help=OVERWRITE)]
Code = Annotated[Optional[Path], Opt("--code", "-c", help=CODE, exists=True, dir_okay=False)]
