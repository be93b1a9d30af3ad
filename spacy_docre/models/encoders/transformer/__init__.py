"""A pretrained transformer as a layer that makes token vectors."""
