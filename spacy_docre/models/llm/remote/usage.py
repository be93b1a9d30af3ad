"""What a server was asked for, in requests and tokens."""

from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any, Dict, Mapping

# Answers come from several threads. One lock for all, so that totals can be copied and pickled.
_LOCK = Lock()


@dataclass
class Usage:
    """Totals of all requests that were answered.

    requests (int): The number of answers.
    prompt_tokens (int): The tokens of prompts, as the server counts them.
    completion_tokens (int): The tokens of answers, as the server counts them.
    uncounted (int): The answers that came without counts, so that both totals are too small.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    uncounted: int = 0

    def add(self, answer: Mapping[str, Any]) -> None:
        """Count an answer.

        answer (Mapping[str, Any]): The answer, with the field `usage` of OpenAI's protocol.
        """
        usage = answer.get("usage")
        counts = usage if isinstance(usage, Mapping) else {}
        tokens = [counts.get(name) for name in ("prompt_tokens", "completion_tokens")]
        prompt, completion = (each if isinstance(each, int) else None for each in tokens)
        with _LOCK:
            self.requests += 1
            self.uncounted += prompt is None or completion is None
            self.prompt_tokens += prompt or 0
            self.completion_tokens += completion or 0

    def to_dict(self) -> Dict[str, int]:
        """RETURNS (Dict[str, int]): The totals, ready for JSON."""
        with _LOCK:
            return asdict(self)
