"""What servers that speak OpenAI's protocol understand. A field that a server does not know it
often ignores without a word, so what one can do is said by the config, and is never guessed."""

from dataclasses import dataclass, replace
from typing import Any, Dict, Mapping, Optional

from ..checks import check_choice
from .constraints import Constraint

CONSTRAINTS = ("structured_outputs", "grammar", "json_schema", "none")


@dataclass(frozen=True)
class Server:
    """What a server understands.

    constraints (str): How requests say what an answer may be: as a grammar in the field
        `structured_outputs` or `grammar`, as a JSON schema in `response_format`, or not at all.
    log_probs (bool): Whether answers come with the log-probabilities of their tokens.
    limit (str): The field that bounds an answer.
    chat_settings (bool): Whether it takes `chat_template_kwargs`.
    """

    constraints: str
    log_probs: bool
    limit: str = "max_tokens"
    chat_settings: bool = False

    def with_own(self, constraints: Optional[str], log_probs: Optional[bool]) -> "Server":
        """RETURNS (Server): The same with other capabilities, where they are not None."""
        if constraints is not None:
            check_choice("constraints", constraints, CONSTRAINTS)
        return replace(
            self,
            constraints=self.constraints if constraints is None else constraints,
            log_probs=self.log_probs if log_probs is None else log_probs,
        )

    @property
    def in_json(self) -> bool:
        """Whether answers are JSON."""
        return self.constraints == "json_schema"

    def field(self) -> str:
        """RETURNS (str): The field that constrains an answer, or "" if there is none."""
        fields = {"json_schema": "response_format", "none": ""}
        return fields.get(self.constraints, self.constraints)

    def request(
        self,
        message: str,
        *,
        tokens: int,
        alternatives: int,
        constraint: Constraint,
        chat_settings: Mapping[str, Any],
        extra: Mapping[str, Any],
    ) -> Dict[str, Any]:
        """Write a request, all but the name of the model.

        message (str): The message.
        tokens (int): The largest number of tokens of the answer.
        alternatives (int): How many alternatives to tell for each token.
        constraint (Constraint): What the answer may be.
        chat_settings (Mapping[str, Any]): What the chat template is told.
        extra (Mapping[str, Any]): Further fields; those that are None are left out of the request.
        RETURNS (Dict[str, Any]): The request.
        """
        request: Dict[str, Any] = {
            "messages": [{"role": "user", "content": message}],
            "temperature": 0,
            self.limit: tokens,
        }
        if self.log_probs:
            request.update(logprobs=True, top_logprobs=alternatives)
        if self.chat_settings and chat_settings:
            request["chat_template_kwargs"] = dict(chat_settings)
        if self.constraints == "structured_outputs":
            request["structured_outputs"] = {"grammar": constraint.grammar}
        elif self.constraints == "grammar":
            request["grammar"] = constraint.grammar
        elif self.constraints == "json_schema":
            named = {"name": "answer", "strict": True, "schema": constraint.schema}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        request.update(extra)
        return {key: value for key, value in request.items() if value is not None}


SERVERS = {
    # From 0.12 on. Its log-probabilities, like llama.cpp's, are those before constraints.
    "vllm": Server("structured_outputs", True, "max_completion_tokens", chat_settings=True),
    "llama.cpp": Server("grammar", True, chat_settings=True),
    "openai": Server("json_schema", True, "max_completion_tokens"),
    "ollama": Server("json_schema", False),
    "json": Server("json_schema", False),
    "plain": Server("none", False),
}
