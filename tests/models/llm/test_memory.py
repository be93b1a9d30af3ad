"""How much is kept in memory is bounded, and bounds change no answer."""

import pytest

from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.local.language_model import LanguageModel
from spacy_docre.models.llm.prompter import LEAST
from spacy_docre.models.llm.questions import PartialTriple, ask
from tests.pipe.making import examples


@pytest.fixture
def places(monkeypatch):
    """For how many tokens there was room, and for how many branches, in each step."""
    seen = []
    original = LanguageModel.go_on

    def go_on(self, cached, pieces):
        logits, after = original(self, cached, pieces)
        branches = {
            (row, branch) for row, own in enumerate(after.branches.tolist()) for branch in own
        }
        seen.append((after.branches.numel(), len({pair for pair in branches if pair[1] > 0})))
        return logits, after

    monkeypatch.setattr(LanguageModel, "go_on", go_on)
    return seen


def answers(nlp, cache_tokens):
    """The answers about every head of every relation, by a model that says much."""
    prompter = prompter_of(nlp.get_pipe("docre").model)
    passages = prompter.passages([gold_entity_doc(example) for example in examples(nlp)])
    stage = prompter.settings.chain[2]
    partials = [
        PartialTriple((("head", head), ("relation", relation)))
        for relation in range(len(prompter.schema.relations))
        for head in (0, 1)
    ]
    questions = [
        question for each in passages for question in ask(stage, each, partials, prompter.schema)
    ]
    session = prompter.session(passages, 0.05)
    session._criteria = session._criteria._replace(cache_tokens=cache_tokens)
    return session.answer(stage, questions)


def test_answers_count_as_well_as_questions(untrained, places):
    free = answers(untrained, 10**6)
    most = max(tokens for tokens, _ in places)
    assert sum(map(len, free)) > 20, "the model says much"
    places.clear()
    limit = most // 4
    bounded = answers(untrained, limit)
    assert max(tokens for tokens, branches in places if branches > 1) <= limit * 1.1
    assert [[item.values for item in each] for each in bounded] == [
        [item.values for item in each] for each in free
    ]
    for one, other in zip(bounded, free):
        assert [i.score for i in one] == pytest.approx([i.score for i in other], abs=1e-4)


def test_a_question_alone_takes_what_it_needs(untrained, places):
    assert [len(each) for each in answers(untrained, 1)] == [
        len(e) for e in answers(untrained, 10**6)
    ]


def test_a_threshold_of_zero_lists_no_more_than_the_least_one(untrained):
    prompter = prompter_of(untrained.get_pipe("docre").model)
    passages = prompter.passages([gold_entity_doc(example) for example in examples(untrained)])
    zero, least = (prompter.run_chain(passages, threshold) for threshold in (0.0, LEAST))
    assert zero == least
    assert all(partial.score >= LEAST for steps in zero for partial in steps[-1])
