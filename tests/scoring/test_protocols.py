"""Each protocol counts as its corpus does, in cases that can be worked out by hand."""

import gzip

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.scoring import MeshTree, map_by_share, read_mesh_tree

from .examples import make_example

# "Heart diseases" lies above "arrhythmia", which lies above "flutter" in one of its two places.
TREE = "\n".join(
    [
        "Tree Number\tDesc Ui\tTerm",
        "C14.280\tD006331\tHeart Diseases",
        "C14.280.067\tD001145\tArrhythmias, Cardiac",
        "C14.280.067.248\tD001282\tAtrial Flutter",
        "C23.550.073.198\tD001282\tAtrial Flutter",
        "C23.550.0\tD000003\tNot above, though its number begins alike",
        "C10.228\tD001927\tBrain Diseases",
    ]
)
NAMES = ["lithium", "iron", "heart", "arrhythmia", "flutter", "brain"]
IDS = ["D008094", "D007501", "D006331", "D001145", "D001282", "D001927"]
LITHIUM, IRON, HEART, ARRHYTHMIA, FLUTTER, BRAIN = range(6)


@pytest.fixture
def tree_path(tmp_path):
    path = tmp_path / "tree.txt.gz"
    path.write_bytes(gzip.compress(TREE.encode("utf8")))
    return path


def scorer(name, **config):
    return spacy.registry.scorers.get(f"spacy_docre.{name}_scorer.v1")(**config)


def example_of(predicted, gold, ids=IDS, types=None):
    """A document of one-word entities. Triples are written as (label, entity, entity, …)."""
    docs = []
    for triples in (predicted, gold):
        doc = Doc(Vocab(), words=NAMES)
        entities = [
            Entity.of([(i, i + 1)], types[i] if types else "", ids[i]) for i in range(len(ids))
        ]
        roles = {label: [f"role{i}" for i in range(len(a))] for label, *a in triples if len(a) > 2}
        stored = [Triple(tuple(arguments), label) for label, *arguments in triples]
        store_relations(doc, entities, stored, roles=roles)
        docs.append(doc)
    return Example(*docs)


def induced(*pairs):
    return [("CID", *pair) for pair in pairs]


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("relations", "DocRED"),
        ("relations", "DocRED"),
        ("cdr", "CDR"),
        ("gda", "GDA"),
        ("biored", "BioRED"),
        ("scirex", "SciREX"),
        ("autore", "AutoRE"),
    ],
)
def test_every_protocol_names_itself_and_gives_the_common_scores(name, protocol):
    examples = [example_of(induced((0, 2), (0, 3)), induced((0, 2)))]
    scores = scorer(name)(examples, threshold=0.5)
    assert scores["docre_protocol"] == protocol
    assert (scores["docre_micro_p"], scores["docre_micro_r"]) == (0.5, 1.0)
    assert scores["docre_documents"] == 1
    assert all(key.startswith("docre_") for key in scores)
    nothing = scorer(name)([])
    assert set(nothing) == set(scores)
    assert {value for key, value in nothing.items() if key != "docre_protocol"} == {None}


# Hypernym filtering


def test_a_disease_more_general_than_the_gold_one_is_neither_right_nor_wrong(tree_path):
    gold = induced((LITHIUM, FLUTTER), (LITHIUM, BRAIN), (IRON, ARRHYTHMIA))
    predicted = induced(
        (LITHIUM, FLUTTER),  # right
        (LITHIUM, HEART),  # above flutter: left out
        (LITHIUM, ARRHYTHMIA),  # above flutter: left out
        (IRON, FLUTTER),  # below arrhythmia: wrong
        (IRON, BRAIN),  # elsewhere: wrong
    )
    scores = scorer("cdr", mesh_tree=tree_path)([example_of(predicted, gold)])
    assert (scores["docre_micro_p"], scores["docre_micro_r"]) == (1 / 5, 1 / 3)
    assert scores["docre_filtered_p"] == pytest.approx(1 / 3)
    assert scores["docre_filtered_r"] == pytest.approx(1 / 3)
    assert scores["docre_filtered_f"] == pytest.approx(1 / 3)
    assert scores["docre_filtered_left_out"] == 2


