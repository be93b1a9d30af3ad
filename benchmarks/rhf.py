"""How much faster are questions that share a passage than one prompt at a time?"""

from pathlib import Path
from typing import Annotated, Any, Dict, List, Sequence, Tuple

import spacy
import torch
import typer
from options import CpuTime, GpuId, Limit, Rounds, Seed, Threads
from settings import prepare
from spacy.training import Corpus
from timing import interleave
from typer import Option
from wasabi import msg

from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.data.entities import EntityDoc
from spacy_docre.models.llm.answers.answer_tokenizer import AnswerTokenizer, TokenizedNames
from spacy_docre.models.llm.answers.lists import Item, Listing
from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.extraction import Session
from spacy_docre.models.llm.local.decoding import items_of, log_probs_of
from spacy_docre.models.llm.prompter import LocalPrompter
from spacy_docre.models.llm.prompts.passages import Passage
from spacy_docre.models.llm.questions import Question, gold_items, gold_parts
from spacy_docre.models.llm.stages import Stage

Asked = Tuple[Stage, Sequence[Question], List[List[Item]]]


class ToldAnswers(AnswerTokenizer):
    """Random weights list nonsense, and how much of it would decide how long it takes. So answers
    can be told: wherever there is a choice, the model computes it and the gold answer is taken."""

    @classmethod
    def of(cls, answer_tokenizer: AnswerTokenizer) -> "ToldAnswers":
        """RETURNS (ToldAnswers): The same, with answers that are told."""
        told = cls.__new__(cls)
        told.__dict__.update(answer_tokenizer.__dict__)
        return told

    def listing(self, question: Question, entities: TokenizedNames) -> Listing:
        """RETURNS (Listing): An answer to be generated, which will be the gold answer."""
        gold = gold_items(question, gold_parts(question.passage, self._schema))
        choices = question.choices(self._schema)
        tries = [spelled.tries for spelled in self._parts(question, entities)]
        told = self.target(question, gold, entities)
        return ToldListing(self.form, choices, tries, told=told)


class ToldListing(Listing):
    """An answer that is told."""

    def __init__(self, *args: Any, told: Sequence[int]) -> None:
        super().__init__(*args)
        self._told = iter(told)
        self._next = next(self._told)

    def allowed(self) -> List[int]:
        """RETURNS (List[int]): The next token, twice where there is a choice, so that it is one."""
        return [self._next] * min(2, len(super().allowed()))

    @property
    def turn(self) -> List[int]:
        """The next token, where it ends the answer or goes on with an item."""
        return [self._next] if self._next in super().turn else []

    def push(self, token: int, log_prob: float) -> None:
        """Go on by one token."""
        super().push(token, log_prob)
        self._next = next(self._told, token)


class OneByOne:
    """Answers each prompt by itself, with the model's own `generate`: the same prompts, under the
    same constraints, but every one of them reads the passage again."""

    def __init__(self, prompter: LocalPrompter, passages: Sequence[Passage]) -> None:
        self.prompter = prompter
        self.prefixes = {
            id(passage): ids
            for passage, ids in zip(passages, prompter.prompts.passages(passages), strict=True)
        }

    def answer(self, stage: Stage, questions: Sequence[Question]) -> List[List[Item]]:
        """Answer the questions of a stage."""
        encoded = self.prompter.prompts.questions(questions)
        return [
            self._answer(stage, question, self.prefixes[id(question.passage)] + ids)
            for question, ids in zip(questions, encoded, strict=True)
        ]

    def _answer(self, stage: Stage, question: Question, prompt: List[int]) -> List[Item]:
        lm, answer_tokenizer = self.prompter.lm, self.prompter.answer_tokenizer
        lm.activate(lm.lora.name_for(stage.name))
        ids = torch.tensor([prompt], device=lm.device)
        mask = torch.ones_like(ids)
        if question.candidate is not None:
            with torch.inference_mode():
                logits = lm.model(input_ids=ids, attention_mask=mask).logits[:, -1]
            yes, no = answer_tokenizer.form.yes[0], answer_tokenizer.form.no[0]
            log_probs = log_probs_of(logits, [[yes, no]])[0]
            return [Item((question.candidate,), float(torch.tensor(log_probs[0]).exp()))]
        listing = answer_tokenizer.listing(question, answer_tokenizer.entities(question.passage))
        said = 0

        def allow(_: int, tokens: torch.Tensor) -> List[int]:
            nonlocal said
            for token in tokens[len(prompt) + said :].tolist():
                listing.push(token, 0.0)
                said += 1
            return listing.allowed()

        output = lm.model.generate(
            input_ids=ids,
            attention_mask=mask,
            prefix_allowed_tokens_fn=allow,
            do_sample=False,
            max_new_tokens=self.prompter.settings.budget.answer_tokens,
            pad_token_id=lm.tokens.pad,
        )
        for token in output[0, len(prompt) + said :].tolist():
            listing.push(token, 0.0)
        return items_of(listing)


class Recorder:
    """Passes questions on to a session, and remembers them with their answers."""

    def __init__(self, session: Session, asked: List[Asked]) -> None:
        self.session = session
        self.asked = asked

    def answer(self, stage: Stage, questions: Sequence[Question]) -> List[List[Item]]:
        """Answer the questions of a stage."""
        answers = self.session.answer(stage, questions)
        self.asked.append((stage, questions, answers))
        return answers


