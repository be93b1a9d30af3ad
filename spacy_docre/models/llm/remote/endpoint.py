"""An endpoint that speaks OpenAI's protocol, as vLLM and TGI do, and serves the base model with
its adapters under names of their own."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Set

from spacy.util import registry

from ....errors import Errors
from ....showing import show
from ....trust import Outside
from ..checks import check_choice, check_range
from ..extra import need
from .usage import Usage

CONSTRAINTS = ("structured_outputs", "guided", "none")
# Nothing that a model says of its own accord.
UNLIKELY = "qzx-docre"
# What may pass: too many requests, and a server that is starting or overloaded.
PASSING = {408, 425, 429, 500, 502, 503, 504}
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Endpoint:
    """An endpoint.

    url (str): Where it is, up to and with "/v1".
    models (Dict[str, str]): By the name of an adapter the model to ask for; its own name if it
        is not there.
    key_variable (str): The environment variable that holds the key, if there is one.
    concurrency (int): How many requests are under way at a time.
    timeout (float): The seconds to wait for an answer.
    retries (int): How often to try again what failed in passing.
    backoff (float): The seconds before the first time, doubled each time.
    constraints (str): How requests say what an answer may be: in the field `structured_outputs`, as
        vLLM takes it since version 0.11, in fields whose names begin with "guided", as it did
        before version 0.12, or not at all with "none".
    """

    url: str
    models: Dict[str, str] = field(default_factory=dict)
    key_variable: str = "OPENAI_API_KEY"
    concurrency: int = 16
    timeout: float = 120.0
    retries: int = 5
    backoff: float = 0.5
    constraints: str = "structured_outputs"
    outside: Outside = field(init=False, compare=False, repr=False)
    usage: Usage = field(default_factory=Usage, init=False, repr=False, compare=False)
    _kept: Set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        what = f"send documents to {self.url}, with the key in the variable {self.key_variable!r}"
        object.__setattr__(self, "outside", Outside(what))
        check_choice("constraints", self.constraints, CONSTRAINTS)
        check_range("concurrency", self.concurrency, 1)
        check_range("retries", self.retries, 0)

    def constraint(self, kind: str, value: Any) -> Dict[str, Any]:
        """Say what an answer may be.

        kind (str): "choice" or "regex".
        value (Any): A list of answers, or a regular expression.
        RETURNS (Dict[str, Any]): The fields of a request.
        """
        if self.constraints == "none":
            return {}
        if self.constraints == "guided":
            return {f"guided_{kind}": value}
        return {"structured_outputs": {kind: value}}

    def check_constraint(self, kind: str, model: str) -> None:
        """Ask, once, for an answer that no model gives of its own accord: servers ignore fields
        that they do not know.

        kind (str): The kind of constraint.
        model (str): The model to ask.
        RAISES (ValueError): If the server does not keep to the constraint, or does not answer.
        """
        constraint = self.constraint(kind, [UNLIKELY] if kind == "choice" else UNLIKELY)
        if not constraint or kind in self._kept:
            return
        payload = {
            "model": model,
            "messages": [{"role": "user", "content": 'Answer with the word "hello".'}],
            "temperature": 0,
            "max_tokens": 16,
            **constraint,
        }
        (choice,) = self.ask_all([payload])
        found = choice["message"].get("content") or ""
        if found.strip() != UNLIKELY:
            (name,) = constraint
            raise ValueError(
                Errors.DRE621.format(
                    url=self.url,
                    field=name,
                    expected=show(UNLIKELY),
                    model=model,
                    found=show(found),
                )
            )
        self._kept.add(kind)

    def ask_all(self, payloads: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
        """Send requests, several at a time.

        payloads (Sequence[Dict[str, Any]]): The requests for chat completions.
        RETURNS (List[Dict[str, Any]]): The first choice of each answer.
        RAISES (ValueError): If a request fails, for good or too often.
        """
        self.outside.use()
        httpx = need("httpx", extra="serve")
        key = os.environ.get(self.key_variable)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        limits = httpx.Limits(max_connections=self.concurrency)
        with (
            httpx.Client(headers=headers, timeout=self.timeout, limits=limits) as client,
            ThreadPoolExecutor(self.concurrency) as pool,
        ):
            futures = [pool.submit(self._ask, client, payload) for payload in payloads]
            try:
                return [future.result() for future in futures]
            finally:
                # After a failure nothing else is worth asking.
                pool.shutdown(cancel_futures=True)

    def _ask(self, client: Any, payload: Dict[str, Any]) -> Dict[str, Any]:
        httpx = need("httpx", extra="serve")
        url = f"{self.url.rstrip('/')}/chat/completions"
        problem = ""
        for attempt in range(self.retries + 1):
            wait: Optional[float] = None
            try:
                response = client.post(url, json=payload)
                if response.status_code == 200:
                    answer = response.json()
                    choice: Dict[str, Any] = answer["choices"][0]
                    self.usage.add(answer)
                    return choice
                problem = f"status {response.status_code}: {response.text[:200]}"
                if response.status_code not in PASSING:
                    break
                wait = _seconds(response.headers.get("retry-after"))
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
            except (ValueError, KeyError, IndexError, TypeError) as error:
                problem = f"an answer in another form ({error!r})"
                break
            if attempt < self.retries:
                time.sleep(min(LONGEST_WAIT, wait or self._pause(attempt)))
        raise ValueError(Errors.DRE615.format(url=url, model=payload.get("model"), problem=problem))

    def _pause(self, attempt: int) -> float:
        # Requests that failed together should not come back together.
        return self.backoff * 2**attempt * (1 + random.Random().random()) / 2


@registry.misc("spacy_docre.OpenAIEndpoint.v1")
def make_endpoint(
    url: str,
    models: Dict[str, str] = {},  # noqa: B006
    key_variable: str = "OPENAI_API_KEY",
    concurrency: int = 16,
    timeout: float = 120.0,
    retries: int = 5,
    backoff: float = 0.5,
    constraints: str = "structured_outputs",
) -> Endpoint:
    """Describe an endpoint. See `Endpoint`."""
    return Endpoint(
        url, dict(models), key_variable, concurrency, timeout, retries, backoff, constraints
    )


def _seconds(value: Optional[str]) -> Optional[float]:
    try:
        return None if value is None else max(0.0, float(value))
    except ValueError:  # a date
        return None
