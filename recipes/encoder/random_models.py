"""Small models of every architecture and head with weights from a formula, run by transformers in
float64: what model/reference_test.go compares the encoder with.

    python recipes/encoder/random_models.py > model/testdata/reference.json
"""

import json
import math
import sys

import numpy as np
import torch
import transformers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    ModernBertConfig,
    ModernBertForSequenceClassification,
    ModernBertModel,
    NomicBertConfig,
    NomicBertModel,
)

MASK = (1 << 64) - 1


def weights(name, shape):
    """Values between two bounds that follow from the name; the same as formula in the Go test."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & MASK
    n = math.prod(shape)
    with np.errstate(over="ignore"):
        x = np.uint64(seed) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    u = ((x >> np.uint64(40)).astype(np.float64) / (1 << 24) - 0.5).astype(np.float32)
    if len(shape) == 2:
        u = u * np.float32(4 / math.sqrt(shape[1]))
    elif name.endswith(".weight"):
        u = np.float32(1) + u * np.float32(0.5)
    return torch.tensor(u.reshape(shape))


def native(name):
    """The published name of a NomicBERT tensor, which transformers renames."""
    for a, b in [
        ("layers.", "encoder.layers."), ("embeddings.LayerNorm", "emb_ln"), ("self_attn.o_proj", "attn.out_proj"),
        ("up_proj", "fc11"), ("gate_proj", "fc12"), ("down_proj", "fc2"),
        ("post_attention_layernorm", "norm1"), ("post_mlp_layernorm", "norm2"),
    ]:
        name = name.replace(a, b)
    return name


def fill(model, prefix=""):
    for name, p in model.named_parameters():
        name = name.removeprefix(prefix)
        for part, i in (("q_proj", 0), ("k_proj", 1), ("v_proj", 2)):
            if part in name:
                whole = weights(native(name.replace(f"self_attn.{part}", "attn.Wqkv")), (3 * p.shape[0], p.shape[1]))
                p.data = whole[i * p.shape[0]:(i + 1) * p.shape[0]]
                break
        else:
            known = native(name) if isinstance(model, NomicBertModel) else name
            p.data = weights(known, tuple(p.shape))
    return model.double().eval()


def texts(vocabulary):
    r = np.random.default_rng(7)
    return [[int(t) for t in r.integers(0, vocabulary, n)] for n in (1, 5, 17, 33)]


def rounded(x):
    return [float(f"{v:.7g}") for v in x.reshape(-1).tolist()]


def bert(layers=3, width=64, heads=4, inner=160, act="gelu", **more):
    return dict(family="bert", layers=layers, width=width, heads=heads, inner=inner, vocabulary=97, positions=40, types=2,
                epsilon=1e-12, activation=act, **more)


def bert_config(c):
    return BertConfig(vocab_size=c["vocabulary"], hidden_size=c["width"], num_hidden_layers=c["layers"],
                      num_attention_heads=c["heads"], intermediate_size=c["inner"],
                      hidden_act={"gelu": "gelu", "gelu_tanh": "gelu_pytorch_tanh", "relu": "relu", "silu": "silu"}[c["activation"]],
                      max_position_embeddings=c["positions"], type_vocab_size=c["types"], layer_norm_eps=c["epsilon"],
                      num_labels=1, attn_implementation="eager")


def modern(**more):
    return dict(family="modernbert", layers=4, width=64, heads=2, inner=96, vocabulary=97, positions=64, epsilon=1e-5,
                activation="gelu", rotary_base=160000.0, rotary_base_local=10000.0, rotary_share=1.0, local_window=8, global_every=3,
                **more)


def modern_config(c):
    return ModernBertConfig(vocab_size=c["vocabulary"], hidden_size=c["width"], num_hidden_layers=c["layers"],
                            num_attention_heads=c["heads"], intermediate_size=c["inner"], max_position_embeddings=c["positions"],
                            norm_eps=c["epsilon"], global_rope_theta=c["rotary_base"], local_rope_theta=c["rotary_base_local"],
                            local_attention=c["local_window"], global_attn_every_n_layers=c["global_every"], num_labels=1,
                            classifier_pooling=c["pooling"], pad_token_id=0, attn_implementation="eager")


def nomic(**more):
    return dict(family="nomic_bert", layers=3, width=64, heads=2, inner=112, vocabulary=97, positions=64, types=2, epsilon=1e-12,
                activation="silu", rotary_base=1000.0, rotary_share=1.0, **more)


def nomic_config(c):
    return NomicBertConfig(vocab_size=c["vocabulary"], hidden_size=c["width"], num_hidden_layers=c["layers"],
                           num_attention_heads=c["heads"], intermediate_size=c["inner"], max_position_embeddings=c["positions"],
                           type_vocab_size=c["types"], layer_norm_eps=c["epsilon"], hidden_act="silu",
                           rope_parameters={"rope_type": "default", "rope_theta": c["rotary_base"]}, attn_implementation="eager")


def pooled(rows, c):
    v = rows[0] if c["pooling"] == "cls" else rows.mean(0)
    return v / v.norm() if c.get("normalize") else v


def run(c):
    """The outputs of one model: a vector a text, or a vector a token, or a number a pair."""
    out = []
    if c["head"] == "cross":
        model = (fill(BertForSequenceClassification(bert_config(c)), "bert.") if c["family"] == "bert"
                 else fill(ModernBertForSequenceClassification(modern_config(c)), "model."))
    elif c["family"] == "bert":
        model = fill(BertModel(bert_config(c), add_pooling_layer=False))
    elif c["family"] == "nomic_bert":
        model = fill(NomicBertModel(nomic_config(c)))
    else:
        model = fill(ModernBertModel(modern_config(c)))
    for ids in texts(c["vocabulary"]):
        types = [0 if i < len(ids) // 2 else 1 for i in range(len(ids))] if c["head"] == "cross" and c["family"] == "bert" else [0] * len(ids)
        inputs = dict(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long))
        if c["family"] != "modernbert":
            inputs["token_type_ids"] = torch.tensor([types])
        with torch.no_grad():
            if c["head"] == "cross":
                y = model(**inputs).logits[0]
            else:
                rows = model(**inputs).last_hidden_state[0]
                if c["head"] == "late":
                    y = rows @ weights("linear.weight", (c["outputs"], c["width"])).double().T
                    y = y / y.norm(dim=1, keepdim=True)
                else:
                    y = pooled(rows, c)
        out.append(dict(ids=ids, types=types, values=rounded(y)))
    return out


def main():
    models = [
        bert(head="embedding", pooling="cls", normalize=True),
        bert(head="embedding", pooling="mean", act="gelu_tanh"),
        bert(head="embedding", pooling="mean", act="relu", width=72, heads=3, inner=104, normalize=True),
        bert(head="late", pooling="cls", outputs=24, layers=2),
        bert(head="cross", pooling="cls"),
        nomic(head="embedding", pooling="mean", normalize=True),
        modern(head="embedding", pooling="cls", normalize=True),
        modern(head="embedding", pooling="mean"),
        modern(head="cross", pooling="mean"),
        modern(head="cross", pooling="cls"),
    ]
    versions = f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, float64"
    body = ",\n".join(json.dumps(dict(config=c, texts=run(c))) for c in models)
    sys.stdout.write(f'{{"by": {json.dumps(versions)}, "models": [\n{body}\n]}}\n')


if __name__ == "__main__":
    main()
