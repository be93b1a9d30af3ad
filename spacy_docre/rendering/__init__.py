"""A document, its triples and why they are there, as HTML that needs no other file."""
