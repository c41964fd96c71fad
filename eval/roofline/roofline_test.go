package roofline

import (
	"context"
	"fmt"
	"testing"

	"sluice/quant/kernel"
)

func BenchmarkTry(b *testing.B) {
	var jobs []*job
	var names []string
	var docs [kernel.PostingBlock]uint32
	for _, w := range []int{1 << 14, 1 << 15, 1 << 16, 1 << 17} {
		p, err := newPostings(10_000_000, 30000, w)
		if err != nil {
			b.Fatal(err)
		}
		names = append(names, fmt.Sprintf("topk %d", w))
		jobs = append(jobs, &job{run: func() { p.run() }, work: float64(p.count) / 1e9})
		names = append(names, fmt.Sprintf("add only %d", w))
		jobs = append(jobs, &job{run: func() {
			clear(p.cursor)
			for base := 0; base < p.documents; base += p.window.Size() {
				p.window.Move(uint32(base))
				for i, l := range p.lists {
					p.cursor[i] = l.add(p.window, p.cursor[i], uint32(base+p.window.Size()))
				}
			}
		}, work: float64(p.count) / 1e9})
		names = append(names, fmt.Sprintf("cut only %d", w))
		top, _ := kernel.NewTopK(30000, 1)
		jobs = append(jobs, &job{run: func() {
			for base := 0; base < p.documents; base += p.window.Size() {
				p.window.Cut(top, uint32(base), nil)
			}
		}, work: float64(p.documents) / 1e9})
		if w == 1<<14 {
			names = append(names, "decode", "ordered")
			jobs = append(jobs, &job{run: func() { p.decode(&docs) }, work: float64(p.count) / 1e9})
			jobs = append(jobs, &job{run: func() { p.decodeOrdered(&docs) }, work: float64(p.count) / 1e9})
		}
	}
	words, index := make([]uint16, 1<<16), make([]uint32, 1<<16)
	r := random(1)
	for i := range index {
		index[i] = uint32(r.next() % (1 << 15))
	}
	names = append(names, "addWords")
	jobs = append(jobs, &job{run: func() { addWords(&words[0], &index[0], len(index)) }, work: float64(len(index)) / 1e9})
	names = append(names, "GHz")
	jobs = append(jobs, &job{run: func() { addChain(10000) }, work: 16 * 10000 / 1e9})
	measure(context.Background(), 7, jobs...)
	for i, j := range jobs {
		fmt.Printf("%-12s %8.2f G/s %v\n", names[i], j.rate(), j.median())
	}
}
