"""Where and with what a benchmark ran: times mean nothing without it."""

import os
import random
import sys

import numpy
import spacy
import thinc
import torch
from spacy.cli._util import setup_gpu
from wasabi import msg

import spacy_docre


def prepare(seed: int, gpu_id: int, threads: int) -> torch.device:
    """Seed everything, choose the device and print the settings.

    seed (int): The seed.
    gpu_id (int): The GPU, or -1 for the CPU.
    threads (int): Threads of torch; 0 leaves what the environment says.
    RETURNS (torch.device): The device.
    """
    setup_gpu(gpu_id, silent=True)
    if threads:
        torch.set_num_threads(threads)
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    device = torch.device("cpu" if gpu_id < 0 else f"cuda:{gpu_id}")
    msg.table(
        {
            "seed": seed,
            "device": torch.cuda.get_device_name(device) if gpu_id >= 0 else "cpu",
            "threads": f"{torch.get_num_threads()} of {os.cpu_count()} cores",
            "python": sys.version.split()[0],
            "torch": torch.__version__,
            "spacy": spacy.__version__,
            "thinc": thinc.__version__,
            "spacy-docre": spacy_docre.__version__,
        },
        title="Settings",
    )
    return device
