"""A small encoder with random weights, as a folder that `transformers` loads."""


def save_bert(directory, words, kind="Bert", seed=0, **settings):
    """Write an encoder that knows some words, besides special tokens, and its tokenizer."""
    import transformers

    directory.mkdir(exist_ok=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (directory / "vocab.txt").write_text("\n".join(words), "utf8")
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    shape |= {"vocab_size": len(words), "intermediate_size": 32}
    transformers.set_seed(seed)
    config = getattr(transformers, f"{kind}Config")(**{**shape, **settings})
    getattr(transformers, f"{kind}Model")(config).save_pretrained(directory)
    transformers.BertTokenizerFast(str(directory / "vocab.txt")).save_pretrained(directory)
    return directory
