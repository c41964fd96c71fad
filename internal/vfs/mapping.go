package vfs

import (
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"sync"
	"unsafe"
)

// Mapping is a file's bytes, read-only. Views die with Close: reading them afterwards is a fault.
type Mapping struct {
	name  string
	data  []byte
	unmap func([]byte) error // nil for bytes that are plain memory
	file  *os.File           // that is mapped; nil for plain memory
	once  sync.Once
	err   error
}

// Bytes returns the mapped bytes. They must not be written to. Reading them may fault when the file
// shrank or the disk fails: read within Guard.
func (m *Mapping) Bytes() []byte { return m.data }

// Drop asks the system to forget its copy of the bytes from one offset to another, so that their
// next use reads the disk again. It may do nothing: a system that cannot, plain memory, or a page
// that another process uses too.
func (m *Mapping) Drop(from, to int64) {
	if m.file == nil || from < 0 || to > int64(len(m.data)) || from >= to {
		return
	}
	page := int64(os.Getpagesize())
	from = from / page * page
	dropPages(m.file, m.data[from:to:to], from)
}

// Close gives the mapping up. A second call does nothing.
func (m *Mapping) Close() error {
	m.once.Do(func() {
		if m.unmap != nil {
			mappings.remove(m)
			m.err = m.unmap(m.data)
		}
		m.data = nil
	})
	return m.err
}

// mapFile maps size bytes of f, or reads them where the system or its file system cannot map.
func mapFile(f *os.File, name string, size int64) (*Mapping, error) {
	if size > math.MaxInt-1 {
		return nil, &fs.PathError{Op: "map", Path: name, Err: fs.ErrInvalid}
	}
	if size == 0 {
		return &Mapping{name: name}, nil
	}
	data, unmap, err := mmap(f, int(size))
	if err != nil {
		return readMapping(f, name, size)
	}
	m := &Mapping{name: name, data: data, unmap: unmap, file: f}
	mappings.add(m)
	return m, nil
}

// readMapping stands in for a mapping with a copy in memory.
func readMapping(f io.ReaderAt, name string, size int64) (*Mapping, error) {
	data := make([]byte, size)
	if n, err := f.ReadAt(data, 0); int64(n) < size {
		return nil, &fs.PathError{Op: "map", Path: name, Err: err}
	}
	return MapBytes(name, data), nil
}

// registry knows every live mapping, so that a fault can be told from a wild pointer of our own.
type registry struct {
	mu   sync.Mutex
	live []*Mapping
}

var mappings registry

func (r *registry) add(m *Mapping) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = append(r.live, m)
}

func (r *registry) remove(m *Mapping) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = slices.DeleteFunc(r.live, func(x *Mapping) bool { return x == m })
}

// find returns the live mapping that holds an address, or nil.
func (r *registry) find(address uintptr) *Mapping {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.live {
		start := uintptr(unsafe.Pointer(unsafe.SliceData(m.data)))
		if address >= start && address-start < uintptr(len(m.data)) {
			return m
		}
	}
	return nil
}

// offset returns where in the file an address of the mapping lies.
func (m *Mapping) offset(address uintptr) int64 {
	return int64(address - uintptr(unsafe.Pointer(unsafe.SliceData(m.data))))
}

// MapBytes makes a mapping of plain memory, for file systems that are none of the machine's.
func MapBytes(name string, data []byte) *Mapping { return &Mapping{name: name, data: data} }
