"""As much of llama.cpp's grammars as a test needs to see what they allow."""

import re

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|::=|[A-Za-z][A-Za-z0-9-]*|[()|?*])')
ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


class Grammar:
    """A grammar, whose rules stand on lines of their own.

    text (str): Its text.
    """

    def __init__(self, text):
        self.rules = {}
        for line in text.split("\n"):
            name, rule = line.split(" ::= ", 1)
            assert name not in self.rules, "a rule is stated once"
            tokens = TOKEN.findall(rule)
            assert "".join(tokens) == re.sub(r'("(?:[^"\\]|\\.)*")|\s+', r"\1", rule)
            self.rules[name], rest = _alternatives(tokens)
            assert not rest

    def allows(self, text):
        """Whether this is all that the grammar allows to say."""
        return len(text) in self._match(text)[0]

    def begins(self, text):
        """Whether this may be the beginning of it."""
        ends, more = self._match(text)
        return more or len(text) in ends

    def _match(self, text):
        self._text, self._more, self._known = text, False, {}
        return self._rule("root", 0), self._more

    def _rule(self, name, at):
        if (name, at) not in self._known:
            self._known[name, at] = self._any(self.rules[name], at)
        return self._known[name, at]

    def _any(self, alternatives, at):
        return set().union(*(self._sequence(items, at) for items in alternatives))

    def _sequence(self, items, at):
        places = {at}
        for kind, value, how in items:
            step = {"literal": self._literal, "rule": self._rule, "group": self._any}[kind]
            found = set().union(*(step(value, place) for place in places))
            if how == "*":
                new = found - places
                while new:
                    found |= new
                    new = set().union(*(step(value, place) for place in new)) - found
            places = found | (places if how else set())
        return places

    def _literal(self, value, at):
        rest = self._text[at:]
        if rest.startswith(value):
            return {at + len(value)}
        self._more |= value.startswith(rest)
        return set()


def _alternatives(tokens):
    found = [[]]
    while tokens and tokens[0] != ")":
        token, *tokens = tokens
        if token == "|":
            found.append([])
            continue
        if token == "(":
            value, tokens = _alternatives(tokens)
            assert tokens[0] == ")"
            item, tokens = ["group", value], tokens[1:]
        elif token[0] == '"':
            plain = re.sub(r"\\(.)", lambda m: ESCAPED.get(m[1], m[1]), token[1:-1])
            item = ["literal", plain]
        else:
            item = ["rule", token]
        how = ""
        if tokens and tokens[0] in "?*":
            how, *tokens = tokens
        found[-1].append((*item, how))
    return found, tokens
