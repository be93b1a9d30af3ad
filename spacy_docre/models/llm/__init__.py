"""RHF: relations, heads and facts from a causal language model with adapters."""
