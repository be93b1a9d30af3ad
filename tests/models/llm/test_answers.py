"""Answers say what they were written to say, and nothing that is not asked for."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import normalizers

from spacy_docre.models.llm.answers.choices import Choices
from spacy_docre.models.llm.answers.lists import AnswerFormat, Listing
from spacy_docre.models.llm.local.decoding import items_of
from spacy_docre.models.llm.local.tokens import Tokens
from spacy_docre.models.llm.prompts.passages import plain

from .making import make_tokenizer

FORM = AnswerFormat(Tokens(make_tokenizer()))
text = st.text(st.characters(codec="utf-8"), max_size=6).map(plain).filter(bool)


@st.composite
def worlds(draw):
    """Names of three relations and some entities, and which parts an item has."""
    names = draw(st.lists(text, min_size=5, max_size=12, unique=True))
    relations = {i: (name,) for i, name in enumerate(names[:3])}
    entities = {i: (name,) for i, name in enumerate(names[3:])}
    asks = draw(st.sampled_from([("head",), ("head", "tail"), ("head", "relation", "tail")]))
    return relations, entities, asks


def listing_of(world):
    relations, entities, asks = world
    own = [relations if role == "relation" else entities for role in asks]
    spelled = [FORM.spell(names) for names in own]
    domains = {"relation": tuple(relations), "head": tuple(entities), "tail": tuple(entities)}
    choices = Choices({}, asks, domains, lambda parts: parts.get("head") != parts.get("tail", -1))
    return Listing(FORM, choices, [FORM.tries(names) for names in spelled]), spelled


def valid_items(world):
    relations, entities, asks = world
    sizes = [len(relations if role == "relation" else entities) for role in asks]
    item = st.tuples(*(st.integers(0, size - 1) for size in sizes))
    if "tail" in asks:
        item = item.filter(lambda values: values[0] != values[-1])
    return st.lists(item, max_size=4, unique=True)


@given(st.data())
@settings(max_examples=60)
def test_an_answer_is_read_as_it_was_written(data):
    world = data.draw(worlds())
    items = data.draw(valid_items(world))
    listing, spelled = listing_of(world)
    for token in FORM.listing(items, spelled):
        assert not listing.finished
        assert token in listing.allowed()
        listing.push(token, 0.0)
    assert listing.finished
    assert [values for values, _ in listing.items] == items


@given(st.data())
@settings(max_examples=60)
def test_whatever_is_chosen_the_answer_lists_valid_items_once(data):
    world = data.draw(worlds())
    listing, _ = listing_of(world)
    rng = data.draw(st.randoms(use_true_random=False))
    said = []
    while not listing.finished:
        allowed = listing.allowed()
        assert allowed
        token = rng.choice(allowed)
        listing.push(token, -1.0)
        said.append(token)
    relations, entities, asks = world
    items = [values for values, _ in listing.items]
    assert len(set(items)) == len(items)
    for item in items:
        assert len(item) == len(asks)
        assert "tail" not in asks or item[0] != item[-1]
    names = [relations if role == "relation" else entities for role in asks]
    lines = ["- " + " | ".join(n[v][0] for n, v in zip(names, item)) for item in items]
    tokenizer = FORM._tokens.tokenizer
    written = tokenizer.decode(said[:-1], clean_up_tokenization_spaces=False)
    assert written == ("\n".join(lines) or "none")


def test_aliases_name_the_same_entity():
    world = ({0: ("r",)}, {0: ("Ann", "Ann Berg", "the painter"), 1: ("Bob",)}, ("head",))
    listing, spelled = listing_of(world)
    for token in [*FORM.bullet, *spelled[0][0][1], *FORM.more]:
        assert token in listing.allowed()
        listing.push(token, -0.5)
    assert [values for values, _ in listing.items] == [(0,)]
    while not listing.finished:
        (token,) = listing.allowed()
        listing.push(token, 0.0)
    assert [values for values, _ in listing.items] == [(0,), (1,)], "only Bob was left"


def test_a_score_compares_an_item_with_the_end():
    listing, spelled = listing_of(({0: ("r",)}, {0: ("Ann",), 1: ("Bob",)}, ("head",)))
    listing.end_here(-2.0)
    tokens = [*FORM.bullet, *spelled[0][0][0], FORM.end]
    listing.push(tokens[0], -1.0)
    for token in tokens[1:]:
        listing.push(token, 0.0)
    (item,) = items_of(listing)
    assert item.values == (0,)
    assert item.score == pytest.approx(1 / (1 + 2.718281828 ** (-2.0 + 1.0)))


def test_a_list_ends_behind_a_name_or_goes_on_with_a_line():
    names = {0: ("Ann",), 1: ("Ann Berg",), 2: ("Bob",)}
    listing, spelled = listing_of(({0: ("r",)}, names, ("head",)))
    for token in [*FORM.bullet, *spelled[0][0][0]]:
        listing.push(token, 0.0)
    assert listing.allowed()[:2] == [FORM.end, FORM.newline]
    assert spelled[0][1][0][-1] not in (FORM.end, FORM.newline)
    assert len(listing.allowed()) > 2, "the name of Ann Berg begins with that of Ann"
    assert not listing.at_boundary
    assert listing.items == []
    listing.push(FORM.end, 0.0)
    assert listing.finished
    assert [values for values, _ in listing.items] == [(0,)]


def test_how_probable_a_name_is_includes_both_ways_to_be_done_with_it():
    from math import log

    from spacy_docre.models.llm.local.decoding import _advance

    names = {0: ("Ann",), 1: ("Ann Berg",), 2: ("Bob",)}
    listing, spelled = listing_of(({0: ("r",)}, names, ("head",)))
    for token in [*FORM.bullet, *spelled[0][0][0]]:
        listing.push(token, 0.0)
    allowed = listing.allowed()
    # To go on as Ann Berg is more probable than either of the others, and less than both.
    log_probs = [log(0.3), log(0.3), log(0.4)]
    assert len(allowed) == 3
    said = _advance(listing, allowed, log_probs, 1.0, 0.5)
    assert said[0] == FORM.newline
    assert listing.items == [((0,), pytest.approx(log(0.6)))]


def test_what_was_listed_last_leaves_nothing_but_the_end():
    listing, spelled = listing_of(({0: ("r",)}, {0: ("Ann",)}, ("head",)))
    for token in [*FORM.bullet, *spelled[0][0][0]]:
        listing.push(token, 0.0)
    assert listing.allowed() == [FORM.end]


def test_an_empty_list_of_candidates_can_only_be_none():
    listing, _ = listing_of(({0: ("r",)}, {}, ("head",)))
    assert listing.allowed() == FORM.none[:1]


def choose(form, names, seed):
    """An answer of random choices."""
    rng = Random(seed)
    tries = form.tries(form.spell(names))
    domains = {"head": tuple(names), "tail": tuple(names)}
    choices = Choices({}, ("head", "tail"), domains, lambda p: p["head"] != p.get("tail"))
    listing = Listing(form, choices, [tries, tries])
    while not listing.finished:
        listing.push(rng.choice(listing.allowed()), 0.0)
    return [values for values, _ in listing.items]


SOME = {0: ("Ann",), 1: ("Ann Berg",), 2: ("ann",), 3: ("BOB|",)}


def normalised(*steps):
    tokenizer = make_tokenizer()
    tokenizer.name_or_path = "some/base"
    tokenizer.backend_tokenizer.normalizer = normalizers.Sequence(list(steps))
    return Tokens(tokenizer)


@pytest.mark.parametrize("step", [normalizers.Lowercase(), normalizers.NFKD()])
def test_a_tokenizer_may_change_letters(step):
    form = AnswerFormat(normalised(step))
    for seed in range(30):
        items = choose(form, SOME, seed)
        assert len(set(items)) == len(items)


@pytest.mark.parametrize(
    "steps",
    [
        [normalizers.BertNormalizer(lowercase=True), normalizers.Strip()],
        [normalizers.Replace("\n", "")],
    ],
)
def test_a_tokenizer_without_line_breaks_is_refused(steps):
    with pytest.raises(ValueError, match=r"DRE611.*'some/base'.*line breaks.*another base model"):
        AnswerFormat(normalised(*steps))


def test_names_that_a_tokenizer_makes_the_beginning_of_others_are_refused():
    form = AnswerFormat(normalised(normalizers.Replace("\n", ";")))
    with pytest.raises(ValueError, match=r"DRE620.*'some/base' spells 'Ann;'.*'Ann;Berg.*'"):
        form.tries(form.spell({0: ("Ann",), 1: ("Ann;Berg",)}))