def test_a_gold_pair_counts_though_it_is_more_general_than_another(tree_path):
    gold = induced((LITHIUM, HEART), (LITHIUM, FLUTTER))
    scores = scorer("cdr", mesh_tree=tree_path)([example_of(induced((LITHIUM, HEART)), gold)])
    assert (scores["docre_filtered_p"], scores["docre_filtered_r"]) == (1.0, 0.5)
    assert scores["docre_filtered_left_out"] == 0


def test_another_label_or_another_chemical_leaves_nothing_out(tree_path):
    gold = induced((LITHIUM, FLUTTER))
    predicted = [("treats", LITHIUM, HEART), *induced((IRON, HEART))]
    scores = scorer("cdr", mesh_tree=tree_path)([example_of(predicted, gold)])
    assert scores["docre_filtered_left_out"] == 0
    assert scores["docre_filtered_p"] == 0.0


def test_the_more_general_argument_may_be_the_head(tree_path):
    example = example_of(induced((HEART, LITHIUM)), induced((FLUTTER, LITHIUM)))
    left_out = "docre_filtered_left_out"
    assert scorer("cdr", mesh_tree=tree_path, general="head")([example])[left_out] == 1
    with pytest.warns(UserWarning, match=r"\[DRW410\] None of the 1 ids.*'D008094'"):
        assert scorer("cdr", mesh_tree=tree_path)([example])[left_out] == 0


def test_a_more_general_disease_that_gold_does_not_mention_is_wrong(tree_path):
    example = example_of(induced((LITHIUM, HEART)), induced((LITHIUM, FLUTTER)))
    entities = [Entity.of([(i, i + 1)], "", IDS[i]) for i in range(6) if i != HEART]
    store_relations(example.reference, entities, [Triple((0, 3), "CID")])
    scores = scorer("cdr", mesh_tree=tree_path)([example])
    assert (scores["docre_filtered_p"], scores["docre_filtered_left_out"]) == (0.0, 0)


def test_ids_may_name_their_vocabulary(tree_path):
    ids = [f"MESH:{id}" for id in IDS]
    example = example_of(induced((LITHIUM, HEART)), induced((LITHIUM, FLUTTER)), ids=ids)
    assert scorer("cdr", mesh_tree=tree_path)([example])["docre_filtered_left_out"] == 1


def test_without_a_tree_there_are_no_filtered_scores(tmp_path):
    example = example_of(induced((LITHIUM, HEART)), induced((LITHIUM, FLUTTER)))
    assert scorer("cdr")([example])["docre_filtered_f"] is None
    missing = scorer("cdr", mesh_tree=tmp_path / "tree.txt")
    with pytest.warns(UserWarning, match=r"\[DRW411\].*tree\.txt"):
        assert missing([example])["docre_filtered_f"] is None
    assert missing([example])["docre_micro_f"] == 0.0


def test_a_tree_is_read_compressed_or_not(tmp_path, tree_path):
    (tmp_path / "plain.txt").write_text(TREE, encoding="utf8")
    for tree in (read_mesh_tree(tree_path), read_mesh_tree(tmp_path / "plain.txt")):
        assert "D001282" in tree
        assert tree.is_more_general("D006331", "D001282")
        assert not tree.is_more_general("D001282", "D006331")
        assert not tree.is_more_general("D001282", "D001282")
        assert not tree.is_more_general("D000003", "D001282")
        assert not tree.is_more_general("C000000", "D001282")


