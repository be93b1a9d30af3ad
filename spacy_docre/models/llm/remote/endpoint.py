"""An endpoint that speaks OpenAI's protocol, and may serve a base model with its adapters under
names of their own."""

import json
import os
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from spacy.util import registry

from ....errors import Errors
from ....optional_packages import need
from ....showing import show
from ....trust import Outside
from ..checks import check_choice, check_range
from .constraints import Constraint, OneOf
from .reading import check_form
from .servers import SERVERS, Server
from .usage import Usage

# Nothing that a model says of its own accord.
UNLIKELY = "qzx-docre"
HELLO = 'Answer with the word "hello".'
# What the server says of one request, such as that it is too long.
REFUSED = {400, 413, 422}
# What may pass: too many requests, and a server that is starting or overloaded.
PASSING = {408, 425, 429, 500, 502, 503, 504}
LONGEST_WAIT = 60.0
# What a header may hold, but for spaces.
KEY = re.compile("[!-~]+")
# What an address holds of a user.
USER = re.compile("//[^/?#]*@")
# Far more than the answer to any question.
LARGEST_ANSWER = 1 << 26
# What reading data of any kind raises.
OTHER_FORM = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)


class Refusal(NamedTuple):
    """A request that the server understood, and refused.

    problem (str): What it says.
    """

    problem: str


