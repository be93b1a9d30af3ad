"""Answers from an endpoint."""

import warnings
from typing import Any, Dict, List, Sequence, Tuple

from ....data.entities import name_of
from ....errors import Warnings
from ..answers.lists import Item
from ..local.lora import LoRA
from ..prompts.prompts import Prompts
from ..questions import Question
from ..stages import Stage
from .constraints import VERDICT, Constraint, ListOf
from .endpoint import Endpoint, Refusal
from .reading import Answer, names_of

# How many tokens "yes" or "no" have at most, as text and in JSON.
VERDICT_TOKENS = 4
JSON_TOKENS = 16


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
        if not questions:
            return []
        adapter = self._lora.name_for(stage.name)
        model = self._endpoint.models.get(adapter, adapter)
        settings = self._prompts.chat_settings
        self._endpoint.check_constraints(model, settings)
        requests = [{"model": model, **self._request(question)} for question in questions]
        answers: List[List[Item]] = []
        wrong = unfinished = 0
        refused: Dict[str, str] = {}
        for question, choice in zip(questions, self._endpoint.ask_all(requests)):
            if isinstance(choice, Refusal):
                refused.setdefault(name_of(question.passage.doc.doc), choice.problem)
                answers.append([])
                continue
            answer = Answer(choice, in_json=self._endpoint.server.in_json)
            items, number = self._read(question, answer)
            answers.append(items)
            wrong += number
            unfinished += answer.cut and question.candidate is None
        for doc, problem in refused.items():
            message = Warnings.DRW760.format(doc=doc, url=self._endpoint.shown_url, problem=problem)
            warnings.warn(message, stacklevel=2)
        if wrong:
            warnings.warn(Warnings.DRW602.format(count=wrong, stage=stage.name), stacklevel=2)
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

    def _read(self, question: Question, answer: Answer) -> Tuple[List[Item], int]:
        """The items of an answer, and the number of what else it said."""
        if question.candidate is not None:
            is_answer, score = answer.verdict()
            if not is_answer:
                return [], 1
            return [Item((question.candidate,), score)], 0
        names = self._names(question)
        return answer.items(question.stage.asks, names, question.choices(self._schema))

    def _request(self, question: Question) -> Dict[str, Any]:
        endpoint = self._endpoint
        in_json = endpoint.server.in_json
        message = self._prompts.passage(question.passage) + self._prompts.question(question)
        constraint: Constraint = VERDICT
        tokens = JSON_TOKENS if in_json else VERDICT_TOKENS
        if question.candidate is None:
            asks = question.stage.asks
            constraint = ListOf(asks, self._names(question), question.choices(self._schema))
            tokens = self._answer_tokens
        if in_json:
            message += f"\n\n{_in_json(question)}"
        return endpoint.request(message, tokens, constraint, self._prompts.chat_settings)

    def _names(self, question: Question) -> List[Dict[int, Tuple[str, ...]]]:
        relations, entities = self._prompts.relation_names, question.passage.names
        return names_of(question.stage.asks, relations, entities)


def _in_json(question: Question) -> str:
    """What to add to a question that asks for lines, where an answer must be JSON."""
    if question.candidate is not None:
        return 'Write it in JSON: {"answer": "yes"}'
    asks = question.stage.asks
    item = '"…"' if len(asks) == 1 else "{" + ", ".join(f'"{role}": "…"' for role in asks) + "}"
    many, none = f'{{"answer": [{item}, …]}}', '{"answer": []}'
    return f'Write them in JSON, without "- ": {many}, and {none} for none.'
