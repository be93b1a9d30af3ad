"""Entity sources: where a document's entities come from.

A source takes the entities found so far and returns them extended or merged. A mention
belongs to two entities only where annotations say so: under two knowledge base ids, or in
two annotated clusters. Everything else that shares a mention is one entity.
"""
