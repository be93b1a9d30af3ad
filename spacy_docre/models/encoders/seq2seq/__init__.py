"""DORE on a pretrained sequence-to-sequence transformer."""
