"""A server that speaks as much of OpenAI's protocol as vLLM's clients need. It answers questions
about the stories by reading them, and misbehaves where the model's name asks for it.

It refuses fields that requests to a server do not have, of the kind that the path names, such as
"/vllm/v1". What is behind "/careless/v1" ignores what it does not know, as real servers do: here,
all constraints."""

import gzip
import json
import math
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import permutations
from pathlib import Path
from threading import Lock

sys.path.insert(0, str(Path(__file__).parent))
from gbnf import TOKEN, Grammar
from schemas import problem_of

FACTS = {
    "born_in": r"(\w+) was born in (\w+) \.",
    "lives_in": r"(\w+) now lives in (\w+) \.",
    "lies_in": r"(\w+) is a town of (\w+) \.",
}
NAN = {"token": "none", "logprob": float("nan")}
# What no server should answer, with headers.
GARBAGE = {
    "parts": ({"choices": [{"message": {"content": [{"type": "text", "text": "none"}]}}]},),
    "nan": ({"choices": [{"message": {"content": "none"}, "logprobs": {"content": [NAN]}}]},),
    "deep": (b"[" * 100_000,),
    "squeezed": (b"not compressed", {"Content-Encoding": "gzip"}),
    "endless": (gzip.compress(b" " * (1 << 20)), {"Content-Encoding": "gzip"}),
}
lock = Lock()
requests = []
failures = {"busy": 2}
under_way = most = 0


def facts_of(prompt):
    text = prompt.split("\n\n")[0]
    return [(r, *pair) for r, regex in FACTS.items() for pair in re.findall(regex, text)]


def answer(prompt):
    relation = re.search(r"^Relation: (.*)$", prompt, re.MULTILINE)
    head = re.search(r"^Head: (.*)$", prompt, re.MULTILINE)
    facts = [f for f in facts_of(prompt) if relation is None or f[0] == relation[1]]
    facts = [f for f in facts if head is None or f[1] == head[1]]
    if 'Answer "yes" or "no"' in prompt:
        return "yes" if facts else "no"
    part = 0 if relation is None else 1 if head is None else 2
    found = list(dict.fromkeys(fact[part] for fact in facts))
    return "\n".join(f"- {name}" for name in found) or "none"


def constrained(text, prompt, body):
    """The text, or another one that a constraint allows."""
    grammar = body.get("grammar") or body.get("structured_outputs", {}).get("grammar")
    if grammar:
        allowed = Grammar(grammar)
        # A model that must keep to the order of a grammar does.
        for lines in permutations(text.split("\n")):
            if allowed.allows("\n".join(lines)):
                return "\n".join(lines)
        literals = [token[1:-1] for token in TOKEN.findall(grammar) if token.startswith('"')]
        return "none" if allowed.allows("none") else literals[-1]
    if "response_format" in body:
        schema = body["response_format"]["json_schema"]["schema"]["properties"]["answer"]
        if schema["type"] == "string":
            return json.dumps({"answer": text if text in schema["enum"] else schema["enum"][-1]})
        names = [line[2:] for line in text.split("\n") if line.startswith("- ")]
        assert len(names) <= schema["maxItems"]
        return json.dumps({"answer": [name for name in names if name in schema["items"]["enum"]]})
    return text


def log_probs(text):
    """Tokens, each of which was nearly certain, and might have been another one."""
    tokens = []
    for piece in re.findall(r'[\n\[\],{}:"]| ?[^\s\[\],{}:"]+| ', text):
        other = {"yes": "no", "no": "yes", "\n": "", "none": "-"}.get(piece, "none")
        alternatives = [
            {"token": token, "logprob": math.log(value)}
            for token, value in ((piece, 0.97), (other, 0.03), ("x", 0.0001))
        ]
        tokens.append({**alternatives[0], "top_logprobs": alternatives})
    return tokens


class Handler(BaseHTTPRequestHandler):
    @property
    def kind(self):
        return self.path.split("/")[1]

    def do_GET(self):
        if self.path.endswith("/models"):
            length = {"max_model_len": 800} if self.kind == "vllm" else {}
            return self.reply(200, {"data": [{"id": "relations", **length}]})
        return self.reply(200, {"requests": requests, "most": most})

    def do_DELETE(self):
        global most
        with lock:
            requests.clear()
            failures["busy"] = 2
            most = 0
        self.reply(200, {})

    def do_POST(self):
        global under_way, most
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model = body["model"]
        with lock:
            requests.append({**body, "key": self.headers.get("Authorization")})
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        # Before the reply: a client may ask again as soon as it has read it.
        with lock:
            under_way -= 1
        self.complete(model, body)

    def complete(self, model, body):
        problem = "" if self.kind == "careless" else problem_of(body, self.kind)
        if model == "thinker" and {"temperature", "logprobs"} & set(body):
            problem = "this model takes no temperature and tells no logprobs"
        if "Qqq" in body["messages"][0]["content"]:
            problem = "this is longer than the model's context"
        if problem:
            return self.reply(400, {"error": {"message": problem}})
        if model == "busy":
            with lock:
                failures["busy"] -= 1
                busy = failures["busy"] >= 0
            if busy:
                return self.reply(503, {"error": "loading"}, {"Retry-After": "0.01"})
        if model == "moved":
            return self.reply(307, {}, {"Location": self.path})
        if model == "talkative":
            return self.reply(401, {"error": f"wrong: {self.headers.get('Authorization')}"})
        if model == "absent":
            return self.reply(404, {"error": "no such model"})
        if model == "overloaded":
            return self.reply(429, {"error": "too many"})
        if model == "slow":
            time.sleep(1)
        if model == "odd":
            return self.reply(200, {"unexpected": True})
        if model in GARBAGE:
            return self.reply(200, *GARBAGE[model])
        if model == "dripping":
            return self.drip()
        prompt = body["messages"][0]["content"]
        text = "Hello!" if prompt.startswith("Answer with the word") else answer(prompt)
        if self.kind != "careless":
            text = constrained(text, prompt, body)
        if model == "chatty" and "hello" not in prompt:
            text = f"Sure! Here they are:\n{text}\n- Nobody\n* Ann\n- Ann | Bonn"
        if model == "cut":
            text = f"{text}\n- K"
        if model == "spaced":
            text = f" {text}"
        cut = model == "cut"
        if model == "muser" and body["max_completion_tokens"] < 1000:
            text, cut = None, True
        choice = {
            "message": {"role": "assistant", "content": text},
            "finish_reason": "length" if cut else "stop",
            "index": 0,
        }
        if body.get("logprobs") and text is not None:
            choice["logprobs"] = {"content": log_probs(text)}
        usage = {"prompt_tokens": 10, "completion_tokens": 2}
        return self.reply(200, {"choices": [choice], "usage": usage})

    def drip(self):
        """Send a byte now and then, before any client gives up waiting for the next one."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b" ")
                time.sleep(0.1)
        except OSError:
            pass  # the client has had enough

    def reply(self, status, data, headers=None):
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    sys.stdout.close()
    server.serve_forever()
