import pytest
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity
from spacy_docre.sources.coref_clusters import make_coref_clusters

from .making import make_doc, one, texts

TEXT = "Marie Curie won . Curie wept , and she left"


@pytest.fixture
def doc():
    Doc.set_extension("coref_clusters", default=None)
    yield make_doc(TEXT)
    Doc.remove_extension("coref_clusters")


def offsets(doc, *mentions):
    return [(doc[a:b].start_char, doc[a:b].end_char) for a, b in mentions]


def test_entities_in_a_cluster_merge_and_its_pronouns_join(doc):
    doc._.coref_clusters = [offsets(doc, (0, 2), (4, 5), (8, 9))]
    merged = make_coref_clusters()(doc, [one(0, 2, "PER"), one(4, 5, "PER")])
    assert merged == [Entity.of([(0, 2), (4, 5), (8, 9)], "PER")]


def test_documents_without_the_attribute_keep_their_entities():
    assert make_coref_clusters("nowhere")(make_doc(TEXT), [one(0, 2)]) == [one(0, 2)]


@pytest.mark.parametrize("nothing", [None, [], [[]]])
def test_documents_without_clusters_keep_their_entities(doc, nothing):
    doc._.coref_clusters = nothing
    assert make_coref_clusters()(doc, [one(0, 2)]) == [one(0, 2)]


def test_offsets_inside_tokens_mean_the_whole_tokens(doc):
    doc._.coref_clusters = [[(2, 9), offsets(doc, (8, 9))[0]]]
    assert texts(doc, make_coref_clusters()(doc, [one(0, 2)])) == [["Marie Curie", "she"]]


def test_clusters_survive_serialization(doc):
    doc._.coref_clusters = [offsets(doc, (0, 2), (8, 9))]
    copy = make_doc("").from_bytes(doc.to_bytes())
    assert len(make_coref_clusters()(copy, [one(0, 2)])[0].mentions) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        (0, 999),
        (-3, 4),
        (7, 7),
        (9, 2),
        (5, 6),
        (0,),
        (0, 2, 4),
        ("0", "5"),
        3,
        None,
        (0, 2**31),
        (-(10**30), 4),
        (0.0, 5.0),
    ],
)
def test_offsets_that_cover_no_text_are_refused(doc, wrong):
    doc._.coref_clusters = [[(0, 5)], [(6, 11), wrong]]
    with pytest.raises(ValueError) as error:
        make_coref_clusters()(doc, [])
    for part in ("DRE104", "Marie Curie", "cluster 1", "coref_clusters", repr(wrong), "characters"):
        assert part in str(error.value)


@pytest.mark.parametrize("wrong", [None, "Marie", 3, {0: 5}])
def test_a_cluster_that_is_no_list_is_refused(doc, wrong):
    doc._.coref_clusters = [[(0, 5)], wrong]
    with pytest.raises(ValueError) as error:
        make_coref_clusters()(doc, [])
    for part in ("DRE110", "Marie Curie", "cluster 1", "coref_clusters", repr(wrong), "Remove"):
        assert part in str(error.value)


@pytest.mark.parametrize("wrong", [7, {"a": 1}, "Marie"])
def test_what_is_no_list_of_clusters_is_refused(doc, wrong):
    doc._.coref_clusters = wrong
    with pytest.raises(ValueError, match=r"DRE108.*Marie Curie.*coref_clusters.*start_char"):
        make_coref_clusters()(doc, [])
