"""Tell a world: pick facts and remarks, put them into sentences and paragraphs."""

import random
from collections import Counter
from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from .facts import Evidence, Fact, close, load_schema
from .references import Discourse
from .templates import Group, Reference, Statement, Template, Word, load_groups
from .world import Thing, World

Binding = Dict[str, Thing]


class StoryMention(NamedTuple):
    """A mention of a thing, by characters of the text.

    named (bool): Whether it is a name, and not a description or a pronoun.
    """

    start: int
    end: int
    thing: int
    named: bool


@dataclass(frozen=True)
class Story:
    """A text and everything that it says.

    text (str): The text; paragraphs are separated by an empty line.
    sentences (Tuple[int, ...]): Where each sentence starts.
    mentions (Tuple[StoryMention, ...]): The mentions, in order.
    things (Tuple[Thing, ...]): What mentions refer to by number.
    facts (Dict[Fact, Evidence]): The facts that the text states or implies, and
        the sentences they follow from.
    """

    text: str
    sentences: Tuple[int, ...]
    mentions: Tuple[StoryMention, ...]
    things: Tuple[Thing, ...]
    facts: Dict[Fact, Evidence]

    @property
    def title(self) -> str:
        """RETURNS (str): The name of what the text speaks about most."""
        counts = Counter(mention.thing for mention in self.mentions)
        return self.things[counts.most_common(1)[0][0]].name


