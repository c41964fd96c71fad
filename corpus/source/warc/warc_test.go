package warc

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var when = time.Date(2024, 5, 3, 10, 20, 30, 0, time.UTC)

func page(i int) *Capture {
	return &Capture{URI: fmt.Sprintf("https://site.example/page/%d", i), Date: when, Status: 200, Header: Header{"content-type": "text/html; charset=utf-8"},
		Body: fmt.Appendf(nil, "<p>page %d speaks of %x</p>%s", i, i*7919, strings.Repeat(" and so on", i%50))}
}

// plain is a record that is not compressed.
func plain(t testing.TB, c *Capture) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// all reads a file from end to end.
func all(t testing.TB, b []byte) (records []*Record, bad []error) {
	t.Helper()
	f := NewFile(bytes.NewReader(b), int64(len(b)))
	for at := int64(0); ; {
		rec, next, err := f.Next(at)
		if errors.Is(err, io.EOF) && !errors.Is(err, ErrCorrupt) {
			return records, bad
		}
		if next <= at {
			t.Fatalf("the record behind %d begins at %d", at, next)
		}
		if at = next; err != nil {
			bad = append(bad, err)
		}
		if rec != nil {
			records = append(records, rec)
		}
	}
}

// TestRoundTrip: what was written is read, by its order and by its place.
func TestRoundTrip(t *testing.T) {
	var b bytes.Buffer
	if err := WriteInfo(&b, "sluice", when); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := page(i).Write(&b); err != nil {
			t.Fatal(err)
		}
	}
	records, bad := all(t, b.Bytes())
	if len(records) != 21 || len(bad) != 0 || records[0].Type != "warcinfo" {
		t.Fatalf("%d records, %v", len(records), bad)
	}
	f := NewFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	for i, rec := range records[1:] {
		again, next, err := f.Next(rec.Offset)
		if err != nil || next != rec.Offset+rec.Length || !bytes.Equal(again.Block, rec.Block) {
			t.Fatalf("record %d by its place: %v", i, err)
		}
		m, err := ParseMessage(rec.Block)
		if err != nil {
			t.Fatal(err)
		}
		want := page(i)
		if body, err := m.Body(); err != nil || !bytes.Equal(body, want.Body) || m.Status != 200 || rec.URI != want.URI || !rec.Date.Equal(when) {
			t.Errorf("%s %s: %q, %v", rec.URI, rec.Date, body, err)
		}
	}
}

// TestCorruptRecords: of 1,000 records 1 % is damaged, each in another way; exactly these are not
// read, whether the file is compressed or not.
func TestCorruptRecords(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, packed := range map[string]bool{"compressed": true, "plain": false} {
		var file []byte
		damaged := map[string]bool{}
		for i := range 1000 {
			c := page(i)
			rec := plain(t, c)
			if packed {
				var b bytes.Buffer
				_ = c.Write(&b)
				rec = b.Bytes()
			}
			if i%100 == 37 {
				rec = damage(rng, rec, i/100, packed)
				damaged[c.URI] = true
			}
			file = append(file, rec...)
		}
		records, bad := all(t, file)
		seen := map[string]bool{}
		for _, rec := range records {
			seen[rec.URI] = true
			if damaged[rec.URI] {
				t.Errorf("%s: %s is damaged and was read", name, rec.URI)
			}
		}
		if len(seen) != 990 || len(records) != 990 || len(bad) != 10 {
			t.Errorf("%s: %d records of %d pages and %d damaged ones, not 990 and 10: %v", name, len(records), len(seen), len(bad), bad)
		}
	}
}

