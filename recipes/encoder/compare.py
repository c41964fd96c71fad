"""The forward pass beside ONNX Runtime's, in turns on the same machine, one thread each, by processor time:

    python recipes/encoder/compare.py SLUICE MODEL.onnx [ROUNDS]

SLUICE is the binary, MODEL.onnx a BERT model. ONNX Runtime runs it at float32 and with dynamic int8 weights
(quantize_dynamic, per channel). All texts of a batch have one length, so neither side pads, and the batch is the
whole input: there is no order of lengths. Medians of the rounds.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic

BATCHES = [(1, 16), (1, 20), (32, 128), (8, 512)]


def session(path):
    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads = o.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, o, providers=["CPUExecutionProvider"])


def seconds(s, texts, length):
    ids = np.random.default_rng(1).integers(1000, 30000, (texts, length), dtype=np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    repeats = max(1, 2048 // (texts * length))
    begin = time.process_time()
    for _ in range(repeats):
        s.run(None, inputs)
    return (time.process_time() - begin) / repeats


def ours(binary, model):
    out = subprocess.run([binary, "model", "bench", model, "--precision", "float32,int8", "--rounds", "3", "--json"], check=True, capture_output=True,
                         env=dict(os.environ, GOMAXPROCS="1"))
    result = json.loads(out.stdout)
    return {(r["precision"], r["texts"], r["length"]): r["ms"] / 1e3 for r in result["rows"] if r["operation"] == "all"}, result["peaks"]


def main():
    binary, model = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with tempfile.TemporaryDirectory() as d:
        small = os.path.join(d, "int8.onnx")
        quantize_dynamic(model, small, weight_type=QuantType.QInt8, per_channel=True)
        sessions = {"ORT float32": session(model), "ORT int8": session(small)}
        times = {}
        for _ in range(rounds):
            mine, peaks = ours(binary, model)
            for key, t in mine.items():
                times.setdefault((key[0], key[1:]), []).append(t)
            for name, s in sessions.items():
                for b in BATCHES:
                    seconds(s, *b)  # warm
                    times.setdefault((name, b), []).append(seconds(s, *b))
    middle = {k: sorted(v)[len(v) // 2] for k, v in times.items()}
    print(f"onnxruntime {onnxruntime.__version__}, one thread; tokens a CPU-second; limits:",
          ", ".join(f"{p['name']} ({p['path']}) {p['gmac_per_second']:.0f} GMAC/s" for p in peaks))
    names = ["ORT float32", "ORT int8"] + sorted({k[0] for k in middle} - set(sessions))
    print("| batch | " + " | ".join(names) + " |")
    print("|---|" + "---|" * len(names))
    for b in BATCHES:
        cells = []
        for n in names:
            rate = b[0] * b[1] / middle[n, b]
            against = "" if n.startswith("ORT") else f" (× {middle['ORT float32', b] / middle[n, b]:.2f} float32, × {middle['ORT int8', b] / middle[n, b]:.2f} int8)"
            cells.append(f"{rate:,.0f}{against}")
        print(f"| {b[0]} × {b[1]} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
