"""Rows and labels of the labelled sets: what `encode.py` turns into vectors and `bench quant --labels` reads.

    labelled.py DATA OUT

DATA holds folders in BEIR form (corpus.jsonl, queries.jsonl, qrels/test.tsv). Written into OUT:

labelled.rows.jsonl    one line a row of the vector file, {"kind": "question" | "passage", "text"}: all judged questions
                       first, one of each set in turn (so that any first few are a mixture), then every document's
                       passages, set by set. A document is title, line break, text, cut at 1,000 bytes at white space.
labelled.labels.jsonl  one line a set, {"set", "documents", "first", "document_of": [...]}: passages are the rows from
                       `first` on, document_of[i] the document of row first+i; then one line a question,
                       {"set", "row", "grades": {document: grade}, "bm25": [[document, score], ... best 1,000]}.

The scores are strong BM25: k1 1.2, b .75, Lucene's English stop words, camelCase and snake_case split, the Snowball
English stemmer, the title counted twice, a term that the question repeats counted as often as it is repeated.
"""

import collections
import json
import math
import os
import re
import sys

import numpy
import snowballstemmer

PASSAGE_BYTES = 1000
BEST = 1000
K1, B = 1.2, 0.75
STOP = set("""a an and are as at be but by for if in into is it no not of on or such that the their then there these
they this to was will with""".split())
WORD = re.compile(r"[^\W_]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def cut(text, limit=PASSAGE_BYTES):
    """The text in pieces of at most limit bytes, at white space where there is some in a piece's second half."""
    data = text.encode("utf-8")
    pieces = []
    while len(data) > limit:
        end = max(data.rfind(b" ", limit // 2, limit), data.rfind(b"\n", limit // 2, limit))
        if end < 0:
            end = limit
            while data[end] & 0xC0 == 0x80:
                end -= 1
        pieces.append(data[:end].decode("utf-8"))
        data = data[end:].lstrip()
    pieces.append(data.decode("utf-8"))
    return pieces


class Terms:
    """Text to stems."""

    def __init__(self):
        self.stemmer = snowballstemmer.stemmer("english")
        self.stems = {}

    def __call__(self, text):
        out = []
        for word in WORD.findall(text):
            for part in CAMEL.split(word):
                part = part.lower()
                if part not in STOP:
                    out.append(self.stem(part))
        return out

    def stem(self, word):
        if word not in self.stems:
            self.stems[word] = self.stemmer.stemWord(word)
        return self.stems[word]


class BM25:
    """Scores of every document for a question's stems."""

    def __init__(self, documents):
        self.lists = collections.defaultdict(list)
        lengths = numpy.zeros(len(documents))
        for number, terms in enumerate(documents):
            lengths[number] = len(terms)
            for term, count in collections.Counter(terms).items():
                self.lists[term].append((number, count))
        self.norm = K1 * (1 - B + B * lengths / lengths.mean())

    def scores(self, terms):
        total = numpy.zeros(len(self.norm))
        for term, repeats in collections.Counter(terms).items():
            if term not in self.lists:
                continue
            numbers, counts = numpy.array(self.lists[term]).T
            idf = math.log(1 + (len(self.norm) - len(numbers) + 0.5) / (len(numbers) + 0.5))
            total[numbers] += repeats * idf * counts * (K1 + 1) / (counts + self.norm[numbers])
        return total


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def load(folder):
    """(documents, judged questions with grades by document number) of one set."""
    documents = lines(os.path.join(folder, "corpus.jsonl"))
    number = {d["_id"]: i for i, d in enumerate(documents)}
    grades = collections.defaultdict(dict)
    with open(os.path.join(folder, "qrels", "test.tsv"), encoding="utf-8") as file:
        for line in list(file)[1:]:
            question, document, grade = line.rstrip("\n").split("\t")
            if int(grade) > 0 and document in number:
                grades[question][number[document]] = int(grade)
    questions = [q for q in lines(os.path.join(folder, "queries.jsonl")) if grades.get(q["_id"])]
    return documents, [(q["text"], grades[q["_id"]]) for q in questions]


def ndcg(scores, grades):
    order = numpy.argsort(-scores, kind="stable")[:10]
    got = sum(grades.get(int(d), 0) / math.log2(i + 2) for i, d in enumerate(order))
    best = sum(g / math.log2(i + 2) for i, g in enumerate(sorted(grades.values(), reverse=True)[:10]))
    return got / best


def judge(name, documents, questions, terms):
    """The question lines of one set (row numbers still missing), strong BM25's nDCG@10 told on the way."""
    stems = [terms(d.get("title") or "") * 2 + terms(d["text"]) for d in documents]
    arm = BM25(stems)
    out, total = [], 0.0
    for text, grades in questions:
        scores = arm.scores(terms(text))
        best = [int(d) for d in numpy.argsort(-scores, kind="stable")[:BEST] if scores[d] > 0]
        total += ndcg(scores, grades)
        out.append({"set": name, "grades": {str(d): g for d, g in grades.items()},
                    "bm25": [[d, round(float(scores[d]), 4)] for d in best]})
    print(f"{name}: {len(documents)} documents, {len(questions)} questions, strong BM25 nDCG@10 {total / len(out):.3f}")
    return out


def main(data, out):
    os.makedirs(out, exist_ok=True)
    terms, sets = Terms(), {}
    for name in sorted(os.listdir(data)):
        if os.path.exists(os.path.join(data, name, "corpus.jsonl")):
            documents, questions = load(os.path.join(data, name))
            sets[name] = documents, questions, judge(name, documents, questions, terms)
    rows, labels = [], []
    for turn in range(max(len(questions) for _, questions, _ in sets.values())):
        for _, questions, judged in sets.values():
            if turn < len(questions):
                judged[turn]["row"] = len(rows)
                rows.append({"kind": "question", "text": questions[turn][0]})
    for name, (documents, _, judged) in sets.items():
        first, document_of = len(rows), []
        for number, document in enumerate(documents):
            for piece in cut((document.get("title") or "") + "\n" + document["text"]):
                rows.append({"kind": "passage", "text": piece})
                document_of.append(number)
        labels.append({"set": name, "documents": len(documents), "first": first, "document_of": document_of})
    for _, _, judged in sets.values():
        labels += judged
    for name, items in ("labelled.rows.jsonl", rows), ("labelled.labels.jsonl", labels):
        with open(os.path.join(out, name), "w", encoding="utf-8") as file:
            for item in items:
                file.write(json.dumps(item, ensure_ascii=False) + "\n")
    print(len(rows), "rows")


if __name__ == "__main__":
    main(*sys.argv[1:])
