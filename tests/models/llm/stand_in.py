"""A server in this process that speaks OpenAI's protocol, answers as a test says, keeps what it was
asked, and counts tokens: words and marks."""

import json
import math
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Callable, Dict, Iterator, List

FACTS = {
    "born_in": r"(\w+) was born in (\w+) \.",
    "lives_in": r"(\w+) now lives in (\w+) \.",
    "lies_in": r"(\w+) is a town of (\w+) \.",
}
# Of yes and of no, where the answer is one of them.
SURE = 0.9


def tokens(text: str) -> List[str]:
    return re.findall(r"\w+|[^\w\s]", text)


def read_stories(prompt: str) -> str:
    """The answer of whoever reads and understands the prompts of this package."""
    text = prompt.split("\n\n")[0]
    facts = [(pair[0], name, pair[1]) for name in FACTS for pair in re.findall(FACTS[name], text)]
    # Entities that have numbers are called by them.
    numbers = {name: number for number, name in re.findall(r"^(\d+): (\w+)", prompt, re.M)}
    facts = [(numbers.get(h, h), r, numbers.get(t, t)) for h, r, t in facts]
    for part, field in enumerate(("Head", "Relation", "Tail")):
        given = re.search(rf"^{field}: (.*)$", prompt, re.M)
        facts = [fact for fact in facts if given is None or fact[part] == given[1]]
    if 'Answer "yes" or "no"' in prompt:
        return "yes" if facts else "no"
    if "head | relation | tail" in prompt:
        items = [" | ".join(fact) for fact in facts]
    elif re.search(r"^Head:", prompt, re.M):
        items = [tail for _, _, tail in facts]
    elif re.search(r"^Relation:", prompt, re.M):
        items = [head for head, _, _ in facts]
    else:
        items = [relation for _, relation, _ in facts]
    return "\n".join(f"- {item}" for item in dict.fromkeys(items)) or "none"


class StandIn:
    """The server.

    answer (Callable[[str], str]): Answers prompts. A test may replace it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answer: Callable[[str], str] = read_stories
        self.counts = self.log_probs = True
        self.bodies: List[Dict[str, Any]] = []
        self.answers: List[str] = []

    @property
    def questions(self) -> List[str]:
        """The prompts, but for the request that sees whether constraints hold."""
        prompts = [body["messages"][0]["content"] for body in self.bodies]
        return [prompt for prompt in prompts if prompt.startswith("Text:")]

    def complete(self, body: Dict[str, Any]) -> Dict[str, Any]:
        prompt = body["messages"][0]["content"]
        asked = prompt.startswith("Text:")
        text = self.answer(prompt) if asked else _first(body)
        self.bodies.append(body)
        self.answers.append(text)
        pieces = [
            {"token": piece, "logprob": math.log(0.95), "top_logprobs": []}
            for piece in re.findall(r"\n|[^\n]+", text)
        ]
        if text in ("yes", "no"):
            for word in ("yes", "no"):
                share = SURE if word == text else 1 - SURE
                alternative = {"token": word, "logprob": math.log(share)}
                pieces[0]["top_logprobs"].append(alternative)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": len(tokens(prompt)), "completion_tokens": len(tokens(text))}
        return {
            "choices": [{**choice, "logprobs": {"content": pieces} if self.log_probs else None}],
            **({"usage": usage} if self.counts else {}),
        }


def _first(body: Dict[str, Any]) -> str:
    """The only answer that a constraint allows."""
    given = body.get("structured_outputs", {})
    if "grammar" in given:
        return re.findall(r'"([^"]+)"', given["grammar"])[-1]
    return given["choice"][0] if "choice" in given else given.get("regex", "hello")


@contextmanager
def serve() -> Iterator[StandIn]:
    """The server, for the time of a `with` block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = json.dumps(stand_in.complete(body)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_port}/v1")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
