package lexical

import (
	"fmt"
	"sluice/index/arm"
	"testing"

	"sluice/index/blockfile"
)

// memorySink keeps sections in memory.
type memorySink struct {
	names    []string
	sections map[string][]byte
	at       string
}

func newMemorySink() *memorySink { return &memorySink{sections: map[string][]byte{}} }

func (m *memorySink) Section(name string) {
	m.at = name
	m.names = append(m.names, name)
}

func (m *memorySink) Bytes(p []byte) { m.sections[m.at] = append(m.sections[m.at], p...) }

// memorySection is a section in memory.
type memorySection []byte

func (m memorySection) Len() int64 { return int64(len(m)) }

func (m memorySection) View(off, n int64) ([]byte, error) { return m.Bytes(off, n) }

func (m memorySection) Verify(off, n int64) (bool, error) {
	_, err := m.Bytes(off, n)
	return true, err
}

func (m memorySection) Bytes(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > int64(len(m)) || n > int64(len(m))-off {
		return nil, fmt.Errorf("%w: [%d, +%d) of %d", blockfile.ErrCorrupt, off, n, len(m))
	}
	return m[off : off+n : off+n], nil
}

func (m *memorySink) open() (*Reader, error) {
	return openSections(memorySection(m.sections[sectionLists]), memorySection(m.sections[sectionIndex]),
		memorySection(m.sections[sectionMeta]))
}

// build inverts passages and opens what was written.
func build(t testing.TB, passages []arm.Fields) (*Reader, *memorySink) {
	t.Helper()
	b := NewBuilder()
	for _, p := range passages {
		b.Add(p)
	}
	sink := newMemorySink()
	if err := b.writeTo(sink); err != nil {
		t.Fatal(err)
	}
	r, err := sink.open()
	if err != nil {
		t.Fatal(err)
	}
	return r, sink
}
