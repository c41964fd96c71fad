package answer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// texts are what units say.
func texts(units []unit) (out []string) {
	for _, u := range units {
		out = append(out, u.text)
	}
	return out
}

// TestStructured: a row says its columns and a value its keys, also where the passage begins in the
// middle of the file.
func TestStructured(t *testing.T) {
	for _, c := range []struct {
		name, kind, before, text string
		want                     []string
	}{
		{"CSV", "csv", "", "name,price\nbolt,3\n\"nut, big\",\"4,50\"\n", []string{"name: bolt | price: 3", "name: nut, big | price: 4,50"}},
		{"CSV further on", "csv", "name;price\nbolt;3\n", "nut;4\n;5\n", []string{"name: nut | price: 4", "price: 5"}},
		{"TSV", "csv", "", "a\tb\n1\t2\n", []string{"a: 1 | b: 2"}},
		{"CSV without a header", "csv", "", "1,2\n3,4\n", []string{"1 | 2", "3 | 4"}},
		{"CSV of one column", "csv", "", "bolt\nnut\n", []string{"bolt", "nut"}},
		{"JSON", "json", "", `{"db": {"host": "h", "pool": {"size": 80, "idle": null}}, "on": true}`,
			[]string{"db: host: h", "db.pool: size: 80, idle: null", "on: true"}},
		{"JSON further on", "json", `{"prod": {"db": {"host": "h",` + "\n", `"port": 7},` + "\n" + `"mem": 3}, "x": {"y": 1}}`,
			[]string{"prod.db: port: 7", "prod: mem: 3", "x: y: 1"}},
		{"JSON arrays", "json", "", `{"names": ["a", "b"], "all": [{"id": 1}, {"id": 2}]}`, []string{"names: a, b", "all: id: 1", "all: id: 2"}},
		{"JSON that stops", "json", "", `{"a": {"b": 1, "c": "x`, []string{"a: b: 1, c: x"}},
		{"JSON escapes", "json", "", `{"a": "l\u00fc\n\"x\""}`, []string{`a: lü "x"`}},
		{"JSON lines", "json", `{"id": 1}` + "\n", `{"id": 2, "s": "two"}` + "\n" + `{"id": 3}` + "\n", []string{"id: 2, s: two", "id: 3"}},
		{"YAML", "yaml", "", "# all\ndb:\n  host: h\n  pool:\n    size: 80\non: yes\n", []string{"all", "db: host: h", "db.pool: size: 80", "on: yes"}},
		{"YAML further on", "yaml", "db:\n  pool:\n    size: 80\n", "    idle: 2\n  host: h\n", []string{"db.pool: idle: 2", "db: host: h"}},
		{"YAML lists", "yaml", "", "all:\n  - id: 1\n    n: a\n  - id: 2\nin:\n- x\n- y: 1\n", []string{"all: id: 1, n: a", "all: id: 2", "in: x", "in: y: 1"}},
		{"INI", "ini", "", "; note\n[disk]\nsize = 7\nurl = http://x:1/\n[net]\nport=80\n", []string{"note", "disk: size: 7, url: http://x:1/", "net: port: 80"}},
		{"TOML", "toml", "", "[a.b]\nc = \"d\"\n", []string{"a.b: c: d"}},
		{"a table", "markdown", "", "| Part | Every |\n|---|---|\n| Valve | 1 year |\n| a \\| b | |\n\nText.\n| x |\n", []string{"Part | Every", "Part: Valve | Every: 1 year", "Part: a | b", "Text.", "x"}},
		{"a table further on", "markdown", "# T\n\n| Part | Every |\n|---|---|\n", "| Valve | 1 year |\n", []string{"Part: Valve | Every: 1 year"}},
		{"after a table", "markdown", "| Part |\n|---|\n| Valve |\n\n", "| Size |\n| 7 |\n", []string{"Size", "Size: 7"}},
		{"a log", "text", "", "2031-05-06 10:00:00 one thing\n2031-05-06 10:00:01 another\n", []string{"2031-05-06 10:00:00 one thing", "2031-05-06 10:00:01 another"}},
		{"entries", "text", "", "router: small\nwifi name: heron\n[ ] call\n[x] write\n", []string{"router: small", "wifi name: heron", "[ ] call", "[x] write"}},
		{"wrapped", "text", "", strings.Repeat("word ", 14) + "and\nNothing else. End\n", []string{strings.Repeat("word ", 14) + "and Nothing else.", "End"}},
	} {
		got := unitsOf(c.text, c.before, c.kind)
		if d := cmp.Diff(c.want, texts(got)); d != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, d)
		}
		for _, u := range got {
			if u.start < 0 || u.end > len(c.text) || u.start >= u.end {
				t.Errorf("%s: %q stands at %d to %d of %d bytes", c.name, u.text, u.start, u.end, len(c.text))
			}
		}
	}
}

