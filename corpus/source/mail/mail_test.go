package mail

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sluice/corpus"
	"sluice/corpus/extract/formats"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
	"sluice/corpus/source/sourcetest"
)

// mailbox is a sourcetest.Editor of a folder of mail: write puts all messages there in one form.
type mailbox struct {
	root  string
	box   string
	texts map[string]string // by name
	write func(t testing.TB, m *mailbox)
}

var sent = time.Date(2024, 3, 5, 14, 32, 0, 0, time.UTC)

func rawMail(name, text string) string {
	return fmt.Sprintf("From: Anna Berg <anna@example.org>\nTo: b@example.org\nSubject: %s\nDate: %s\nMessage-ID: <%s@example.org>\n\n%s",
		name, sent.Format(time.RFC1123Z), strings.ReplaceAll(name, " ", "_"), text)
}

func (m *mailbox) Put(t testing.TB, name, text string) string {
	m.texts[name] = text
	m.write(t, m)
	return pathOf(m.box, strings.ReplaceAll(name, " ", "_")+"@example.org", name, sent)
}

func (m *mailbox) Remove(t testing.TB, path string) {
	for name := range m.texts {
		if pathOf(m.box, strings.ReplaceAll(name, " ", "_")+"@example.org", name, sent) == path {
			delete(m.texts, name)
		}
	}
	m.write(t, m)
}

func (m *mailbox) RemoveRoot(t testing.TB) {
	if err := os.RemoveAll(m.root); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// writers write a mailbox in each form.
var writers = map[string]struct {
	box   string
	write func(t testing.TB, m *mailbox)
}{
	"mbox": {"in/box", func(t testing.TB, m *mailbox) {
		var b strings.Builder
		for name, text := range m.texts {
			fmt.Fprintf(&b, "From anna@example.org Tue Mar  5 14:32:00 2024\n%s\n\n", rawMail(name, text))
		}
		put(t, filepath.Join(m.root, "in", "box.mbox"), []byte(b.String()))
	}},
	"maildir": {"work", func(t testing.TB, m *mailbox) {
		if err := os.RemoveAll(filepath.Join(m.root, "work")); err != nil {
			t.Fatal(err)
		}
		for name, text := range m.texts {
			put(t, filepath.Join(m.root, "work", "cur", fmt.Sprintf("%x:2,S", name)), []byte(rawMail(name, text)))
		}
	}},
	"zip": {"old", func(t testing.TB, m *mailbox) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, text := range m.texts {
			w, err := z.Create("old/" + fmt.Sprintf("%x.eml", name))
			if err == nil {
				_, err = w.Write([]byte(rawMail(name, text)))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(m.root, "mails.zip"), b.Bytes())
	}},
}

func TestConformance(t *testing.T) {
	for name, w := range writers {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
				m := &mailbox{root: t.TempDir(), box: w.box, texts: map[string]string{}, write: w.write}
				return opened(t, m.root, source.Rules{}), m
			})
		})
	}
}

func opened(t testing.TB, root string, rules source.Rules) corpus.Source {
	t.Helper()
	src, err := Connector().Source(source.Setting{Info: corpus.Info{Label: "mail", Kind: Kind, Root: filepath.ToSlash(root)}, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.(interface{ Close() error }).Close() })
	return src
}

