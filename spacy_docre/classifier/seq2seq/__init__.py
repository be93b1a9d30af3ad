"""The classifier on a pretrained sequence-to-sequence model: the control for DORE on that."""
