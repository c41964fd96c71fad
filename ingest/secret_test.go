package ingest

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"sluice/corpus"
	"sluice/corpus/secret"
	"sluice/index"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// The secrets are put together at run time, so that this file holds none.
var (
	keyBody  = strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJz\n", 4)
	keyBlock = "-----BEGIN RSA PRIVATE" + " KEY-----\n" + keyBody + "-----END RSA PRIVATE" + " KEY-----\n"
	tokenEnd = "R54dhCYg9Tfmoywi9xLmmKZrrnAw438BYh3"
	aToken   = "gh" + "p_i" + tokenEnd
)

// withSecrets are secrets as documents have them, by what they are, and what of each must be gone.
var withSecrets = map[string]struct{ path, text, gone string }{
	"key":               {"notes.md", "walrus before\n\n" + keyBlock + "walrus behind\n", "QUJDREVGR0hJSktM"},
	"key behind 64 KiB": {"long.txt", strings.Repeat("a walrus sleeps\n", 5000) + keyBlock + "walrus behind\n", "QUJDREVGR0hJSktM"},
	"token":             {"code.go", "package a\n\n// walrus\nconst t = \"" + aToken + "\"\n", tokenEnd},
	"token over 64 KiB": {"edge.txt", strings.Repeat("walrus..", 8191) + " \n x " + aToken + "\n", tokenEnd},
	"pair":              {"app.yml", "walrus: 1\ndb_pass" + "word: Zai5ohCh\n", "Zai5ohCh"},
	"login":             {"env", "URL=postgres://walrus:Aiw7Eish@db/x\n", "Aiw7Eish"},
	"manifest":          {"k.yaml", "data:\n  pw: YWxpY2UxMjM=\nkind: Sec" + "ret\nmetadata:\n  name: walrus\n", "YWxpY2UxMjM"},
	"list":              {"passwords.md", "walrus bank: Ohch5zai\n", "Ohch5zai"},
}

// TestNoSecretIsStored looks for secrets in all that a store holds after a sync of a source whose
// connector knows nothing of secrets.
func TestNoSecretIsStored(t *testing.T) {
	var kinds []string
	for kind := range withSecrets {
		kinds = append(kinds, kind)
	}
	c := promise.For(t, 30, kinds...)
	files := vfs.Mem()
	s := newStore(t, files)
	src := testkit.NewSource("notes")
	for _, p := range withSecrets {
		src.Put(p.path, p.text)
	}
	src.PutMarked("page", "walrus", corpus.Marks{corpus.Heading(1, "Use "+aToken).Over(0, 6)})
	addSource(t, s, src)
	rep, err := s.Sync(t.Context(), src, SyncOptions{})
	if err != nil {
		t.Fatal(err)
	}
	held := everything(t, s.Store)
	for kind, p := range withSecrets {
		c.Reached(kind, 1)
		if bytes.Contains(held, []byte(p.gone)) {
			c.Missed(kind, "%s: %q of %s is in the store", kind, p.gone, p.path)
		}
	}
	if bytes.Contains(held, []byte(tokenEnd)) {
		t.Error("the token of a mark is in the store")
	}
	if n := bytes.Count(held, []byte("walrus")); n < len(withSecrets) {
		t.Errorf("the rest of the documents: %d walruses", n)
	}
	if rep.Secrets != int64(len(withSecrets)) || rep.SecretDocuments != int64(len(withSecrets)) {
		t.Errorf("%d secrets in %d documents were told, want %d", rep.Secrets, rep.SecretDocuments, len(withSecrets))
	}
}

