"""Print how many threads of PyTorch a worker of `nlp.pipe` uses, whichever way it was started, and
how many a process that the user forks. Run in a process of its own: arguments are the directory
of a pipeline, and the method."""

import json
import multiprocessing
import sys

import spacy
import torch
from spacy.language import Language

from .making import stories, without_relations


@Language.component("count_threads")
def count_threads(doc):
    doc.user_data["threads"] = torch.get_num_threads()
    return doc


def in_a_process(method):
    with multiprocessing.get_context(method).Pool(1) as pool:
        return pool.apply(torch.get_num_threads)


if __name__ == "__main__":
    path, method = sys.argv[1:]
    multiprocessing.set_start_method(method)
    nlp = spacy.load(path)
    nlp.add_pipe("count_threads")
    docs = [without_relations(doc) for doc in stories(nlp)]
    in_workers = {doc.user_data["threads"] for doc in nlp.pipe(docs, n_process=2)}
    nlp(docs[0])
    print(json.dumps([sorted(in_workers), in_a_process(method), torch.get_num_threads()]))
