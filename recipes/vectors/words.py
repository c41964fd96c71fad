"""Rows to averaged word vectors, on one thread.

    words.py WHEEL ROWS OUT.npy

WHEEL is the Python package wordllama (README.md names its version), which holds 256-dimensional float16 vectors of the
32,000 entries of a tokenizer's vocabulary, and that tokenizer. A word is a run of letters, its vector the sum of its
tokens' vectors, a text's vector the sum of its words', scaled to length 1. OUT.npy is float32, rows × 256.
"""

import json
import os
import re
import struct
import sys
import time
import zipfile

import numpy
import tokenizers

WORD = re.compile(r"[^\W\d_]+")


class Words:
    """Word to row of a growing table of vectors; row 0 is the unknown token, for texts without a word."""

    def __init__(self, wheel):
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read("wordllama/weights/l2_supercat_256.safetensors")
            self.tokenizer = tokenizers.Tokenizer.from_str(
                archive.read("wordllama/tokenizers/l2_supercat_tokenizer_config.json").decode("utf-8"))
        header = struct.unpack("<Q", data[:8])[0]
        shape = json.loads(data[8:8 + header])["embedding.weight"]["shape"]
        self.tokens = numpy.frombuffer(data, numpy.float16, offset=8 + header).reshape(shape).astype(numpy.float32)
        self.table = numpy.zeros((1 << 16, shape[1]), numpy.float32)
        self.table[0] = self.tokens[0]
        self.rows = {"": 0}

    def add(self, word):
        row = len(self.rows)
        if row == len(self.table):
            self.table = numpy.concatenate([self.table, numpy.zeros_like(self.table)])
        self.table[row] = self.tokens[self.tokenizer.encode(word[:100], add_special_tokens=False).ids].sum(0)
        self.rows[word] = row
        return row

    def vector(self, text):
        rows, known = [], self.rows.get
        for word in WORD.findall(text):
            row = known(word)
            rows.append(self.add(word) if row is None else row)
        out = self.table[rows or [0]].sum(0)
        return out / max(numpy.linalg.norm(out), 1e-12)


def main(wheel, rows, path):
    words, started = Words(wheel), time.time()
    with open(rows, encoding="utf-8") as file:
        count = sum(1 for _ in file)
    out = numpy.lib.format.open_memmap(path + ".part", "w+", numpy.float32, (count, words.table.shape[1]))
    with open(rows, encoding="utf-8") as file:
        for row, line in enumerate(file):
            out[row] = words.vector(json.loads(line)["text"])
            if row % 100000 == 99999:
                left = (time.time() - started) / row * (count - row) / 60
                print(f"{row + 1}/{count} rows, {len(words.rows)} words, {left:.1f} min left", file=sys.stderr, flush=True)
    out.flush()
    os.rename(path + ".part", path)
    print(f"{count} rows, {len(words.rows)} words, {time.time() - started:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
