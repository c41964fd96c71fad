package lowbits

import "testing"

// The loop that a measurement spends its time in, where no kernel takes it over.
func BenchmarkDots(b *testing.B) {
	v := uneven(1, 513, 384)
	out := make([]float32, 512)
	b.SetBytes(512 * 384 * 4)
	for b.Loop() {
		dots(out, v.Row(0), v.Rows(1, 513))
	}
}