// damage changes a record in one of ten ways.
func damage(rng *rand.Rand, rec []byte, way int, packed bool) []byte {
	rec = bytes.Clone(rec)
	body := bytes.Index(rec, []byte("<p>page"))
	if packed {
		body = 20 + rng.IntN(len(rec)-40)
	}
	switch way {
	case 0, 1, 2:
		rec[body] ^= 1 << rng.IntN(8)
	case 3: // bytes are missing
		rec = append(rec[:body], rec[body+5:]...)
	case 4: // bytes too many
		rec = append(rec[:body:body], append([]byte("xxxxx"), rec[body:]...)...)
	case 5: // the beginning is gone
		rec = rec[12:]
	case 6: // the end is gone
		rec = rec[:len(rec)-12]
	case 7:
		clear(rec[body : body+15])
	case 8:
		clear(rec[:30])
	case 9: // the length lies, or the checksum does
		if packed {
			rec[len(rec)-6] ^= 0xff
		} else {
			rec = bytes.Replace(rec, []byte("Content-Length: "), []byte("Content-Length: 9"), 1)
		}
	}
	return rec
}

// TestDigests: a record is held against the digests that it tells, however they are written.
func TestDigests(t *testing.T) {
	for digest, holds := range map[string]bool{
		"sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N":                                    true,
		"sha1:vl2mmho4yxukfwv63yhtwsbm3gxksq2n":                                    true,
		"sha1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d":                            true,
		"SHA-256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824": true,
		"md5:5d41402abc4b2a76b9719d911017c592":                                     true,
		"md5:XUFAKrxLKna5cZ2REBfFkg==":                                             true,
		"sha1:AAAAAAO4YXUKFWV63YHTWSBM3GXKSQ2N":                                    false,
		"sha256:00":                                                                false, "sha1:": false, "sha1": false, "": false, "blake3:00": true,
	} {
		if digestHolds(digest, []byte("other"), []byte("hello")) != holds {
			t.Errorf("%q: not %v", digest, holds)
		}
	}
}

// TestBodies: a body is what its author wrote, however it was sent, and what was not sent as the
// header says is taken as it is.
func TestBodies(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte("hello"))
	w.Close()
	for head, c := range map[string]struct{ raw, want string }{
		"":                           {"hello", "hello"},
		"Transfer-Encoding: chunked": {"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", "hello"},
		"transfer-encoding: chunked": {"hello", "hello"},
		"Content-Encoding: gzip":     {z.String(), "hello"},
		"content-encoding: gzip ":    {"hello", "hello"},
		"Transfer-Encoding: Chunked\r\nContent-Encoding: x-gzip": {fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", z.Len(), z.String()), "hello"},
		"Transfer-Encoding:  chunked":                            {"ffffffffffffffff\r\nhello", "ffffffffffffffff\r\nhello"},
	} {
		m, err := ParseMessage([]byte("HTTP/1.1 200 OK\r\n" + head + "\r\n\r\n" + c.raw))
		if head == "" {
			m, err = ParseMessage([]byte("HTTP/1.0 200\n\n" + c.raw))
		}
		if err != nil {
			t.Fatal(err)
		}
		if body, err := m.Body(); string(body) != c.want || err != nil {
			t.Errorf("%q: %q, %v", head, body, err)
		}
	}
	m, _ := ParseMessage([]byte("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nxxx"))
	if body, err := m.Body(); !errors.Is(err, errEncoding) {
		t.Errorf("a body in an encoding that is not known is %q, %v", body, err)
	}
}

// TestBomb: what unpacks to more than a document may hold is refused, not held.
func TestBomb(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	for range 80 {
		_, _ = w.Write(make([]byte, 1<<20))
	}
	w.Close()
	m := &Message{Header: Header{"content-encoding": "gzip"}, Raw: z.Bytes()}
	if _, err := m.Body(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v, not %v", err, ErrTooLarge)
	}
}