@pytest.mark.parametrize("heading", ["", "tree number\tid\tname\n", "heading\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_headings_are_told_from_concepts(tmp_path, heading, end):
    path = tmp_path / "tree.txt"
    lines = f"{heading}C14\tD001\tCardio\u2028vascular\nC14.280\tD002\tHeart{end}"
    path.write_bytes(lines.encode())
    tree = read_mesh_tree(path)
    assert tree.numbers == {"D001": {"C14"}, "D002": {"C14.280"}}


def test_a_folder_is_no_tree(tmp_path):
    with pytest.raises(ValueError, match=r"\[DRE410\].*folder"):
        read_mesh_tree(tmp_path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"heading\nC14\tD1\tHeart\n\nC15\tD2\tLung\n", "line 3 has 1 columns"),
        (b"C14\tD1\n", "line 1 has 2 columns"),
        (b"heading\nC14 D006331 Heart\n", "line 2 has 1 columns"),
        (b"heading\nC14\tD006331\tHeart\n\tD006332\tLung\n", "line 3"),
        (b"heading\n", "no concepts"),
        (b"", "no concepts"),
        (b"heading\nC14\tD1\t\xff\n", "damaged"),
        (gzip.compress(TREE.encode(), mtime=0)[:40], "damaged"),
    ],
)
def test_other_files_are_no_tree(tmp_path, content, problem):
    path = tmp_path / "tree.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"\[DRE410\] .*tree\.txt.*{problem}"):
        read_mesh_tree(path)


NUMBERS = st.lists(st.sampled_from("ABC"), min_size=1, max_size=4).map(".".join)


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(NUMBERS, min_size=1, max_size=3)))
def test_more_general_means_that_a_number_begins_with_another(numbers):
    tree = MeshTree(numbers)
    for one in numbers:
        for other in numbers:
            expected = one != other and any(
                b.startswith(f"{a}.") for a in numbers[one] for b in numbers[other]
            )
            assert tree.is_more_general(one, other) == expected


# Pairs


def test_biored_counts_pairs_and_pairs_with_types_and_no_directions():
    gold = [("Bind", 0, 1), ("Association", 2, 3), ("Association", 4, 5)]
    predicted = [
        ("Bind", 1, 0),  # right, though turned round
        ("Association", 0, 1),  # the pair is right and counted once, the type is wrong
        ("Bind", 2, 3),  # the pair is right
        ("Bind", 0, 5),  # wrong
    ]
    scores = scorer("biored")([example_of(predicted, gold)])
    assert (scores["docre_micro_p"], scores["docre_micro_r"]) == (1 / 4, 1 / 3)
    assert scores["docre_pair_p"] == pytest.approx(2 / 3)
    assert scores["docre_pair_r"] == pytest.approx(2 / 3)


def test_some_directions_may_count_in_biored():
    example = example_of([("Bind", 1, 0), ("Association", 3, 2)], [("Bind", 0, 1)])
    assert scorer("biored")([example])["docre_micro_r"] == 1.0
    scores = scorer("biored", directed=["Bind"])([example])
    assert scores["docre_micro_r"] == 0.0
    assert scores["docre_pair_r"] == 1.0


def test_gda_sums_pairs_over_documents():
    examples = [
        example_of([("GDA", 0, 1)], [("GDA", 0, 1), ("GDA", 0, 2), ("GDA", 1, 2)]),
        example_of([("GDA", 0, 1), ("GDA", 0, 2)], [("GDA", 0, 1)]),
    ]
    scores = scorer("gda")(examples)
    assert (scores["docre_micro_p"], scores["docre_micro_r"]) == (2 / 3, 2 / 4)
    assert scores["docre_documents"] == 2


# Tuples

TYPES = ["Task", "Material", "Metric", "Method", "Method", "Metric"]


def results(*tuples):
    return [("result", *arguments) for arguments in tuples]


