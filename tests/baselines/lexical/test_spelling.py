"""Triples become text and come back, whatever the entities are called."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from tests.models.worlds import annotated, make_candidates, make_schema, make_table, relaxed

pytest.importorskip("transformers")
from baselines.lexical.spelling import Reader, Spelling, ambiguous, names_of
from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.grammar.automaton import Grammar
from spacy_docre.models.grammar.linearize import NO_HEAD, SymbolSequence, delinearize, linearize
from spacy_docre.models.grammar.orders import ORDERS
from spacy_docre.models.grammar.symbols import END
from tests.models.encoders.seq2seq.models import make_tokenizer

TOKENIZER = make_tokenizer()
VOCAB = Vocab()
N_PIECES = len(TOKENIZER)
SCHEMA = make_schema(P1=2, P2=2)


def read(grammar, spelling, ids):
    reader = Reader(grammar, 0, spelling)
    for id in ids:
        reader.read(id)
    return reader


def there_and_back(schema, doc, triples, order="row_column"):
    table = make_table(schema, doc)
    candidates = make_candidates(schema, doc)
    rng = np.random.default_rng(0)
    (sequence,) = linearize(table, candidates, triples, mode="matrix", order=order, rng=rng)
    (spelling,) = Spelling.of([doc], table, TOKENIZER, N_PIECES)
    grammar = Grammar(table, [doc], mode="matrix", order=order, negatives=False)
    reader = read(grammar, spelling, spelling.spell(sequence.symbols))
    assert reader.finished
    content = delinearize(table, candidates, [SymbolSequence(NO_HEAD, tuple(reader.symbols))])
    return content.triples


@relaxed
@given(annotated(), st.sampled_from(sorted(ORDERS)))
def test_triples_become_text_and_come_back(world, order):
    candidates, triples, _ = world
    found = there_and_back(candidates.trie.schema, candidates.doc, triples, order)
    assert sorted(found) == sorted(triples)


@st.composite
def documents(draw):
    """Entities whose names have no, some or all words in common."""
    text = st.lists(st.sampled_from(["a", "b", "Ab", "\u00e9", ";", ","]), min_size=1, max_size=3)
    names = draw(st.lists(text.map(tuple), min_size=2, max_size=4))
    words, entities = [], []
    for name in names:
        entities.append(Entity.of([(len(words), len(words) + len(name))], "A"))
        words += [*name, "."]
    return EntityDoc(Doc(VOCAB, words=words), tuple(entities))


@relaxed
@given(documents(), st.data())
def test_names_may_begin_like_others_and_hold_what_separates(doc, data):
    candidates = make_candidates(SCHEMA, doc)
    possible = [Triple(pair, SCHEMA.labels[label]) for pair in candidates for label in (0, 1)]
    triples = tuple(data.draw(st.lists(st.sampled_from(possible), unique=True, max_size=6)))
    # Two entities of one name are told apart by nothing.
    assume(ambiguous(EntityDoc(doc.doc, doc.entities, triples)) == 0)
    assert sorted(there_and_back(SCHEMA, doc, triples)) == sorted(triples)


def make(words, *clusters):
    doc = Doc(VOCAB, words=words.split())
    return EntityDoc(doc, tuple(Entity.of(mentions, "A") for mentions in clusters))


def test_an_entity_is_called_by_a_mention_that_is_its_own():
    doc = make("he met he and Bob", [(0, 1)], [(2, 3), (4, 5)])
    assert names_of(doc) == ["he", "Bob"]
    doc = make("he met he", [(0, 1)], [(2, 3)])
    assert names_of(doc) == ["he", "he"]


def test_triples_that_text_does_not_tell_apart_are_counted():
    doc = make("he met he and Bob", [(0, 1)], [(2, 3)], [(4, 5)])
    gold = (Triple((0, 2), "P1"), Triple((2, 1), "P1"))
    assert ambiguous(EntityDoc(doc.doc, doc.entities, gold)) == 2
    doc = make("Ann met Bob", [(0, 1)], [(2, 3)])
    assert ambiguous(EntityDoc(doc.doc, doc.entities, (Triple((0, 1), "P1"),))) == 0


def test_only_names_and_relations_of_the_document_can_be_written():
    doc = make("Ann met Bob", [(0, 1)], [(2, 3)])
    table = make_table(SCHEMA, doc)
    (spelling,) = Spelling.of([doc], table, TOKENIZER, N_PIECES)
    grammar = Grammar(table, [doc], mode="matrix", negatives=False)
    ann, bob = (spelling.spelled[table.entity(i)] for i in (0, 1))
    reader = read(grammar, spelling, [])
    assert set(reader.choices()) == {ann[0], bob[0], *spelling.spelled[END]}
    reader = read(grammar, spelling, ann)
    assert reader.choices() == [bob[0]]  # nobody is related to herself
    with pytest.raises(ValueError, match="DRE542"):
        reader.read(ann[0])