// TestViews: markup and encodings are not shown, and what is shown still stands somewhere.
func TestViews(t *testing.T) {
	mail := func(head, body string) string {
		return "From: a@b.example\n" + head + "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n\n" + body
	}
	for _, c := range []struct {
		name, path, kind, before, text, want string
		part, of                             string // where part is shown, of stands in the file
	}{
		{"HTML", "a.html", "html", "", "<html><style>p {}</style><p class=\"x\">It <b>is</b>\n so &amp; 5&nbsp;&euro;.</p><p>Two</p>", "It is so & 5 €.\n\nTwo", "5 €.", "5&nbsp;&euro;."},
		{"headings and items", "a.html", "html", "", "<h2>Top</h2><ul><li>one</li><li>two</ul>", "# Top\n\n- one\n- two", "two", "two"},
		{"a table", "a.html", "html", "", "<table>\n<tr><th>A</th><th>B</th></tr>\n<tr><td>1</td><td>2</td></tr></table>", "| A| B |\n| 1| 2 |", "2", "2"},
		{"inside a script", "a.html", "html", "<p>x</p><script>if (a < b) {", "f(1) }</script><p>seen</p>", "seen", "seen", "seen"},
		{"inside a style that nobody sees", "a.html", "html", "<noscript><style>p {", "}</style>unseen</noscript><p>seen</p>", "seen", "seen", "seen"},
		{"behind what looks like a tag", "a.html", "html", "", "<script>for(;i<n;)f()</SCRIPT><p>seen</p><p>more</p>", "seen\n\nmore", "seen", "seen"},
		{"behind the same", "a.html", "html", "<script>for(;i<n;)f()</script>", "<p>seen</p>", "seen", "seen", "seen"},
		{"comments and comparisons", "a.html", "html", "", "<!-- no --><p>a < b &unknown; c</p>", "a < b &unknown; c", "b", "b"},
		{"extracted", "a.html", "html", "", "# Ferry\n\nIt leaves\n  at 9.\n\n- one\n- two", "# Ferry\n\nIt leaves\n  at 9.\n\n- one\n- two", "two", "two"},
		{"extracted, further on", "a.html", "html", "# Ferry\n\n", "a < b & c > d\n- x &amp; y", "a < b & c > d\n- x &amp; y", "&amp;", "&amp;"},
		{"extracted, of elements", "a.html", "html", "# Elements\n\n", "A <p> begins\na paragraph.", "A <p> begins\na paragraph.", "<p>", "<p>"},
		{"as it is written, without an element", "a.html", "html", "<p>one\n", "two\n &amp; three", "two & three", "&", "&amp;"},
		{"a mail", "a.eml", "", "", mail("Received: by x\n\tfor y\n", "Hello you.\n"), "From: a@b.example\n# Subject: Grüße\n\n\nHello you.", "Hello", "Hello"},
		{"quoted-printable", "a.eml", "", "", mail("Content-Transfer-Encoding: quoted-printable\n", "It is =E2=82=AC=\n 7 =3D so.\n"), "From: a@b.example\n# Subject: Grüße\n\n\nIt is € 7 = so.", "€ 7", "=E2=82=AC=\n 7"},
		{"HTML in a mail", "a.eml", "", "", mail("Content-Type: text/html\n", "<p>Hello <i>you</i></p>"), "From: a@b.example\n# Subject: Grüße\n\n\nHello you", "you", "you"},
		{"a mail further on", "a.eml", "", mail("Content-Transfer-Encoding: quoted-printable\n", "one\n"), "To: me, =C3=BC\n", "To: me, ü", "ü", "=C3=BC"},
		{"no mail", "a.txt", "text", "", "From: a\n<p>=C3=BC</p>", "From: a\n<p>=C3=BC</p>", "<p>", "<p>"},
	} {
		e := Evidence{}
		e.Passage.Path, e.Passage.Type, e.Text = c.path, c.kind, c.text
		v := viewOf(&e, c.before)
		if got := strings.TrimSpace(string(v.text)); got != c.want {
			t.Errorf("%s shows %q, want %q", c.name, got, c.want)
			continue
		}
		at := strings.LastIndex(string(v.text), c.part)
		start, end := v.span(at, at+len(c.part))
		if got := c.text[start:end]; got != c.of {
			t.Errorf("%s: %q stands at %q, want %q", c.name, c.part, got, c.of)
		}
	}
}
