"""The towers in PyTorch: a BERT of the teacher's shape with some of its layers."""

import math
import os
import pathlib

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from tokenizers import Tokenizer
from torch import nn

WIDTH, HEADS, INNER = 384, 12, 1536
QUESTION = "Represent this sentence for searching relevant passages: "
CLS, SEP = 101, 102


def teacher_path():
    """TEACHER is the path of the ONNX file without its ending; its tokenizer lies beside it."""
    return os.environ["TEACHER"]


def tokenizer(longest):
    t = Tokenizer.from_file(teacher_path() + "-tokenizer.json")
    t.no_padding()
    t.enable_truncation(longest)
    return t


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.o = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.l1, self.l2 = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)
        self.f1, self.f2 = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)

    def forward(self, h, first_only=False):
        """Texts of a batch have one length, so that there is no mask. The fused attention's backward took
        38 % of a step: explicit products are faster here. Of the last layer only the first row is read."""
        n, length, _ = h.shape
        k, v = self.part(h, 1), self.part(h, 2)
        rows = h[:, :1] if first_only else h
        q = self.part(rows, 0)
        mixed = torch.softmax((q * (WIDTH // HEADS) ** -0.5) @ k.transpose(-1, -2), -1) @ v
        rows = self.l1(rows + self.linear("o", mixed.transpose(1, 2).reshape(n, -1, WIDTH)))
        return self.l2(rows + self.linear("f2", F.gelu(self.linear("f1", rows))))

    def part(self, h, i):
        w = self.weight("qkv")[i * WIDTH : (i + 1) * WIDTH]
        out = F.linear(h, w, self.qkv.bias[i * WIDTH : (i + 1) * WIDTH])
        return out.view(h.shape[0], h.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)

    def linear(self, name, x):
        return F.linear(x, self.weight(name), getattr(self, name).bias)

    def weight(self, name):
        return getattr(self, name).weight


class Tower(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.words = nn.Parameter(torch.empty(30522, WIDTH), requires_grad=False)
        self.pe, self.te = nn.Parameter(torch.empty(512, WIDTH)), nn.Parameter(torch.empty(WIDTH))
        self.ln = nn.LayerNorm(WIDTH, 1e-12)
        self.L = nn.ModuleList(Layer() for _ in range(layers))

    def forward(self, ids):
        h = self.ln(F.embedding(ids, self.words) + self.pe[: ids.shape[1]] + self.te)
        if torch.is_autocast_enabled("cpu"):
            h = h.bfloat16()
        for layer in self.L[:-1]:
            h = layer(h)
        return F.normalize(self.L[-1](h, first_only=True)[:, 0].float(), dim=-1)


def teacher(keep=range(12)):
    """The teacher, or some of its layers."""
    graph = onnx.load(teacher_path() + ".onnx").graph
    named = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    products = [named[x] for n in graph.node if n.op_type in ("MatMul", "Gemm") for x in n.input if x in named and named[x].ndim == 2]
    assert len(products) == 72, len(products)

    def get(end):
        return torch.tensor(next(v for k, v in named.items() if k.endswith(end)).copy())

    t = Tower(len(keep))
    with torch.no_grad():
        t.words.copy_(get("embeddings.word_embeddings.weight"))
        t.pe.copy_(get("embeddings.position_embeddings.weight"))
        t.te.copy_(get("embeddings.token_type_embeddings.weight")[0])
        t.ln.weight.copy_(get("embeddings.LayerNorm.weight"))
        t.ln.bias.copy_(get("embeddings.LayerNorm.bias"))
        for at, i in enumerate(keep):
            layer, p = t.L[at], f"encoder.layer.{i}."
            q, k, v, o, f1, f2 = (torch.tensor(m.copy()).T for m in products[6 * i : 6 * i + 6])
            a = p + "attention.self."
            layer.qkv.weight.copy_(torch.cat([q, k, v]))
            layer.qkv.bias.copy_(torch.cat([get(a + "query.bias"), get(a + "key.bias"), get(a + "value.bias")]))
            for ours, weight, name in (("o", o, "attention.output.dense"), ("f1", f1, "intermediate.dense"), ("f2", f2, "output.dense")):
                getattr(layer, ours).weight.copy_(weight)
                getattr(layer, ours).bias.copy_(get(p + name + ".bias"))
            for ours, name in (("l1", "attention.output.LayerNorm"), ("l2", "output.LayerNorm")):
                getattr(layer, ours).weight.copy_(get(p + name + ".weight"))
                getattr(layer, ours).bias.copy_(get(p + name + ".bias"))
    return t.eval()


def load(t, path):
    """Takes up a tower that was saved without its words."""
    saved = np.load(path)
    with torch.no_grad():
        for name, p in t.named_parameters():
            if name != "words":
                p.copy_(torch.from_numpy(saved[name].astype(np.float32)))


def save(t, path, values=None):
    values = values or dict(t.named_parameters())
    part = str(path) + ".part.npz"
    np.savez(part, **{k: v.detach().numpy() for k, v in values.items() if k != "words"})
    os.replace(part, path)


BLOCK = 64  # weights that share a scale


def rounded(w, bits=4):
    """Weights at few bits, the scale of each block the one of five that leaves the smallest error. Levels are
    symmetric, so that a block's largest value is its scale times the largest level, and a writer that
    rounds what was rounded finds the same."""
    top = 2 ** (bits - 1) - 1
    y = w.reshape(-1, BLOCK)
    most = y.abs().amax(1, keepdim=True)
    best = least = None
    for share in (1, 0.92, 0.84, 0.76, 0.68):
        scale = most * share / top + 1e-12
        q = torch.clamp(torch.round(y / scale), -top, top) * scale
        off = ((q - y) ** 2).sum(1, keepdim=True)
        if best is None:
            best, least = q, off
        else:
            best, least = torch.where(off < least, q, best), torch.minimum(off, least)
    return best.reshape(w.shape)


def encode(t, texts, budget=4096):
    """Vectors of lists of ids, in batches of one length."""
    lengths, out = {}, np.zeros((len(texts), WIDTH), np.float32)
    for i, x in enumerate(texts):
        lengths.setdefault(len(x), []).append(i)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for length, at in lengths.items():
            step = max(1, budget // length)
            for k in range(0, len(at), step):
                some = at[k : k + step]
                out[some] = t(torch.tensor([texts[i] for i in some])).numpy()
    return out


def cut(ids):
    """Ids cut to a multiple of eight, so that batches of one length are large."""
    return ids if len(ids) <= 16 or len(ids) % 8 == 0 else ids[: len(ids) // 8 * 8 - 1] + [SEP]
