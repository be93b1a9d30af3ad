"""What extractors over any `tok2vec` share: index tensors, pooling of mentions, and the shim that
builds, steps, saves and loads a network.
"""
