"""Token vectors come from the layer that the component has by now."""

import re

import pytest
import spacy

from spacy_docre.errors import Errors

from ...pipe.making import (
    TOK2VEC,
    blank,
    examples,
    learn,
    scored,
    small_model,
    stories,
    without_relations,
)

LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "*"}
PATH = "model.tok2vec"


def shared_encoder(seed, steps):
    spacy.util.fix_random_seed(seed)
    nlp = blank()
    nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    nlp.add_pipe("docre", config={"model": small_model(tok2vec=LISTENER)})
    nlp.initialize(lambda: examples(nlp))
    learn(nlp, stories(nlp), steps=steps)
    return nlp


def extracted(nlp):
    return [scored(nlp(without_relations(doc))) for doc in stories(nlp)]


@pytest.fixture(scope="module")
def trained():
    return shared_encoder(seed=0, steps=30)


def test_a_copy_of_the_encoder_takes_the_place_of_the_listener(trained, tmp_path):
    before = extracted(trained)
    trained.to_disk(tmp_path / "trained")
    source = spacy.load(tmp_path / "trained")
    source.replace_listeners("tok2vec", "docre", [PATH])
    other = shared_encoder(seed=1, steps=0)
    other.remove_pipe("docre")
    other.add_pipe("docre", source=source)
    assert any(before)
    assert extracted(other) == before
    other.to_disk(tmp_path / "other")
    assert extracted(spacy.load(tmp_path / "other")) == before


def test_the_message_about_another_encoder_names_where_the_listener_is(trained):
    path = re.search(r'\["(.*?)"\]', Errors.DRE041)[1]
    assert path == PATH
    block = trained.config["components"]["docre"]["model"]["tok2vec"]
    assert block == LISTENER
