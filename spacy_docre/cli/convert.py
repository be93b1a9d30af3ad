"""`python -m spacy docre-convert`: a corpus to spaCy's binary format."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, List, Mapping, Optional, Sequence

from spacy.cli._util import Arg, Opt, app
from wasabi import Printer

from .messages import fail, saved
from .paths import check_different, check_output

if TYPE_CHECKING:
    from ..formats.counts import CorpusCounts
    from ..formats.read import ReadReport

INPUT = "Annotated documents: a file, or a folder of .spacy files"
FORMAT = "Format of the input: spacy for .spacy files, and docred for others, if not given"
REL_INFO = "JSON object of readable names by relation label"
SCHEMA_OUT = "Output file (.json) for the schema of the corpus"
SETTING = "A setting of the format, as key=value; may be repeated"
SYMMETRIC = "Symmetric relations for the schema, separated by commas, or * for all"
TYPES = "Restrict the roles in the schema to the entity types that fill them"
ON_ERROR = "Stop at a document that must be refused, or skip and count it"
OUTPUT = "Output file (.spacy, .jsonl, or .txt for inline), or a folder with --docs-per-file"
DOCS_PER_FILE = "Write a folder of .spacy files with this many documents each (0 for one file)"
ATTR = "The attribute that receives relations, where a component reads another one"
LIMIT = "Read no more than this many documents (0 for all)"


class OnError(str, Enum):
    """What to do about a document that must be refused."""

    stop = "raise"
    skip = "skip"


@app.command("docre-convert")
def docre_convert_cli(
    input_path: Annotated[Path, Arg(help=INPUT, exists=True)],
    output_path: Annotated[Path, Arg(help=OUTPUT)],
    format: Annotated[Optional[str], Opt("--format", "-f", help=FORMAT)] = None,
    lang: Annotated[str, Opt("--lang", "-l", help="Language code of the documents")] = "en",
    rel_info: Annotated[
        Optional[Path], Opt("--rel-info", "-r", help=REL_INFO, exists=True, dir_okay=False)
    ] = None,
    schema_out: Annotated[Optional[Path], Opt("--schema-out", "-s", help=SCHEMA_OUT)] = None,
    settings: Annotated[Optional[List[str]], Opt("--set", help=SETTING)] = None,
    symmetric: Annotated[str, Opt("--symmetric", help=SYMMETRIC)] = "",
    types: Annotated[bool, Opt("--types", "-t", help=TYPES)] = False,
    on_error: Annotated[OnError, Opt("--on-error", "-e", help=ON_ERROR)] = OnError.stop,
    limit: Annotated[int, Opt("--limit", "-n", min=0, help=LIMIT)] = 0,
    docs_per_file: Annotated[int, Opt("--docs-per-file", min=0, help=DOCS_PER_FILE)] = 0,
    attr: Annotated[str, Opt("--attr", "-a", help=ATTR)] = "relations",
) -> None:
    """Convert documents annotated with entities and relations into a binary .spacy file.

    The file can be used for training and evaluation. Entities become span groups, one for
    each, and relations are stored under doc._.relations. Input that contradicts itself is
    refused, with a message that says where.
    """
    from ..formats.settings import as_list, parse_settings

    msg = Printer()
    try:
        convert(
            input_path,
            output_path,
            format=format,
            lang=lang,
            rel_info=rel_info,
            schema_out=schema_out,
            settings=parse_settings(settings or ()),
            symmetric=as_list(symmetric),
            types=types,
            on_error=on_error.value,
            limit=limit,
            docs_per_file=docs_per_file,
            attr=attr,
            silent=False,
        )
    except (ValueError, ImportError) as error:
        fail(msg, "Nothing was converted", error)
    except OSError as error:
        fail(msg, "The corpus was not converted", error)


def convert(
    input_path: Path,
    output_path: Path,
    *,
    format: Optional[str] = None,
    lang: str = "en",
    rel_info: Optional[Path] = None,
    schema_out: Optional[Path] = None,
    settings: Optional[Mapping[str, Any]] = None,
    symmetric: Sequence[str] = (),
    types: bool = False,
    on_error: str = "raise",
    limit: int = 0,
    docs_per_file: int = 0,
    attr: str = "relations",
    silent: bool = True,
) -> "CorpusCounts":
    """Convert a corpus.

    input_path (Path): The corpus.
    output_path (Path): The .spacy, .jsonl or .txt file to write, or the folder.
    format (Optional[str]): The name of a registered format. If None, "spacy" for what looks like
        that, and else "docred".
    lang (str): The language code of the documents.
    rel_info (Optional[Path]): A JSON object of readable names by relation label, for the schema.
    schema_out (Optional[Path]): Where to write the schema of the corpus.
    settings (Optional[Mapping[str, Any]]): Settings of the format.
    symmetric (Sequence[str]): Labels that the schema calls symmetric, or "*" for all.
    types (bool): Whether the schema restricts roles to the entity types that fill them.
    on_error (str): "raise", or "skip" to leave out documents that must be refused.
    limit (int): Read no more than this many documents, or all if 0.
    docs_per_file (int): How many documents each file of a folder has; 0 for a single file.
    attr (str): The attribute that receives relations.
    silent (bool): Whether to print nothing.
    RETURNS (CorpusCounts): What was converted.
    RAISES (ValueError): If the input must be refused, two files are the same, or one cannot be
        written. Nothing is written then.
    RAISES (ImportError): If spaCy does not know the language.
    """
    import srsly
    from spacy.util import get_lang_class
    from spacy.vocab import create_vocab
    from tqdm import tqdm

    from ..data.storage import DEFAULT_ATTR, move_relations
    from ..errors import Errors
    from ..formats import ReadReport, read_docs
    from ..formats.counts import CorpusCounts, read_relation_names
    from ..new_files import new_files
    from .converted_files import create_output

    check_different([input_path, None if docs_per_file else output_path, schema_out, rel_info])
    if schema_out is not None:
        check_output(schema_out, suffixes=[".json"])
    names = {} if rel_info is None else read_relation_names(rel_info)
    # Not spacy.blank, which imports the components of every installed package.
    vocab = create_vocab(lang, get_lang_class(lang).Defaults)
    report, counts = ReadReport(), CorpusCounts()
    docs = read_docs(
        input_path,
        vocab,
        format=format or _format_of(input_path),
        settings=settings,
        on_error=on_error,
        limit=limit,
        report=report,
    )
    if attr != DEFAULT_ATTR and (
        output_path.suffix in (".jsonl", ".txt") or not attr.isidentifier()
    ):
        raise ValueError(Errors.DRE396.format(attr=attr))
    output = create_output(output_path, docs_per_file)
    try:
        with new_files(schema_out) as (schema_file,):
            # None: no bar where the output is not a terminal.
            for doc in tqdm(docs, unit=" docs", leave=False, disable=silent or None):
                counts.add(doc)
                move_relations(doc, DEFAULT_ATTR, attr)
                output.add(doc)
            if not report.kept:
                first = next(iter(report.first.values()), "")
                raise ValueError(" ".join([Errors.DRE332.format(path=input_path), first]).strip())
            schema = counts.schema(names, symmetric=symmetric, types=types)
            if rel_info is not None:
                counts.warn_unnamed(names, rel_info)
            if schema_file is not None:
                schema_file.write(srsly.json_dumps(schema.to_dict(), indent=2).encode("utf8"))
            output.finish()
    finally:
        output.discard()
    if silent:
        report.warn(input_path)
    else:
        _print_summary(report, counts, output_path, schema_out)
    return counts


def _format_of(path: Path) -> str:
    return "spacy" if path.suffix == ".spacy" or path.is_dir() else "docred"


def _print_summary(
    report: "ReadReport", counts: "CorpusCounts", output_path: Path, schema_out: Optional[Path]
) -> None:
    msg = Printer()
    rows = {
        "Documents read": report.read,
        "Documents kept": report.kept,
        "Documents refused": sum(report.refused.values()),
        "Sentences": counts.sentences,
        "Mentions": counts.mentions,
        "Overlapping mentions": counts.overlapping,
        "Entities": counts.entities,
        "Triples": counts.triples,
        "Relations": len(counts.roles),
    }
    if counts.unannotated:
        rows["Documents not annotated with relations"] = counts.unannotated
    if counts.excluded:
        rows["Pairs left out of evaluation"] = counts.excluded
    if counts.unmentioned:
        rows["Triples of entities that are never mentioned"] = counts.unmentioned
    msg.table([(name, f"{n:,}") for name, n in rows.items()], aligns=("l", "r"), title="Corpus")
    for code, count in sorted(report.refused.items()):
        msg.warn(f"{count:,} refused, the first of them:", report.first[code])
    for what, count in report.dropped.items():
        example = report.examples.get(what)
        msg.warn(f"{count:,} {what}", f"The first: {example}" if example else None)
    saved(msg, f"Saved {report.kept:,} documents", output_path)
    if schema_out is not None:
        saved(msg, "Saved the schema", schema_out)
