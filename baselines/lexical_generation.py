"""Names lexical generation in configs: `--code baselines/lexical_generation.py`."""

from baselines.lexical.encoder import make_plain_seq2seq
from baselines.lexical.head import make_lexical_triples

__all__ = ["make_lexical_triples", "make_plain_seq2seq"]