// TestMessages: what is read of messages as programs have written them.
func TestMessages(t *testing.T) {
	for name, c := range map[string]struct {
		raw, from, subject, text, thread string
		attached                         []string
		guess                            bool
	}{
		"plain":           {"From: a@b\nSubject: Hi\n\nText\n", "a@b", "Hi", "Text", "", nil, false},
		"crlf":            {"From: a@b\r\nSubject: Hi\r\n\r\nText\r\nmore\r\n", "a@b", "Hi", "Text\nmore", "", nil, false},
		"folded":          {"From: a@b\nSubject: a\n long\n\tone\n\nx", "a@b", "a long one", "x", "", nil, false},
		"no header":       {"Just words\n\nand more", "", "", "Just words\n\nand more", "", nil, false},
		"no empty line":   {"From: a@b\nthis is text\n", "a@b", "", "this is text", "", nil, false},
		"encoded words":   {"From: =?utf-8?q?J=C3=BCrgen?= <j@b>\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?= aus =?utf-8?b?S8O2bG4=?=\n\nx", "Jürgen <j@b>", "Grüße aus Köln", "x", "", nil, false},
		"word cut within": {"From: a@b\nSubject: =?utf-8?b?S8M=?= =?utf-8?b?tmxu?=\n\nx", "a@b", "Köln", "x", "", nil, false},
		"raw utf-8":       {"From: a@b\nSubject: Köln\n\nx", "a@b", "Köln", "x", "", nil, false},
		"raw latin-1":     {"From: a@b\nSubject: Gr\xfc\xdfe\nContent-Type: text/plain; charset=iso-8859-1\n\nGr\xfc\xdfe", "a@b", "Grüße", "Grüße", "", nil, false},
		"wrong charset":   {"From: a@b\nContent-Type: text/plain; charset=us-ascii\n\nGr\xfc\xdfe aus K\xf6ln", "a@b", "", "Grüße aus Köln", "", nil, true},
		"iso-2022-jp":     {"From: a@b\nContent-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$^$_$`\x1b(B", "a@b", "", "まみむ", "", nil, false},
		"utf-7":           {"From: a@b\nContent-Type: text/plain; charset=utf-7\n\nGr+APw-n +- x", "a@b", "", "Grün + x", "", nil, false},
		"quoted":          {"From: a@b\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\nK=C3=B6ln is=\n far =", "a@b", "", "Köln is far =", "", nil, false},
		"base64":          {"From: a@b\nContent-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-8\n\nS8O2\n!bG4=\n", "a@b", "", "Köln", "", nil, false},
		"two pieces":      {"From: a@b\nContent-Transfer-Encoding: base64\n\nS28=\nbG4=\n", "a@b", "", "Koln", "", nil, false},
		"alternative":     {"From: a@b\nContent-Type: multipart/alternative; boundary=x\n\n--x\n\nplain\n--x\nContent-Type: text/html\n\n<p>plain</p>\n--x--\n", "a@b", "", "plain", "", nil, false},
		"stub": {"From: a@b\nContent-Type: multipart/alternative; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: text/html\n\n<p>This is what the mail really says.</p>\n--x--\n",
			"a@b", "", "This is what the mail really says.", "", nil, false},
		"not closed":  {"From: a@b\nContent-Type: multipart/mixed; boundary=\"x\"\n\n--x\n\nplain\n", "a@b", "", "plain", "", nil, false},
		"no boundary": {"From: a@b\nContent-Type: multipart/mixed\n\n--x\n\nplain\n", "a@b", "", "--x\n\nplain", "", nil, false},
		"attached": {"From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: text/csv; name=\"a.csv\"\n\n1,2\n--x\nContent-Disposition: attachment; filename*0*=utf-8''K%C3%B6; filename*1=\"ln.txt\"\n\nx\n--x--",
			"a@b", "", "see", "", []string{"a.csv", "Köln.txt"}, false},
		"a path as a name": {"From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Disposition: attachment; filename=\"../../etc/pass/wd\"\n\nx\n--x\nContent-Disposition: attachment; filename=\"..\"\n\ny\n--x--",
			"a@b", "", "see", "", []string{"wd", "attachment.txt"}, false},
		"in a message": {"From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: message/rfc822\n\nFrom: c@d\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\ninner\n--y\nContent-Disposition: attachment; filename=in.txt\n\nz\n--y--\n--x--",
			"a@b", "", "see", "", []string{"attachment.eml", "in.txt"}, false},
		"html":   {"From: a@b\nContent-Type: text/html\n\n<html><head><title>t</title><style>p{}</style></head><body><p>One &amp; two<br>three</p><script>alert(1)</script><td>a<td>b 1 < 2</body>", "a@b", "", "One & two\nthree\n\na b 1 < 2", "", nil, false},
		"thread": {"From: a@b\nReferences: <root@x> <two@x>\nIn-Reply-To: <two@x>\n\nx", "a@b", "", "x", "root@x", nil, false},
		"reply":  {"From: a@b\nIn-Reply-To: Your message of Tue <two@x>\n\nx", "a@b", "", "x", "two@x", nil, false},
		"sender": {"Sender: s@b\n\nx", "s@b", "", "x", "", nil, false},
		"flowed": {"From: a@b\nContent-Type: text/plain; format=flowed\n\none \ntwo\n-- \nme", "a@b", "", "one two\n-- \nme", "", nil, false},
	} {
		m := parse([]byte(c.raw))
		text, guess := m.own()
		var names []string
		for _, p := range m.attachments() {
			names = append(names, p.name)
		}
		if m.from() != c.from || m.text("Subject") != c.subject || text != c.text || m.thread() != c.thread || !slices.Equal(names, c.attached) || (guess != "") != c.guess {
			t.Errorf("%s: from %q, subject %q, text %q, thread %q, attached %q, guess %q", name, m.from(), m.text("Subject"), text, m.thread(), names, guess)
		}
	}
}

