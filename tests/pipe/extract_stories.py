"""Run a saved pipeline over the stories, and print what it finds.

python -m tests.pipe.extract_stories <pipeline> <fork or spawn> <processes>"""

import json
import multiprocessing
import sys

import spacy
import torch

from .making import STORIES, scored, stories, tell, without_relations

if __name__ == "__main__":
    pipeline, method, processes = sys.argv[1:]
    multiprocessing.set_start_method(method)
    nlp = spacy.load(pipeline)
    # Long enough for all threads to be used before processes are started.
    nlp(without_relations(tell([fact for story in STORIES for fact in story] * 10)))
    torch.rand(1000, 1000).exp()
    docs = [without_relations(doc) for doc in stories() * 4]
    found = nlp.pipe(docs, n_process=int(processes), batch_size=2)
    print(json.dumps([scored(doc) for doc in found]))