def test_scirex_averages_over_documents_and_over_types_or_sums_tuples():
    # First document: two gold results that differ in the method; one of them is found.
    # Second document: one gold result; found with a wrong metric, and another one besides.
    examples = [
        example_of(results((0, 1, 2, 3)), results((0, 1, 2, 3), (0, 1, 2, 4)), types=TYPES),
        example_of(results((0, 1, 5, 3), (0, 1, 2, 4)), results((0, 1, 2, 3)), types=TYPES),
    ]
    scores = scorer("scirex")(examples)
    # All four: p = 1, r = 1/2, f = 2/3 in the first document, nothing in the second.
    assert scores["docre_4ary_macro_p"] == pytest.approx(1 / 2)
    assert scores["docre_4ary_macro_r"] == pytest.approx(1 / 4)
    assert scores["docre_4ary_macro_f"] == pytest.approx(1 / 3)
    # 1 of 3 predictions and 1 of 3 gold tuples are right.
    assert scores["docre_4ary_micro_f"] == pytest.approx(1 / 3)
    assert scores["docre_4ary_gold"] == 3
    # Pairs of types, as (gold, predicted, right). First document: three pairs without the method
    # (1, 1, 1), three with it (2, 1, 1). Second: task-material (1, 1, 1), task-metric and
    # material-metric (1, 2, 1), task-method and material-method (1, 2, 1), metric-method (1, 2, 0).
    assert scores["docre_binary_gold"] == 3 + 6 + 6
    assert scores["docre_binary_micro_p"] == pytest.approx((3 + 3 + 5) / (3 + 3 + 11))
    assert scores["docre_binary_micro_r"] == pytest.approx((3 + 3 + 5) / 15)
    assert scores["docre_binary_macro_p"] == pytest.approx((6 + 1 + 4 / 2 + 0) / 12)
    assert scores["docre_binary_macro_r"] == pytest.approx((3 + 3 / 2 + 5 + 0) / 12)
    two_thirds = 3 + 4  # three pairs with the method, and four of the second document
    assert scores["docre_binary_macro_f"] == pytest.approx((3 + two_thirds * 2 / 3 + 1) / 12)


def test_macro_averages_leave_out_what_gold_does_not_have_but_micro_averages_count_it():
    types = ["Task", "Material", "Metric"] * 2
    example = example_of([("r", 0, 1), ("r", 0, 2)], [("r", 0, 1)], types=types)
    scores = scorer("scirex")([example])
    assert scores["docre_binary_macro_f"] == 1.0
    assert scores["docre_binary_micro_p"] == 0.5
    assert scores["docre_4ary_micro_f"] is scores["docre_4ary_macro_f"] is None


def test_an_entity_may_have_a_role_that_is_not_its_type():
    # The same entity is a method in one result and a material in another.
    types = ["Task", "Method", "Metric", "Method", "Method", "Metric"]
    gold = results((0, 1, 2, 3))
    scores = scorer("scirex")([example_of(results((0, 3, 2, 1)), gold, types=types)])
    assert scores["docre_4ary_micro_f"] == 0.0
    # Task and metric are right, and nothing with the two others.
    assert scores["docre_binary_micro_p"] == pytest.approx(1 / 6)
    assert scores["docre_binary_macro_p"] == pytest.approx(1 / 6)


def test_tuples_have_no_order_and_no_label():
    example = example_of([("found", 1, 0)], [("result", 0, 1)], types=TYPES)
    assert scorer("scirex", arities=[2])([example])["docre_binary_micro_f"] == 1.0
    with pytest.raises(ValueError, match=r"\[DRE411\].*\[1\]"):
        scorer("scirex", arities=[1])


def test_scirex_lets_clusters_stand_for_the_gold_cluster_that_has_most_of_them():
    # Ann is predicted in two parts; both lie in gold's Ann.
    parts = [[(0, 1)], [(2, 3), (6, 7)], [(8, 9)], [(4, 5)]]
    example = make_example([("r", 0, 1), ("r", 3, 2)], [("r", 0, 1), ("r", 0, 2)], entities=parts)
    assert scorer("scirex")([example])["docre_binary_micro_f"] == 1.0
    scores = scorer("scirex", mapping="most")([example])
    assert scores["docre_binary_micro_p"] == 0.5


A, B, C, D = [(i, i + 1) for i in range(4)]


