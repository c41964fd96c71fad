package parity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sluice/index/blockfile"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// pair is a text file with its parity, as bytes that a test may damage.
type pair struct {
	l            layout
	ref          blockfile.Ref
	text, parity []byte
}

// build makes a text file of about size bytes and its parity; l may be nil.
func build(t testing.TB, size int, l func(size int64) layout) pair {
	t.Helper()
	files := vfs.Mem()
	if err := files.MkdirAll("d"); err != nil {
		t.Fatal(err)
	}
	w := blockfile.NewWriter(files, "d", blockfile.KindText, blockfile.MakeID(blockfile.KindText, 1, nil, []byte{byte(size)}), blockfile.BlockBytesRandom)
	w.Section("text")
	b := make([]byte, size)
	rng := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)})
	_, _ = rng.Read(b)
	w.Bytes(b)
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if l == nil {
		l = layoutOf
	}
	p := pair{l: l(ref.Size), ref: ref, text: testkit.ReadFile(t, files, "d/"+ref.Name())}
	w = blockfile.NewWriter(files, "d", blockfile.KindParity, ID(ref), BlockBytes)
	if err := p.l.write(w, ref, bytes.NewReader(p.text)); err != nil {
		t.Fatal(err)
	}
	pref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	p.parity = testkit.ReadFile(t, files, "d/"+pref.Name())
	return p
}

// mended is the file that a damaged one gives.
func (p pair) mended(text, parity []byte) ([]byte, error) {
	patch, err := p.l.mend(context.Background(), p.ref, bytes.NewReader(text), bytes.NewReader(parity))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = patch.Apply(context.Background(), &out, bytes.NewReader(text))
	return out.Bytes(), err
}

// comesBack mends a damaged pair and counts it.
func (p pair) comesBack(t *testing.T, count *promise.Count, kind, what string, text, parity []byte) {
	t.Helper()
	if bytes.Equal(text, p.text) && bytes.Equal(parity, p.parity) {
		return // the damage changed nothing
	}
	count.Reached(kind, 1)
	got, err := p.mended(text, parity)
	if err != nil {
		count.Missed(kind, "%s: %v", what, err)
	} else if !bytes.Equal(got, p.text) {
		count.Missed(kind, "%s: other bytes come back", what)
	}
}

// span is where shard n lies, in the text or in the parity file.
func (p pair) span(text, parity []byte, n int64) []byte {
	if n < p.l.data {
		return text[n*p.l.shard : min((n+1)*p.l.shard, p.l.size)]
	}
	_, at, _, _ := p.l.offsets()
	return parity[at+(n-p.l.data)*p.l.shard:][:p.l.shard]
}

func scribble(b []byte) {
	for i := range b {
		b[i] ^= byte(i) | 1
	}
}

// small are sizes around every change of shard, and both codes; threeGroups is a layout that real
// files of 240 MiB have.
var small = []int{1, 500, 5_000, 70_000, 140_000, 300_000}

func threeGroups(size int64) layout {
	l := layoutOf(size)
	l.groups = 3
	l.width = (l.data + 2) / 3
	l.spares = (l.width*spare+per-1)/per + 1
	return l
}

// TestEveryShard: every shard of a small text and many of larger ones, changed, zeroed or in the
// place of its neighbour, comes back, also when the parity file was hit as often as one shard may
// still be lost.
func TestEveryShard(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 1, "shard of a text", "shard swapped", "shard, and one of the parity")
	for _, size := range small {
		p := build(t, size, nil)
		for n := int64(0); n < p.l.data; n += 1 + p.l.data/60 {
			for what, hit := range map[string]func(b []byte){"scribble": scribble, "zero": func(b []byte) { clear(b) }, "bit": func(b []byte) { b[len(b)/2] ^= 1 }} {
				text := bytes.Clone(p.text)
				hit(p.span(text, nil, n))
				p.comesBack(t, count, "shard of a text", fmt.Sprintf("%d bytes, shard %d, %s", size, n, what), text, p.parity)
			}
			text := bytes.Clone(p.text)
			copy(p.span(text, nil, n), p.span(p.text, nil, (n+1)%p.l.data))
			p.comesBack(t, count, "shard swapped", fmt.Sprintf("%d bytes, shard %d", size, n), text, p.parity)

			text, parity := bytes.Clone(p.text), bytes.Clone(p.parity)
			scribble(p.span(text, nil, n))
			scribble(p.span(nil, parity, p.l.data+n%p.l.parity()))
			p.comesBack(t, count, "shard, and one of the parity", fmt.Sprintf("%d bytes, shard %d", size, n), text, parity)
		}
	}
}

