"""How much faster are symbols in parallel rows than plain generation, with the same pretrained
weights?

Plain generation is `generate` of `transformers`, which writes the whole matrix of a document,
over the full vocabulary, and asks a Python function at each step what may follow.
"""

from tempfile import TemporaryDirectory
from typing import Annotated, Any, Dict, List, Tuple, cast

import documents
import spacy
import tokenizers
import torch
import transformers
import typer
from options import BatchSize, CpuTime, Docs, Entities, GpuId, Limit, Rounds, Seed, Threads, Tokens
from pipelines import LABELS, by_batch
from plain_generation import PlainGeneration
from prompting import PromptedRows
from settings import prepare
from spacy.language import Language
from spacy.training import Example
from timing import Times, interleave, peak_memory
from typer import Option
from wasabi import msg

from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.models.extractor import extract
from spacy_docre.models.heads.seq2seq_rows import Seq2SeqRows
from spacy_docre.models.shim import NetworkShim
from spacy_docre.pipe import RelationExtractor

# The shape of t5-small.
SHAPE: Dict[str, Any] = {
    "vocab_size": 32128,
    "d_model": 512,
    "d_kv": 64,
    "d_ff": 2048,
    "num_layers": 6,
    "num_heads": 8,
    "decoder_start_token_id": 0,
}
Beams = Annotated[str, Option(help="Widths of beams to measure; 1 is greedy search")]

NegativesName = Annotated[
    str,
    Option(
        help="Which pairs without a relation are stated: All, as in the published configs, "
        "Diagonal, Dynamic"
    ),
]


def main(
    docs: Docs = None,
    limit: Limit = 4,
    tokens: Tokens = 200,
    entities: Entities = 20,
    batch_size: BatchSize = 4,
    beams: Beams = "1,4",
    negatives: NegativesName = "All",
    rounds: Rounds = 3,
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    threads: Threads = 0,
    cpu_time: CpuTime = False,
) -> None:
    """Compare extraction with plain generation of the same facts."""
    device = prepare(seed, gpu_id, threads)
    nlp = spacy.blank("en")
    if docs is not None:
        sample = documents.read(docs, nlp, limit)
    else:
        sample = documents.make(
            nlp, docs=limit, tokens=tokens, entities=entities, labels=LABELS, seed=seed
        )
    examples = [Example(doc.copy(), doc) for doc in sample]
    add_extractor(nlp, examples, seed, negatives)
    docre: RelationExtractor = nlp.get_pipe("docre")  # type: ignore[assignment]
    model, shim = docre.model, cast(NetworkShim, docre.model.shims[0])
    batch = [gold_entity_doc(example) for example in examples]
    facts = [set(doc.gold or ()) for doc in batch]
    network = shim.network
    plain = PlainGeneration(network.encoder, network.sizes.trie, shim.head.negatives)
    rows = []
    for width in map(int, beams.split(",")):
        shim.head = PromptedRows.of(cast(Seq2SeqRows, shim.head), width)
        actions = {
            "rows": by_batch(
                lambda some: [
                    triples for _, triples in extract(model, some, docre.schema, threshold=0.5)
                ],
                batch,  # type: ignore[arg-type]
                batch_size,
            ),
            "plain": by_batch(
                lambda some, width=width: plain(some, width),
                batch,  # type: ignore[arg-type]
                batch_size,
            ),
        }
        memory = {}
        # Both say the same: the facts, and NA where it is always stated.
        for name, action in actions.items():
            found = [set(triples) for part in action() for triples in part]
            if found != facts:
                msg.fail(f"{name}, beam {width}: the facts are not those of the documents", exits=1)
            memory[name] = peak_memory()
        times = interleave(
            actions,
            docs=len(batch),
            rounds=rounds,
            device=device,
            cpu_time=cpu_time,
            warm_up=False,  # that was the check
        )
        rows += lines(width, times, memory)
    msg.info(
        f"{len(batch)} documents, on average {sum(len(doc) for doc in sample) / len(batch):.0f} "
        f"tokens, {sum(len(doc.entities) for doc in batch) / len(batch):.1f} entities, "
        f"{sum(map(len, facts)) / len(batch):.1f} facts; batches of {batch_size}"
    )
    header = ("beam", "", "ms per document", "docs/s", "times as fast", "peak MB so far")
    msg.table(rows, header=header, divider=True, aligns=("r", "l", "r", "r", "r", "r"))


def lines(width: int, times: Times, memory: Dict[str, float]) -> List[Tuple[object, ...]]:
    """RETURNS (List[Tuple]): The lines of the table for a width."""
    titles = {"rows": "symbols, rows in parallel", "plain": "plain generation"}
    return [
        (
            width,
            title,
            times.spread(name),
            f"{1000 / times.median(name):.2f}",
            times.ratio("plain", name),
            f"{memory[name]:.0f}",
        )
        for name, title in titles.items()
    ]


def add_extractor(nlp: Language, examples: List[Example], seed: int, negatives: str) -> None:
    """Add an extractor with random weights to a pipeline."""
    torch.manual_seed(seed)
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**SHAPE))
    with TemporaryDirectory() as directory:
        model.save_pretrained(directory)
        make_tokenizer([example.text for example in examples]).save_pretrained(directory)
        backbone = {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": directory}
        settings = {
            "@architectures": "spacy_docre.Extractor.v1",
            "encoder": {"@misc": "spacy_docre.Seq2Seq.v1", "backbone": backbone},
            "head": {
                "@misc": "spacy_docre.Seq2SeqRows.v1",
                "negatives": {"@misc": f"spacy_docre.{negatives}Negatives.v1"},
            },
        }
        nlp.add_pipe("docre", config={"model": settings})
        nlp.initialize(lambda: examples)


def make_tokenizer(texts: List[str]) -> Any:
    """RETURNS (PreTrainedTokenizerFast): A tokenizer that knows the frequent words of texts."""
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=SHAPE["vocab_size"],
        special_tokens=["<pad>", "</s>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    bpe.post_processor = tokenizers.processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe, pad_token="<pad>", eos_token="</s>"
    )


if __name__ == "__main__":
    typer.run(main)
