// Package faultfs is a disk that fails on command: it wraps a vfs.FS and, where a rule says so,
// returns an error, loses, tears, flips or misplaces bytes, is slow, or dies as a killed process
// would.
//
// It counts write points, so that a test can fail each of them in turn: for k = 1, 2, ... until a
// run gets through without the rule being reached. It also counts what it did, so that a test can
// tell that it was not vacuous. Chance comes from a seed: name it in every failure.
package faultfs

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"sluice/internal/vfs"
)

// Op is a set of file operations.
type Op uint

// The operations.
const (
	Create Op = 1 << iota
	Write     // from the position on
	WriteAt
	Truncate
	Sync
	Rename // matched by its new name
	Remove
	Mkdir
	SyncDir
	Open
	Read
	ReadAt
	Map
	List
	Stat
	Lock

	// WritePoints are the operations that change the disk.
	WritePoints = Create | Write | WriteAt | Truncate | Sync | Rename | Remove | Mkdir | SyncDir
	// Any is every operation.
	Any = Lock<<1 - 1
)

// Mode is what happens to an operation.
type Mode int

// The modes.
const (
	Fail         Mode = iota // it returns Rule.Err and does nothing
	Torn                     // a write, said to be done, leaves out a random subset of 512-byte sectors
	DropUnsynced             // a sync fails, and what it should have kept is gone (needs a file of vfs.Mem)
	Kill                     // a prefix of a write is done; this and every later operation is ErrKilled; locks are free
	Flip                     // one bit of what is read or written is inverted
	Misdirect                // what is read or written lies some sectors away
	Slow                     // it takes Rule.Delay longer
	modes
)

var modeNames = [modes]string{"fail", "torn", "drop-unsynced", "kill", "flip", "misdirect", "slow"}

// String returns the mode's name.
func (m Mode) String() string { return modeNames[m] }

// ErrKilled is what a dead process's operations return.
var ErrKilled = errors.New("faultfs: the process was killed")

// Errors of real disks, for Rule.Err.
var (
	ErrNoSpace error = syscall.ENOSPC
	ErrIO      error = syscall.EIO
)

// Rule says when a fault happens.
type Rule struct {
	Ops    Op
	Path   string // part of the file's name, such as ".text" or "manifest."; "" for every file
	Nth    int    // at the nth operation that matches, counted from 1; 0 for each
	Sticky bool   // at each one after it too
	Mode   Mode
	Err    error // of Fail; nil for ErrIO
	Delay  time.Duration
}

// FS is a failing file system. It is safe for concurrent use.
type FS struct {
	under vfs.FS

	mu     sync.Mutex
	rng    *rand.Rand
	rules  []Rule
	seen   []int // operations that matched each rule
	fired  []int
	points int
	log    []string
	dead   bool
	locks  []io.Closer
	free   int64 // -1 for the real one

	forking sync.Mutex // one at a time
	forks   func(left *vfs.MemFS)
}

var _ vfs.FS = (*FS)(nil)

// New wraps a file system. The first rule that fires for an operation decides.
func New(under vfs.FS, seed uint64, rules ...Rule) *FS {
	return &FS{
		under: under, rng: rand.New(rand.NewPCG(seed, 0xfa17)), free: -1,
		rules: rules, seen: make([]int, len(rules)), fired: make([]int, len(rules)),
	}
}

// Forks calls visit before each write point with what a process that is killed there leaves on the
// disk, a prefix of a write in it. The process itself goes on: one run leaves what a run for each
// point would. It needs a disk of vfs.Mem, and comes before the first operation.
func (f *FS) Forks(visit func(left *vfs.MemFS)) { f.forks = visit }

// fork tells of a process that is killed at a write point; of is the file that it writes p to.
func (f *FS) fork(of *faultFile, p []byte, off int64) {
	if f.forks == nil {
		return
	}
	f.forking.Lock()
	defer f.forking.Unlock()
	left := f.under.(*vfs.MemFS).Clone()
	if of != nil {
		of.prefix(left, p, off)
	}
	f.forks(left)
}

// WritePoints returns how many operations so far meant to change the disk.
func (f *FS) WritePoints() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.points
}

// Counts returns how often each mode happened.
func (f *FS) Counts() map[Mode]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	counts := map[Mode]int{}
	for i, r := range f.rules {
		counts[r.Mode] += f.fired[i]
	}
	return counts
}

// Missed returns the rules that never fired: a test with one of these has proved nothing about it.
func (f *FS) Missed() []Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	var missed []Rule
	for i, r := range f.rules {
		if f.fired[i] == 0 {
			missed = append(missed, r)
		}
	}
	return missed
}

// Log returns the operations that meant to change the disk, one a line: "rename new-name".
func (f *FS) Log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.log)
}

// Dead tells whether the process was killed.
func (f *FS) Dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// SetFree makes Free return n bytes.
func (f *FS) SetFree(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free = n
}

// noFault is the mode of an operation that nothing happens to.
const noFault Mode = -1

var opNames = map[Op]string{
	Create: "create", Write: "write", WriteAt: "write-at", Truncate: "truncate", Sync: "sync",
	Rename: "rename", Remove: "remove", Mkdir: "mkdir", SyncDir: "sync-dir",
}

// visit counts an operation and returns what is to happen to it. Fail, Kill and Slow are done with
// here; an error means that the operation must not be carried out, save for the prefix of a killed
// write.
func (f *FS) visit(op Op, name string) (Mode, error) {
	f.mu.Lock()
	if f.dead {
		f.mu.Unlock()
		return noFault, ErrKilled
	}
	if op&WritePoints != 0 {
		f.points++
		f.log = append(f.log, opNames[op]+" "+name)
	}
	rule := f.firing(op, name)
	if rule == nil {
		f.mu.Unlock()
		if op&WritePoints&^(Write|WriteAt) != 0 { // who writes knows what
			f.fork(nil, nil, 0)
		}
		return noFault, nil
	}
	if rule.Mode == Kill {
		defer f.release()
		f.dead = true
	}
	f.mu.Unlock()
	switch rule.Mode {
	case Kill:
		return Kill, ErrKilled
	case Slow:
		time.Sleep(rule.Delay)
		return noFault, nil
	case Fail:
		if rule.Err == nil {
			return Fail, ErrIO
		}
		return Fail, rule.Err
	}
	return rule.Mode, nil
}

// firing returns the first rule that fires for an operation, after every rule has counted it.
func (f *FS) firing(op Op, name string) *Rule {
	first := -1
	for i, r := range f.rules {
		if r.Ops&op == 0 || !strings.Contains(name, r.Path) {
			continue
		}
		f.seen[i]++
		if n := f.seen[i]; first < 0 && (r.Nth == 0 || n == r.Nth || r.Sticky && n > r.Nth) {
			first = i
		}
	}
	if first < 0 {
		return nil
	}
	f.fired[first]++
	return &f.rules[first]
}

// release frees the locks of a dead process.
func (f *FS) release() {
	f.mu.Lock()
	locks := f.locks
	f.locks = nil
	f.mu.Unlock()
	for _, l := range locks {
		_ = l.Close()
	}
}

// chance returns a number from 0 to n-1.
func (f *FS) chance(n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rng.IntN(n)
}
