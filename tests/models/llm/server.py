"""A server that speaks as much of OpenAI's protocol as vLLM's clients need. It answers questions
about the stories by reading them, and misbehaves where the model's name asks for it.

It refuses fields that requests to vLLM do not have, in the version that the path names: "/v1" for
a current one, "/old/v1" for one before `structured_outputs`. What is behind "/careless/v1" ignores
what it does not know, as real servers do: here, all constraints."""

import json
import math
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

FACTS = {
    "born_in": r"(\w+) was born in (\w+) \.",
    "lives_in": r"(\w+) now lives in (\w+) \.",
    "lies_in": r"(\w+) is a town of (\w+) \.",
}
FIELDS = {
    "model": str,
    "messages": list,
    "temperature": (int, float),
    "max_tokens": int,
    "logprobs": bool,
    "top_logprobs": int,
}
NEW = {"structured_outputs": dict}
OLD = {"guided_choice": list, "guided_regex": str}
KINDS = {"choice": list, "regex": str}
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
    return "".join(f"- {name}\n" for name in found) or "none"


def problem_of(body, fields):
    """What is wrong with a request, or ""."""
    for key, value in body.items():
        if key not in fields:
            return f"unknown field {key}"
        if not isinstance(value, fields[key]):
            return f"{key} has another type"
    for message in body["messages"]:
        if set(message) != {"role", "content"} or message["role"] != "user":
            return "messages have another form"
    if "structured_outputs" in body:
        given = body["structured_outputs"]
        if len(given) != 1 or not all(isinstance(v, KINDS.get(k, ())) for k, v in given.items()):
            return "structured_outputs needs one constraint"
    if "top_logprobs" in body and not body.get("logprobs"):
        return "top_logprobs needs logprobs"
    return ""


def constrained(text, body):
    """The text, or another one that a constraint allows."""
    given = body.get("structured_outputs") or {
        key.removeprefix("guided_"): body[key] for key in OLD if key in body
    }
    if "choice" in given and text not in given["choice"]:
        return given["choice"][0]
    if "regex" in given and not re.fullmatch(given["regex"], text):
        return "none" if re.fullmatch(given["regex"], "none") else given["regex"]
    return text


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(200, {"requests": requests, "most": most})

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
        extra = OLD if self.path.startswith("/old/") else NEW
        problem = "" if self.path.startswith("/careless/") else problem_of(body, FIELDS | extra)
        if problem:
            return self.reply(400, {"error": {"message": problem}})
        if model == "busy":
            with lock:
                failures["busy"] -= 1
                busy = failures["busy"] >= 0
            if busy:
                return self.reply(503, {"error": "loading"}, {"Retry-After": "0.01"})
        if model == "absent":
            return self.reply(404, {"error": "no such model"})
        if model == "overloaded":
            return self.reply(429, {"error": "too many"})
        if model == "slow":
            time.sleep(1)
        if model == "odd":
            return self.reply(200, {"unexpected": True})
        prompt = body["messages"][0]["content"]
        text = "Hello!" if prompt.startswith("Answer with the word") else answer(prompt)
        if not self.path.startswith("/careless/"):
            text = constrained(text, body)
        if model == "chatty" and "hello" not in prompt:
            text = f"Sure! Here they are:\n{text}- Nobody\n* Ann\n- Ann | Bonn\n"
        pieces = re.findall(r"\n|[^\n]+", text)
        tokens = [
            {"token": piece, "logprob": math.log(0.95), "top_logprobs": []} for piece in pieces
        ]
        if text in ("yes", "no"):
            other = "no" if text == "yes" else "yes"
            tokens[0]["top_logprobs"] = [
                {"token": text, "logprob": math.log(0.6)},
                {"token": other, "logprob": math.log(0.2)},
            ]
        choice = {
            "message": {"role": "assistant", "content": text},
            "finish_reason": "length" if model == "cut" else "stop",
            "index": 0,
            "logprobs": {"content": tokens},
        }
        return self.reply(200, {"choices": [choice]})

    def reply(self, status, data, headers=None):
        content = json.dumps(data).encode()
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
