"""The texts that rounding to few bits is calibrated with: 120 passages of this repository (code, comments, notes, mail, questions;
none of them among the texts of reference.py) and of the documentation of Go's library, which is under Go's BSD licence.

    python recipes/encoder/calibration.py "$(go env GOROOT)" > model/calibration.txt
"""

import json
import pathlib
import random
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BYTES = 420
KINDS = [  # how many passages of which files
    (15, ("corpus/**/*.go", "ingest/*.go", "health/*.go", "quant/*.go", "cmd/sluice/*.go")),
    (15, ("corpus/chunk/testdata/*/*",)),
    (25, ("eval/answers/**/*.eml", "eval/answers/**/*.rst", "eval/answers/**/*.html", "eval/answers/**/*.txt")),
]
COMMENTS, LIBRARY, QUESTIONS = 15, 35, 15


def files(patterns):
    return [p for pattern in patterns for p in sorted(ROOT.glob(pattern)) if p.is_file()]


def one(text):
    """A passage without empty lines, which stand between passages."""
    return re.sub(r"\n\s*\n", "\n", text.replace("\r", "")).strip()


def comments(paths):
    prose = set()
    for f in paths:
        for block in re.findall(r"(?:^//(?!go:).*\n)+", f.read_text(errors="ignore"), re.M):
            prose.add(one(re.sub(r"^// ?", "", block, flags=re.M).replace("\n", " ")))
    return sorted(p for p in prose if 150 < len(p) < BYTES and "Copyright" not in p)


def main():
    r, out = random.Random(11), []
    for n, patterns in KINDS:
        pieces = []
        for f in files(patterns):
            data = f.read_bytes()
            pieces += [data[i:i + BYTES].decode(errors="ignore") for i in range(0, len(data), BYTES)]
        long = [p for p in map(one, pieces) if len(p) > 100]
        out += r.sample(long, min(n, len(long)))
    out += r.sample(comments(files(("corpus/**/*.go", "ingest/*.go", "internal/**/*.go", "health/*.go", "quant/**/*.go"))), COMMENTS)
    out += r.sample(comments(sorted(pathlib.Path(sys.argv[1], "src").glob("*/*.go"))), LIBRARY)
    asked = [json.loads(line)["ask"] for f in files(("eval/answers/*/questions.jsonl",)) for line in f.read_text().splitlines()]
    out += r.sample(asked, QUESTIONS)
    r.shuffle(out)
    sys.stdout.write("\n\n".join(out))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
