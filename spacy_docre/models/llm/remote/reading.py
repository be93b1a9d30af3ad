"""What an answer from an endpoint says. It is read strictly: what is not an item of names that the
question allows is left out and counted, never repaired."""

import json
import math
import re
from bisect import bisect_left
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..answers.choices import Choices, Values
from ..answers.lists import BULLET, NO, NONE, YES, Item
from ..local.decoding import sigmoid
from ..prompts.passages import SEPARATOR

Names = Sequence[Mapping[int, Sequence[str]]]
# A list ends with a control token, which some servers show as "".
CONTROL = re.compile(r"(<.*>)?", re.DOTALL)
DECODER = json.JSONDecoder()
# How servers say that an answer ended by itself. All else cuts it: its length, a filter, an error.
ENDED = {"stop", "eos", "eos_token", "end_turn", "stop_sequence", ""}
# The log-probability of what is not probable at all. Servers have several.
NEVER = -9999.0


class Line(NamedTuple):
    """A part of an answer that should be an item.

    parts (Optional[List[str]]): Its names, or None if it has another form.
    start (int): Where it begins: the character at which the answer might have ended.
    end (int): Where it ends.
    """

    parts: Optional[List[str]]
    start: int
    end: int


def check_form(choice: Any) -> None:
    """Check a choice of a response, of which a server may have made anything.

    choice (Any): The choice.
    RAISES (ValueError): If a text is no text, or a log-probability none. What else is missing shows
        as what Python raises.
    """
    content = choice["message"].get("content")
    if not isinstance(content, (str, type(None))):
        raise ValueError("the content is no text")
    for token in (choice.get("logprobs") or {}).get("content") or []:
        for each in (token, *(token.get("top_logprobs") or [])):
            # False of NaN, too. Rounding makes a little more than 0.
            if not (isinstance(each["token"], str) and each["logprob"] < 0.1):
                raise ValueError("what it tells of tokens are no log-probabilities")


