"""Many questions that share a passage are answered as each would be alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.local.decoding import (
    Branch,
    StoppingCriteria,
    decode_lists,
    decode_verdicts,
)
from spacy_docre.models.llm.local.packing import NOTHING, Piece, attention_mask, pack, visibility
from spacy_docre.models.llm.local.shared_prefixes import build_prefix_tree
from spacy_docre.models.llm.questions import PartialTriple, ask
from tests.pipe.making import stories, without_relations

CRITERIA = StoppingCriteria(0.5, 60, 4096, 10**6)


def passages_of(nlp):
    pipe = nlp.get_pipe("docre")
    docs = [pipe.entity_doc(without_relations(doc)) for doc in stories(nlp)]
    prompter = prompter_of(pipe.model)
    return prompter, prompter.passages(docs)


def questions_of(prompter, passages, number):
    """All questions that the stage can ask about any relation and any head."""
    stage = prompter.settings.chain[number]
    found = []
    for passage in passages:
        partials = [
            PartialTriple(tuple({"head": head, "relation": relation}.items()))
            for relation in range(len(prompter.schema.relations))
            for head in passage.names
        ]
        found += ask(stage, passage, partials, prompter.schema)
    return stage, found


def alone(prompter, adapter, prompt, listing):
    """The answer to one prompt, as the model's own `generate` gives it."""
    lm = prompter.lm
    lm.activate(adapter)
    said = []

    def allow(_, ids):
        for token in ids[len(prompt) + len(said) :].tolist():
            listing.push(token, 0.0)
            said.append(token)
        return listing.allowed()

    ids = torch.tensor([prompt])
    output = lm.model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        prefix_allowed_tokens_fn=allow,
        do_sample=False,
        max_new_tokens=CRITERIA.answer_tokens,
        pad_token_id=lm.tokens.pad,
    )[0, len(prompt) :].tolist()
    for token in output[len(said) :]:
        listing.push(token, 0.0)
    return output


@pytest.mark.parametrize("number", [0, 1, 2])
def test_lists_are_those_of_one_prompt_at_a_time(trained, number):
    prompter, passages = passages_of(trained)
    stage, questions = questions_of(prompter, passages, number)
    lm, answer_tokenizer = prompter.lm, prompter.answer_tokenizer
    prefixes = prompter.prompts.passages(passages)
    encoded = prompter.prompts.questions(questions)
    rows = [question.passage.number for question in questions]
    names = [answer_tokenizer.entities(passage) for passage in passages]

    def listings():
        return [
            answer_tokenizer.listing(question, names[row]) for question, row in zip(questions, rows)
        ]

    together = [Recorder(listing) for listing in listings()]
    branches = [Branch(row, ids) for row, ids in zip(rows, encoded)]
    cached = lm.encode(stage.name, prefixes)
    known = [1.0] * len(branches)
    assert decode_lists(lm, cached, branches, together, known, CRITERIA) == (0, [])
    for row, ids, listing, shared in zip(rows, encoded, listings(), together):
        assert shared.said == alone(prompter, stage.name, prefixes[row] + ids, listing)
    different = {tuple(listing.said) for listing in together}
    assert len(different) > 1 or number != 1, "there is nothing to tell apart"


class Recorder:
    """A listing that remembers its tokens."""

    def __init__(self, listing):
        self.listing, self.said = listing, []

    def push(self, token, log_prob):
        self.said.append(token)
        self.listing.push(token, log_prob)

    def __getattr__(self, name):
        return getattr(self.listing, name)


def test_verdicts_are_those_of_one_prompt_at_a_time(trained):
    prompter, passages = passages_of(trained)
    stage, questions = questions_of(prompter, passages, 2)
    lm, form = prompter.lm, prompter.answer_tokenizer.form
    prefixes = prompter.prompts.passages(passages)
    encoded = prompter.prompts.questions(questions)
    branches = [Branch(q.passage.number, ids) for q, ids in zip(questions, encoded)]
    cached = lm.encode(stage.name, prefixes)
    scores = decode_verdicts(lm, cached, branches, form)
    for branch, score in zip(branches, scores):
        ids = torch.tensor([prefixes[branch.row] + list(branch.question)])
        logits = lm.model(input_ids=ids).logits[0, -1, [form.yes[0], form.no[0]]]
        assert score == pytest.approx(logits.softmax(-1)[0].item(), abs=1e-5)


