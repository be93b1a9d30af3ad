"""`python -m spacy docre-end-to-end`: where quality is lost between raw text and triples."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, List, Optional, Tuple

from spacy.cli._util import Arg, Opt, app, setup_gpu
from wasabi import Printer

from ..new_files import new_files
from ..tables import Table, percent, print_tables
from .messages import fail, saved
from .paths import check_different, check_output

if TYPE_CHECKING:
    from spacy.scorer import PRFScore

    from ..analysis.end_to_end import EndToEnd

MODEL = "Pipeline that reads raw text"
DATA = "Documents with gold entities and relations (.spacy)"
COMPONENT = "Name of the component"
LIMIT = "Number of documents, the first ones; 0 for all"
OUTPUT = "Output file (.json) for the scores"
GPU = "GPU, or -1 for the CPU"
HEADER = ("", "P", "R", "F1")
STEPS = {"entities": "gold entities", "mentions": "gold mentions", "text": "nothing but text"}


@app.command("docre-end-to-end")
def docre_end_to_end_cli(
    model: Annotated[str, Arg(help=MODEL)],
    data: Annotated[Path, Arg(help=DATA, exists=True, dir_okay=False)],
    component: Annotated[Optional[str], Opt("--component", "-c", help=COMPONENT)] = None,
    limit: Annotated[int, Opt("--limit", "-n", min=0, help=LIMIT)] = 0,
    output: Annotated[Optional[Path], Opt("--output", "-o", help=OUTPUT)] = None,
    gpu_id: Annotated[int, Opt("--gpu-id", "-g", help=GPU)] = -1,
) -> None:
    """Score a pipeline given gold entities, given gold mentions, and given nothing but text.

    The difference between two rows of triples is what the step between them loses: which mentions
    are one entity, and which mentions there are.
    """
    import spacy
    import srsly
    from spacy.training import Corpus

    from ..analysis.end_to_end import score_end_to_end
    from ..component.lookup import find_component

    msg = Printer()
    try:
        check_different([data, output])
        if output is not None:
            check_output(output, suffixes=[".json"])
        with new_files(output) as (file,):
            setup_gpu(gpu_id)
            nlp = spacy.load(model)
            pipe = find_component(nlp, component)
            scores = score_end_to_end(nlp, pipe, list(Corpus(data, limit=limit)(nlp)))
            if file is not None:
                steps = {**scores._asdict(), "triples": scores.triples}
                plain = {k: v if k == "triples" else v.to_dict() for k, v in steps.items()}
                file.write(srsly.json_dumps(plain, indent=2).encode("utf8"))
    except (ValueError, OSError) as error:
        fail(msg, "No scores", error)
    print_tables(tables(scores), msg)
    if output is not None:
        saved(msg, "Saved the scores", output)


def tables(scores: "EndToEnd") -> List[Table]:
    """RETURNS (List[Table]): The tables of a command's output."""
    entities = [
        _row("mentions (span and type)", scores.mentions),
        _row("entities (all their mentions)", scores.clusters),
        _row("pairs of mentions of one entity", scores.coreference),
        _row("the same, given gold mentions", scores.given_mentions),
    ]
    triples = [
        (f"given {name}", *(percent(scores.triples[step][f"docre_micro_{k}"]) for k in "prf"))
        for step, name in STEPS.items()
    ]
    return [Table("Entities", HEADER, entities), Table("Triples", HEADER, triples)]


def _row(name: str, score: "PRFScore") -> Tuple[str, ...]:
    return (name, *map(percent, (score.precision, score.recall, score.fscore)))
