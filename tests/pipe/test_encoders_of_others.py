"""A component takes no other encoder for the one that it was trained with."""

import shutil

import pytest
import spacy
from spacy.util import load_config
from thinc.api import Adam

from .making import (
    TOK2VEC,
    blank,
    example_of,
    learn,
    scored,
    small_model,
    stories,
    without_relations,
)

LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "tok2vec"}


def make(seed=0, *, steps=3, upstream="tok2vec"):
    spacy.util.fix_random_seed(seed)
    nlp = blank()
    nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    tok2vec = {**LISTENER, "upstream": upstream}
    nlp.add_pipe("docre", config={"model": small_model(tok2vec=tok2vec), "threshold": 0.0})
    nlp.initialize(lambda: [example_of(doc) for doc in stories(nlp)])
    if steps:
        learn(nlp, stories(nlp), steps=steps)
    return nlp


@pytest.fixture(params=["in memory", "saved"])
def trained(request, tmp_path):
    nlp = make()
    if request.param == "in memory":
        return nlp
    nlp.to_disk(tmp_path / "trained")
    return spacy.load(tmp_path / "trained")


def stranger(seed=1):
    """A pipeline with an encoder of its own."""
    nlp = make(seed)
    nlp.remove_pipe("docre")
    return nlp


def found(nlp):
    return [scored(nlp(without_relations(doc))) for doc in stories(nlp)]


def refuses(nlp):
    for _ in range(2):
        with pytest.raises(ValueError, match=r"DRE041.*'docre'.*replace_listeners"):
            nlp(without_relations(stories(nlp)[0]))
        # A document of nowhere.
        with pytest.raises(ValueError, match="DRE041"):
            nlp(without_relations(stories()[0]))


def test_a_stranger_is_not_listened_to(trained):
    expected = found(trained)
    nlp = stranger()
    nlp.add_pipe("docre", source=trained)
    refuses(nlp)
    with pytest.raises(ValueError, match="DRE041"):
        list(nlp.pipe([without_relations(doc) for doc in stories()]))
    with pytest.raises(ValueError, match="DRE041"):
        nlp.evaluate([example_of(doc) for doc in stories()])
    assert found(trained) == expected


def test_nor_is_it_if_the_trained_pipeline_found_nothing_before(trained):
    nlp = stranger()
    nlp.add_pipe("docre", source=trained)
    refuses(nlp)


def test_nor_if_the_trained_pipeline_is_gone(tmp_path):
    make().to_disk(tmp_path)
    nlp = stranger()
    nlp.add_pipe("docre", source=spacy.load(tmp_path))
    refuses(nlp)
    other = stranger()
    other.add_pipe("docre", source=make())
    refuses(other)


def test_nor_any_encoder_that_is_good_enough_for_a_listener():
    nlp = stranger()
    nlp.add_pipe("docre", source=make(upstream="*"))
    refuses(nlp)


def test_nor_if_both_share_their_vocabulary(trained):
    nlp = make(1)
    other = spacy.blank("xx", vocab=trained.vocab)
    other.add_pipe("tok2vec", source=nlp)
    other.add_pipe("docre", source=trained)
    refuses(other)


def test_nor_where_a_config_brings_the_two_together(tmp_path):
    make().to_disk(tmp_path / "trained")
    stranger().to_disk(tmp_path / "stranger")
    config = load_config(tmp_path / "trained" / "config.cfg")
    config["components"] = {
        "tok2vec": {"source": str(tmp_path / "stranger")},
        "docre": {"source": str(tmp_path / "trained")},
    }
    refuses(spacy.util.load_model_from_config(config))
    config["components"]["docre"]["replace_listeners"] = ["model.tok2vec"]
    found(spacy.util.load_model_from_config(config))
    config["components"]["tok2vec"]["source"] = str(tmp_path / "trained")
    del config["components"]["docre"]["replace_listeners"]
    found(spacy.util.load_model_from_config(config))


def test_saving_does_not_make_friends(trained, tmp_path):
    nlp = stranger()
    nlp.add_pipe("docre", source=trained)
    nlp.to_disk(tmp_path / "mixed")
    refuses(spacy.load(tmp_path / "mixed"))
    refuses(blank().from_config(nlp.config).from_bytes(nlp.to_bytes()))


def test_nor_does_copying_the_stranger(trained):
    nlp = stranger()
    nlp.add_pipe("docre", source=trained)
    nlp.replace_listeners("tok2vec", "docre", ["model.tok2vec"])
    refuses(nlp)


def test_an_encoder_of_another_save_is_noticed(tmp_path):
    make().to_disk(tmp_path / "old")
    make(steps=4).to_disk(tmp_path / "new")
    shutil.rmtree(tmp_path / "old" / "tok2vec")
    shutil.copytree(tmp_path / "new" / "tok2vec", tmp_path / "old" / "tok2vec")
    refuses(spacy.load(tmp_path / "old"))


