"""`python -m spacy docre-stages`: where a chain of stages loses recall and precision."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Dict, List, Optional, Tuple

from spacy.cli._util import Arg, Opt, app, setup_gpu
from wasabi import Printer

from ..new_files import new_files
from ..tables import Table, count, percent, print_tables
from .messages import fail, saved
from .paths import check_different, check_output

if TYPE_CHECKING:
    from spacy.scorer import PRFScore

    from ..models.llm.stage_scores import ChainScores

MODEL = "Pipeline with a component that asks a language model"
DATA = "Documents with gold relations (.spacy)"
COMPONENT = "Name of the component"
LIMIT = "Number of documents, the first ones; 0 for all"
OUTPUT = "Output file (.json) for the scores"
GPU = "GPU, or -1 for the CPU"
HEADER = ("", "P", "R", "F1", "Gold", "Found", "Correct")


@app.command("docre-stages")
def docre_stages_cli(
    model: Annotated[Path, Arg(help=MODEL, exists=True)],
    data: Annotated[Path, Arg(help=DATA, exists=True, dir_okay=False)],
    component: Annotated[str, Opt("--component", "-c", help=COMPONENT)] = "docre",
    limit: Annotated[int, Opt("--limit", "-n", min=0, help=LIMIT)] = 0,
    output: Annotated[Optional[Path], Opt("--output", "-o", help=OUTPUT)] = None,
    gpu_id: Annotated[int, Opt("--gpu-id", "-g", help=GPU)] = -1,
) -> None:
    """Score each stage of a language model's chain.

    The first table has what each stage answers if all that is given to it is right, the
    second what is known after each stage in the chain; the third is the extraction, end to end:
    by entities, and by strings as AutoRE counts. The entities of the documents are those of the
    gold data.
    """
    import srsly

    msg = Printer()
    try:
        check_different([data, output])
        if output is not None:
            check_output(output, suffixes=[".json"])
        with new_files(output) as (file,):
            setup_gpu(gpu_id)
            scores = score_stages(model, data, component=component, limit=limit)
            if file is not None:
                file.write(srsly.json_dumps(scores.to_dict(), indent=2).encode("utf8"))
    except (ValueError, OSError) as error:
        fail(msg, "No scores", error)
    print_tables(tables(scores), msg)
    if output is not None:
        saved(msg, "Saved the scores", output)


def score_stages(
    model: Path, data: Path, *, component: str = "docre", limit: int = 0
) -> "ChainScores":
    """Score each stage of a chain.

    model (Path): The pipeline.
    data (Path): Documents with gold relations.
    component (str): The name of the component.
    limit (int): The number of documents; 0 for all.
    RETURNS (ChainScores): The scores.
    RAISES (ValueError): If there is no such component, or it asks no language model.
    """
    import spacy
    from spacy.training import Corpus

    from ..component.lookup import find_component
    from ..models.llm.stage_scores import score_chain

    nlp = spacy.load(model)
    return score_chain(find_component(nlp, component), Corpus(data, limit=limit)(nlp))


def tables(scores: "ChainScores") -> List[Table]:
    """RETURNS (List[Table]): The tables of a command's output."""
    given_gold = [_row(each.name, each.given_gold) for each in scores.stages]
    in_chain = [_row(f"after {each.name}", each.in_chain) for each in scores.stages]
    end_to_end = [_row("entities", scores.stages[-1].in_chain), _string_row(scores.strings)]
    return [
        Table("Stages, given what is right", HEADER, given_gold),
        Table("Stages in the chain", HEADER, in_chain),
        Table("End to end", HEADER, end_to_end),
    ]


def _row(name: str, score: "PRFScore") -> Tuple[str, ...]:
    shares = (score.precision, score.recall, score.fscore)
    counts = (score.tp + score.fn, score.tp + score.fp, score.tp)
    return (name, *map(percent, shares), *map(count, counts))


def _string_row(strings: Dict[str, Any]) -> Tuple[str, ...]:
    shares = [strings[f"docre_string_{key}"] or 0.0 for key in "prf"]
    gold, found = (strings[f"docre_string_{key}"] or 0 for key in ("gold", "predicted"))
    counts = (gold, found, round(shares[1] * gold))
    return ("strings, as AutoRE", *map(percent, shares), *map(count, counts))