@pytest.mark.parametrize(
    ("predicted", "gold", "expected"),
    [
        ([[A, B, C]], [[A, B], [C]], [0]),
        ([[A, B]], [[A], [B]], [None]),  # exactly half is not enough
        ([[A], [B]], [[A, B]], [0, 0]),
        ([[(0, 3)]], [[(0, 2)]], [0]),  # 2 of 3 tokens in common
        ([[(0, 4)]], [[(0, 2)]], [None]),  # 2 of 4
        ([[A]], [], [None]),
    ],
)
def test_clusters_are_mapped_if_more_than_half_of_them_is_shared(predicted, gold, expected):
    assert map_by_share(predicted, gold) == expected


def test_overlap_is_measured_in_tokens_of_the_reference():
    words = ["a", "extraordinarily", "b", "c"]
    docs = []
    for mention in [(0, 3), (1, 3)]:
        doc = Doc(Vocab(), words=words)
        entities = [Entity.of([mention], "X"), Entity.of([(3, 4)], "Y")]
        store_relations(doc, entities, [Triple((0, 1), "r")])
        docs.append(doc)
    # 2 of 3 tokens. In the other direction, "a" and "b" share 1 of 2 tokens with "a".
    assert scorer("scirex")([Example(*docs)])["docre_binary_micro_f"] == 1.0
    store_relations(
        docs[0], [Entity.of([(1, 2)], "X"), Entity.of([(3, 4)], "Y")], [Triple((0, 1), "r")]
    )
    # Nearly all letters, but 1 of 2 tokens.
    assert scorer("scirex")([Example(*docs)])["docre_binary_micro_f"] == 0.0


# Strings


def test_autore_counts_a_fact_for_each_pair_of_names():
    # Ann has two names, Bob one, Cleo one: KNOWS states two facts, LIKES two, LEFT one.
    gold = [("knows", 0, 1), ("likes", 0, 2), ("left", 3, 1)]
    scores = scorer("autore")([make_example([("knows", 0, 1), ("left", 3, 2)], gold)])
    assert scores["docre_string_gold"] == 5
    assert scores["docre_string_predicted"] == 3
    assert scores["docre_string_p"] == pytest.approx(2 / 3)
    assert scores["docre_string_r"] == pytest.approx(2 / 5)
    assert scores["docre_micro_p"] == 1 / 2


def test_strings_need_no_entity_in_common_but_its_name():
    # The second Bob is not where gold has Bob alone, yet he is called the same.
    example = make_example(
        [("likes", 0, 1)], [("likes", 0, 1)], entities=[[(0, 1)], [(6, 7)], [(8, 9)]]
    )
    assert scorer("autore")([example])["docre_string_p"] == 1.0
    assert scorer("autore")([example])["docre_string_r"] == 0.5


def test_strings_of_symmetric_relations_have_no_order():
    example = make_example([("knows", 1, 0)], [("knows", 0, 1)])
    assert scorer("autore")([example])["docre_string_r"] == 0.0
    assert scorer("autore")([example], symmetric=["knows"])["docre_string_r"] == 1.0


# All of them

TRIPLES = st.lists(
    st.tuples(st.sampled_from(["CID", "Bind"]), st.integers(0, 5), st.integers(0, 5)).filter(
        lambda triple: triple[1] != triple[2]
    ),
    max_size=8,
)


@settings(max_examples=40)
@given(TRIPLES, TRIPLES)
def test_scores_lie_between_zero_and_one_and_are_one_for_the_gold_data(predicted, gold):
    for name in ("cdr", "gda", "biored", "scirex", "autore"):
        for found in (predicted, gold):
            scores = scorer(name)([example_of(found, gold, types=TYPES)])
            values = [
                value
                for key, value in scores.items()
                if key[-2:] in ("_p", "_r", "_f") and value is not None
            ]
            assert all(0 <= value <= 1 for value in values)
            if found is gold and gold:
                assert set(values) == {1.0}
