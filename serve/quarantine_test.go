package serve_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestQuarantineIsListed: the newest first, with what their notes say; a note that cannot be read
// hides no bytes.
func TestQuarantineIsListed(t *testing.T) {
	g := newGolden(t, 1)
	disk := g.disk(nil)
	if err := disk.MkdirAll("quarantine"); err != nil {
		t.Fatal(err)
	}
	put := func(name, content string) {
		t.Helper()
		f, err := disk.Create("quarantine/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"a.text", "b.lexical"} {
		put(name, strings.Repeat("x", 10*(i+1)))
		put(name+".json", fmt.Sprintf(`{"file":"%s","kind":"text","what":"checksum","when":"2026-0%d-01T00:00:00Z","generation":7,"label":"notes","bytes":%d}`, name, i+1, 10*(i+1)))
	}
	put("c.text", "xyz")
	put("c.text.json", "no note")
	svc, err := g.open(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Close()
	out, err := svc.Quarantine()
	if err != nil || len(out.Items) != 3 || out.Bytes < 30 {
		t.Fatalf("%+v, %v", out, err)
	}
	one := out.Items[0]
	if one.File != "b.lexical" || one.What != "checksum" || one.When != "2026-02-01T00:00:00Z" || one.Generation != 7 || one.Bytes != 20 || out.Items[1].File != "a.text" {
		t.Errorf("%+v", out.Items)
	}
	if last := out.Items[2]; !strings.HasPrefix(last.File, "c.text") || last.When != "" || last.What == "" {
		t.Errorf("%+v", last)
	}
}
