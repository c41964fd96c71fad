package kernel

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"sluice/internal/defence"
)

// Path is one implementation of the kernels.
type Path uint8

// The paths. Ref is plain Go and the specification; it runs everywhere.
const (
	Ref Path = 1 + iota
	NEON
	AVX2
	AVX512
	AMX // AVX-512, and tiles for products
)

var pathNames = map[Path]string{Ref: "ref", NEON: "neon", AVX2: "avx2", AVX512: "avx512", AMX: "amx"}

// String is the name that SLUICE_KERNEL takes.
func (p Path) String() string { return pathNames[p] }

// Kernel names one kernel.
type Kernel uint8

// The kernels.
const (
	OnebitScan Kernel = iota
	PostingsDecode
	PostingsTopK
	StaticMaxSim
	Dot4
	MatmulInt8
	MatmulInt4
	MatmulF32
	Half
	Math
	Layer
	Attention
	kernelCount
)

var kernelNames = [kernelCount]string{"onebit_scan", "postings_decode", "postings_topk", "static_maxsim", "dot4",
	"matmul_int8", "matmul_int4", "matmul_f32", "half", "math", "layer", "attention"}

// String is the kernel's name in reports.
func (k Kernel) String() string { return kernelNames[k] }

// PathError says that SLUICE_KERNEL asks for a path that cannot run here. The best path that can is
// used instead.
type PathError struct {
	Asked string
	Known bool // it is the name of a path, but this processor cannot run it
}

// Error implements error.
func (e *PathError) Error() string {
	if e.Known {
		return fmt.Sprintf("SLUICE_KERNEL=%s: this processor cannot run that path, or the system does not allow it; the best one that can run is used", e.Asked)
	}
	return fmt.Sprintf("SLUICE_KERNEL=%s: unknown path; use ref, avx2, avx512, amx or neon", e.Asked)
}

// State is what one kernel runs on.
type State struct {
	Kernel   Kernel
	Path     Path
	Rejected []Path        // paths that answered wrongly, at their self-test or when their work was done again, and are off
	SelfTest time.Duration // that the self-tests took
}

// forced reads SLUICE_KERNEL once. syscall rather than os: only the file layer imports os.
var forced = sync.OnceValues(func() (Path, error) {
	name, _ := syscall.Getenv("SLUICE_KERNEL")
	if name == "" {
		return 0, nil
	}
	for p, n := range pathNames {
		if n == name {
			if !available(p) {
				return 0, &PathError{Asked: name, Known: true}
			}
			return p, nil
		}
	}
	return 0, &PathError{Asked: name}
})

// Forced tells whether SLUICE_KERNEL asks for a path: 0 when it does not, a *PathError when it
// cannot be had.
func Forced() (Path, error) { return forced() }

// Available lists the paths that this processor can run, the best first.
func Available() []Path {
	var out []Path
	for _, p := range [...]Path{AMX, AVX512, AVX2, NEON, Ref} {
		if available(p) {
			out = append(out, p)
		}
	}
	return out
}

var (
	chosen   [kernelCount]atomic.Uint32 // the Path of a kernel, 0 before its first use
	settling sync.Mutex
	rejected [kernelCount][]Path // guarded by settling
	tested   [kernelCount]time.Duration
)

// path is the implementation that kernel k runs on.
func (k Kernel) path() Path {
	if p := chosen[k].Load(); p != 0 {
		return Path(p)
	}
	return k.settle()
}

// Path is the implementation that the kernel runs on, for callers whose own plain form beats the
// reference.
func (k Kernel) Path() Path { return k.path() }

// Has tells whether the kernel has an implementation of its own for path p, and p runs here.
func (k Kernel) Has(p Path) bool { return available(p) && implemented(k, p) }

// settle chooses the best path that passes its self-test. Ref is taken even if it fails, and
// counted all the same: there is nothing below it.
func (k Kernel) settle() Path {
	settling.Lock()
	defer settling.Unlock()
	if p := chosen[k].Load(); p != 0 {
		return Path(p)
	}
	want, _ := forced()
	start := time.Now()
	defer func() { tested[k] = time.Since(start) }()
	rejected[k] = nil
	for _, p := range Available() {
		if !allowed(p, want) || !implemented(k, p) {
			continue
		}
		if ok := selfTest(k, p) || !defence.Stands(defence.KernelSelfTest); ok || p == Ref {
			if !ok {
				rejected[k] = append(rejected[k], p)
			}
			chosen[k].Store(uint32(p))
			return p
		}
		rejected[k] = append(rejected[k], p)
	}
	panic("BUG: the reference path is not available")
}

// allowed says whether a kernel may run on p where want is asked for (0: nothing is). AMX is
// AVX-512 for what has no use for tiles.
func allowed(p, want Path) bool {
	return want == 0 || p == want || p == Ref || want == AMX && p == AVX512
}

// Reject switches a path of the kernel off, because what it computed was not what the reference
// does: the kernel runs on the reference from here on.
func (k Kernel) Reject(p Path) {
	if p == Ref {
		return
	}
	settling.Lock()
	defer settling.Unlock()
	if !slices.Contains(rejected[k], p) {
		rejected[k] = append(rejected[k], p)
	}
	chosen[k].Store(uint32(Ref))
}

// Report settles every kernel and says what each runs on.
func Report() []State {
	out := make([]State, 0, kernelCount)
	for k := range kernelCount {
		p := k.path()
		settling.Lock()
		out = append(out, State{k, p, append([]Path(nil), rejected[k]...), tested[k]})
		settling.Unlock()
	}
	return out
}

// Force puts every kernel that has path p on it, until undo is called; for measurements and tests.
// Others keep theirs.
func Force(p Path) (undo func(), err error) {
	if !available(p) {
		return nil, &PathError{Asked: p.String(), Known: true}
	}
	var before [kernelCount]uint32
	for k := range kernelCount {
		before[k] = uint32(k.path())
		if implemented(k, p) {
			chosen[k].Store(uint32(p))
		}
	}
	return func() {
		for k := range kernelCount {
			chosen[k].Store(before[k])
		}
	}, nil
}
