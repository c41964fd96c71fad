package roofline

import "sluice/quant/kernel"

// KernelState is what one kernel of this process runs on.
type KernelState struct {
	Kernel      string   `json:"kernel"`
	Path        string   `json:"path"`
	SwitchedOff []string `json:"switched_off,omitempty"` // paths that answered wrongly
	SelfTestUS  float64  `json:"self_test_us"`           // microseconds that the self-tests took
}

// Kernels tests every kernel, if it was not yet, and says what each runs on.
func Kernels() (all []KernelState) {
	for _, s := range kernel.Report() {
		k := KernelState{Kernel: s.Kernel.String(), Path: s.Path.String(), SelfTestUS: float64(s.SelfTest.Nanoseconds()) / 1000}
		for _, p := range s.Rejected {
			k.SwitchedOff = append(k.SwitchedOff, p.String())
		}
		all = append(all, k)
	}
	return all
}