class Narrator:
    """Tell a world.

    world (World): The world.
    rng (random.Random): The source of chance.
    pronouns (bool): Whether a pronoun or a description may be all that a sentence says
        of a thing.
    """

    def __init__(self, world: World, rng: random.Random, pronouns: bool = True) -> None:
        self.world = world
        self.rng = rng
        self.groups = load_groups()
        self.schema = load_schema()
        self.discourse = Discourse(world.things, rng, pronouns)
        self.related = {
            frozenset((fact.head, fact.tail))
            for fact in close(dict.fromkeys(world.facts, ()), self.schema)
        }
        self.untold = list(world.facts)
        self.told: Dict[Fact, Evidence] = {}
        self.used: Set[Template] = set()
        self.text = ""
        self.sentences: List[int] = []
        self.mentions: List[StoryMention] = []

    def tell(self) -> Story:
        """RETURNS (Story): The text and what it says."""
        topic = self.world.things[self.world.topic]
        for paragraph in range(self.rng.randint(2, 4)):
            if paragraph:
                topic = self._next_topic()
                self.discourse.start_paragraph()
                self.text += "\n\n"
            for sentence in range(self.rng.randint(3, 4)):
                self.text += " " if sentence else ""
                self._tell_sentence(topic)
        return Story(
            self.text,
            tuple(self.sentences),
            tuple(self.mentions),
            tuple(self.world.things),
            close(self.told, self.schema),
        )

    def _next_topic(self) -> Thing:
        things = [thing for thing in self.world.things if thing.kind != "time"]
        weights = []
        for thing in things:
            untold = sum(thing.number in (fact.head, fact.tail) for fact in self.untold)
            known = 4 if thing.number in self.discourse.known else 1
            # Places have many facts, but are not what a story is about.
            weights.append((0.05 + untold) * known * (0.3 if thing.type == "LOC" else 1.0))
        return self.rng.choices(things, weights)[0]

    def _tell_sentence(self, topic: Thing) -> None:
        choice = self._choose_statement(topic) if self.rng.random() < 0.75 else None
        group, binding = choice or self._choose_remark(topic)
        template = self._choose_template(group, binding)
        for state in group.states:
            fact = Fact(state.label, binding[state.head].number, binding[state.tail].number)
            self.untold.remove(fact)
            self.told[fact] = (len(self.sentences),)
        self.sentences.append(len(self.text))
        self._write(template, binding)
        self.used.add(template)

    def _choose_statement(self, topic: Thing) -> Optional[Tuple[Group, Binding]]:
        near = {topic.number: 4.0}
        for thing in self.discourse.previous:
            near.setdefault(thing.number, 2.0)
        by_group: List[List[Binding]] = [self._bind(group) for group in self.groups]
        choices, weights = [], []
        for group, bindings in zip(self.groups, by_group):
            for binding in bindings:
                closeness = sum(near.get(thing.number, 0.0) for thing in binding.values())
                choices.append((group, binding))
                # Rich sentences are rarer than their many bindings would make them.
                weights.append((0.02 + closeness) / (len(bindings) * len(binding)))
        return self.rng.choices(choices, weights)[0] if choices else None

    def _bind(self, group: Group) -> List[Binding]:
        """All ways to fill a group's slots so that it states what is still untold."""
        bindings: List[Binding] = [{}] if group.states else []
        for state in group.states:
            bindings = [
                extended
                for binding in bindings
                for fact in self.untold
                if fact.label == state.label
                for extended in [self._extend(binding, group, state, fact)]
                if extended
            ]
        stated = {slot for state in group.states for slot in state[1:]}
        for slot in sorted(set(group.slots) - stated):
            things = self._candidates(group.slots[slot])
            bindings = [{**binding, slot: thing} for binding in bindings for thing in things]
        return bindings

    def _extend(self, binding: Binding, group: Group, state: Statement, fact: Fact) -> Binding:
        """The binding with the slots of one more fact, or empty where they clash."""
        extended = dict(binding)
        for slot, number in zip(state[1:], fact[1:]):
            thing = self.world.things[number]
            if extended.setdefault(slot, thing) != thing or thing.kind != group.slots[slot]:
                return {}
        distinct = {thing.number for thing in extended.values()}
        return extended if len(distinct) == len(extended) else {}

    def _candidates(self, kind: str) -> List[Thing]:
        """What a slot of this kind may take where no fact says so: any thing, but
        times only once, and none that is the answer to something.
        """
        things = self.world.of(kind)
        if kind != "time":
            return things
        busy = self.discourse.known.union(*self.related)
        return [thing for thing in things if thing.number not in busy]

    def _choose_remark(self, topic: Thing) -> Tuple[Group, Binding]:
        """A sentence without facts. What it mentions must be unrelated in this
        world, or it might deny what is told elsewhere.
        """
        near = [topic, *self.discourse.previous]
        choices, weights = [], []
        for group in self.groups:
            if group.states:
                continue
            bindings: List[Binding] = [{}]
            for slot, kind in sorted(group.slots.items()):
                bindings = [
                    {**binding, slot: thing}
                    for binding in bindings
                    for thing in self._candidates(kind)
                    if self._unrelated(thing, binding)
                ]
            for binding in bindings:
                closeness = sum(thing in near for thing in binding.values())
                choices.append((group, binding))
                weights.append((0.02 + closeness) * len(binding) / len(bindings))
        return self.rng.choices(choices, weights)[0]

    def _unrelated(self, thing: Thing, binding: Binding) -> bool:
        return all(
            thing != other and frozenset((thing.number, other.number)) not in self.related
            for other in binding.values()
        )

    def _choose_template(self, group: Group, binding: Binding) -> Template:
        templates = [t for t in group.templates if self._understood(t, binding)]
        fresh = [template for template in templates if template not in self.used] or templates
        # Seldom possible, so taken more often when it is.
        weights = [1 if set(binding) <= template.mentioned else 4 for template in fresh]
        return self.rng.choices(fresh, weights)[0]

    def _understood(self, template: Template, binding: Binding) -> bool:
        """Whether what a sentence leaves out, as in "The founder was …", is clear:
        it was mentioned just before, and nothing else of its kind was mentioned yet.
        """
        for slot in set(binding) - template.mentioned:
            thing = binding[slot]
            known = {t.number for t in self.world.of(thing.kind)} & self.discourse.known
            if thing not in self.discourse.previous or known != {thing.number}:
                return False
        return True

    def _write(self, template: Template, binding: Binding) -> None:
        """Write a sentence. Each has a name that no other document has, so that no
        two documents share a sentence.
        """
        start, pronouns = len(self.text), self.discourse.pronouns
        for attempt in range(4):
            self.discourse.pronouns = pronouns and attempt < 3
            text, mentions, unique = self._render(template, binding, start)
            if unique:
                break
            self.discourse.drop_sentence()
        self.discourse.pronouns = pronouns
        self.discourse.end_sentence()
        self.text += text[0].upper() + text[1:]
        self.mentions += mentions

    def _render(
        self, template: Template, binding: Binding, start: int
    ) -> Tuple[str, List[StoryMention], bool]:
        text, mentions, unique = "", [], False
        said = {piece.slot for piece in template.pieces if isinstance(piece, Word) and piece.word}
        for piece in template.pieces:
            if isinstance(piece, str):
                text += piece
            elif isinstance(piece, Reference):
                thing = binding[piece.slot]
                plainly = piece.slot in said
                for part in self.discourse.refer(thing, piece.case, plainly=plainly):
                    begin = start + len(text)
                    text += part.text
                    if part.mention:
                        end = begin + len(part.text)
                        mentions.append(StoryMention(begin, end, thing.number, part.named))
                    unique |= part.unique
            else:
                thing = binding[piece.slot]
                if piece.word:
                    noun = thing.noun
                    article = "an " if noun[0] in "aeiou" else "a "
                    text += article + noun if piece.word == "a_noun" else noun
                else:
                    text += piece.female if thing.pronoun == "she" else piece.male
        return text, mentions, unique
