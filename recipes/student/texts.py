"""Cuts text that lies on a machine into passages of many kinds, for the shallow tower to learn from.

    python texts.py OUT.jsonl PASSAGES KIND=FOLDER[:FOLDER...] ...

Each line of OUT is {"kind", "text"}. Every kind gets an equal share of PASSAGES where it has that many,
and what it lacks goes to the others. The order is drawn with a fixed seed.
"""

import gzip
import html.parser
import json
import pathlib
import random
import re
import sys

SEED = 20261129
LEAST, MOST = 120, 1100  # bytes of a passage
SKIP = re.compile(r"copyright|licen[cs]e|changelog|\.(png|jpg|gif|js|css|svg|woff2?|pdf|ps|inv|xml|mo|mp3)(\.gz)?$|\.html\.(?!en$)", re.I)


class Plain(html.parser.HTMLParser):
    """The text of a page, a blank line between its blocks."""

    BLOCKS = {"p", "div", "li", "h1", "h2", "h3", "h4", "pre", "tr", "dt", "dd", "table", "section", "br"}

    def __init__(self):
        super().__init__()
        self.out, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style", "nav", "head")
        if tag in self.BLOCKS:
            self.out.append("\n\n" if tag in ("p", "h1", "h2", "h3", "h4", "pre", "dt", "section") else "\n")

    def handle_endtag(self, tag):
        self.hidden = max(0, self.hidden - (tag in ("script", "style", "nav", "head")))

    def handle_data(self, data):
        if not self.hidden:
            self.out.append(data)


def of_roff(text):
    text = re.sub(r'^\.\\".*$|^\.(TH|so|ds|de|if|ie|el|nr|hy|ad|in|ti|sp|ta|fi|nf|br).*$', "", text, flags=re.M)
    text = re.sub(r"^\.(SH|SS|PP|TP|IP|LP|RS|RE|P|HP)\b ?\"?(.*?)\"?$", r"\n\n\2", text, flags=re.M)
    text = re.sub(r"^\.[A-Z]+ ", "", text, flags=re.M)
    return re.sub(r"\\f.|\\&|\\\*.|\\-", lambda m: "-" if m[0] == r"\-" else "", text)


def of_game(text):
    """What characters of a game's script say."""
    said = re.findall(r'(?:message|story|description|note)\s*=\s*_?\s*"((?:[^"]|"")+)"', text)
    said += re.findall(r"`([^`]{40,})`", text)
    return "\n\n".join(re.sub(r"<[^>]+>|\"\"", "", s) for s in said)


def read(path):
    raw = path.read_bytes()[: 4 << 20]
    name = path.name
    if raw[:2] == b"\x1f\x8b":
        raw, name = gzip.open(path).read(16 << 20), re.sub(r"\.(gz|dz)$", "", name)
    if b"\0" in raw[:4096]:
        return ""
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    if re.search(r"\.html?(\.en)?$", name):
        page = Plain()
        page.feed(text)
        return "".join(page.out)
    if re.search(r"\.[1-9][a-z]*$", name):
        return of_roff(text)
    if name.endswith(".cfg") or "endless-sky" in str(path):
        return of_game(text)
    if name.endswith(".yml"):  # dialogues: - - a question / - an answer
        return "\n\n".join(re.sub(r"^[\s-]+", "", turn, flags=re.M) for turn in re.split(r"^- - ", text, flags=re.M)[1:])
    if path.parent.name.endswith("fortunes"):
        return text.replace("\n%\n", "\n\n\n\n")
    return text


def passages(text, draw):
    """Runs of paragraphs of a length that is drawn: short ones are as common as long ones."""
    run, want = "", draw.randint(LEAST, MOST)
    for block in re.split(r"\n\s*\n", text) + ["\0"]:
        block = block.strip("\n")
        apart = block == "\0" or not run and not block
        if run and (apart or len(run) + len(block) > want):
            if len(run) >= LEAST and sum(c.isalpha() for c in run) > len(run) * 0.5:
                yield run[:MOST]
            run, want = "", draw.randint(LEAST, MOST)
        if not apart:
            run = (run + "\n" + block).strip("\n")


def kind(folders, limit, draw):
    files = sorted(p for f in folders.split(":") for p in pathlib.Path(f).rglob("*") if p.is_file() and not p.is_symlink() and not SKIP.search(p.name))
    draw.shuffle(files)
    seen, out = set(), []
    for path in files:
        try:
            text = read(path)
        except (OSError, EOFError):
            continue
        all_ = list(passages(text, draw))
        draw.shuffle(all_)
        for p in all_[: max(6, limit // 20)]:
            key = p[:80]
            if key not in seen:
                seen.add(key)
                out.append(p)
        if len(out) > 4 * limit:
            break
    draw.shuffle(out)
    return out


def main(out, count, *folders):
    draw, count = random.Random(SEED), int(count)
    have = {name: kind(folder, count // len(folders) * 2, draw) for name, folder in (f.split("=", 1) for f in folders)}
    share, left, chosen = count // len(have), count, []
    for i, (name, all_) in enumerate(sorted(have.items(), key=lambda x: len(x[1]))):
        take = all_[: left // (len(have) - i)]
        left -= len(take)
        chosen += [{"kind": name, "text": t} for t in take]
        print(f"{name}: {len(take)} of {len(all_)}", file=sys.stderr)
    draw.shuffle(chosen)
    with open(out, "w") as f:
        f.writelines(json.dumps(c) + "\n" for c in chosen)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