// TestEveryRun: a run of 4 % of the file is overwritten, at every offset of small files and all
// over larger ones; and the file is cut short by up to 4 %, at every length.
func TestEveryRun(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 4, "run of 4 % overwritten", "cut short by up to 4 %")
	for _, c := range []struct {
		size, step int
		as         func(int64) layout
	}{{1, 1, nil}, {5_000, 1, nil}, {70_000, 401, nil}, {1_500_000, 40_013, nil}, {400_000, 4_001, threeGroups}} {
		p := build(t, c.size, c.as)
		run := len(p.text) / 25
		for at := 0; at+run <= len(p.text); at += c.step {
			text := bytes.Clone(p.text)
			scribble(text[at : at+run])
			p.comesBack(t, count, "run of 4 % overwritten", fmt.Sprintf("%d bytes from %d of %d", run, at, len(text)), text, p.parity)
		}
		for n := len(p.text) - run; n < len(p.text); n += c.step {
			p.comesBack(t, count, "cut short by up to 4 %", fmt.Sprintf("%d of %d bytes", n, len(p.text)), p.text[:n], p.parity)
		}
	}
}

// TestRandomLosses: as many shards of a group as it has spares, of the text and of the parity,
// whichever they are, come back; and any 4 % of the text's shards do.
func TestRandomLosses(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 1, "4 % of a text at random", "as many as there are spares")
	for seed := range uint64(60) {
		size := []int{5_000, 300_000, 1_500_000}[seed%3]
		as := layoutOf
		if seed%2 == 1 {
			as = threeGroups
		}
		p := build(t, size, as)
		rng := rand.New(rand.NewPCG(seed, 1))
		text := bytes.Clone(p.text)
		if seed%2 == 0 { // in several groups so few shards may fall unevenly: see spare
			for _, n := range rng.Perm(int(p.l.data))[:p.l.data/25] {
				scribble(p.span(text, nil, int64(n)))
			}
			p.comesBack(t, count, "4 % of a text at random", fmt.Sprintf("seed %d", seed), text, p.parity)
		}
		text, parity := bytes.Clone(p.text), bytes.Clone(p.parity)
		for group := range p.l.groups {
			for _, k := range rng.Perm(int(p.l.width + p.l.spares))[:p.l.spares] {
				if n, ok := p.l.number(group, int64(k)); ok {
					scribble(p.span(text, parity, n))
				}
			}
		}
		p.comesBack(t, count, "as many as there are spares", fmt.Sprintf("seed %d", seed), text, parity)
	}
}

// TestEveryByteOfTheParity: a damaged shard comes back whatever byte of the parity file is damaged
// too, its header and tables among them, and when either table of checksums is gone.
func TestEveryByteOfTheParity(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 1, "byte of a parity file", "table of a parity file")
	p := build(t, 5_000, nil)
	text := bytes.Clone(p.text)
	scribble(p.span(text, nil, 3))
	for at := range p.parity {
		parity := bytes.Clone(p.parity)
		parity[at] ^= 0x41
		p.comesBack(t, count, "byte of a parity file", fmt.Sprintf("byte %d", at), text, parity)
	}
	sums, shards, again, _ := p.l.offsets()
	for _, span := range [][2]int64{{0, sums}, {sums, shards}, {again, int64(len(p.parity))}} {
		parity := bytes.Clone(p.parity)
		clear(parity[span[0]:span[1]])
		p.comesBack(t, count, "table of a parity file", fmt.Sprintf("bytes %d to %d", span[0], span[1]), text, parity)
	}
	p.comesBack(t, count, "table of a parity file", "cut short", text, p.parity[:again])
}

