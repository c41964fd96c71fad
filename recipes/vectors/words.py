"""Rows to averaged word vectors, on one thread.

    words.py WHEEL ROWS OUT.npy

WHEEL is the Python package wordllama (README.md names its version), which holds 256-dimensional float16 vectors of the
32,000 entries of a tokenizer's vocabulary, and that tokenizer. A text's vector is the mean of its tokens' vectors,
scaled to length 1. OUT.npy is float32, rows × 256.
"""

import itertools
import json
import os
import struct
import sys
import time
import zipfile

import numpy

BATCH_ROWS = 1024


def load(wheel):
    """(vectors, tokenizer) of the package."""
    import tokenizers
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read("wordllama/weights/l2_supercat_256.safetensors")
        tokenizer = tokenizers.Tokenizer.from_str(
            archive.read("wordllama/tokenizers/l2_supercat_tokenizer_config.json").decode("utf-8"))
    header = struct.unpack("<Q", data[:8])[0]
    shape = json.loads(data[8:8 + header])["embedding.weight"]["shape"]
    return numpy.frombuffer(data, numpy.float16, offset=8 + header).reshape(shape).astype(numpy.float32), tokenizer


def average(vectors, lists):
    """The normalised mean of each list's vectors; an empty list counts as token 0."""
    lists = [ids or [0] for ids in lists]
    starts = numpy.cumsum([0] + [len(ids) for ids in lists[:-1]])
    flat = numpy.fromiter(itertools.chain.from_iterable(lists), numpy.int64)
    out = numpy.add.reduceat(vectors[flat], starts, axis=0)
    return out / numpy.maximum(numpy.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def main(wheel, rows, path):
    os.environ["RAYON_NUM_THREADS"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    vectors, tokenizer = load(wheel)
    with open(rows, encoding="utf-8") as file:
        count = sum(1 for _ in file)
    out = numpy.lib.format.open_memmap(path + ".part", "w+", numpy.float32, (count, vectors.shape[1]))
    started, done = time.time(), 0
    with open(rows, encoding="utf-8") as file:
        while batch := list(itertools.islice(file, BATCH_ROWS)):
            texts = [json.loads(line)["text"] for line in batch]
            lists = [e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
            out[done:done + len(batch)] = average(vectors, lists)
            done += len(batch)
            if done // BATCH_ROWS % 64 == 0:
                print(f"{done}/{count} rows, {(time.time() - started) / done * (count - done) / 60:.1f} min left",
                      file=sys.stderr, flush=True)
    out.flush()
    os.rename(path + ".part", path)
    print(f"{count} rows, {time.time() - started:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