def test_the_loss_of_packed_rows_is_that_of_single_prompts(trained):
    prompter, _ = passages_of(trained)
    lm = prompter.lm
    prefix, branches = [5, 6, 7, 8], [[9, 10, 11], [12, 13], [14, 15, 16, 17]]
    pieces = [Piece(0, 0, prefix, 0, 0), Piece(1, 0, prefix[:2], 0, 0)]
    pieces += [Piece(0, i + 1, ids, 4, 2) for i, ids in enumerate(branches)]
    pieces += [Piece(1, i + 1, ids, 2, 2) for i, ids in enumerate(branches)]
    with torch.no_grad():
        logits = lm.read("heads", pieces, 2, [0] * 4)
        for start, length in ((0, 4), (1, 2)):
            for i, ids in enumerate(branches):
                plain = lm.model(input_ids=torch.tensor([prefix[:length] + ids])).logits[0, -2:]
                place = 2 * (len(branches) * start + i)
                torch.testing.assert_close(logits[place : place + 2], plain, atol=1e-5, rtol=1e-4)


def test_a_passage_is_computed_once_for_an_adapter(trained):
    prompter, passages = passages_of(trained)
    lm = prompter.lm
    lm.passage_tokens = 0
    tokens = sum(map(len, prompter.prompts.passages(passages)))
    prompter.extract([passage.doc for passage in passages], threshold=0.0)
    assert lm.passage_tokens == 3 * tokens


questions = st.lists(st.integers(0, 2), min_size=1, max_size=6)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.lists(questions, max_size=6)), min_size=1, max_size=3)
)
@settings(max_examples=80)
def test_every_question_sees_the_passage_and_itself_alone(rows):
    asked = [(row, question) for row, (_, found) in enumerate(rows) for question in found]
    tree = build_prefix_tree([row for row, _ in asked], [question for _, question in asked])
    pieces = [Piece(row, 0, [7] * prefix, 0, 0) for row, (prefix, _) in enumerate(rows)]
    pieces += tree.pieces([prefix for prefix, _ in rows])
    for number, ((row, question), depth) in enumerate(zip(asked, tree.depths), start=1):
        start = rows[row][0] + depth
        pieces.append(Piece(row, number, question[depth:], start, 1))
    packed = pack(pieces, len(rows), 9, torch.device("cpu"))
    sees = visibility(tree.parents, packed.ids.device)
    seen = attention_mask(None, packed, sees, torch.float32)[:, 0] == 0
    assert seen.any(-1).all(), "even padding sees something"
    assert not (seen & (packed.branches == NOTHING)[:, None]).any(), "nothing sees padding"
    first = packed.ids.shape[1] - packed.keep
    for (row, question), place in zip(asked, packed.wanted.tolist()):
        prefix = [7] * rows[row][0]
        seen_by_last = seen[row, first + place]
        order = packed.positions[row][seen_by_last].argsort()
        assert packed.ids[row][seen_by_last][order].tolist() == prefix + question
    for row, (prefix, found) in enumerate(rows):
        # All beginnings, each of them once.
        beginnings = {tuple(each[:end]) for each in found for end in range(1, len(each))}
        own = (packed.branches[row] != NOTHING).sum() - prefix - len(found)
        assert own >= len(beginnings)
        if all(len(each) == len(found[0]) for each in found):
            assert own == len(beginnings)


def test_what_questions_have_in_common_is_computed_once(trained):
    prompter, passages = passages_of(trained)
    _, questions = questions_of(prompter, passages[:1], 2)
    encoded = prompter.prompts.questions(questions)
    tree = build_prefix_tree([0] * len(encoded), encoded)
    computed = sum(len(tokens) for _, _, tokens, _ in tree.prefixes)
    computed += sum(len(ids) - depth for ids, depth in zip(encoded, tree.depths))
    assert computed < sum(map(len, encoded)) / 2