class Counter:
    """Counts the calls of a model, and the tokens that it computes."""

    def __init__(self, prompter: LocalPrompter) -> None:
        self.calls = self.tokens = 0
        prompter.lm.base.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, _: torch.nn.Module, args: tuple, kwargs: Dict) -> None:
        self.calls += 1
        self.tokens += kwargs["input_ids"].numel()

    def take(self) -> "tuple[int, int]":
        """RETURNS (tuple[int, int]): The counts, which begin again."""
        counts = self.calls, self.tokens
        self.calls = self.tokens = 0
        return counts


def main(
    pipeline: Annotated[Path, Option(help="Saved pipeline with a language model")],
    docs: Annotated[Path, Option(help="Documents with entities and relations (.spacy)")],
    component: Annotated[str, Option(help="Name of the component")] = "docre",
    threshold: Annotated[float, Option(help="The score that a triple needs")] = 0.5,
    told: Annotated[bool, Option("--told", help="Let answers be the gold ones")] = False,
    warm_up: Annotated[bool, Option(help="A first round that does not count")] = True,
    every: Annotated[int, Option(help="Ask alone one prompt of so many, and scale")] = 1,
    limit: Limit = 8,
    rounds: Rounds = 1,
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    threads: Threads = 0,
    cpu_time: CpuTime = False,
) -> None:
    """Compare extraction with one prompt at a time, for the same prompts."""
    device = prepare(seed, gpu_id, threads)
    nlp = spacy.load(pipeline)
    pipe = nlp.get_pipe(component)
    prompter = prompter_of(pipe.model)
    if not isinstance(prompter, LocalPrompter):
        msg.fail("The model of this pipeline is behind an endpoint", exits=1)
    examples = Corpus(docs, limit=limit)(nlp)
    sample: List[EntityDoc] = [gold_entity_doc(example, attr=pipe.attr) for example in examples]
    unknown = {triple.label for doc in sample for triple in doc.gold or ()} - {*pipe.labels}
    if told and unknown:
        msg.fail(f"The pipeline was not trained with the relations {sorted(unknown)}", exits=1)
    if told:
        prompter.answer_tokenizer = ToldAnswers.of(prompter.answer_tokenizer)
        threshold = 0.0
    passages = prompter.passages(sample)
    counter = Counter(prompter)
    counts: Dict[str, tuple[int, int]] = {}
    asked: List[Asked] = []
    same = alone = 0

    session_of = prompter.session
    prompter.session = lambda *args: Recorder(session_of(*args), asked)  # type: ignore[method-assign]

    def together() -> None:
        counter.take()
        prompter.lm.passage_tokens = 0
        asked.clear()
        prompter.run_chain(passages, threshold)
        counts["together"] = counter.take()

    def one_by_one() -> None:
        nonlocal same, alone
        counter.take()
        same = alone = 0
        session = OneByOne(prompter, passages)
        everything = [
            (stage, question, answer)
            for stage, questions, answers in asked
            for question, answer in zip(questions, answers, strict=True)
        ]
        for stage, question, answer in everything[every // 2 :: every]:
            (mine,) = session.answer(stage, [question])
            same += [item.values for item in mine] == [item.values for item in answer]
            alone += 1
        counts["one"] = counter.take()

    times = interleave(
        {"together": together, "one": one_by_one},
        docs=len(sample),
        rounds=rounds,
        device=device,
        cpu_time=cpu_time,
        warm_up=warm_up,
    )
    prompts = sum(len(questions) for _, questions, _ in asked)
    scale = {"together": 1.0, "one": prompts / alone}
    times.rounds["one"] = [scale["one"] * seconds for seconds in times.rounds["one"]]
    length = sum(map(len, prompter.prompts.passages(passages))) / len(sample)
    msg.info(
        f"{len(sample)} documents, on average {length:.0f} tokens of passage and "
        f"{prompts / len(sample):.1f} prompts; {same} of {alone} answers list the same items"
    )
    docs_per_second = {name: 1000 / times.median(name) for name in counts}
    generations = {"together": len(asked) / len(sample), "one": prompts / len(sample)}
    read = {"together": prompter.lm.passage_tokens, "one": prompts * length}
    each = sum(map(len, prompter.prompts.passages(passages)))
    rows = {
        "documents per second": [f"{docs_per_second[name]:.3f}" for name in counts],
        "speed-up": [times.ratio("one", "together"), ""],
        "batched generations per document": [f"{generations[name]:.2f}" for name in counts],
        "times a passage is read, for each adapter": [
            f"{read['together'] / each / len(prompter.lm.adapters):.2f}",
            f"{read['one'] / len(sample) / length / len(prompter.lm.adapters):.2f}",
        ],
        "passage tokens computed per document": [
            f"{read['together'] / len(sample):.0f}",
            f"{read['one'] / len(sample):.0f}",
        ],
        "tokens computed per document": [
            f"{scale[name] * counts[name][1] / len(sample):.0f}" for name in counts
        ],
        "forward passes per document": [
            f"{scale[name] * counts[name][0] / len(sample):.1f}" for name in counts
        ],
    }
    msg.table(
        [(name, *values) for name, values in rows.items()],
        header=("", "extraction", "one prompt at a time"),
        divider=True,
        aligns=("l", "r", "r"),
    )


if __name__ == "__main__":
    typer.run(main)
