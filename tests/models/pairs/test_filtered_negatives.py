import numpy as np
import pytest
from spacy.tokens import Doc
from spacy.util import registry

from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.models.pairs.filtered_negatives import FilteredNegatives
from spacy_docre.models.pairs.negatives import AllNegatives, DynamicNegatives, NoNegatives

from ..worlds import VOCAB, make_candidates, make_schema, triples_of

SCHEMA = make_schema(CID=("A", "B"))
# Pain (D2) is more special than symptoms (D1), and ache (D3) than pain.
TREE = "number\tid\tname\nC1\tD1\tSymptoms\nC1.1\tD2\tPain\nC1.1.1\tD3\tAche\nC2\tD4\tFever\n"
DRUG, SYMPTOMS, PAIN, ACHE, FEVER = range(5)


@pytest.fixture
def tree(tmp_path):
    path = tmp_path / "tree.txt"
    path.write_text(TREE, encoding="utf8")
    return path


def make_candidates_of(*gold):
    ids = ["D9", "D1", "MESH:D2", "D3", "D4"]
    entities = tuple(Entity.of([(i, i + 1)], "B" if i else "A", id=id) for i, id in enumerate(ids))
    triples = triples_of(SCHEMA, *((*pair, "CID") for pair in gold)) if gold else None
    return make_candidates(SCHEMA, EntityDoc(Doc(VOCAB, words=ids), entities, triples))


def choose(strategy, candidates):
    gold = {triple.entities for triple in candidates.doc.gold or ()}
    return strategy(candidates, gold, np.random.default_rng(0))


def test_what_only_says_less_precisely_what_is_gold_is_not_learnt_as_a_negative(tree):
    candidates = make_candidates_of((DRUG, PAIN))
    strategy = FilteredNegatives(AllNegatives(), tree)
    assert choose(AllNegatives(), candidates) - choose(strategy, candidates) == {(DRUG, SYMPTOMS)}


def test_what_is_more_precise_or_something_else_is_learnt_as_before(tree):
    candidates = make_candidates_of((DRUG, SYMPTOMS))
    strategy = FilteredNegatives(AllNegatives(), tree)
    assert choose(strategy, candidates) == {(DRUG, PAIN), (DRUG, ACHE), (DRUG, FEVER)}


def test_everything_above_a_gold_triple_is_left_out_but_other_gold_triples(tree):
    candidates = make_candidates_of((DRUG, ACHE), (DRUG, SYMPTOMS))
    assert choose(FilteredNegatives(AllNegatives(), tree), candidates) == {(DRUG, FEVER)}


def test_the_more_general_argument_may_be_the_head(tree):
    candidates = make_candidates_of((DRUG, PAIN))
    strategy = FilteredNegatives(AllNegatives(), tree, "head")
    assert choose(strategy, candidates) == choose(AllNegatives(), candidates)


def test_what_is_left_out_is_not_due_in_training_and_all_is_due_in_extraction(tree):
    strategy = FilteredNegatives(AllNegatives(), tree)
    learnt = make_candidates_of((DRUG, PAIN))
    due = strategy.due(learnt)
    assert {tuple(pair) for pair in np.argwhere(due).tolist()} == set(learnt) - {(DRUG, SYMPTOMS)}
    unknown = make_candidates_of()
    np.testing.assert_array_equal(strategy.due(unknown), AllNegatives().due(unknown))


def test_what_the_other_strategy_draws_is_filtered_too(tree):
    strategy = FilteredNegatives(DynamicNegatives(1, 1, 3), tree, "head")
    drawn = [strategy.drawn(np.random.default_rng(seed)) for seed in range(20)]
    assert {type(each.negatives).__name__ for each in drawn} == {
        "NoNegatives",
        "AsymmetricNegatives",
    }
    assert all(each.mesh_tree == tree and each.general == "head" for each in drawn)
    assert all(each.drawn(np.random.default_rng(0)) is each for each in drawn)


def test_na_is_said_if_the_other_strategy_says_it(tree):
    assert FilteredNegatives(AllNegatives(), tree).states_na
    assert not FilteredNegatives(NoNegatives(), tree).states_na


def test_the_tree_is_only_needed_for_learning(tmp_path):
    strategy = registry.misc.get("spacy_docre.FilteredNegatives.v1")(
        AllNegatives(), str(tmp_path / "missing.txt")
    )
    assert strategy.due(make_candidates_of()).any()
    with pytest.raises(ValueError, match=r"DRE410.*missing.txt.*there is no such file"):
        choose(strategy, make_candidates_of((DRUG, PAIN)))


def test_an_unknown_argument_is_refused(tree):
    with pytest.raises(ValueError, match=r"DRE208.*general.*one of head, tail"):
        FilteredNegatives(AllNegatives(), tree, "middle")
