"""`spacy_docre.KeepRelations.v1`: spaCy's augmenters, without the loss of relations."""

from bisect import bisect_left
from dataclasses import replace
from typing import Callable, Dict, Iterator, List, Tuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from ..data.entities import Entity, name_of
from ..data.notes import load_notes, store_notes
from ..data.storage import has_relations, load_relations, store_relations, stored_attrs
from ..errors import Errors

Augmenter = Callable[[Language, Example], Iterator[Example]]


@registry.augmenters("spacy_docre.KeepRelations.v1")
def create_keep_relations(augmenter: Augmenter) -> Augmenter:
    """Create an augmenter that does what another one does, and keeps relations. Augmenters build
    documents anew from what spaCy itself knows of them, and relations are not part of that.

    augmenter (Callable[[Language, Example], Iterator[Example]]): The augmenter, which may change
        the words of a document and insert spaces.
    RETURNS (Callable[[Language, Example], Iterator[Example]]): The augmenter.
    """

    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        for augmented in augmenter(nlp, example):
            if augmented.reference is not example.reference:
                carry_over(example.reference, augmented.reference)
            yield augmented

    return augment


def carry_over(source: Doc, target: Doc) -> None:
    """Give a document the relations of the one it was made of, by the order of their words.

    source (Doc): A document with relations.
    target (Doc): The document that was made of it, with other words or with further spaces. What
        it has already, it keeps.
    RAISES (ValueError): If it has more or fewer words.
    """
    for key in ("id", "title"):
        if key in source.user_data:
            target.user_data.setdefault(key, source.user_data[key])
    attrs = [attr for attr in stored_attrs(source) if not has_relations(target, attr=attr)]
    if not attrs:
        return
    before, after = _words(source), _words(target)
    if len(before) != len(after):
        raise ValueError(
            Errors.DRE088.format(doc=name_of(source), before=len(before), after=len(after))
        )
    numbers: Dict[int, int] = dict(zip(before, after))

    def place(start: int, end: int) -> Tuple[int, int]:
        # Of a mention that begins or ends with spaces the words between.
        words = before[bisect_left(before, start) : bisect_left(before, end)]
        return (numbers[words[0]], numbers[words[-1]] + 1) if words else (start, end)

    for attr in attrs:
        stored = load_relations(source, attr=attr)
        entities = [
            Entity.of([place(*mention) for mention in entity.mentions], entity.type, entity.id)
            for entity in stored.entities
        ]
        store_relations(
            target,
            entities,
            stored.triples,
            roles=stored.roles,
            words=stored.words,
            soft=stored.soft,
            attr=attr,
        )
    notes = load_notes(source)
    sections = [
        (bisect_left(before, start), bisect_left(before, end)) for start, end in notes.sections
    ]
    bounds = [*after, len(target)]
    store_notes(target, replace(notes, sections=[(bounds[a], bounds[b]) for a, b in sections]))


def _words(doc: Doc) -> List[int]:
    return [token.i for token in doc if not token.is_space]
