package roofline

import "testing"

func BenchmarkAddOnly(b *testing.B) {
	p, _ := newPostings(10_000_000, 30000, 1<<16)
	for b.Loop() {
		clear(p.cursor)
		for base := 0; base < p.documents; base += p.window.Size() {
			p.window.Move(uint32(base))
			for i, l := range p.lists {
				p.cursor[i] = l.add(p.window, p.cursor[i], uint32(base+p.window.Size()))
			}
		}
	}
}