// TestTail: the copy of a file's end is that, whatever else of the parity file is damaged; a parity
// file that was written without one has none.
func TestTail(t *testing.T) {
	for _, size := range small {
		p := build(t, size, nil)
		_, _, _, at := p.l.offsets()
		parity := bytes.Clone(p.parity)
		clear(parity[:at])
		if got := Tail(p.ref, bytes.NewReader(parity)); !bytes.HasSuffix(p.text, got) || int64(len(got)) != p.l.tail() {
			t.Errorf("%d bytes: %d bytes that are not the end of the file", size, len(got))
		}
		if got := Tail(p.ref, bytes.NewReader(p.parity[:at])); bytes.HasSuffix(p.text, got) {
			t.Errorf("%d bytes: a copy comes from nowhere", size)
		}
	}
}

// TestOneTooMany: with one loss more than a group has spares the error says how much is lost.
func TestOneTooMany(t *testing.T) {
	for _, as := range []func(int64) layout{layoutOf, threeGroups} {
		p := build(t, 300_000, as)
		text, parity := bytes.Clone(p.text), bytes.Clone(p.parity)
		for k := range p.l.spares + 1 {
			n, _ := p.l.number(p.l.groups-1, k)
			scribble(p.span(text, parity, n))
		}
		lost := new(LostError)
		if _, err := p.mended(text, parity); !errors.As(err, &lost) || !errors.Is(err, blockfile.ErrCorrupt) || lost.Bad != p.l.spares+1 {
			t.Errorf("%d of %d shards are gone: %v", p.l.spares+1, p.l.spares, err)
		}
		if _, err := p.mended(nil, p.parity); !errors.As(err, &lost) {
			t.Errorf("all of it is gone: %v", err)
		}
		if _, err := p.mended(p.text[:5_000], nil); !errors.As(err, &lost) {
			t.Errorf("most of it is gone and the parity too: %v", err)
		}
	}
}

// TestWhatFitsItsChecksums: damage that the checksums do not see gives an error and never another
// file.
func TestWhatFitsItsChecksums(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 1, "damage that its checksum fits")
	p := build(t, 5_000, nil)
	sums, _, again, _ := p.l.offsets()
	for n := range p.l.data {
		text, parity := bytes.Clone(p.text), bytes.Clone(p.parity)
		scribble(p.span(text, nil, n))
		whole := make([]byte, p.l.shard)
		copy(whole, p.span(text, nil, n))
		sum := sumOf(p.ref.ID, n, whole)
		for _, at := range []int64{sums, again} {
			for i := range int64(4) {
				parity[at+4*n+i] = byte(sum >> (8 * i))
			}
		}
		scribble(p.span(text, nil, (n+1)%p.l.data)) // so that something is computed from it
		count.Reached("damage that its checksum fits", 1)
		if got, err := p.mended(text, parity); err == nil {
			count.Missed("damage that its checksum fits", "shard %d: %d bytes come back, as it was: %t", n, len(got), bytes.Equal(got, p.text))
		}
	}
}

// TestParityOfADamagedText: a text that is not what the manifest names gets no parity.
func TestParityOfADamagedText(t *testing.T) {
	p := build(t, 5_000, nil)
	for at := 0; at < len(p.text); at += 97 {
		bad := bytes.Clone(p.text)
		bad[at] ^= 1
		w := blockfile.NewWriter(vfs.Mem(), "", blockfile.KindParity, ID(p.ref), BlockBytes)
		if err := Write(w, p.ref, bytes.NewReader(bad)); !errors.Is(err, blockfile.ErrCorrupt) {
			t.Errorf("byte %d is another one: %v", at, err)
		}
		w.Abort()
	}
	w := blockfile.NewWriter(vfs.Mem(), "", blockfile.KindParity, ID(p.ref), BlockBytes)
	if err := Write(w, p.ref, bytes.NewReader(p.text[:100])); err == nil {
		t.Error("parity of a text that is cut short")
	}
	w.Abort()
}

// unreadable fails reads that touch some bytes, as a disk with a bad sector does.
type unreadable struct {
	*bytes.Reader
	from, to int64
}

