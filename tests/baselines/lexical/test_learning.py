"""A small pretrained model learns to write triples as text, and still knows it when loaded."""

import warnings

import numpy as np
import pytest
import spacy
import torch

from tests.models.worlds import make_doc, make_schema
from tests.pipe.making import STORIES, blank, example_of, scored, tell, without_relations

pytest.importorskip("transformers")
from baselines.lexical.encoder import make_plain_seq2seq
from baselines.lexical.head import make_lexical_triples, symbols_of
from baselines.lexical.network import END as END_ROW
from baselines.lexical.network import Pieces
from baselines.lexical.spelling import Reader, Spelling
from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.encoder_with_head import create_extractor
from spacy_docre.models.encoders.frame import Frame
from spacy_docre.models.encoders.seq2seq.encoder import make_seq2seq
from spacy_docre.models.extractor import Request
from spacy_docre.models.grammar.automaton import Grammar
from spacy_docre.models.grammar.symbols import END
from tests.models.encoders.seq2seq.models import FAMILIES, make_backbone, make_tokenizer
from tests.models.encoders.seq2seq.pipelines import EIGHT, found_in, initialized, teach

SCHEMA = make_schema(P1=2, P2=2)
TOKENIZER = make_tokenizer()


def model_of(directory, **settings):
    backbone = {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": directory}
    return {
        "@architectures": "spacy_docre.Extractor.v1",
        "encoder": {"@misc": "docre_baselines.PlainSeq2Seq.v1", "backbone": backbone},
        "head": {"@misc": "docre_baselines.LexicalTriples.v1", **settings},
    }


def pipeline(directory, **settings):
    return initialized(model_of(directory, **settings), [tell(story) for story in EIGHT])


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


def make_extractor(kind, docs, *, limits=None, output_length=None, **settings):
    """An initialized extractor on a small model with these limits."""
    backbone = make_backbone(kind, **(limits or {}))
    encoder = make_plain_seq2seq(lambda: backbone, output_length=output_length)
    model = create_extractor(encoder, make_lexical_triples(**settings))
    model.initialize(X=docs, Y=SCHEMA)
    return model


def read(model, docs):
    """The network, and what it reads of documents."""
    shim = model.shims[0]
    network = shim.network.encoder.eval()
    return network, shim.encoder.read(network, docs)[0]


def with_gold(types, *gold):
    doc = make_doc(*types)
    return EntityDoc(doc.doc, doc.entities, tuple(Triple(*each) for each in gold))


DOCS = [with_gold("AAB", ((0, 1), "P1"), ((2, 1), "P2")), with_gold("AB"), with_gold("")]


@pytest.mark.parametrize("kind", FAMILIES)
def test_texts_generated_together_are_the_most_probable_step_by_step(kind):
    """As the whole model, which forgets everything at each step, would write them."""
    model = make_extractor(kind, DOCS, order="row_column")
    sizes = model.shims[0].network.sizes
    table = symbols_of(sizes)
    found = [triples for _, triples in model.predict(Request(DOCS[:2], 0.0))]
    for doc, triples in zip(DOCS, found):
        with torch.inference_mode():
            network, reading = read(model, [doc])
            decoder = Pieces(network, reading.memory)
            (spelling,) = Spelling.of([doc], table, TOKENIZER, network.n_pieces)
            grammar = Grammar(table, [doc], mode="matrix", negatives=False, max_labels=1)
            reader = Reader(grammar, 0, spelling)
            ids = [network.n_pieces + END_ROW]
            while not reader.finished:
                states = decoder.states(torch.tensor([0]), torch.tensor([ids]))
                logits = network.logits(states)[0, -1]
                ids.append(max(reader.choices(), key=lambda id: float(logits[id])))
                reader.read(ids[-1])
        said = [
            s for t in triples for s in (*map(table.entity, t.entities), table.relation(t.label))
        ]
        assert [*said, END] == reader.symbols


@pytest.mark.parametrize("kind", FAMILIES)
def test_logits_are_those_of_the_whole_model(kind):
    network, reading = read(make_extractor(kind, DOCS), DOCS[:1])
    first, text = network.n_pieces, reading.written[0].ids
    frame = Frame.of(TOKENIZER)
    text = torch.tensor([[*frame.before, *text, *frame.after]])
    ids = torch.tensor([[first, 5, 9, first + 1, 7]])
    options = {}
    if kind == "led":
        options["global_attention_mask"] = torch.zeros_like(text)
        options["global_attention_mask"][:, 0] = 1
    with torch.inference_mode():
        decoder = Pieces(network, reading.memory)
        logits = network.logits(decoder.states(torch.tensor([0]), ids))
        whole = network.model
        whole.resize_token_embeddings(first + 3, mean_resizing=False)
        whole.get_input_embeddings().weight[first:] = network.symbols.input.weight
        expected = whole(input_ids=text, decoder_input_ids=ids, **options).logits
    torch.testing.assert_close(logits, expected, atol=1e-3, rtol=1e-3)


def test_a_batch_loses_the_mean_over_its_word_pieces():
    model = make_extractor("t5", DOCS)
    head, network, rng = model.shims[0].head, model.shims[0].network, np.random.default_rng(0)
    losses, _ = model.begin_update(DOCS)
    with torch.no_grad():
        alone = [head.losses(network, read(model, [doc])[1], [doc], rng) for doc in DOCS]
    texts = head.targets(network.encoder, network.sizes, DOCS, rng)
    assert [each.predictions for each in alone] == list(map(len, texts))
    asked = sum(map(len, texts))
    expected = [float(each.per_doc[0]) * len(DOCS) / asked for each in alone]
    assert losses.tolist() == pytest.approx(expected, rel=1e-4)


def test_a_text_that_is_too_long_is_an_error_that_says_what_to_do():
    with pytest.raises(ValueError, match=r"DRE541\] 1 of 3.*`output_length`"):
        make_extractor("bart", DOCS, limits={"max_position_embeddings": 10})
    make_extractor("bart", DOCS, limits={"max_position_embeddings": 10}, output_length=64)


def test_relations_of_the_same_entities_are_as_many_as_asked_for(backbones):
    # Only the second story has entities with two relations.
    first, second = (tell(story) for story in STORIES[:2])
    with pytest.warns(UserWarning, match="DRW503.*`max_labels`"):
        initialized(model_of(backbones("t5")), [first]).update([example_of(second)])
    nlp = initialized(model_of(backbones("t5"), max_labels=2), [first])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.update([example_of(second)])


def test_an_encoder_with_symbols_writes_no_text():
    with pytest.raises(ValueError, match=r"DRE543.*which Seq2Seq does not"):
        create_extractor(make_seq2seq(lambda: None), make_lexical_triples())


def test_what_has_no_end_keeps_its_whole_triples_and_warns():
    model = make_extractor("t5", DOCS, max_length=12)
    with pytest.warns(UserWarning, match=r"DRW541\] 1 of 1 .* 12 word pieces"):
        ((_, triples),) = model.predict(Request([make_doc(*"ABAB")], 0.0))
    assert len(triples) == 1


def test_names_that_stand_for_two_entities_are_counted_at_the_beginning():
    doc = make_doc(*"AA")
    twins = tuple(Entity.of([(i, i + 1)], "A") for i in (0, 1))
    words = spacy.tokens.Doc(doc.doc.vocab, words=["he", "he"])
    gold = EntityDoc(words, twins, (Triple((0, 1), "P1"),))
    with pytest.warns(UserWarning, match=r"DRW540\] 1 of 3 gold triples"):
        make_extractor("t5", [*DOCS, gold])