// everything is what can be read from a store: texts, titles, marks.
func everything(t *testing.T, s *index.Store) (held []byte) {
	t.Helper()
	sn, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for k, seg := range sn.Segments() {
		for i := range seg.Entry().Passages {
			place := index.Place{Segment: uint32(k), Passage: uint32(i)}
			p, err := sn.Passage(place)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, p.Title+" "+p.Context+" "+p.Symbol...)
			for _, m := range p.Marks {
				held = append(held, m.Name...)
			}
			if err := sn.Texts(t.Context(), []index.Place{place}, func(_ int, b []byte) error { held = append(held, b...); return nil }, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	return held
}

// TestSecretsAreCounted follows the counts of a source through changes of its documents.
func TestSecretsAreCounted(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	addSource(t, s, src)
	want := func(step string, secrets, documents int64) {
		t.Helper()
		rep, err := s.Sync(t.Context(), src, SyncOptions{Prune: true})
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Sources(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if rep.Secrets != secrets || rep.SecretDocuments != documents || all[0].Secrets != secrets || all[0].SecretDocuments != documents {
			t.Errorf("%s: %d in %d, noted as %d in %d, want %d in %d", step, rep.Secrets, rep.SecretDocuments, all[0].Secrets, all[0].SecretDocuments, secrets, documents)
		}
	}
	src.Put("a.md", "words\n"+keyBlock+"and "+aToken+"\n")
	src.Put("b.md", "words "+aToken+"\n")
	src.Put("c.md", "words\n")
	want("new", 3, 2)
	want("unchanged", 3, 2)
	src.Put("c.md", "words "+aToken+"\n")
	want("one more", 4, 3)
	src.Put("a.md", "words\n"+keyBlock)
	want("one fewer", 3, 3)
	src.Remove("b.md")
	want("a document gone", 2, 2)
	src.Put("c.md", aToken+"\n")
	want("a document that is nothing else", 1, 1)
	if err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("merged", 1, 1)
}

// TestOtherRulesReadAgain: a store that was filled under other rules gets rid of what they let
// through at the next sync, whatever the times of its documents say.
func TestOtherRulesReadAgain(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	src.Put("a.md", "words "+strings.Repeat("x", len(aToken))+"\n")
	addSource(t, s, src)
	syncSource(t, s, src)
	src.Sneak("a.md", "words "+aToken+"\n") // as if the rules had not seen it
	if rep := syncSource(t, s, src); rep.Same != 1 || rep.Secrets != 0 {
		t.Fatalf("a document of the same size and time was read: %+v", rep)
	}
	setRules := func(n int) {
		t.Helper()
		err := s.Commit(t.Context(), "", func(m *index.Manifest) error {
			return s.ChangeSources(m, func(all []index.SourceState) ([]index.SourceState, error) { all[0].Rules = n; return all, nil })
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	setRules(secret.Version - 1)
	if rep := syncSource(t, s, src); rep.Changed != 1 || rep.Secrets != 1 {
		t.Errorf("under other rules: %+v", rep)
	}
	if rep := syncSource(t, s, src); rep.Same != 1 || rep.Secrets != 1 {
		t.Errorf("and after that: %+v", rep)
	}
	all, err := s.Sources(t.Context())
	if err != nil || all[0].Rules != secret.Version {
		t.Errorf("rules %d, %v", all[0].Rules, err)
	}
}

// TestCutPassagesAreMarked: only the passages that something was cut out of say so.
func TestCutPassagesAreMarked(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	src.Put("a.md", strings.Repeat("A plain paragraph of some words that says nothing.\n\n", 60)+keyBlock+strings.Repeat("\nAnother paragraph.\n", 100))
	addSource(t, s, src)
	syncSource(t, s, src)
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	var cut, whole int
	for i := range sn.Segments()[0].Entry().Passages {
		place := index.Place{Passage: uint32(i)}
		p, err := sn.Passage(place)
		if err != nil {
			t.Fatal(err)
		}
		err = sn.Texts(t.Context(), []index.Place{place}, func(_ int, b []byte) error {
			if has := bytes.Contains(b, []byte(strings.Repeat(string(secret.Mask), 20))); has != p.SecretCut {
				t.Errorf("%q is marked: %v", b, p.SecretCut)
			}
			return nil
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p.SecretCut {
			cut++
		} else {
			whole++
		}
	}
	if cut == 0 || whole == 0 {
		t.Errorf("%d marked, %d not", cut, whole)
	}
}
