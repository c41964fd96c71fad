"""Recall of faiss's own RaBitQ on a vector file, to set beside `bench quant`'s rabitq rows.

    faiss_rabitq.py FILE.npy [--questions 200] [--seeds 5]

The first rows are questions, the others are stored; truth is the float32 inner product. The index is faiss.IndexRaBitQ
(inner product, the question unrounded) behind a random rotation of the given seed, at 1, 2 and 4 bits.
"""

import argparse
import json

import faiss
import numpy

RANKS = 10, 100, 1000


def top(index, questions, k):
    return index.search(questions, k)[1]


def recall(found, truth, k):
    return float(numpy.mean([len(numpy.intersect1d(f[:k], t[:k])) / k for f, t in zip(found, truth)]))


def build(stored, bits, seed):
    dim = stored.shape[1]
    rotation = faiss.RandomRotationMatrix(dim, dim)
    rotation.init(seed)
    codes = faiss.IndexRaBitQ(dim, faiss.METRIC_INNER_PRODUCT, bits)
    codes.qb = 0
    index = faiss.IndexPreTransform(rotation, codes)
    index.train(stored)
    index.add(stored)
    return index, codes.code_size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    vectors = numpy.load(options.file)
    questions, stored = vectors[:options.questions], vectors[options.questions:]
    exact = faiss.IndexFlatIP(stored.shape[1])
    exact.add(stored)
    truth = top(exact, questions, max(RANKS))
    for bits in 1, 2, 4:
        for seed in range(1, options.seeds + 1):
            index, size = build(stored, bits, seed)
            found = top(index, questions, max(RANKS))
            print(json.dumps({"format": "faiss-rabitq", "bits": bits, "seed": seed, "bytes": size, "faiss": faiss.__version__,
                              **{f"recall@{k}": recall(found, truth, k) for k in RANKS}}), flush=True)


if __name__ == "__main__":
    main()
