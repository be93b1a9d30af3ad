"""The bilinear pair classifier on token vectors: the control that a generator is compared with."""
