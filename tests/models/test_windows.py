"""Documents of any length: what windows ask, and what a document that fits is spared."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity, EntityDoc, in_order
from spacy_docre.data.triples import Triple
from spacy_docre.models import windows
from spacy_docre.models.windows import divide, gather

VOCAB = spacy.blank("en").vocab
PLACES = st.lists(st.tuples(st.integers(0, 59), st.integers(1, 3)), min_size=1, max_size=3)


class Owner:
    """Somebody who asks."""


def document(length, *entities, sentence=0):
    starts = [i % sentence == 0 for i in range(length)] if sentence else None
    doc = Doc(VOCAB, words=["w"] * length, sent_starts=starts)
    return EntityDoc(doc, tuple(in_order(Entity.of(mentions) for mentions in entities)))


def cut(doc):
    """Windows of ten tokens, for documents of more than twenty."""
    with pytest.MonkeyPatch.context() as patch, pytest.warns(UserWarning, match="DRW020"):
        patch.setattr(windows, "TOKENS", 0)
        patch.setattr(windows, "WINDOW", 0)
        return divide([doc], 10, Owner())


def test_a_document_that_fits_is_one_part_with_all_that_it_has():
    doc = document(512, [(0, 1)], [(511, 512)])
    (part,) = divide([doc], 100, Owner())
    assert part.is_whole and part.content == doc and part.entities == (0, 1)


def test_nothing_is_divided_where_no_training_document_is_known():
    assert divide([document(5000, [(0, 1)], [(4999, 5000)])], 0, Owner())[0].is_whole


def test_an_owner_warns_once():
    owner, doc = Owner(), document(2000, [(0, 1)], [(2, 3)])
    message = r"DRW020.* 2000 tokens.*had 300.*windows of 300 tokens"
    with pytest.warns(UserWarning, match=message):
        divide([doc], 300, owner)
    divide([doc], 300, owner)


@given(st.integers(21, 60), st.lists(PLACES, max_size=5), st.sampled_from([0, 3, 7]))
def test_mentions_that_are_near_share_a_window_and_all_keep_their_places(length, places, sentence):
    entities = [
        [(a % length, min(length, a % length + n)) for a, n in mentions] for mentions in places
    ]
    doc = document(length, *entities, sentence=sentence)
    shared = set()
    for part in cut(doc):
        assert part.end - part.start == 10 and len(part.entities) > 1
        assert part.content.entities == tuple(in_order(part.content.entities))
        seen = []
        for index, entity in zip(part.entities, part.content.entities):
            assert set(entity.mentions) <= set(doc.entities[index].mentions)
            assert all(part.start <= a and b <= part.end for a, b in entity.mentions)
            seen.extend((index, mention) for mention in entity.mentions)
        shared.update((one, other) for one in seen for other in seen)
    everything = [(i, m) for i, entity in enumerate(doc.entities) for m in entity.mentions]
    for i, one in everything:
        for j, other in everything:
            if i != j and max(one.end, other.end) - min(one.start, other.start) <= 3:
                assert ((i, one), (j, other)) in shared


def test_what_windows_say_of_the_same_entities_counts_once_with_the_highest_score():
    doc = document(30, [(7, 8)], [(9, 10)], [(12, 13)])
    parts = cut(doc)
    assert len(parts) > 1
    found = [[Triple((0, 1), "P", 0.3 + 0.1 * number)] for number in range(len(parts))]
    (triples,) = gather([doc], parts, found)
    assert len(triples) == len({part.entities[:2] for part in parts})
    assert triples == sorted(triples)
    assert max(t.score for t in triples) == found[-1][0].score


def test_evidence_has_the_numbers_of_the_document():
    doc = document(40, [(31, 32)], [(33, 34)], sentence=5)
    parts = cut(doc)
    for part in parts:
        place = [start + part.start for start in part.content.sentence_starts].index(30)
        (triples,) = gather([doc], [part], [[Triple((0, 1), "P", 0.5, (place,))]])
        assert triples[0].evidence == (6,)