var errSector = errors.New("input/output error")

func (u unreadable) ReadAt(b []byte, off int64) (int, error) {
	if off < u.to && off+int64(len(b)) > u.from {
		n, _ := u.Reader.ReadAt(b[:max(u.from-off, 0)], off)
		return n, errSector
	}
	return u.Reader.ReadAt(b, off)
}

// TestBadSector: a sector that cannot be read costs its own shard only.
func TestBadSector(t *testing.T) {
	p := build(t, 1_500_000, nil)
	for at := int64(0); at < p.l.size; at += 150_001 {
		file := unreadable{bytes.NewReader(p.text), at, at + 512}
		patch, err := p.l.mend(context.Background(), p.ref, file, bytes.NewReader(p.parity))
		if err != nil || patch.Damaged() > 2 {
			t.Fatalf("sector at %d: %v, %+v", at, err, patch)
		}
		var out bytes.Buffer
		if err := patch.Apply(context.Background(), &out, file); err != nil || !bytes.Equal(out.Bytes(), p.text) {
			t.Errorf("sector at %d: %v", at, err)
		}
	}
}

// TestLayout: whatever the size, a run of 4 % and 4 % of the shards come back, the parity is at
// most 6 % of a file of 1 MiB and more, and a code is within what its field can tell apart.
func TestLayout(t *testing.T) {
	for size := int64(1); size < 1<<41; size += 1 + size/50 {
		l := layoutOf(size)
		run := size*4/100/l.shard + 2 // shards that such a run can touch
		if perGroup := (run + l.groups - 1) / l.groups; perGroup > l.spares {
			t.Errorf("%d bytes: a run of %d shards, %d come back", size, perGroup, l.spares)
		}
		if random := l.width * 4 / 100; random > l.spares {
			t.Errorf("%d bytes: %d shards at random, %d come back", size, random, l.spares)
		}
		_, _, _, tail := l.offsets()
		if all := tail + l.tail(); size >= 1<<20 && all*100 > size*6 {
			t.Errorf("%d bytes: %d of parity, %.2f %%", size, all, 100*float64(all)/float64(size))
		}
		if l.width+l.spares > 1<<15 || (l.width-1)*l.groups >= l.data {
			t.Fatalf("%d bytes: %+v", size, l)
		}
		if w := l.column(); l.shard%w != 0 || w%64 != 0 || w*(l.width+l.spares) > columnBytesMax {
			t.Errorf("%d bytes: columns of %d", size, w)
		}
	}
}

// TestGolden: the same text gives the same parity on every machine and with every version of the
// code's library, or parity files that lie on disks would be worth nothing.
func TestGolden(t *testing.T) {
	want := map[int]string{
		5_000:     "6e0565d08bc093d6082cb6c31461923909f0a6b66fb7d9dd2ee382fa0ff74f9e",
		1_500_000: "7198533fa6ef472a31b79375466a1c033bf1fbaf511d7be6460481f24e0d9ec6",
	}
	for _, size := range slices.Sorted(func(yield func(int) bool) {
		for n := range want {
			if !yield(n) {
				return
			}
		}
	}) {
		p := build(t, size, nil)
		if got := fmt.Sprintf("%x", sha256.Sum256(p.parity)); got != want[size] {
			t.Errorf("%d bytes: %s: other parity needs a new Version", size, got)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	p := build(b, 10<<20, nil)
	b.SetBytes(int64(len(p.text)))
	for b.Loop() {
		w := blockfile.NewWriter(vfs.Mem(), "", blockfile.KindParity, ID(p.ref), BlockBytes)
		if err := Write(w, p.ref, bytes.NewReader(p.text)); err != nil {
			b.Fatal(err)
		}
		w.Abort()
	}
}

func BenchmarkMend(b *testing.B) {
	p := build(b, 10<<20, nil)
	text := bytes.Clone(p.text)
	for n := int64(0); n < p.l.data; n += 25 {
		scribble(p.span(text, nil, n))
	}
	b.SetBytes(int64(len(p.text)))
	for b.Loop() {
		if _, err := p.mended(text, p.parity); err != nil {
			b.Fatal(err)
		}
	}
}
