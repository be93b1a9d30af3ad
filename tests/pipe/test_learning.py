"""Each way to learn gets small stories right, and still does after it was saved and loaded."""

import pytest
import spacy
from confection import ConfigValidationError

from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import load_relations
from spacy_docre.data.triples import Triple

from .making import (
    BILINEAR,
    BLANK,
    GENERATED,
    LABELS,
    STORIES,
    TOK2VEC,
    annotate,
    example_of,
    facts_of,
    learn,
    scored,
    small_pipeline,
    stories,
    without_relations,
)

BEAM = {**GENERATED, "beam_width": 3, "length_penalty": 0.5}
WAYS = {
    "given": {},
    "given, few of them": {"top_k_tails": 3},
    "generated": GENERATED,
    "given, exchanging": {"exchange_layers": 1, "top_k_tails": 3},
    "beam": BEAM,
    "given, salience": {"salience": True, "counts": True},
    "given, static": {"grounded": False},
    "beam, static": {**BEAM, "grounded": False},
    "wide": {"row_width": 24, "dropout": 0.05},
    "pairs": BILINEAR,
    "pairs, only entities": {**BILINEAR, "closest_mentions": False},
    "pairs, salience": {**BILINEAR, "salience": True, "counts": True},
    "pairs, full form": {**BILINEAR, "groups": 1, "dropout": 0.05},
}
# Bands are wide enough to reach every pair of a story.
NEGATIVES = {
    "SampledNegatives": {"share": 0.9, "limit": 10},
    "DiagonalNegatives": {"width": 4},
    "AsymmetricNegatives": {"width": 4, "other": 3},
    "DynamicNegatives": {"diagonal": 4, "width": 3, "other": 4},
}


def negatives(name):
    return {"negatives": {"@misc": f"spacy_docre.{name}.v1", **NEGATIVES.get(name, {})}}


STRATEGIES = {
    **{f"given, {name}": negatives(name) for name in NEGATIVES},
    **{f"generated, {name}": {**GENERATED, **negatives(name)} for name in NEGATIVES},
    # Without tails to choose there would be nothing to tell pairs apart.
    "generated, NoNegatives": {**GENERATED, **negatives("NoNegatives")},
    "random order": {**GENERATED, **negatives("NoNegatives"), "order": "random"},
    "annotation order": {**GENERATED, "order": "annotation"},
    "pairs, SampledNegatives": {**BILINEAR, **negatives("SampledNegatives")},
    "pairs, DynamicNegatives": {**BILINEAR, **negatives("DynamicNegatives")},
}


def knows_the_stories(nlp):
    return [facts_of(nlp(without_relations(doc))) for doc in stories()] == list(map(set, STORIES))


@pytest.mark.parametrize("model", {**WAYS, **STRATEGIES}.values(), ids={**WAYS, **STRATEGIES})
def test_the_stories_are_learnt_and_kept(model, tmp_path):
    nlp = small_pipeline(model)
    nlp.initialize(lambda: [example_of(doc) for doc in stories(nlp)])
    assert nlp.get_pipe("docre").labels == LABELS
    losses = learn(nlp, stories(nlp), until=knows_the_stories)
    # Where negatives are drawn anew, the last pass may have had more to say than the first.
    assert min(losses) < losses[0] / 2
    assert knows_the_stories(nlp)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    for doc in stories():
        assert scored(again(without_relations(doc))) == scored(nlp(without_relations(doc)))


ROLES = {"bought": ("buyer", "seller", "price"), "met": ("head", "tail")}


def deals():
    """Documents with a relation of three entities and one of two."""
    for text in ["Ann sold Bob nine", "Bob sold Cleo ten", "Cleo met Dan in May"]:
        words = text.split()
        doc = BLANK(text)
        if "sold" in words:
            entities = [Entity.of([(i, i + 1)], "X") for i in (0, 2, 3)]
            triples = [Triple((1, 0, 2), "bought"), Triple((0, 1), "met")]
        else:
            entities = [Entity.of([(i, i + 1)], "X") for i in (0, 2, 4)]
            triples = [Triple((0, 1), "met"), Triple((1, 0), "met")]
        yield annotate(doc, entities, triples, roles=ROLES)


SCHEMA = {"relations": [{"label": label, "roles": roles} for label, roles in ROLES.items()]}


def knows_the_deals(nlp):
    return all(triples_of(nlp(without_relations(doc))) == triples_of(doc) for doc in deals())


def triples_of(doc):
    return set(load_relations(doc).triples)


