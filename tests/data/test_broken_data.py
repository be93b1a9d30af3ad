"""Whatever lies in a document under the key of relations is read rightly or refused by number."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.notes import KEY as NOTES
from spacy_docre.data.notes import CorpusNotes, load_notes, store_notes
from spacy_docre.data.storage import load_relations, store_relations

from .making import ENTITIES, berg

KEY = "spacy_docre.relations"
NESTED = []
for _ in range(5000):
    NESTED = [NESTED]
NONSENSE = [
    None, True, False, 5, -1, 0, 10**400, 10**5000, -(10**400), 2**63, float("nan"), float("inf"),
    0.5, "", "x", "\ud800", b"x", [], [[]], {}, {"a": 1}, {"\ud800": 1}, {1: 2}, set(), object(),
    NESTED, [True, False], [0, 10**400], ["0", "1"], (0, 1), [0.0, 1.0],
]  # fmt: skip


def places(data, path=()):
    """Every place in plain data."""
    yield path
    if isinstance(data, (dict, list)):
        for key in list(data) if isinstance(data, dict) else range(len(data)):
            yield from places(data[key], (*path, key))


def put(data, path, value):
    """Plain data with another value at a place."""
    if not path:
        return value
    data = copy.copy(data)
    data[path[0]] = put(data[path[0]], path[1:], value)
    return data


PLAIN = berg().user_data[KEY]
PLACES = list(places(PLAIN))


@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(NONSENSE)), min_size=1, max_size=3)
)
def test_nonsense_at_any_place_is_read_as_it_stands_or_refused(changes):
    doc, data = berg(), PLAIN
    for path, value in changes:
        try:
            data = put(data, path, value)
        except (TypeError, KeyError, IndexError):  # an earlier change has taken the place away
            continue
    doc.user_data[KEY] = data
    try:
        stored = load_relations(doc)
    except ValueError as error:
        assert str(error).startswith(("[DRE005] Document 'Ann", "[DRE006] Document 'Ann"))
        assert len(str(error)) < 600
        return
    doc.to_bytes(exclude=["user_data"])
    again = berg()
    store_relations(again, stored.entities, stored.triples, roles=stored.roles)
    assert load_relations(again).triples == stored.triples
    again.to_bytes()
    assert repr(again._.relations) == repr(doc._.relations)


@given(st.sampled_from([path for path in PLACES if path]))
def test_what_is_missing_is_refused_or_was_optional(path):
    doc, data = berg(), copy.deepcopy(PLAIN)
    parent = data
    for key in path[:-1]:
        parent = parent[key]
    del parent[path[-1]]
    doc.user_data[KEY] = data
    try:
        load_relations(doc)
    except ValueError as error:
        assert "DRE005" in str(error)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("roles",), 5, "'roles' is 5"),
        (("roles", "moved"), ["who"], r"'triples\[2\]' has 3 entities for roles \['who'\]"),
        (("triples", 0, "entities"), [], r"'triples\[0\]' has 0 entities"),
        (("triples", 0, "entities"), [True, 0], r"'triples\[0\].entities\[0\]' is True"),
        (("triples", 1, "score"), 10**400, r"'triples\[1\].score' is a huge number"),
        (("triples", 1, "score"), float("nan"), r"'triples\[1\].score' is nan"),
        (("triples", 1, "label"), "\ud800", r"'triples\[1\].label' is '\\ud800'"),
        (("entities",), [], "DRE003"),
        (("entities", 0, "mentions"), [], "DRE002"),
        (("entities", 0, "mentions", 0), [3, 3], r"'entities\[0\].mentions\[0\]' is \[3, 3\]"),
        (("entities", 1, "id"), 586, r"'entities\[1\].id' is 586"),
    ],
)
def test_the_message_names_the_document_and_the_field(path, value, field):
    doc = berg()
    doc.user_data[KEY] = put(PLAIN, path, value)
    with pytest.raises(ValueError, match=rf"DRE005.*'Ann Berg was.*{field}"):
        doc._.relations  # noqa: B018


@pytest.mark.parametrize("title", [NESTED, 10**5000, "\ud800", {}, 7], ids=range(5))
def test_a_broken_title_does_not_hide_what_is_wrong(title):
    doc = berg()
    doc.user_data["title"] = title
    doc.user_data[KEY] = 5
    with pytest.raises(ValueError, match="DRE005"):
        load_relations(doc)


def test_what_could_not_be_saved_is_not_stored():
    from spacy_docre.data.entities import Entity
    from spacy_docre.data.triples import Triple

    doc = berg()
    for entities, triple in [
        ([Entity.of([(0, 1)], "\ud800"), ENTITIES[1]], Triple((0, 1), "born_in")),
        ([Entity.of([(0, 1)], 5), ENTITIES[1]], Triple((0, 1), "born_in")),
        (ENTITIES, Triple((0, 1), "born_in", evidence=(-1,))),
        (ENTITIES, Triple((0, 1), None)),
    ]:
        with pytest.raises(ValueError, match=r"DRE083.*Ann Berg"):
            store_relations(doc, entities, [triple])
    assert doc.user_data[KEY] == PLAIN


NOTED = {
    "excluded_pairs": [[0, 1]],
    "triple_attrs": [{"novelty": "Novel"}],
    "sections": [[0, 5]],
    "salient": [1],
    "unmentioned": {"born_in": 2},
}


@given(st.sampled_from(list(places(NOTED))), st.sampled_from(NONSENSE))
def test_notes_are_read_as_they_stand_or_refused(path, value):
    doc = berg()
    doc.user_data[NOTES] = put(NOTED, path, value)
    try:
        notes = load_notes(doc)
    except ValueError as error:
        assert str(error).startswith("[DRE084] Document 'Ann")
        return
    again = berg()
    store_notes(again, notes)
    assert load_notes(again) == notes
    assert isinstance(notes, CorpusNotes)
    again.to_bytes()
