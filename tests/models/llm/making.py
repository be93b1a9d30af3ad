"""Language models that are small enough for a test, with a tokenizer trained on the spot."""

from pathlib import Path
from typing import Any, Dict

import spacy
import torch
from spacy.language import Language
from thinc.api import Config
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from spacy_docre.models.llm.prompts.templates import FOLDER
from tests.pipe.making import SENTENCES, STORIES, blank, examples

CHAT = (
    "{% for message in messages %}<|start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|stop|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)
ABLATION = Path(__file__).parents[3] / "projects" / "autore_ablation"
# The chains of AutoRE's paradigms, by name.
PARADIGMS = dict(Config().from_disk(ABLATION / "paradigms.cfg"))
SPECIAL = ["<|begin|>", "<|start|>", "<|stop|>", "<|pad|>"]
SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
}


def make_tokenizer(chat: bool = True, vocab_size: int = 900) -> PreTrainedTokenizerFast:
    """A byte-level tokenizer, so that there is no text it cannot hold."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    names = [f" {name}" for story in STORIES for fact in story for name in fact]
    prompts = [path.read_text("utf8") for path in FOLDER.glob("*.txt")]
    tokenizer.train_from_iterator([*SENTENCES.values(), *names * 3, *prompts * 3], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|begin|>",
        eos_token="<|stop|>",
        pad_token="<|pad|>",
        additional_special_tokens=["<|start|>"],
        chat_template=CHAT if chat else None,
    )


def make_base(
    folder: Path, *, seed: int = 0, chat: bool = True, tokenizer: Any = None, **shape: Any
) -> str:
    """Write a random model. Returns the folder."""
    tokenizer = tokenizer or make_tokenizer(chat)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        # Large enough for answers that differ from one prompt to the next.
        **{"initializer_range": 0.3, **SHAPE, **shape},
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def rhf_model(name: str, **settings: Any) -> Dict[str, Any]:
    """The config of a model."""
    model = {
        "@architectures": "spacy_docre.RHF.v1",
        "base": {"@misc": "spacy_docre.CausalLM.v1", "name": name, "dtype": "float32"},
        "prompts": {"@misc": "spacy_docre.Prompts.v1", "described": False},
        "budget": {"@misc": "spacy_docre.TokenBudget.v1", "answer_tokens": 128},
        "chain": {"@misc": "spacy_docre.RHFChain.v1"},
        "adapters": {
            "@misc": "spacy_docre.LoRA.v1",
            "rank": 8,
            "dropout": 0.0,
            "target_modules": ["all-linear"],
        },
    }
    for name, value in settings.items():
        model[name] = (
            {**model[name], **value} if isinstance(value, dict) and name in model else value
        )
    return model


def without_negatives(chain: Dict[str, Any]) -> Dict[str, Any]:
    """A chain that learns no empty answers."""
    if "*" not in chain:
        return {**chain, **{key: {"negatives": 0} for key in ["relations", "heads", "facts"]}}
    return {**chain, "*": {name: {**each, "negatives": 0} for name, each in chain["*"].items()}}


def rhf_pipeline(name: str, **settings: Any) -> Language:
    """A pipeline of nothing but `docre`, with untrained adapters, that knows the stories."""
    spacy.util.fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe("docre", config={"model": rhf_model(name, **settings)})
    nlp.initialize(lambda: examples(nlp))
    return nlp


# As Mistral and Llama 2 have it: what a model says begins with a space.
INST = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "[INST] {{ message['content'] }} [/INST]{% else %} {{ message['content'] }}{{ eos_token }}"
    "{% endif %}{% endfor %}"
)


def make_sentencepiece(folder: Path, chat: str = INST) -> PreTrainedTokenizerFast:
    """A tokenizer as Llama 2, Mistral and Vicuna have it: spaces belong to the words behind them, a
    text begins with one, and line breaks are bytes."""
    import sentencepiece
    from transformers import LlamaTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    names = [f" {name}" for story in STORIES for fact in story for name in fact]
    prompts = [path.read_text("utf8") for path in FOLDER.glob("*.txt")]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*SENTENCES.values(), *names * 3, *prompts * 3]),
        model_prefix=str(folder / "spm"),
        vocab_size=600,
        model_type="bpe",
        byte_fallback=True,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    tokenizer = LlamaTokenizerFast(vocab_file=str(folder / "spm.model"), pad_token="<unk>")
    tokenizer.chat_template = chat
    return tokenizer
