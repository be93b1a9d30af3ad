"""A seeded corpus of documents about people, companies and places that do not exist.

It needs no download and has no licence to mind, so everything that trains can be
tried, tested and measured anywhere.
"""
