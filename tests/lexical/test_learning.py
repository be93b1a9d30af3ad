"""A small pretrained model learns to write triples as text, and still knows it when loaded."""

import numpy as np
import pytest
import spacy
import torch
from dore.worlds import make_doc, make_schema
from pipe.making import STORIES, blank, scored, tell, without_relations

pytest.importorskip("transformers")
from dore.seq2seq.models import FAMILIES, make_model, make_tokenizer
from dore.seq2seq.pipelines import EIGHT, found_in, initialized, teach

from spacy_docre.dore.seq2seq.backbone import Backbone
from spacy_docre.dore.seq2seq.marking import Frame
from spacy_docre.dore.symbols import END
from spacy_docre.entities import Entity, EntityDoc
from spacy_docre.extractor import Request
from spacy_docre.lexical.architecture import create_lexical_seq2seq
from spacy_docre.lexical.network import END as END_ROW
from spacy_docre.lexical.sequences import _plain
from spacy_docre.lexical.spelling import Reader, Spelling
from spacy_docre.triples import Triple

SCHEMA = make_schema(P1=2, P2=2)
TOKENIZER = make_tokenizer()


def pipeline(directory, **settings):
    model = {
        "@architectures": "spacy_docre.LexicalSeq2Seq.v1",
        "backbone": {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": directory},
        **settings,
    }
    return initialized(model, [tell(story) for story in EIGHT])


def test_eight_documents_are_learnt_and_still_known_when_loaded(backbones, tmp_path):
    nlp = pipeline(backbones("t5"), order="row_column")
    docs = [tell(story) for story in EIGHT]
    teach(nlp, docs, 250, until=lambda nlp: found_in(nlp, EIGHT) == list(map(set, EIGHT)))
    assert found_in(nlp, EIGHT) == list(map(set, EIGHT))
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    for story in STORIES:
        expected = scored(nlp(without_relations(tell(story))))
        assert scored(again(without_relations(tell(story)))) == expected != []
    same = blank().from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert found_in(same, EIGHT) == list(map(set, EIGHT))


def make_extractor(kind, docs, **settings):
    make = lambda: Backbone(make_model(kind), TOKENIZER)  # noqa: E731
    model = create_lexical_seq2seq(make, **settings)
    model.initialize(X=docs, Y=SCHEMA)
    return model


def with_gold(types, *gold):
    doc = make_doc(*types)
    return EntityDoc(doc.doc, doc.entities, tuple(Triple(*each) for each in gold))


DOCS = [with_gold("AAB", ((0, 1), "P1"), ((2, 1), "P2")), with_gold("AB"), with_gold("")]


@pytest.mark.parametrize("kind", FAMILIES)
def test_texts_generated_together_are_the_most_probable_step_by_step(kind):
    """As the whole model, which forgets everything at each step, would write them."""
    model = make_extractor(kind, DOCS, order="row_column")
    network = model.shims[0].network.eval()
    found = model.predict(Request(DOCS[:2], 0.0))
    strategy = model.attrs["sequences"]
    for doc, triples in zip(DOCS, found):
        with torch.inference_mode():
            decoder = strategy._decoder(
                network, TOKENIZER, [doc], _plain(network, TOKENIZER, [doc])
            )
            (spelling,) = Spelling.of([doc], network.settings.table, TOKENIZER, network.n_pieces)
            reader = Reader(strategy._grammar(network, [doc], 1), 0, spelling)
            ids = [network.n_pieces + END_ROW]
            while not reader.finished:
                states = decoder.states(torch.tensor([0]), torch.tensor([ids]))
                logits = network.logits(states)[0, -1]
                ids.append(max(reader.choices(), key=lambda id: float(logits[id])))
                reader.read(ids[-1])
        table = network.settings.table
        said = [
            s for t in triples for s in (*map(table.entity, t.entities), table.relation(t.label))
        ]
        assert [*said, END] == reader.symbols


@pytest.mark.parametrize("kind", FAMILIES)
def test_logits_are_those_of_the_whole_model(kind):
    model = make_extractor(kind, DOCS)
    network = model.shims[0].network.eval()
    first, strategy = network.n_pieces, model.attrs["sequences"]
    (text,) = _plain(network, TOKENIZER, DOCS[:1])
    frame = Frame.of(TOKENIZER)
    text = torch.tensor([[*frame.before, *text, *frame.after]])
    ids = torch.tensor([[first, 5, 9, first + 1, 7]])
    options = {}
    if kind == "led":
        options["global_attention_mask"] = torch.zeros_like(text)
        options["global_attention_mask"][:, 0] = 1
    with torch.inference_mode():
        decoder = strategy._decoder(
            network, TOKENIZER, DOCS[:1], _plain(network, TOKENIZER, DOCS[:1])
        )
        logits = network.logits(decoder.states(torch.tensor([0]), ids))
        whole = network.model
        whole.resize_token_embeddings(first + 3, mean_resizing=False)
        whole.get_input_embeddings().weight[first:] = network.symbols.input.weight
        expected = whole(input_ids=text, decoder_input_ids=ids, **options).logits
    torch.testing.assert_close(logits, expected, atol=1e-3, rtol=1e-3)


def test_a_batch_loses_what_its_documents_lose_alone():
    model = make_extractor("t5", DOCS)
    network, strategy = model.shims[0].network, model.attrs["sequences"]
    rng = np.random.default_rng(0)
    with torch.no_grad():
        together = strategy.losses(network, TOKENIZER, DOCS, rng)
        alone = [strategy.losses(network, TOKENIZER, [doc], rng)[0] for doc in DOCS]
    lengths = [len(text) for text in strategy.targets(network, TOKENIZER, DOCS, rng)]
    expected = [float(a) * n * len(DOCS) / sum(lengths) for a, n in zip(alone, lengths)]
    assert together.tolist() == pytest.approx(expected, rel=1e-4)


def test_a_text_that_is_too_long_is_an_error_that_says_what_to_do():
    with pytest.raises(ValueError, match=r"DRE541\] 1 of 3.*`output_length`"):
        make_extractor_of_few_positions()
    make_extractor_of_few_positions(output_length=64)


def make_extractor_of_few_positions(**settings):
    few = {"max_position_embeddings": 10}
    model = create_lexical_seq2seq(
        lambda: Backbone(make_model("bart", **few), TOKENIZER), **settings
    )
    model.initialize(X=DOCS, Y=SCHEMA)
    return model


def test_what_has_no_end_keeps_its_whole_triples_and_warns():
    model = make_extractor("t5", DOCS, max_length=12)
    with pytest.warns(UserWarning, match=r"DRW541\] 1 of 1 .* 12 word pieces"):
        (triples,) = model.predict(Request([make_doc(*"ABAB")], 0.0))
    assert len(triples) == 1


def test_names_that_stand_for_two_entities_are_counted_at_the_beginning():
    doc = make_doc(*"AA")
    twins = tuple(Entity.of([(i, i + 1)], "A") for i in (0, 1))
    words = spacy.tokens.Doc(doc.doc.vocab, words=["he", "he"])
    gold = EntityDoc(words, twins, (Triple((0, 1), "P1"),))
    with pytest.warns(UserWarning, match=r"DRW540\] 1 of 3 gold triples"):
        make_extractor("t5", [*DOCS, gold])
