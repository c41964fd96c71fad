"""Rows to vectors through a sentence encoder, on one thread.

    encode.py MODEL JAR ROWS OUT.npy [--tokens N] [--int8]

MODEL is minilm (all-MiniLM-L6-v2: mean pooling) or bge (bge-small-en-v1.5: CLS pooling, a prefix before questions);
JAR is the Maven artifact that holds its ONNX file and tokenizer (README.md names both). OUT.npy is float32, rows × 384,
each of length 1. --int8 runs the model with weights and activations of 8 bits (dynamic quantisation, about twice as fast).
Rows go through in order of length, so that a batch holds little padding. A run that was stopped goes on where it was:
OUT.npy.part keeps the rows that are done.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import zipfile

import numpy
import onnxruntime
import tokenizers

BATCH_TOKENS = 4096
MODELS = {"minilm": ("all-minilm-l6-v2", "mean", ""),
          "bge": ("bge-small-en-v1.5", "cls", "Represent this sentence for searching relevant passages: ")}


def load(model, jar, tokens, int8):
    """(session, tokenizer) of the model inside the jar."""
    name = MODELS[model][0]
    with zipfile.ZipFile(jar) as archive, tempfile.TemporaryDirectory() as folder:
        path = archive.extract(name + ".onnx", folder)
        if int8:
            from onnxruntime.quantization import quantize_dynamic
            quantize_dynamic(path, path + ".int8")
            path += ".int8"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_str(archive.read(name + "-tokenizer.json").decode("utf-8"))
    tokenizer.enable_truncation(tokens)
    tokenizer.no_padding()
    return session, tokenizer


def batches(ids, rows):
    """Lists of row numbers of similar length, about BATCH_TOKENS tokens each."""
    batch, widest = [], 0
    for row in sorted(rows, key=lambda r: -len(ids[r])):
        if batch and (len(batch) + 1) * widest > BATCH_TOKENS:
            yield batch
            batch = []
        widest = len(ids[row]) if not batch else widest
        batch.append(row)
    if batch:
        yield batch


def pool(hidden, mask, how):
    """One vector of length 1 a text from its tokens' vectors."""
    if how == "cls":
        out = hidden[:, 0]
    else:
        out = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return out / numpy.linalg.norm(out, axis=1, keepdims=True)


def run(session, how, rows, ids):
    width = max(len(ids[r]) for r in rows)
    tokens = numpy.zeros((len(rows), width), numpy.int64)
    mask = numpy.zeros_like(tokens)
    for i, r in enumerate(rows):
        tokens[i, :len(ids[r])] = ids[r]
        mask[i, :len(ids[r])] = 1
    feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": numpy.zeros_like(tokens)}
    names = {i.name for i in session.get_inputs()}
    hidden = session.run(None, {k: v for k, v in feed.items() if k in names})[0]
    return pool(hidden, mask.astype(numpy.float32), how)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("jar")
    parser.add_argument("rows")
    parser.add_argument("out")
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--int8", action="store_true")
    options = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    session, tokenizer = load(options.model, options.jar, options.tokens, options.int8)
    _, how, prefix = MODELS[options.model]
    with open(options.rows, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    ids = [tokenizer.encode((prefix if r["kind"] == "question" else "") + r["text"]).ids for r in rows]
    del rows
    part = options.out + ".part"
    shape = len(ids), 384
    if os.path.exists(part) and numpy.load(part, mmap_mode="r").shape == shape:
        out = numpy.load(part, mmap_mode="r+")
    else:
        out = numpy.lib.format.open_memmap(part, "w+", numpy.float32, shape)
    todo = [r for r in range(len(ids)) if not out[r].any()]
    started, done, total, told = time.time(), 0, sum(len(ids[r]) for r in todo), 0
    for batch in batches(ids, todo):
        out[batch] = run(session, how, batch, ids)
        done += sum(len(ids[r]) for r in batch)
        if time.time() - told > 30:
            told = time.time()
            rate = done / (told - started)
            print(f"{done}/{total} tokens, {rate:.0f}/s, {(total - done) / rate / 60:.1f} min left", file=sys.stderr, flush=True)
    out.flush()
    os.rename(part, options.out)
    print(f"{len(ids)} rows, {total} tokens, {time.time() - started:.0f} s")


if __name__ == "__main__":
    main()