// TestHostile: nothing that can be written into a file makes reading it fail in another way than
// with damaged records, take memory that is not there, or not end.
func TestHostile(t *testing.T) {
	for name, text := range map[string]string{
		"empty":        "",
		"no warc":      "hello\nworld\n",
		"endless line": "WARC/1.0" + strings.Repeat("x", 1<<20),
		"many fields":  "WARC/1.0\r\n" + strings.Repeat("a: b\r\n", 1<<16),
		"no length":    "WARC/1.0\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
		"negative":     "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -5\r\n\r\nxxxxxxx",
		"huge":         "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 9000000000000000000\r\n\r\nxxxxxxx",
		"large":        "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 50000000\r\n\r\nxxxxxxx",
		"magic only":   strings.Repeat("\x1f\x8b\x08", 1000),
		"head only":    "WARC/1.0\r\n",
	} {
		if records, _ := all(t, []byte(text)); len(records) != 0 {
			t.Errorf("%s: %+v", name, records[0])
		}
	}
	var b bytes.Buffer
	evil := &Capture{URI: "http://a\r\nWARC-Type: warcinfo", Date: when, Status: 200, Header: Header{"x": "y\r\n\r\nWARC/1.0"}, Body: []byte("WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n")}
	if err := evil.Write(&b); err != nil {
		t.Fatal(err)
	}
	if records, bad := all(t, b.Bytes()); len(records) != 1 || len(bad) != 0 || records[0].Type != "response" {
		t.Errorf("%d records, %v", len(records), bad)
	}
	if records, bad := all(t, plain(t, evil)); len(records) != 1 || len(bad) != 0 {
		t.Errorf("plain: %d records, %v", len(records), bad)
	}
}

// TestWhole: a file that was compressed as a whole gives its first record and says what to do.
func TestWhole(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for i := range 3 {
		_, _ = z.Write(plain(t, page(i)))
	}
	z.Close()
	if records, bad := all(t, b.Bytes()); len(records) != 1 || len(bad) != 1 || !errors.Is(bad[0], errWhole) {
		t.Errorf("%d records, %v", len(records), bad)
	}
}

// TestTruncated: of a file that ends early all is read but its last record.
func TestTruncated(t *testing.T) {
	var b bytes.Buffer
	for i := range 5 {
		_ = page(i).Write(&b)
	}
	for cut := 1; cut < 200; cut += 13 {
		if records, bad := all(t, b.Bytes()[:b.Len()-cut]); len(records) != 4 || len(bad) != 1 {
			t.Errorf("without %d bytes: %d records, %v", cut, len(records), bad)
		}
	}
}

// TestFixtures: files by other programs hold what an independent reader found in them.
func TestFixtures(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "fixtures")
	b, err := os.ReadFile(filepath.Join(dir, "facts.json"))
	if err != nil {
		t.Skip("the fixtures are not here: ", err)
	}
	var facts []struct {
		File, Kind string
		Facts      struct {
			Records map[string]int
			URIs    []string
			Stops   string `json:"stops_with"`
		}
	}
	if err := json.Unmarshal(b, &facts); err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Kind != "warc" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, f.File))
		if err != nil {
			t.Fatal(err)
		}
		records, bad := all(t, b)
		kinds, uris := map[string]int{}, map[string]bool{}
		for _, rec := range records {
			kinds[rec.Type]++
			uris[rec.URI] = true
		}
		if n := f.Facts.Records["arc_header"]; n > 0 {
			delete(f.Facts.Records, "arc_header")
			f.Facts.Records["warcinfo"] = n
		}
		if (len(bad) > 0) != (f.Facts.Stops != "") {
			t.Errorf("%s: %v; an independent reader stops with %q", f.File, bad, f.Facts.Stops)
		}
		for kind, n := range f.Facts.Records {
			if kinds[kind] != n {
				t.Errorf("%s: %d records of type %s, not %d: %v", f.File, kinds[kind], kind, n, bad)
			}
		}
		for _, uri := range f.Facts.URIs {
			if !uris[uri] {
				t.Errorf("%s: %s is missing: %v", f.File, uri, uris)
			}
		}
	}
}
