"""The teacher's vectors of passages, in shards that are written once.

    TEACHER=... python teach.py TEXTS.jsonl SHARDS PART PARTS [SECONDS]

Process PART of PARTS makes every PARTS'th shard, on one thread; what is there already is left. The first
also makes questions.npz: vectors of questions of every kind, which passages are compared with.
"""

import json
import os
import pathlib
import re
import sys
import time

import numpy as np
import torch

import net

SHARD, LONGEST, QUESTIONS = 512, 256, 3000


def question(text):
    """What somebody might ask to find a text: its heading or its first sentence."""
    line = re.sub(r"^[\s#/*;%.\-`\"']+", "", text.split("\n")[0])
    return re.split(r"(?<=[.?!]) ", line)[0][:160]


def write(path, **arrays):
    part = f"{path}.{os.getpid()}.npz"
    np.savez(part, **arrays)
    os.replace(part, path)


def main(texts, out, part, parts, seconds="1e9"):
    torch.set_num_threads(1)
    began, part, parts, out = time.time(), int(part), int(parts), pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    all_ = [json.loads(line)["text"] for line in open(texts)]
    tok, teacher = net.tokenizer(LONGEST), net.teacher()
    if part == 0 and not (out / "questions.npz").exists():
        asked = [q for q in map(question, all_) if 15 < len(q)][:QUESTIONS]
        ids = [net.cut(x.ids) for x in tok.encode_batch([net.QUESTION + q for q in asked])]
        write(out / "questions.npz", v=net.encode(teacher, ids))
    for i in range(part, len(all_) // SHARD, parts):
        if time.time() - began > float(seconds):
            break
        if (out / f"{i}.npz").exists():
            continue
        ids = [net.cut(x.ids) for x in tok.encode_batch(all_[i * SHARD : (i + 1) * SHARD])]
        v = net.encode(teacher, ids)
        write(out / f"{i}.npz", v=v.astype(np.float16), n=np.array([len(x) for x in ids], np.uint16), ids=np.concatenate(ids).astype(np.uint16))
        print(f"shard {i}: {sum(map(len, ids))} tokens, {time.time() - began:.0f} s", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