Choice = Union[Dict[str, Any], Refusal]


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
    server (Server): What the server understands.
    extra (Dict[str, Any]): Further fields of requests. None leaves a field out of them.
    alternatives (int): How many alternatives to tell for each token.

    usage (Usage): How many requests were answered, and their tokens.
    """

    url: str
    models: Dict[str, str] = field(default_factory=dict)
    key_variable: str = "OPENAI_API_KEY"
    concurrency: int = 16
    timeout: float = 120.0
    retries: int = 5
    backoff: float = 0.5
    server: Server = SERVERS["vllm"]
    extra: Dict[str, Any] = field(default_factory=dict)
    alternatives: int = 5
    outside: Outside = field(init=False, compare=False, repr=False)
    usage: Usage = field(default_factory=Usage, init=False, repr=False, compare=False)
    _kept: Dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        key = f"with the key in the variable {self.key_variable!r}"
        what = f"send documents to {self.shown_url}, {key}"
        object.__setattr__(self, "outside", Outside(what))
        check_range("concurrency", self.concurrency, 1)
        check_range("retries", self.retries, 0)
        check_range("alternatives", self.alternatives, 0, 20)

    @property
    def shown_url(self) -> str:
        """The address for messages: without a name and a password that it may hold."""
        return USER.sub("//", self.url)

    def request(
        self,
        message: str,
        tokens: int,
        constraint: Constraint,
        chat_settings: Mapping[str, Any],
    ) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): A request, all but the name of the model. See `Server`."""
        return self.server.request(
            message,
            tokens=tokens,
            alternatives=self.alternatives,
            constraint=constraint,
            chat_settings=chat_settings,
            extra=self.extra,
        )

    def check_constraints(self, model: str, chat_settings: Mapping[str, Any]) -> None:
        """Ask, once, for an answer that no model gives of its own accord: servers ignore fields
        that they do not know.

        model (str): The model to ask.
        chat_settings (Mapping[str, Any]): What the chat template is told.
        RAISES (ValueError): If the server does not keep to the constraint, or does not answer, or
            the model has no room to.
        """
        if self.server.constraints == "none" or "constraints" in self._kept:
            return
        request = self.request(HELLO, 24, OneOf([UNLIKELY]), chat_settings)
        payload = {"model": model, **request}
        (choice,) = self.ask_all([payload])
        if isinstance(choice, Refusal):
            raise self._failure(payload, choice.problem)
        found = choice["message"].get("content") or ""
        if not found and choice.get("finish_reason") == "length":
            limit = self.server.limit
            fields = {"url": self.shown_url, "model": model, "limit": limit}
            raise ValueError(Errors.DRE622.format(**fields, tokens=request.get(limit)))
        if found.strip() != UNLIKELY and not (self.server.in_json and _answer(found) == UNLIKELY):
            raise ValueError(
                Errors.DRE621.format(
                    url=self.shown_url,
                    field=self.server.field(),
                    expected=show(UNLIKELY),
                    model=model,
                    found=show(found),
                    servers=", ".join(map(repr, SERVERS)),
                )
            )
        self._kept["constraints"] = True

    def context(self) -> Optional[int]:
        """RETURNS (Optional[int]): The number of tokens of a prompt with its answer, where the
        server tells it, as vLLM does: the smallest of its models."""
        if "context" not in self._kept:
            httpx = need("httpx", extra="serve")
            lengths: List[Any] = []
            # A server need not say it, and of what is wrong the questions will tell.
            failures = suppress(httpx.HTTPError, httpx.InvalidURL, *OTHER_FORM)
            with self._client() as client, failures:
                _, content = self._fetch(client, "GET", f"{self.url.rstrip('/')}/models")
                data = json.loads(content)["data"]
                lengths = [model["max_model_len"] for model in data]
            known = [length for length in lengths if isinstance(length, int) and length > 0]
            self._kept["context"] = min(known, default=None)
        context: Optional[int] = self._kept["context"]
        return context

    def ask_all(self, payloads: Sequence[Dict[str, Any]]) -> List[Choice]:
        """Send requests, several at a time.

        payloads (Sequence[Dict[str, Any]]): The requests for chat completions.
        RETURNS (List[Union[Dict[str, Any], Refusal]]): The first choice of each answer, or why a
            request was refused, by a server that has answered others.
        RAISES (ValueError): If a request fails, for good or too often, or all are refused.
        """
        with self._client() as client, ThreadPoolExecutor(self.concurrency) as pool:
            futures = [pool.submit(self._ask, client, payload) for payload in payloads]
            try:
                choices = [future.result() for future in futures]
            finally:
                # After a failure nothing else is worth asking.
                pool.shutdown(cancel_futures=True)
        refused = [choice for choice in choices if isinstance(choice, Refusal)]
        if refused and len(refused) == len(choices) and not self.usage.requests:
            raise self._failure(payloads[0], refused[0].problem)
        return choices

    def _client(self) -> Any:
        self.outside.use()
        httpx = need("httpx", extra="serve")
        key = self._key()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        limits = httpx.Limits(max_connections=self.concurrency)
        return httpx.Client(headers=headers, timeout=self.timeout, limits=limits)

    def _key(self) -> str:
        """RETURNS (str): The key, or "" if there is none.
        RAISES (ValueError): If it is none. What refuses it later would show it.
        """
        key = os.environ.get(self.key_variable, "")
        if key and KEY.fullmatch(key) is None:
            raise ValueError(Errors.DRE623.format(variable=self.key_variable, url=self.shown_url))
        return key

    def _said(self, content: bytes) -> str:
        """RETURNS (str): What a server says of a failure, which may repeat the key."""
        key = self._key().encode()
        shown = content.replace(key, b"(the key)") if key else content
        return shown[:200].decode("utf8", "replace")

    def _ask(self, client: Any, payload: Dict[str, Any]) -> Choice:
        httpx = need("httpx", extra="serve")
        url = f"{self.url.rstrip('/')}/chat/completions"
        problem = ""
        for attempt in range(self.retries + 1):
            wait: Optional[float] = None
            try:
                response, content = self._fetch(client, "POST", url, json=payload)
                if response.status_code == 200:
                    data = json.loads(content)
                    choice: Dict[str, Any] = data["choices"][0]
                    check_form(choice)
                    self.usage.add(data)
                    return choice
                problem = f"status {response.status_code}: {self._said(content)}"
                if response.status_code in REFUSED:
                    return Refusal(problem)
                if response.status_code not in PASSING:
                    break
                wait = _seconds(response.headers.get("retry-after"))
            except (httpx.RequestError, httpx.InvalidURL) as error:
                problem = f"{type(error).__name__}: {error}"
            except OTHER_FORM as error:
                problem = f"an answer in another form ({error!r})"
                break
            if attempt < self.retries:
                time.sleep(min(LONGEST_WAIT, wait or self._pause(attempt)))
        raise self._failure(payload, problem)

    def _failure(self, payload: Dict[str, Any], problem: str) -> ValueError:
        url = f"{self.shown_url.rstrip('/')}/chat/completions"
        return ValueError(
            Errors.DRE615.format(url=url, model=payload.get("model"), problem=problem)
        )

    def _fetch(self, client: Any, method: str, url: str, **settings: Any) -> Tuple[Any, bytes]:
        """RETURNS (Tuple[Response, bytes]): A response and its content, which a server can neither
        make larger than memory nor hand over for ever."""
        httpx = need("httpx", extra="serve")
        content = bytearray()
        with client.stream(method, url, **settings) as response:
            latest = time.monotonic() + self.timeout
            for part in response.iter_bytes():
                content += part
                if len(content) > LARGEST_ANSWER:
                    raise ValueError(f"more than {LARGEST_ANSWER:,} bytes")
                if time.monotonic() > latest:
                    raise httpx.ReadTimeout("the answer has no end")
        return response, bytes(content)

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
    server: str = "vllm",
    constraints: Optional[str] = None,
    log_probs: Optional[bool] = None,
    alternatives: int = 5,
    extra: Dict[str, Any] = {},  # noqa: B006
) -> Endpoint:
    """Describe an endpoint. See `Endpoint`.

    server (str): What the server understands: "vllm", "llama.cpp", "openai", "ollama", "json" for
        others that take a JSON schema, or "plain" for those that take nothing of the kind.
    constraints (Optional[str]): How to say what an answer may be, if otherwise than the server is
        known for: "structured_outputs", "grammar", "json_schema" or "none".
    log_probs (Optional[bool]): Whether to ask for log-probabilities, likewise.
    """
    check_choice("server", server, SERVERS)
    capabilities = SERVERS[server].with_own(constraints, log_probs)
    return Endpoint(
        url,
        dict(models),
        key_variable,
        concurrency,
        timeout,
        retries,
        backoff,
        capabilities,
        dict(extra),
        alternatives,
    )


def _answer(text: str) -> Any:
    """The answer in JSON, if that is what it is."""
    try:
        return json.loads(text)["answer"]
    except OTHER_FORM:
        return None


def _seconds(value: Optional[str]) -> Optional[float]:
    try:
        return None if value is None else max(0.0, float(value))
    except ValueError:  # a date
        return None
