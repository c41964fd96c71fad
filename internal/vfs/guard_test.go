//go:build unix

package vfs

import (
	"bytes"
	"errors"
	"testing"
)

// mapped returns a mapping of n bytes in a file that the test may shrink.
func mapped(t *testing.T, n int) (File, *Mapping) {
	t.Helper()
	files := OS(t.TempDir())
	f, err := files.Create("victim")
	must(t, err)
	t.Cleanup(func() { f.Close() })
	_, err = f.Write(bytes.Repeat([]byte{1}, n))
	must(t, err)
	m, err := f.Map()
	must(t, err)
	t.Cleanup(func() { m.Close() })
	return f, m
}

//go:noinline
func sum(b []byte) (n int) { // not inlined: reads whose result nobody uses would be dropped
	for _, c := range b {
		n += int(c)
	}
	return n
}

func TestTruncatedMappingIsAnError(t *testing.T) {
	const size = 1 << 16
	f, m := mapped(t, size)
	if sum(m.Bytes()) != size {
		t.Fatal("the mapping shows other bytes")
	}
	must(t, f.Truncate(100))
	err := Guard(func() error {
		sum(m.Bytes())
		return nil
	})
	fault := new(FaultError)
	if !errors.As(err, &fault) || !errors.Is(err, ErrFault) {
		t.Fatalf("got %v", err)
	}
	if fault.Name != "victim" || fault.Offset < 100 || fault.Offset >= size {
		t.Fatalf("the fault is said to lie at %d of %q", fault.Offset, fault.Name)
	}
	must(t, Guard(func() error { sum(m.Bytes()[:100]); return nil })) // the guard can be used again
}

func TestGuardPassesErrorsAndOtherPanicsOn(t *testing.T) {
	mine := errors.New("mine")
	if err := Guard(func() error { return mine }); err != mine {
		t.Fatalf("got %v", err)
	}
	for name, fail := range map[string]func(){
		"own panic":   func() { panic("mine") },
		"nil pointer": func() { var p *int; *p = 1 },
		"index":       func() { _ = []int{}[len(name0)] },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Fatal("the panic was swallowed")
				}
			}()
			_ = Guard(func() error { fail(); return nil })
		})
	}
}

var name0 = "" // keeps the compiler from seeing that the index is out of range

func TestWildPointerIsNoFault(t *testing.T) {
	_, m := mapped(t, 1<<16)
	b := m.Bytes()
	must(t, m.Close())
	defer func() {
		if recover() == nil {
			t.Fatal("reading a mapping that was given up is our own mistake and must not be an error")
		}
	}()
	_ = Guard(func() error { sum(b); return nil })
}