def test_a_copy_of_the_encoder_goes_along(trained, tmp_path):
    expected = found(trained)
    trained.replace_listeners("tok2vec", "docre", ["model.tok2vec"])
    nlp = stranger()
    nlp.add_pipe("docre", source=trained)
    assert found(nlp) == expected
    nlp.to_disk(tmp_path / "moved")
    again = spacy.load(tmp_path / "moved")
    assert found(again) == expected
    learn(again, stories(again), steps=1)
    again.to_disk(tmp_path / "learnt")
    assert found(spacy.load(tmp_path / "learnt")) == found(again)


def test_both_may_be_moved_together(trained):
    expected = found(trained)
    nlp = blank()
    nlp.add_pipe("tok2vec", source=trained)
    nlp.add_pipe("docre", source=trained)
    assert found(nlp) == expected


def test_without_an_encoder_it_is_missed(trained):
    nlp = blank()
    nlp.add_pipe("docre", source=trained)
    with pytest.warns(UserWarning, match="DRW502"):
        nlp(without_relations(stories()[0]))


def test_it_may_learn_with_another_encoder(trained, tmp_path):
    nlp = stranger()
    nlp.add_pipe("docre", source=trained)
    learn(nlp, stories(nlp), steps=1)
    expected = found(nlp)
    nlp.to_disk(tmp_path / "learnt")
    assert found(spacy.load(tmp_path / "learnt")) == expected
    again = blank().from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert found(again) == expected


def test_it_may_be_initialized_with_another_encoder(trained):
    nlp = stranger()
    nlp.add_pipe("docre", source=trained)
    nlp.initialize(lambda: [example_of(doc) for doc in stories(nlp)])
    found(nlp)


def test_it_learns_on_where_it_was(trained, tmp_path):
    for _ in range(2):
        learn(trained, stories(trained), steps=1)
        expected = found(trained)
        trained.to_disk(tmp_path / "more")
        trained = spacy.load(tmp_path / "more")
        assert found(trained) == expected


def test_averages_are_what_is_saved(trained, tmp_path):
    optimizer = trained.resume_training(sgd=Adam(0.01, use_averages=True))
    for _ in range(3):
        trained.update([example_of(doc) for doc in stories(trained)], sgd=optimizer)
    assert optimizer.averages
    with trained.use_params(optimizer.averages):
        expected = found(trained)
        trained.to_disk(tmp_path / "averages")
    assert found(spacy.load(tmp_path / "averages")) == expected


@pytest.mark.parametrize("frozen", [["tok2vec"], ["tok2vec", "docre"]])
def test_a_frozen_encoder_is_the_one_it_was(trained, frozen, tmp_path):
    optimizer = trained.resume_training()
    batch = [example_of(doc) for doc in stories(trained)]
    trained.update(batch, sgd=optimizer, exclude=frozen, annotates=["tok2vec"])
    trained.to_disk(tmp_path / "frozen")
    assert found(spacy.load(tmp_path / "frozen")) == found(trained)


def test_an_encoder_that_learnt_without_it_is_another(trained, tmp_path):
    trained.add_pipe("ner", config={"model": {"tok2vec": LISTENER, "hidden_width": 8}})
    trained.get_pipe("ner").initialize(lambda: [example_of(doc) for doc in stories()], nlp=trained)
    optimizer = trained.resume_training()
    for _ in range(3):  # the first teaches ner alone
        batch = [example_of(doc) for doc in stories(trained)]
        trained.update(batch, sgd=optimizer, exclude=["docre"])
    trained.to_disk(tmp_path / "moved on")
    refuses(spacy.load(tmp_path / "moved on"))


def test_weights_in_half_precision_are_the_same_encoder(trained, tmp_path):
    trained.to_disk(tmp_path / "half")
    nlp = spacy.load(tmp_path / "half")
    for node in nlp.get_pipe("tok2vec").model.walk():
        for name in node.param_names:
            node.set_param(name, node.get_param(name).astype("f2").astype("f4"))
    found(nlp)


def test_what_is_disabled_for_a_while_is_no_stranger(trained):
    expected = found(trained)
    with trained.select_pipes(enable=["tok2vec"]):
        docs = [trained(without_relations(doc)) for doc in stories()]
    with trained.select_pipes(enable=["docre"]):
        assert [scored(trained(doc)) for doc in docs] == expected


def test_processes_notice_a_stranger_too(trained):
    texts = [without_relations(doc) for doc in stories()] * 2
    assert len(list(trained.pipe(texts, n_process=2, batch_size=3))) == 6
    nlp = stranger()
    nlp.add_pipe("docre", source=trained)
    with pytest.raises(ValueError, match="DRE041"):
        list(nlp.pipe(texts, n_process=2, batch_size=3))


def test_pipelines_are_looked_for_once(trained, monkeypatch):
    found(trained)
    monkeypatch.setattr("gc.get_objects", lambda: pytest.fail("looked again"))
    found(trained)


def test_a_component_without_a_pipeline_extracts(trained):
    doc = trained(without_relations(stories()[0]))
    expected = scored(doc)
    assert scored(trained.get_pipe("docre")(doc)) == expected
