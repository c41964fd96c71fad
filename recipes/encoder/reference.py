"""What the reference runtime (ONNX Runtime's CPU provider, float32) makes of real texts, for the test
TestRealWeights of package model:

    python recipes/encoder/reference.py WEIGHTS

WEIGHTS is a folder with one folder a model: NAME/NAME.onnx beside NAME/NAME-tokenizer.json, as the
packages in README.md carry them. NAME.reference.json is written beside each. The texts are this
repository's own, in passages of 1,000 bytes, and the beginning of each as a question.
"""

import json
import pathlib
import sys

import numpy as np
import onnxruntime
import tokenizers

POOLING = {"bge-small-en-v1.5": "cls"}  # the others: mean
PREFIX = {
    "bge-small-en-v1.5": ("Represent this sentence for searching relevant passages: ", ""),
    "e5-small-v2": ("query: ", "passage: "),
}
PASSAGES = 200
ROOT = pathlib.Path(__file__).resolve().parents[2]


def passages():
    files = [p for pattern in ("*.md", "docs/*.md", "eval/**/*.md", "eval/**/*.txt", "index/*.go", "cascade/**/*.go", "serve/*.go")
             for p in sorted(ROOT.glob(pattern))]
    all_ = []
    for f in files:
        data = f.read_bytes()
        all_ += [data[i:i + 1000].decode(errors="ignore").strip() for i in range(0, len(data), 1000)]
    all_ = [p for p in all_ if len(p) > 40]
    return [all_[i * len(all_) // PASSAGES] for i in range(PASSAGES)]


def texts(name):
    query, passage = PREFIX.get(name, ("", ""))
    for i, p in enumerate(passages()):
        yield "passage", passage, p
        if i % 4 == 0:
            yield "query", query, " ".join(p.split()[:9])


def vectors(folder):
    name = folder.name
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / f"{name}-tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
    for role, prefix, text in texts(name):
        ids = tokenizer.encode(prefix + text).ids
        one = np.array([ids], dtype=np.int64)
        rows = session.run(None, {"input_ids": one, "attention_mask": np.ones_like(one), "token_type_ids": np.zeros_like(one)})[0][0]
        rows = rows.astype(np.float64)
        v = rows[0] if POOLING.get(name) == "cls" else rows.mean(0)
        v /= np.linalg.norm(v)
        yield dict(role=role, text=text, ids=ids, values=[float(f"{x:.8g}") for x in v])


def main():
    for folder in sorted(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.is_dir() and (p / f"{p.name}.onnx").exists()):
        out = folder.parent / f"{folder.name}.reference.json"
        rows = list(vectors(folder))
        out.write_text(json.dumps(dict(by=f"onnxruntime {onnxruntime.__version__}, CPU, float32, one thread", texts=rows)))
        print(out, len(rows), "texts")


if __name__ == "__main__":
    main()
