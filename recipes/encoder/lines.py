"""Lines to hold a tokenizer against the reference with, and their ids.

    python lines.py TOKENIZER.json SOURCES OUT [LINES]     # 100,000 lines by default: OUT holds them and their ids
    python lines.py --hard TOKENIZER.json OUT.json         # a few hundred that are hard, with a small vocabulary that they suffice with
    python lines.py --train SOURCES TOKENIZER.json SIZE    # a tokenizer that merges pairs of bytes
    python lines.py --hard-pairs SOURCES OUT.json          # the same with few pairs, and what it makes of hard lines

SOURCES is a folder with text in it, best of many kinds: a kernel's source with its translated documentation, mail, notes. A third
of the lines is made: emoji, every script, accents in all orders, controls, invalid UTF-8, marks of the model itself. The same
sources give the same lines. A record of OUT: length and bytes of the line, then number of ids and the ids, all as 32 bits
little-endian."""
import json, pathlib, random, struct, sys, tempfile, unicodedata

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

SKIP = {".git"}


def sources(folder, count, rng):
    """Takes lines evenly from all files, so that no kind outweighs the others."""
    files = sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file() and not SKIP & set(p.parts))
    rng.shuffle(files)
    out, each = [], max(4, 2 * count // max(len(files), 1))
    translated = [p for p in files if "translations" in p.parts]
    for p in translated + files:
        lines = [x for x in p.read_bytes()[: 1 << 18].split(b"\n") if x.strip() and len(x) < 4000]
        out += rng.sample(lines, min(len(lines), 30 if p in translated[:400] else each))
        if len(out) >= count:
            break
    return out[:count]


BLOCKS = [(0x20, 0x7F), (0xA0, 0x24F), (0x250, 0x2AF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x590, 0x5FF), (0x600, 0x6FF), (0x700, 0x74F),
          (0x900, 0x97F), (0x980, 0x9FF), (0xE00, 0xE7F), (0xF00, 0xFFF), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x1AB0, 0x1AFF), (0x1C80, 0x1C8F),
          (0x1D00, 0x1DFF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x20CF), (0x20D0, 0x20FF), (0x2100, 0x214F), (0x2190, 0x23FF), (0x2500, 0x27BF), (0x2E00, 0x2E7F),
          (0x3000, 0x30FF), (0x3400, 0x34FF), (0x4E00, 0x9FFF), (0xA000, 0xA4CF), (0xA700, 0xA7FF), (0xA8E0, 0xA8FF), (0xAC00, 0xD7A3), (0xE000, 0xE0FF), (0xF900, 0xFAFF),
          (0xFB00, 0xFDFF), (0xFE00, 0xFFFF), (0x10000, 0x100FF), (0x10400, 0x1044F), (0x10D00, 0x10DFF), (0x11000, 0x11FFF), (0x16E00, 0x16EFF), (0x1D100, 0x1D1FF), (0x1D400, 0x1D7FF),
          (0x1E900, 0x1E95F), (0x1F000, 0x1FAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2EBE0), (0x2F800, 0x2FA1F), (0xE0000, 0xE01EF), (0xF0000, 0xF00FF)]
MARKS = ["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[cls]", "[ SEP ]", "[SEP", "##ing", "<s>", "</s>", "[unused1]"]
EMOJI = ["👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪", "1️⃣", "🫠", "🪿", "😀", "❤️", "☺"]


def one(rng):
    """A made line."""
    def char(block=None):
        a, b = block or rng.choice(BLOCKS)
        c = rng.randint(a, b)
        return chr(c) if not 0xD800 <= c < 0xE000 else "x"
    kind = rng.randrange(8)
    n = rng.randint(1, 40)
    if kind == 0:  # any characters
        return "".join(char((0, 0x10FFFF) if rng.random() < .3 else None) for _ in range(n)).encode()
    if kind == 1:  # one script, in words
        block = rng.choice(BLOCKS)
        return " ".join("".join(char(block) for _ in range(rng.randint(1, 12))) for _ in range(rng.randint(1, 8))).encode()
    if kind == 2:  # letters and piles of marks
        return "".join(rng.choice("aeiouAEIOUnNcCİıſßΣς") + "".join(char(rng.choice([(0x300, 0x36F), (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0x591, 0x5BD), (0x1D165, 0x1D172), (0x302A, 0x302F)])) for _ in range(rng.randint(0, 4))) for _ in range(n)).encode()
    if kind == 3:  # emoji among words
        return " ".join(rng.choice(EMOJI) if rng.random() < .5 else rng.choice(["run", "The", "Straße", "naïve", "ÀÉÎ", "don't", "e-mail"]) for _ in range(n)).encode()
    if kind == 4:  # controls and spaces
        return "".join(rng.choice("abcXYZ 019.,") + char(rng.choice([(0, 0x20), (0x7F, 0xA0), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0xFFF0, 0xFFFF)])) for _ in range(n)).encode()
    if kind == 5:  # marks of the model
        return "".join(rng.choice(MARKS) + rng.choice(["", " ", "x", "́", "\n"]) + rng.choice(["", "word ", "日本"]) for _ in range(rng.randint(1, 6))).encode()
    if kind == 6:  # bytes that are no UTF-8
        b = bytearray(" ".join(rng.choice(["Café", "日本語", "plain", "🙂", "наука"]) for _ in range(rng.randint(1, 10))).encode())
        for _ in range(rng.randint(1, 5)):
            b[rng.randrange(len(b))] = rng.randrange(256)
        return bytes(b[: rng.randint(1, len(b))])
    return ("".join(char((0x61, 0x7A)) for _ in range(rng.randint(95, 105))) + rng.choice(["", " é", "é", "日"])).encode()  # words that are nearly too long


