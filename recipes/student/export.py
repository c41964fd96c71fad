"""Writes a shallow tower (an .npz of recipes/student) as a folder that Hugging Face's tools and
`sluice model add` read: config.json, model.safetensors, tokenizer.json, 1_Pooling/config.json.

    python export.py TOWER.npz TEACHER.onnx TEACHER-tokenizer.json FOLDER

The word embeddings are the teacher's: the tower was trained on them and does not repeat them.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

WIDTH, HEADS, INNER, VOCABULARY, POSITIONS = 384, 12, 1536, 30522, 512


def word_embeddings(teacher: str) -> np.ndarray:
    for tensor in onnx.load(teacher).graph.initializer:
        if tensor.name.endswith("embeddings.word_embeddings.weight"):
            return numpy_helper.to_array(tensor).astype(np.float32)
    sys.exit(f"{teacher}: there are no word embeddings in it")


def tensors(tower, words: np.ndarray) -> tuple[dict, int]:
    kinds = np.zeros((2, WIDTH), np.float32)  # texts are of the first kind only
    kinds[0] = tower["te"]
    out = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": tower["pe"],
        "embeddings.token_type_embeddings.weight": kinds,
        "embeddings.LayerNorm.weight": tower["ln.weight"],
        "embeddings.LayerNorm.bias": tower["ln.bias"],
    }
    layers = 0
    while f"L.{layers}.o.weight" in tower:
        here, there = f"L.{layers}.", f"encoder.layer.{layers}."
        for part in ("weight", "bias"):
            three = np.split(tower[f"{here}qkv.{part}"], 3)
            for name, value in zip(("query", "key", "value"), three):
                out[f"{there}attention.self.{name}.{part}"] = value
            for ours, theirs in {
                "o": "attention.output.dense",
                "l1": "attention.output.LayerNorm",
                "f1": "intermediate.dense",
                "f2": "output.dense",
                "l2": "output.LayerNorm",
            }.items():
                out[f"{there}{theirs}.{part}"] = tower[f"{here}{ours}.{part}"]
        layers += 1
    return {name: np.ascontiguousarray(value, np.float32) for name, value in out.items()}, layers


def main(tower: str, teacher: str, tokenizer: str, folder: str) -> None:
    weights, layers = tensors(np.load(tower), word_embeddings(teacher))
    out = pathlib.Path(folder)
    (out / "1_Pooling").mkdir(parents=True, exist_ok=True)
    save_file(weights, out / "model.safetensors")
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "hidden_size": WIDTH,
        "intermediate_size": INNER, "layer_norm_eps": 1e-12, "max_position_embeddings": POSITIONS,
        "num_attention_heads": HEADS, "num_hidden_layers": layers, "type_vocab_size": 2, "vocab_size": VOCABULARY,
    }
    pooling = {"word_embedding_dimension": WIDTH, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (out / "1_Pooling" / "config.json").write_text(json.dumps(pooling, indent=1) + "\n")
    shutil.copyfile(tokenizer, out / "tokenizer.json")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
