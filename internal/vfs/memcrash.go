package vfs

import (
	"bytes"
	"math/rand/v2"
	"slices"
)

// crashSectorBytes is what a disk writes in one piece.
const crashSectorBytes = 512

// crashGarbagePercent of the sectors that were in flight hold neither the old nor the new bytes.
const crashGarbagePercent = 2

// CrashClone returns what a disk could hold after the power failed now. What was synced is there.
// Of every folder's later changes a random prefix survives; of every file's later writes a random
// subset of sectors, some torn to garbage. Locks are gone. The same seed gives the same disk; m is
// left as it is.
func (m *MemFS) CrashClone(seed uint64) *MemFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	kept := m.surviving(rng)
	clone := Mem()
	clone.mtime = m.mtime
	inodes := map[*memInode]*memInode{}
	for _, dir := range m.dirNames() {
		d := m.dirs[dir]
		names := crashedNames(d, kept[dir])
		clone.dirs[dir] = newMemDir()
		for _, name := range sortedKeys(names) {
			inode := names[name]
			if inodes[inode] == nil {
				inodes[inode] = inode.crash(rng)
			}
			clone.dirs[dir].now[name] = inodes[inode]
			clone.dirs[dir].durable[name] = inodes[inode]
		}
	}
	return clone
}

// Clone returns a disk that holds what m holds, and would lose in a power cut what m would. Locks
// are gone.
func (m *MemFS) Clone() *MemFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	clone := &MemFS{dirs: map[string]*memDir{}, locks: map[string]*memLock{}, seq: m.seq, mtime: m.mtime}
	inodes := map[*memInode]*memInode{nil: nil}
	copied := func(i *memInode) *memInode {
		if _, ok := inodes[i]; !ok {
			// What was synced is replaced as a whole and never written into, so both may have it.
			inodes[i] = &memInode{data: slices.Clone(i.data), synced: i.synced, mtime: i.mtime}
		}
		return inodes[i]
	}
	for dir, d := range m.dirs {
		c := newMemDir()
		for name, inode := range d.now {
			c.now[name] = copied(inode)
		}
		for name, inode := range d.durable {
			c.durable[name] = copied(inode)
		}
		for _, change := range d.pending {
			change.inode = copied(change.inode)
			c.pending = append(c.pending, change)
		}
		clone.dirs[dir] = c
	}
	return clone
}

// surviving chooses how many pending changes of each folder survive. A rename never loses the file:
// that the old name is gone implies that the new one is there.
func (m *MemFS) surviving(rng *rand.Rand) map[string]int {
	kept := map[string]int{}
	for _, dir := range m.dirNames() {
		kept[dir] = rng.IntN(len(m.dirs[dir].pending) + 1)
	}
	for changed := true; changed; {
		changed = false
		lost := m.lostChanges(kept)
		for dir, n := range kept {
			for i, c := range m.dirs[dir].pending[:n] {
				if c.after != 0 && lost[c.after] {
					kept[dir], changed = i, true
					break
				}
			}
		}
	}
	return kept
}

func (m *MemFS) lostChanges(kept map[string]int) map[uint64]bool {
	lost := map[uint64]bool{}
	for dir, n := range kept {
		for _, c := range m.dirs[dir].pending[n:] {
			lost[c.seq] = true
		}
	}
	return lost
}

func (m *MemFS) dirNames() []string { return sortedKeys(m.dirs) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// crashedNames returns what the folder holds when its first n pending changes survive.
func crashedNames(d *memDir, n int) map[string]*memInode {
	after := memDir{now: d.now, durable: map[string]*memInode{}, pending: d.pending}
	for name, inode := range d.durable {
		after.durable[name] = inode
	}
	after.settle(n)
	return after.durable
}

// crash returns what of the file's bytes survives.
func (i *memInode) crash(rng *rand.Rand) *memInode {
	if bytes.Equal(i.data, i.synced) {
		return &memInode{data: slices.Clone(i.data), synced: slices.Clone(i.data), mtime: i.mtime}
	}
	low, high := len(i.synced), len(i.data)
	if low > high {
		low, high = high, low
	}
	data := make([]byte, low+rng.IntN(high-low+1))
	for at := 0; at < len(data); at += crashSectorBytes {
		crashSector(rng, data, i.synced, i.data, at)
	}
	return &memInode{data: data, synced: slices.Clone(data), mtime: i.mtime}
}

// crashSector fills the sector at an offset with its old, its new, or no sensible bytes.
func crashSector(rng *rand.Rand, dst, old, now []byte, at int) {
	end := min(at+crashSectorBytes, len(dst))
	was, is := sector(old, at, end), sector(now, at, end)
	switch {
	case bytes.Equal(was, is) || rng.IntN(2) == 0:
		copy(dst[at:end], is)
	case rng.IntN(100) < crashGarbagePercent:
		for j := at; j < end; j++ {
			dst[j] = byte(rng.Uint32())
		}
	default:
		copy(dst[at:end], was)
	}
}

// sector returns b[at:end] as far as b reaches; what is behind it reads as zeros.
func sector(b []byte, at, end int) []byte {
	if at >= len(b) {
		return nil
	}
	return b[at:min(end, len(b))]
}
