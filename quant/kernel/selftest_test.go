package kernel

import (
	"slices"
	"testing"

	"golang.org/x/sys/cpu"

	"sluice/internal/promise"
)

func TestKnownAnswers(t *testing.T) {
	for k := range kernelCount {
		for _, p := range Available() {
			if !implemented(k, p) {
				continue
			}
			if got := answer(k, p); got != known[k] {
				t.Errorf("%v on %v answers %#x, known is %#x", k, p, got, known[k])
			}
		}
	}
}

// TestEveryPathIsExercised fails, and does not skip, where a machine could run a path and the other
// tests did not.
func TestEveryPathIsExercised(t *testing.T) {
	best := Available()[0]
	want, err := Forced()
	if err != nil {
		t.Fatal(err)
	}
	if want != 0 {
		best = want
	} else if cpu.X86.HasAVX512VNNI && cpu.X86.HasAVX512VBMI && best != AVX512 && best != AMX {
		t.Fatalf("this processor has AVX-512, but the best path is %v", best)
	}
	for _, s := range Report() {
		if best != Ref && best != NEON && best != AMX && !slices.Contains(accelerated(s.Kernel), best) {
			t.Errorf("%v has no %v path, so no test compares it", s.Kernel, best)
		}
		if len(s.Rejected) > 0 {
			t.Errorf("%v: switched off %v", s.Kernel, s.Rejected)
		}
		if implemented(s.Kernel, best) && s.Path != best {
			t.Errorf("%v runs on %v, not on %v", s.Kernel, s.Path, best)
		}
	}
}

// TestWrongAnswerSwitchesPathOff breaks what is known, and with it every path but the reference.
func TestWrongAnswerSwitchesPathOff(t *testing.T) {
	c := promise.For(t, 11, "a kernel that answers its known question wrongly")
	const k = Dot4
	right := known[k]
	defer func() {
		known[k] = right
		chosen[k].Store(0)
		k.settle()
	}()
	known[k]++
	chosen[k].Store(0)
	c.Reached("a kernel that answers its known question wrongly", len(accelerated(k)))
	if p := k.settle(); p != Ref {
		c.Missed("a kernel that answers its known question wrongly", "%v runs on %v after a wrong answer", k, p)
	}
	want := append(accelerated(k), Ref)
	if f, _ := Forced(); f == 0 && !slices.Equal(rejected[k], want) {
		t.Errorf("switched off %v, want %v counted", rejected[k], want)
	}
}