@pytest.mark.parametrize("model", [GENERATED, BEAM], ids=["greedy", "beam"])
@pytest.mark.parametrize("strategy", ["SampledNegatives", "NoNegatives"])
def test_relations_of_several_entities_are_learnt_and_kept(model, strategy, tmp_path):
    nlp = small_pipeline({**model, **negatives(strategy)})
    pipe = nlp.get_pipe("docre")
    pipe.initialize(lambda: [example_of(doc) for doc in deals()], labels=SCHEMA)
    learn(nlp, list(deals()), until=knows_the_deals)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    assert knows_the_deals(again)
    (relation,) = [
        relation
        for relation in again(without_relations(next(deals())))._.relations
        if relation.label == "bought"
    ]
    assert relation["buyer"].text == "Bob"
    assert relation["price"].text == "nine"
    assert relation.roles == ROLES["bought"]


@pytest.mark.parametrize(("model", "error"), [({}, "DRE507"), (BILINEAR, "DRE513")])
def test_binary_extractors_refuse_relations_of_several_entities(model, error):
    pipe = small_pipeline(model).get_pipe("docre")
    with pytest.raises(ValueError, match=error):
        pipe.initialize(lambda: [example_of(doc) for doc in deals()], labels=SCHEMA)


@pytest.mark.parametrize("strategy", ["DiagonalNegatives", "DynamicNegatives"])
def test_bands_refuse_relations_of_several_entities(strategy):
    nlp = small_pipeline({**GENERATED, **negatives(strategy)})
    pipe = nlp.get_pipe("docre")
    with pytest.raises(ValueError, match="DRE209"):
        pipe.initialize(lambda: [example_of(doc) for doc in deals()], labels=SCHEMA)


@pytest.mark.parametrize(
    ("head", "setting"),
    [
        ("GivenRows", {"order": "random"}),
        ("GivenRows", {"beam_width": 2}),
        ("GeneratedRows", {"top_k_tails": 3}),
        ("GeneratedRows", {"max_labels": 2}),
        ("BilinearPairs", {"row_width": 8}),
    ],
)
def test_an_option_of_another_head_cannot_be_written_down(head, setting):
    with pytest.raises(ConfigValidationError, match=next(iter(setting))):
        small_pipeline({"head": head, **setting})


def test_a_head_is_asked_about_one_tail_at_least():
    with pytest.raises(ValueError, match=r"DRE523.*top_k_tails.*0"):
        small_pipeline({"top_k_tails": 0})


def test_a_head_that_writes_with_a_decoder_needs_one():
    with pytest.raises(ValueError, match=r"DRE528.*TokenVectors"):
        small_pipeline({"head": "Seq2SeqRows"})


def test_there_is_no_negative_number_of_exchange_layers():
    with pytest.raises(ValueError, match=r"DRE523.*exchange_layers.*-1"):
        small_pipeline({"exchange_layers": -1})


@pytest.mark.parametrize("heads", [0, -2])
def test_there_is_at_least_one_attention_head(heads):
    with pytest.raises(ValueError, match=rf"DRE523.*heads.*{heads}"):
        small_pipeline({"attention_heads": heads})


def test_half_of_the_heads_divide_the_width_of_rows():
    with pytest.raises(ValueError, match=r"DRE526.*\(16\).*`attention_heads` \(6\)"):
        small_pipeline({"attention_heads": 6, "row_width": 16})


def test_an_odd_number_of_heads_is_halved_downwards():
    nlp = small_pipeline(
        {"attention_heads": 3, "tok2vec": {**TOK2VEC, "width": 12}, "row_width": 13}
    )
    nlp.initialize(lambda: [example_of(doc) for doc in stories(nlp)])
    assert learn(nlp, stories(nlp), steps=1)[0] > 0


UNEVEN = {
    "DRE503": {"attention_heads": 4},
    "DRE512": {**BILINEAR, "groups": 4},
}


@pytest.mark.parametrize(("error", "model"), UNEVEN.items())
def test_heads_and_groups_must_divide_widths(error, model):
    nlp = small_pipeline({"tok2vec": {**TOK2VEC, "width": 10}, **model})
    with pytest.raises(ValueError, match=error):
        nlp.initialize(lambda: [example_of(doc) for doc in stories(nlp)])


@pytest.mark.parametrize("model", [{}, BILINEAR], ids=["rows", "pairs"])
def test_training_repeats_itself(model):
    losses = []
    for _ in range(2):
        nlp = small_pipeline({**model, "dropout": 0.2, **negatives("DynamicNegatives")})
        nlp.initialize(lambda nlp=nlp: [example_of(doc) for doc in stories(nlp)])
        losses.append(learn(nlp, stories(nlp), steps=5, drop=0.2))
    assert losses[0] == losses[1]
