"""Answers from an endpoint. Text that comes back is read strictly: what is not an item of names
that the question allows is left out and counted, never repaired."""

import math
import re
import warnings
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ....errors import Warnings
from ..answers.choices import Choices, Values
from ..answers.lists import BULLET, NO, NONE, YES, Item
from ..local.lora import LoRA
from ..prompts.passages import SEPARATOR
from ..prompts.prompts import Prompts
from ..questions import Question, values_of
from ..stages import Stage
from .endpoint import Endpoint


class RemoteSession:
    """Answers with an endpoint.

    endpoint (Endpoint): The endpoint.
    prompts (Prompts): The prompts.
    lora (LoRA): Which stage uses which adapter.
    schema (Schema): The relations.
    answer_tokens (int): The largest number of tokens of an answer.
    """

    def __init__(
        self, endpoint: Endpoint, prompts: Prompts, lora: LoRA, schema: Any, answer_tokens: int
    ) -> None:
        self._endpoint = endpoint
        self._prompts = prompts
        self._lora = lora
        self._schema = schema
        self._answer_tokens = answer_tokens

    def answer(self, stage: Stage, questions: Sequence[Question]) -> List[List[Item]]:
        """Answer the questions of a stage. See `spacy_docre.models.llm.extraction.Session`."""
        payloads = [self._payload(stage, question) for question in questions]
        for kind in {self._kind(question) for question in questions}:
            self._endpoint.check_constraint(kind, self._model(stage))
        answers: List[List[Item]] = []
        refused = unfinished = 0
        for question, choice in zip(questions, self._endpoint.ask_all(payloads)):
            text = choice["message"].get("content") or ""
            tokens = (choice.get("logprobs") or {}).get("content") or []
            if question.candidate is not None:
                score = _verdict(text, tokens)
                refused += score is None
                answers.append([Item((question.candidate,), score or 0.0)])
                continue
            cut = choice.get("finish_reason") == "length"
            unfinished += cut
            names = self._names(question)
            items, wrong = read_items(text, tokens, names, question.choices(self._schema), cut=cut)
            refused += wrong
            answers.append(items)
        if refused:
            warnings.warn(Warnings.DRW602.format(count=refused, stage=stage.name), stacklevel=2)
        if unfinished:
            warnings.warn(
                Warnings.DRW600.format(
                    count=unfinished,
                    total=len(questions),
                    stage=stage.name,
                    tokens=self._answer_tokens,
                ),
                stacklevel=2,
            )
        return answers

    def _names(self, question: Question) -> List[Dict[int, Tuple[str, ...]]]:
        relations, entities = self._prompts.relation_names, question.passage.names
        return [dict(relations if role == "relation" else entities) for role in question.stage.asks]

    def _payload(self, stage: Stage, question: Question) -> Dict[str, Any]:
        content = self._prompts.passage(question.passage) + self._prompts.question(question)
        payload: Dict[str, Any] = {
            "model": self._model(stage),
            "messages": [{"role": "user", "content": content}],
            "temperature": 0,
            "max_tokens": self._answer_tokens,
            "logprobs": True,
        }
        if question.candidate is not None:
            payload.update(max_tokens=4, top_logprobs=5)
        kind = self._kind(question)
        if kind == "choice":
            return {**payload, **self._endpoint.constraint(kind, [YES, NO])}
        regex = pattern(self._names(question), question.choices(self._schema))
        return {**payload, **self._endpoint.constraint(kind, regex)}

    def _model(self, stage: Stage) -> str:
        adapter = self._lora.name_for(stage.name)
        return self._endpoint.models.get(adapter, adapter)

    def _kind(self, question: Question) -> str:
        """The kind of constraint that a question needs."""
        return "regex" if question.candidate is None else "choice"


def pattern(names: Sequence[Mapping[int, Sequence[str]]], choices: Choices) -> str:
    """RETURNS (str): A regular expression of the answers to a question. It knows the names, but
    not which of them can stand together: `read_items` sees to that."""
    allowed = values_of(choices.options())
    parts = []
    for number, own in enumerate(names):
        values = allowed if number == 0 else list(own)
        parts.append("|".join(re.escape(name) for value in values for name in own[value]))
    item = rf" \{SEPARATOR} ".join(f"({part})" for part in parts)
    # Models may end behind the last name, as they may behind its line.
    return rf"{NONE}|{BULLET} {item}(\n{BULLET} {item})*\n?"


def read_items(
    text: str,
    tokens: Sequence[Mapping[str, Any]],
    names: Sequence[Mapping[int, Sequence[str]]],
    choices: Choices,
    *,
    cut: bool = False,
) -> Tuple[List[Item], int]:
    """Read the items of an answer.

    text (str): The answer.
    tokens (Sequence[Mapping[str, Any]]): Its tokens with their log-probabilities, if known. The
        score of an item is then the probability of its line, and else 1.
    names (Sequence[Mapping[int, Sequence[str]]]): For each part of an item the names of values.
    choices (Choices): The items that it may list.
    cut (bool): Whether the answer ends somewhere, so that its last line does not count.
    RETURNS (Tuple[List[Item], int]): The items, and the number of other lines.
    """
    values = [{name: value for value, own in part.items() for name in own} for part in names]
    items: List[Item] = []
    wrong = 0
    lines = text.split("\n")
    scores = _line_scores(lines, tokens)
    if cut:
        lines = lines[:-1]
    for line, score in zip(lines, scores):
        if not line.strip() or (line.strip() == NONE and not items):
            continue
        item = _read_item(line, values, choices)
        if item is None:
            wrong += 1
            continue
        choices.use(item)
        items.append(Item(item, score))
    return items, wrong


def _read_item(
    line: str, values: Sequence[Mapping[str, int]], choices: Choices
) -> Optional[Values]:
    if not line.startswith(f"{BULLET} "):
        return None
    parts = line[len(BULLET) + 1 :].split(f" {SEPARATOR} ")
    if len(parts) != len(values):
        return None
    item: Values = ()
    for part, known in zip(parts, values):
        value = known.get(part.strip())
        if value is None or not choices.options(item) >> value & 1:
            return None
        item = (*item, value)
    return item


def _line_scores(lines: Sequence[str], tokens: Sequence[Mapping[str, Any]]) -> List[float]:
    """The probability of each line: the product of those of the tokens that begin in it."""
    log_probs = [0.0] * len(lines)
    line = 0
    for token in tokens:
        log_probs[min(line, len(lines) - 1)] += float(token["logprob"])
        line += str(token["token"]).count("\n")
    return [min(1.0, math.exp(value)) for value in log_probs]


def _verdict(text: str, tokens: Sequence[Mapping[str, Any]]) -> Optional[float]:
    """The probability of yes against no, where it is told; None if the answer is neither."""
    said = text.strip().lower()
    if said not in (YES, NO):
        return None
    if not tokens:
        return float(said == YES)
    found = {YES: 0.0, NO: 0.0}
    for each in tokens[0].get("top_logprobs") or [tokens[0]]:
        name = str(each["token"]).strip().lower()
        for word in found:
            if name and word.startswith(name):
                found[word] += math.exp(float(each["logprob"]))
    total = found[YES] + found[NO]
    return found[YES] / total if total else float(said == YES)