func TestDates(t *testing.T) {
	for s, want := range map[string]string{
		"Tue, 5 Mar 2024 14:32:05 +0100":               "2024-03-05T14:32:05+01:00",
		"5 Mar 2024 14:32 EST":                         "2024-03-05T14:32:00-05:00",
		"Tue, 05 Mar 24 14:32:05 GMT (comment (deep))": "2024-03-05T14:32:05Z",
		"Tue Mar  5 14:32:05 2024":                     "2024-03-05T14:32:05Z",
		"Tue, 5 March 2024 2:32:05 PM -0800":           "2024-03-05T14:32:05-08:00",
		"2024-03-05T14:32:05+01:00":                    "2024-03-05T14:32:05+01:00",
		"2024-03-05T14:32:05Z":                         "2024-03-05T14:32:05Z",
		"5-Mar-2024 14:32:05 +0000":                    "2024-03-05T14:32:05Z",
		"Wed, 31 Dec 97 23:59:60 -0000":                "1998-01-01T00:00:00Z",
		"Fri, 21 Nov 103 10:00:00 -0500":               "2003-11-21T10:00:00-05:00",
		"Thu, 1 Jan 1970 00:00:00 +9999":               "1970-01-01T00:00:00+23:59",
		"yesterday":                                    "",
		"":                                             "",
		"99 Foo 2024":                                  "",
	} {
		got := ""
		if at := parseDate(s); !at.IsZero() {
			got = at.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}

// TestSections: what is quoted and what is a signature can be told from what the writer says.
func TestSections(t *testing.T) {
	m := parse([]byte("From: a@b\nSubject: s\n\nYes.\n> Is it?\n> Really?\n\nIndeed.\n-- \nAnna\n"))
	text := m.render("x@y")
	got := map[string]string{}
	for _, mark := range text.Marks {
		got[mark.Name] += string(text.Body[mark.Start:mark.End])
	}
	if got[quotedSection] != "> Is it?\n> Really?\n\n" || got[signatureSection] != "-- \nAnna" || got["x@y"] != string(text.Body) {
		t.Errorf("%q", got)
	}
	m = parse([]byte("From: a@b\n\nSee below.\n\n-----Original Message-----\nFrom: c@d\n\nold\n"))
	text = m.render("x@y")
	if first := text.Marks[0]; first.Name != quotedSection || !strings.HasPrefix(string(text.Body[first.Start:]), "-----Original") {
		t.Errorf("%+v", text.Marks)
	}
}

// TestMbox: messages are cut where they begin, whatever stands in them and wherever blocks end.
func TestMbox(t *testing.T) {
	body := strings.Repeat("line of text\n", 100)
	var all strings.Builder
	var want []string
	for i := range 40 {
		text := fmt.Sprintf("From: a@b\nSubject: %d\n\n%sFrom here on it is text.\n\nFrom the beginning: no date here\n>From quoted\n", i, strings.Repeat(body, i*7%90))
		all.WriteString("From a@b Tue Mar  5 14:32:00 2024\n" + text + "\n")
		want = append(want, text)
	}
	for _, ends := range []string{"\n", "\r\n"} {
		b := []byte(strings.ReplaceAll(all.String(), "\n", ends))
		f := &packed.File{Path: "x.mbox", Size: int64(len(b)), ReaderAt: bytes.NewReader(b)}
		var got []string
		err := eachMessage(f, func(start int64, raw []byte, at time.Time) error {
			if !bytes.Equal(b[start:start+int64(len(raw))], raw) || at.Year() != 2024 {
				t.Errorf("a message at %d is not what stands there, or of %v", start, at)
			}
			got = append(got, strings.TrimSuffix(strings.ReplaceAll(string(raw), ends, "\n"), "\n"))
			return nil
		})
		for i := range want {
			want[i] = strings.TrimSuffix(want[i], "\n") + "\n"
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %d messages of %d, %v", ends, len(got), len(want), err)
		}
	}
}

// TestTooLarge: a message beyond the limit costs itself and says so; those around it are read.
func TestTooLarge(t *testing.T) {
	dir := t.TempDir()
	small := func(n string) string { return "From a@b Tue Mar  5 14:32:00 2024\n" + rawMail(n, "text\n") + "\n" }
	huge := "From a@b Tue Mar  5 14:32:00 2024\n" + rawMail("huge", strings.Repeat(strings.Repeat("x", 1<<20)+"\n", 66)) + "\n"
	put(t, filepath.Join(dir, "a.mbox"), []byte(small("one")+huge+small("two")))
	var titles []string
	report, err := opened(t, dir, source.Rules{}).Walk(context.Background(), func(it corpus.Item) error { titles = append(titles, it.Title); return nil })
	slices.Sort(titles)
	if err != nil || report.FailureN != 1 || !slices.Equal(titles, []string{"one", "two"}) {
		t.Errorf("%q, %+v, %v", titles, report, err)
	}
}

// TestHostile: whatever is sent, it ends, in memory that the message bounds, and the text is text.
func TestHostile(t *testing.T) {
	deep := "From: a@b\n"
	for i := range 1000 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	inner := "From: a@b\n\nx"
	for range 200 {
		inner = "From: a@b\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\n" + inner
	}
	for name, raw := range map[string]string{
		"deep":            deep,
		"mails in mails":  inner,
		"many parts":      "From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\n\ny\n", 200_000),
		"many fields":     strings.Repeat("A: b\n", 300_000) + "\nx",
		"one long field":  "Subject: " + strings.Repeat("=?utf-8?q?a?= ", 100_000) + "\n\nx",
		"words not ended": "Subject: " + strings.Repeat("=?utf-8?q?", 100_000) + "\n\nx",
		"open tags":       "From: a@b\nContent-Type: text/html\n\n" + strings.Repeat("<a href=\"", 100_000),
		"many parameters": "From: a@b\nContent-Type: text/plain" + strings.Repeat("; a*0*=b", 100_000) + "\n\nx",
		"comments":        "Date: " + strings.Repeat("(", 100_000) + "\n\nx",
		"nothing":         "",
		"control":         "From: a\x00\x1b[31mb@c\nSubject: x\x7f\x9b\n\n\x00\x01",
	} {
		m := parse([]byte(raw))
		text := m.render(m.id([]byte(raw)))
		if !utf8.Valid(text.Body) || len(m.parts) > partsMax || len(m.attachments()) > partsMax || len(text.Body) > 2*len(raw)+1000 {
			t.Errorf("%s: %d parts, %d bytes of text, valid %t", name, len(m.parts), len(text.Body), utf8.Valid(text.Body))
		}
		if p := pathOf("box", m.id([]byte(raw)), m.text("Subject"), dateOf(m.header)); strings.Count(p, "/") != 1 || !utf8.ValidString(p) || len(p) > 300 {
			t.Errorf("%s: the path is %q", name, p)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("From: =?utf-8?q?a?=\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\ny\n--x--"))
	f.Add([]byte("Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := parse(raw)
		text := m.render(m.id(raw))
		if !utf8.Valid(text.Body) {
			t.Fatalf("%q", text.Body)
		}
		if _, bad := text.Marks.Clean(len(text.Body)); bad != 0 {
			t.Fatalf("%+v", text.Marks)
		}
	})
}

// TestDuplicates: a message that lies in one mailbox twice is one document; two that only claim to
// be one are both kept.
func TestDuplicates(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.eml"), []byte(rawMail("x", "same")))
	put(t, filepath.Join(dir, "b.eml"), []byte(rawMail("x", "same")))
	put(t, filepath.Join(dir, "c.eml"), []byte(rawMail("x", "other")))
	var paths []string
	report, err := opened(t, dir, source.Rules{}).Walk(context.Background(), func(it corpus.Item) error { paths = append(paths, it.Path); return nil })
	if err != nil || len(paths) != 2 || !strings.HasSuffix(paths[1], " ~2") || report.LeftOut[corpus.Duplicate].Files != 1 {
		t.Errorf("%q, %+v, %v", paths, report.LeftOut, err)
	}
}

// TestSenderForgotten: a sender that was told to be forgotten stays out, with what was attached.
func TestSenderForgotten(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.eml"), []byte(rawMail("x", "text")))
	put(t, filepath.Join(dir, "b.eml"), []byte("From: c@d\nSubject: y\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: text/csv; name=a.csv\n\n1,2\n--x--"))
	for who, left := range map[string]int64{"anna@example.org": 1, "c@d": 2, "nobody@d": 0} {
		report, err := opened(t, dir, source.Rules{ForgottenWhere: []corpus.Where{{From: who}}}).Walk(context.Background(), func(corpus.Item) error { return nil })
		got := int64(0)
		if c := report.LeftOut[corpus.Forgotten]; c != nil {
			got = c.Files
		}
		if err != nil || got != left || report.Taken.Files != 3-left {
			t.Errorf("%s: %+v, %v", who, report, err)
		}
	}
}

// TestExtracted: an attachment that is a document is read as one, with its pages; what is none is
// left out.
func TestExtracted(t *testing.T) {
	notebook := `{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"markdown","metadata":{},"source":["A walrus."]}]}`
	raw := "From: a@b\nMessage-ID: <x@y>\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: application/x-ipynb+json; name=a.ipynb\n\n" + notebook +
		"\n--x\nContent-Type: application/octet-stream; name=a.bin\n\n\x00\x01\n--x--"
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.eml"), []byte(raw))
	set := source.Setting{Info: corpus.Info{Label: "mail", Kind: Kind, Root: filepath.ToSlash(dir)}, Extract: formats.Local{}}
	src, err := Connector().Source(set)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	_, err = src.Walk(context.Background(), func(it corpus.Item) error {
		x, err := corpus.Read(context.Background(), src, it.Path, nil)
		got[it.Title] = string(x.Body)
		if why := corpus.ReasonOf(err); why != "" {
			got[it.Title], err = string(why), nil
		}
		return err
	})
	if err != nil || !strings.Contains(got["a.ipynb: "], "A walrus.") || strings.Contains(got["a.ipynb: "], "nbformat") || got["a.bin: "] != string(corpus.Binary) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestWinmail: what Outlook packs into a winmail.dat is attached as what it is.
func TestWinmail(t *testing.T) {
	attribute := func(id uint32, data string) string {
		b := binary.LittleEndian.AppendUint32([]byte{2}, id)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		return string(b) + data + "\x00\x00"
	}
	dat := "\x78\x9f\x3e\x22\x01\x00" + attribute(tnefBegins, "x") + attribute(tnefTitle, "one.txt\x00") + attribute(tnefData, "first") +
		attribute(tnefBegins, "x") + attribute(tnefTitle, "..\\two.txt\x00") + attribute(tnefData, "second")
	for cut := range len(dat) {
		tnefParts([]byte(dat[:cut])) // none panics
	}
	m := parse([]byte("From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString([]byte(dat)) + "\n--x--"))
	var got []string
	for _, p := range m.attachments() {
		got = append(got, p.name, string(p.content()))
	}
	if !slices.Equal(got, []string{"one.txt", "first", "two.txt", "second"}) {
		t.Errorf("%q", got)
	}
}