def ids(tokenizer, line):
    return tokenizer.encode(line.decode("utf-8", "replace")).ids


def load(path):
    t = Tokenizer.from_file(path)
    t.no_truncation()
    t.no_padding()
    return t


def main(path, folder, out, count=100_000):
    t, rng = load(path), random.Random(11)
    lines = sources(folder, count - count // 3, rng)
    lines += [one(rng) for _ in range(count - len(lines))]
    if isinstance(t.model, models.BPE):  # it loses nothing, so what a reader makes of broken text would be compared, and new marks
        lines = [x for x in (y.decode("utf-8", "replace").encode() for y in lines) if settled(t, x)]
    with open(out, "wb") as f:
        for i in range(0, len(lines), 1000):
            part = lines[i:i + 1000]
            for line, e in zip(part, t.encode_batch([x.decode("utf-8", "replace") for x in part])):
                f.write(struct.pack("<i", len(line)) + line + struct.pack(f"<i{len(e.ids)}i", len(e.ids), *e.ids))


def hard(path, out):
    t, rng = load(path), random.Random(7)
    full = json.loads(t.to_str())
    lines = [one(rng) for _ in range(200)] + [
        b"", b" ", b"\x00", "ﬀ Ⅷ ㎏ ½ ﷺ".encode(), "İstanbul DŽ ǅ ẞ Σας ΟΔΟΣ".encode(), "각 각".encode(), "é́ é́".encode(),
        "漢字かな交じり文 ㇰ 〇 𠀀𪜀𫝀𫠠".encode(), "a­b​c‍d⁠e﻿f".encode(), b"\xff\xfe\xc3(\xe2\x82", "x" .encode() * 100, b"x" * 101, "é".encode() * 100, "é".encode() * 101,
        "[MASK]ed [CLS]\u0301 [SEP][SEP]".encode(), "$5 £6 €7 + < = > ^ ` | ~".encode(), "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 Ａｂｃ ①".encode(), "ｶﾞ ガ が".encode()]
    used = {i for x in lines for i in ids(t, x)}
    vocab = full["model"]["vocab"]
    keep = {p: i for p, i in vocab.items() if i in used or i in (0, 100, 101, 102, 103) or len(p.replace("##", "")) == 1 or rng.random() < .03}
    small = sorted(keep, key=keep.get)
    full["model"]["vocab"] = {p: i for i, p in enumerate(small)}
    for a in full["added_tokens"]:
        a["id"] = full["model"]["vocab"][a["content"]]
    for m in full["post_processor"]["special_tokens"].values():
        m["ids"] = [full["model"]["vocab"][m["id"]]]
    text = json.dumps(full, ensure_ascii=False)
    t = Tokenizer.from_str(text)
    t.no_truncation()
    t.no_padding()
    rows = [{"hex": x.hex(), "ids": ids(t, x)} for x in lines]
    pathlib.Path(out).write_text('{"tokenizer":' + text + ',\n"lines":[\n' + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n]}\n")


def train(folder, out, size):
    """A tokenizer that merges pairs of bytes, as ModernBERT's does, learnt from the texts of a folder."""
    t = Tokenizer(models.BPE())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    marks = ["[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.BpeTrainer(vocab_size=int(size), special_tokens=marks, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    texts = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix in (".md", ".go", ".txt", ".rst", ".py") and p.is_file())
    t.train_from_iterator((p.read_text(errors="replace") for p in texts), trainer)
    t.add_tokens([AddedToken(" " * n, normalized=True) for n in (2, 3, 4, 8)] + [AddedToken("|||IP|||", normalized=True)])
    ids = [(m, t.token_to_id(m)) for m in marks[:2]]
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ids)
    t.save(out)


PAIRS = [
    "", " ", "  ", "   ", "     x", "a  b   c    d     e      f", "\n\n\tif x:\n\t\treturn 'y'\n", " \n \n x", "x \n", "\u00a0\u00a0x\u3000\u3000y",
    "don't we'll I'VE they're 'sup ''s x's' 'd'm", "it's2 3rd x2y ²³ Ⅷ ①2", "e\u0301 é ﬁ 각 각", "[CLS] [MASK]ed|||IP|||||", "a" * 100,
    "日本語 のテキスト🙂🙂 наука", "\x00\x01\x7f\x80", "==== ---- ''' \"\"\"", "the the the thethe"]


def hard_pairs(folder, out):
    with tempfile.TemporaryDirectory() as d:
        path = d + "/tokenizer.json"
        train(folder, path, 600)
        t, rng = load(path), random.Random(7)
        text = json.dumps(json.loads(pathlib.Path(path).read_text()), ensure_ascii=False, separators=(",", ":"))
    lines = [x for x in (one(rng) for _ in range(400)) if settled(t, x)] + [x.encode() for x in PAIRS]
    rows = [{"hex": x.hex(), "ids": ids(t, x)} for x in lines]
    pathlib.Path(out).write_text('{"tokenizer":' + text + ',\n"lines":[\n' + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n]}\n")


def settled(t, line):
    """Tells whether a line is text in whose order of marks versions of Unicode agree."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return False
    known = all(unicodedata.category(c) != "Cn" for c in text)
    return known and t.normalizer.normalize_str(text) == unicodedata.normalize("NFC", text)


if __name__ == "__main__":
    if sys.argv[1] == "--hard":
        hard(*sys.argv[2:])
    elif sys.argv[1] == "--train":
        train(*sys.argv[2:])
    elif sys.argv[1] == "--hard-pairs":
        hard_pairs(*sys.argv[2:])
    else:
        main(*sys.argv[1:4], *map(int, sys.argv[4:]))
