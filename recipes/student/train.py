"""Trains a shallow tower to give the teacher's vectors. What was begun before is gone on with.

    TEACHER=... python train.py SHARDS OUT.npz --from START.npz --seconds 3600 [--bits 4] [--threads 2]

OUT.npz holds the mean of the weights over time and is what export.py reads; OUT.npz.resume all that training
needs to go on, so a kill costs at most the last KEEP steps. With --bits the forward pass sees weights and words
rounded to few bits (the gradient goes past the rounding): a last hundred steps with it make up for most of what
rounding costs. Without a START the tower begins as the teacher's layers 0, 6 and 11.
"""

import argparse
import pathlib
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import net

SEED, TOKENS, TEXTS, KEEP, HELD = 1, 4096, 96, 100, 200
PEAK, WARM = 5e-4, 60


def shards(folder):
    ids, vectors = [], []
    for path in sorted(pathlib.Path(folder).glob("[0-9]*.npz"), key=lambda p: int(p.stem)):
        z = np.load(path)
        ids += np.split(z["ids"].astype(np.int64), np.cumsum(z["n"])[:-1])
        vectors.append(z["v"].astype(np.float32))
    return ids, torch.from_numpy(np.concatenate(vectors))


def batches(ids, draw):
    """Batches of nearly one length, in an order that is drawn."""
    order = list(range(len(ids) - HELD))
    draw.shuffle(order)
    order.sort(key=lambda i: len(ids[i]))
    out, at = [], 0
    while at < len(order):
        first = len(ids[order[at]])
        some = [i for i in order[at : at + min(TEXTS, max(1, TOKENS // first))] if len(ids[i]) - first <= 8]
        at += len(some)
        if len(some) > 1:
            out.append(some)
    draw.shuffle(out)
    return out


class Through(torch.autograd.Function):
    """Rounds, and lets the gradient through as if it had not."""

    @staticmethod
    def forward(_, w, bits):
        return net.rounded(w, bits)

    @staticmethod
    def backward(_, grad):
        return grad, None


def round_products(tower, bits):
    with torch.no_grad():
        tower.words.copy_(net.rounded(tower.words, bits))
    for layer in tower.L:
        layer.weight = lambda name, layer=layer: Through.apply(getattr(layer, name).weight, bits)


def loss_of(v, want, questions):
    cos = (v * want).sum(1).mean()

    def divergence(got, true, temperature):
        t = F.softmax(true / temperature, 1)
        return (t * (t.clamp_min(1e-9).log() - F.log_softmax(got / temperature, 1))).sum(1).mean()

    return 4 * (1 - cos) + 0.5 * divergence(v @ want.T, want @ want.T, 0.05) + 0.5 * divergence(questions @ v.T, questions @ want.T, 0.03), cos


def held(tower, ids, vectors):
    """The mean cosine on passages that are never trained on."""
    got = net.encode(tower, [list(i) for i in ids[-HELD:]])
    return float((torch.from_numpy(got) * F.normalize(vectors[-HELD:], dim=-1)).sum(1).mean())


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("shards")
    args.add_argument("out")
    args.add_argument("--from", dest="start")
    args.add_argument("--seconds", type=float, default=3600)
    args.add_argument("--bits", type=int)
    args.add_argument("--threads", type=int, default=2)
    o = args.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(o.threads)
    tower = net.teacher((0, 6, 11)).train()
    if o.start:
        net.load(tower, o.start)
    trained = {k: p for k, p in tower.named_parameters() if p.requires_grad}
    optimiser = torch.optim.AdamW(trained.values(), lr=PEAK, weight_decay=0.01, betas=(0.9, 0.98))
    mean, step = {k: p.detach().clone() for k, p in trained.items()}, 0
    resume = pathlib.Path(o.out + ".resume")
    if resume.exists():
        state = torch.load(resume)
        tower.load_state_dict(state["tower"])
        optimiser.load_state_dict(state["optimiser"])
        mean, step = state["mean"], state["step"]
    if o.bits:
        round_products(tower, o.bits)
    ids, vectors = shards(o.shards)
    questions = torch.from_numpy(np.load(pathlib.Path(o.shards) / "questions.npz")["v"])
    print(f"{len(ids)} passages, {sum(map(len, ids))} tokens; cosine {held(tower, ids, vectors):.4f}", flush=True)
    began, draw = time.time(), random.Random(SEED + step)
    queue = []
    while (spent := (time.time() - began) / o.seconds) < 1:
        queue = queue or batches(ids, draw)
        some = queue.pop()
        length = min(len(ids[i]) for i in some)
        texts = torch.from_numpy(np.stack([np.r_[ids[i][: length - 1], net.SEP] for i in some]))
        for group in optimiser.param_groups:
            group["lr"] = PEAK * min(1, (step + 1) / WARM) * max(0.05, 1 - spent)
        with torch.autocast("cpu", torch.bfloat16):
            v = tower(texts)
        loss, cos = loss_of(v, F.normalize(vectors[some], dim=-1), questions[torch.randint(len(questions), (256,))])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(trained.values(), 1.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            share = 1 - min(0.995, 1 - 1 / (step / 4 + 2))
            for k, p in trained.items():
                mean[k].lerp_(p, share)
        if step % KEEP == 0:
            keep(resume, tower, optimiser, mean, step)
            print(f"step {step}: loss {float(loss):.4f}, cosine {float(cos):.4f}, {time.time() - began:.0f} s", flush=True)
    keep(resume, tower, optimiser, mean, step)
    with torch.no_grad():
        for k, p in trained.items():
            p.copy_(mean[k])
    if o.bits:
        for layer in tower.L:  # what the forward pass saw
            for name in ("qkv", "o", "f1", "f2"):
                getattr(layer, name).weight.data = net.rounded(getattr(layer, name).weight.data, o.bits)
            del layer.weight
    print(f"step {step}: cosine {held(tower.eval(), ids, vectors):.4f}", flush=True)
    net.save(tower, o.out)


def keep(path, tower, optimiser, mean, step):
    part = path.with_suffix(".part")
    torch.save({"tower": tower.state_dict(), "optimiser": optimiser.state_dict(), "mean": mean, "step": step}, part)
    part.replace(path)


if __name__ == "__main__":
    main()
