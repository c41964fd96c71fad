"""Rows from an unpacked Linux kernel source: what `encode.py` and `words.py` turn into vectors.

    kernel.py SOURCE OUT.jsonl [--passages N]

Questions come first: summaries from kernel-doc comments (" * name - what it does"), QUESTIONS of them evenly over the
source. Then the passages: every text file, in order of path, cut at line ends to about 1,000 bytes; with --passages only
N of them, evenly over all.
"""

import argparse
import json
import os
import re

PASSAGE_BYTES = 1000
LINE_BYTES = 4000
QUESTIONS = 400
SUMMARY = re.compile(r"^ \* (?:struct |enum |union )?\w+(?:\(\))? - (\w.{24,118}\w)\.?$", re.MULTILINE)


def files(root):
    """Texts of all files that are text, in order of path."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.islink(path):
                continue
            with open(path, "rb") as file:
                data = file.read()
            if data and b"\0" not in data:
                yield data.decode("utf-8", "replace")


def cut(text):
    """Pieces of about PASSAGE_BYTES, at line ends; a line longer than LINE_BYTES is cut short."""
    piece, size = [], 0
    for line in text.splitlines(keepends=True):
        line = line[:LINE_BYTES]
        piece.append(line)
        size += len(line.encode("utf-8"))
        if size >= PASSAGE_BYTES:
            yield "".join(piece)
            piece, size = [], 0
    if "".join(piece).strip():
        yield "".join(piece)


def spread(items, count):
    return items if count is None or count >= len(items) else [items[i * len(items) // count] for i in range(count)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("out")
    parser.add_argument("--passages", type=int)
    options = parser.parse_args()
    passages, summaries = [], {}
    for text in files(options.source):
        summaries.update(dict.fromkeys(SUMMARY.findall(text)))
        passages += cut(text)
    total = len(passages)
    passages = spread(passages, options.passages)
    with open(options.out, "w", encoding="utf-8") as file:
        for kind, texts in ("question", spread(list(summaries), QUESTIONS)), ("passage", passages):
            for text in texts:
                file.write(json.dumps({"kind": kind, "text": text}, ensure_ascii=False) + "\n")
    print(f"{len(summaries)} summaries, {total} passages, {len(passages)} written")


if __name__ == "__main__":
    main()
