"""DORE on token vectors: grounded entity symbols and a row decoder over any `tok2vec`."""