class Answer:
    """An answer, with the log-probabilities of its tokens if the server tells them.

    choice (Mapping[str, Any]): A choice of a response, checked.
    in_json (bool): Whether it is JSON.
    """

    def __init__(self, choice: Mapping[str, Any], *, in_json: bool) -> None:
        self.text: str = choice["message"].get("content") or ""
        self.cut: bool = str(choice.get("finish_reason") or "").lower() not in ENDED
        self._in_json = in_json
        self._tokens: List[Mapping[str, Any]] = (choice.get("logprobs") or {}).get("content") or []
        self._starts, self._ends = _places(self.text, [str(t["token"]) for t in self._tokens])

    def items(self, asks: Sequence[str], names: Names, choices: Choices) -> Tuple[List[Item], int]:
        """Read the items of a list.

        asks (Sequence[str]): The parts of an item.
        names (Sequence[Mapping[int, Sequence[str]]]): For each part the names of values.
        choices (Choices): The items that it may list.
        RETURNS (Tuple[List[Item], int]): The items, and the number of what else there was. The
            score of an item is its probability against that of ending the answer in its place, or
            its own if the server tells no alternatives, or None if it tells nothing.
        """
        values = [{name: value for value, own in part.items() for name in own} for part in names]
        items: List[Item] = []
        wrong = 0
        for line in self._json_lines(asks) if self._in_json else self._lines():
            item = None if line.parts is None else _find(line.parts, values, choices)
            if item is None:
                wrong += 1
                continue
            choices.use(item)
            items.append(Item(item, self._score(line)))
        return items, wrong

    def verdict(self) -> Tuple[bool, Optional[float]]:
        """RETURNS (Tuple[bool, Optional[float]]): Whether the answer is yes or no at all, and the
        probability of yes against no. It is 0 if the answer is no, and None if it is yes, if the
        server does not tell."""
        said, at = self.text.strip().lower(), 0
        if self._in_json:
            try:
                said = str(json.loads(self.text)["answer"]).lower()
                at = self.text.rindex(":") + 1
            except (ValueError, KeyError, TypeError, RecursionError):
                return False, None
        if said not in (YES, NO):
            return False, None
        for place in range(bisect_left(self._starts, at), len(self._tokens)):
            token = self._tokens[place]
            if not _bare(token["token"]):
                continue
            found = {YES: 0.0, NO: 0.0}
            alternatives = token.get("top_logprobs") or []
            if len(alternatives) < 2:
                told = min(1.0, math.exp(_log_prob(token)))
                return True, told if said == YES else 1 - told
            for each in alternatives:
                name = _bare(each["token"])
                for word in found:
                    if name and word.startswith(name):
                        found[word] += math.exp(_log_prob(each))
            total = found[YES] + found[NO]
            if total:
                return True, found[YES] / total
            break
        return True, None if said == YES else 0.0

    def _lines(self) -> List[Line]:
        lines: List[Line] = []
        end = -1
        texts = self.text.split("\n")
        if not self.text.strip() and not self.cut:  # which is not how to say that there is nothing
            return [Line(None, 0, len(self.text))]
        for number, text in enumerate(texts):
            start, end = max(0, end), end + 1 + len(text)
            # Some tokenizers begin an answer with a space.
            text = text.lstrip(" ") if number == 0 else text
            last = number == len(texts) - 1
            nothing = not text.strip() or (text.strip() == NONE and not lines)
            if nothing or (last and self.cut):
                continue
            listed = text.startswith(f"{BULLET} ")
            parts = text[len(BULLET) + 1 :].split(f" {SEPARATOR} ") if listed else None
            lines.append(Line(parts, start, end))
        return lines

    def _json_lines(self, asks: Sequence[str]) -> List[Line]:
        lines: List[Line] = []
        found = re.match(r'\s*\{\s*"answer"\s*:\s*\[', self.text)
        if found is None:
            return [] if self.cut else [Line(None, 0, len(self.text))]
        at = found.end()
        while True:
            start = at
            spaces = re.compile(r"[\s,]*").match(self.text, at)
            at = spaces.end() if spaces else at
            try:
                value, at = DECODER.raw_decode(self.text, at)
            except (ValueError, RecursionError):
                if not self.cut and not self.text.startswith("]", at):
                    lines.append(Line(None, start, len(self.text)))
                return lines
            parts: Optional[List[Any]] = [value] if len(asks) == 1 else None
            if len(asks) > 1 and isinstance(value, dict):
                parts = [value.get(role) for role in asks]
            known = parts is not None and all(isinstance(part, str) for part in parts)
            lines.append(Line(parts if known else None, start, at))

    def _score(self, line: Line) -> Optional[float]:
        if not self._tokens:
            return None
        first, after = (bisect_left(self._starts, at) for at in (line.start, line.end))
        before = ""
        if self._in_json and 0 < first < after:
            # Tokens such as `},{"` decide within them that there is another item, which is theirs.
            if self._ends[first - 1] > line.start:
                first -= 1
                before = self.text[self._starts[first] : line.start].lstrip(" ")
            if after - first > 1 and self._ends[after - 1] > line.end:
                after -= 1
        log_prob = sum(_log_prob(token) for token in self._tokens[first:after])
        if first >= after:  # what the server tells are not the tokens of the text
            return None
        alternatives = self._tokens[first].get("top_logprobs") or []
        begins = self._in_json or line.start == 0 or self.text[self._starts[first]] == "\n"
        if len(alternatives) < 2 or not begins:
            return min(1.0, math.exp(log_prob))
        ends = []
        for each in alternatives:
            token = each["token"].lstrip(" ") if before else each["token"]
            if token.startswith(before) and self._is_end(token[len(before) :], line):
                ends.append(_log_prob(each))
        # An alternative that was not told is less probable than all that were.
        ends = ends or [min(map(_log_prob, alternatives))]
        most = max(ends)
        end = most + math.log(sum(math.exp(value - most) for value in ends))
        return sigmoid(log_prob - end)

    def _is_end(self, token: str, line: Line) -> bool:
        """Whether a token ends the list, in the place of a line."""
        if self._in_json:
            return token.lstrip(' "').startswith("]")
        if line.start == 0:
            name = _bare(token)
            return bool(name) and NONE.startswith(name)
        return CONTROL.fullmatch(token) is not None


def _places(text: str, tokens: Sequence[str]) -> Tuple[List[int], List[int]]:
    """The characters at which each token begins and ends. Servers leave out control tokens and
    spaces in the one or in the other."""
    starts: List[int] = []
    ends: List[int] = []
    at = 0
    for token in tokens:
        found = at if text.startswith(token, at) else -1
        if found < 0 and token.strip():
            found = text.find(token.strip(), at, at + len(token) + 8)
            token = token.strip()
        starts.append(at if found < 0 else found)
        at = at if found < 0 else found + len(token)
        ends.append(at)
    return starts, ends


def _find(
    parts: Sequence[str], values: Sequence[Mapping[str, int]], choices: Choices
) -> Optional[Values]:
    if len(parts) != len(values):
        return None
    item: Values = ()
    for part, known in zip(parts, values):
        value = known.get(part.strip())
        if value is None or not choices.options(item) >> value & 1:
            return None
        item = (*item, value)
    return item


def _log_prob(token: Mapping[str, Any]) -> float:
    return max(NEVER, token["logprob"])


def _bare(token: Any) -> str:
    return str(token).strip(' "\n').lower()


def names_of(asks: Sequence[str], relations: Any, entities: Any) -> List[Dict[int, Any]]:
    """RETURNS (List[Dict[int, Tuple[str, ...]]]): For each part of an item the names of values."""
    return [dict(relations if role == "relation" else entities) for role in asks]
