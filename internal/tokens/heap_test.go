package tokens

import (
	"runtime"
	"testing"
)

// TestHeap: both vocabularies together stay below a ceiling.
func TestHeap(t *testing.T) {
	const heapBytesMax = 12 << 20
	before := heapBytes()
	a, err := load(O200kBase, o200kBaseFile, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := load(Cl100kBase, cl100kBaseFile, false)
	if err != nil {
		t.Fatal(err)
	}
	a.CountString("a text")
	b.CountString("a text")
	grown := heapBytes() - before
	t.Logf("%d bytes", grown)
	if grown > heapBytesMax {
		t.Errorf("two vocabularies hold %d bytes", grown)
	}
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
}

func heapBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
