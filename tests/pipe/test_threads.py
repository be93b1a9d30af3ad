"""Threads share a pipeline, and each call may have a threshold of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import spacy

from spacy_docre.data.storage import load_relations
from tests.small_bert import save_bert

from .making import (
    BILINEAR,
    GENERATED,
    SENTENCES,
    STORIES,
    TOK2VEC,
    blank,
    example_of,
    examples,
    scored,
    small_model,
    stories,
    tell,
    untrained,
    without_relations,
)

THRESHOLDS = [0.0, 0.2, 0.4, 0.5, 0.6, 0.9]
MODELS = pytest.mark.parametrize(
    "model", [{}, GENERATED, BILINEAR], ids=["given", "generated", "pairs"]
)


def many(nlp):
    return [tell(story * times, nlp) for story in STORIES for times in (1, 2, 3)]


def found_at(nlp, doc, threshold):
    calls = {"docre": {"threshold": threshold}}
    return scored(nlp(without_relations(doc), component_cfg=calls))


@MODELS
def test_threads_with_thresholds_of_their_own_do_not_take_each_others(model):
    nlp = untrained(model)
    docs = many(nlp)
    work = [(doc, threshold) for doc in docs for threshold in THRESHOLDS] * 4
    alone = [found_at(nlp, *each) for each in work]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda each: found_at(nlp, *each), work))
    assert together == alone
    assert len({len(found) for found in alone}) > 2


@MODELS
def test_a_threshold_of_one_call_leaves_nothing_behind(model):
    nlp = untrained(model, threshold=1.0)
    pipe = nlp.get_pipe("docre")
    doc = without_relations(stories(nlp)[0])
    ((entity_doc, triples),) = pipe.predict([doc], threshold=0.0)
    assert len(triples) >= len(entity_doc.entities)
    (annotated,) = nlp.pipe([doc.copy()], component_cfg={"docre": {"threshold": 0.0}})
    assert load_relations(annotated).triples == tuple(triples)
    assert pipe.predict([doc])[0][1] == []
    assert pipe.cfg["threshold"] == 1.0


def test_a_threshold_of_a_call_is_checked(trained):
    doc = without_relations(stories(trained)[0])
    with pytest.raises(ValueError, match=r"DRE026.*threshold.*1\.5"):
        trained(doc, component_cfg={"docre": {"threshold": 1.5}})
    with pytest.raises(ValueError, match="DRE026"):
        trained.get_pipe("docre").predict([doc], threshold=-1)


def same_in_threads(nlp, docs, threads=8, times=2):
    alone = [scored(nlp(without_relations(doc))) for doc in docs]
    assert any(alone)
    begin = threading.Barrier(threads)

    def run(_):
        begin.wait()
        return [scored(nlp(without_relations(doc))) for doc in docs]

    for _ in range(times):
        with ThreadPoolExecutor(threads) as pool:
            for found in pool.map(run, range(threads)):
                assert found == alone


def test_the_first_documents_after_training_may_come_from_threads():
    nlp = untrained(threshold=0.0)
    docs = many(nlp)
    optimizer = nlp.resume_training()
    nlp.update([example_of(doc) for doc in stories(nlp)], sgd=optimizer)
    same_in_threads(nlp, docs)


def test_threads_share_an_encoder_of_spacys_own():
    spacy.util.fix_random_seed(0)
    nlp = blank()
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "tok2vec"}
    nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    nlp.add_pipe("docre", config={"model": small_model(tok2vec=listener), "threshold": 0.0})
    nlp.initialize(lambda: examples(nlp))
    same_in_threads(nlp, many(nlp))


def test_threads_share_a_transformer_of_the_components_own(tmp_path):
    pytest.importorskip("spacy_transformers")
    words = sorted({word for text in SENTENCES.values() for word in text.split()})
    names = sorted({name for story in STORIES for h, _, t in story for name in (h, t)})
    transformer = {
        "@architectures": "spacy-transformers.Tok2VecTransformer.v3",
        "name": str(save_bert(tmp_path / "bert", words=[*words, *names])),
        "get_spans": {"@span_getters": "spacy-transformers.doc_spans.v1"},
        "tokenizer_config": {"use_fast": True},
        "pooling": {"@layers": "reduce_mean.v1"},
    }
    nlp = untrained({"tok2vec": transformer}, threshold=0.0)
    same_in_threads(nlp, many(nlp))
