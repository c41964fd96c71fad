package lexical

import (
	"bytes"
	"cmp"
	"context"
	"runtime"
	"slices"
	"sluice/index/arm"
	"strings"
	"sync"
	"testing"
	"time"
)

// cpuRate reports MB/s by thread CPU time beside the wall clock's.
func cpuRate(b *testing.B, size int, start time.Duration) {
	cpu := threadTime() - start
	b.ReportMetric(float64(size)*float64(b.N)/1e6/cpu.Seconds(), "MB/cpu-s")
}

// BenchmarkTokens analyses kernel source, stems included.
func BenchmarkTokens(b *testing.B) {
	files, size := kernelSource(b, 32<<20)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	a, tokens, n := NewAnalyzer(), []Token(nil), 0 //nolint:wastedassign // told after the loop
	b.SetBytes(int64(size))
	start := threadTime()
	for b.Loop() {
		n = 0
		for _, f := range files {
			tokens = a.Tokens(tokens[:0], f.text)
			n += len(tokens)
		}
	}
	cpuRate(b, size, start)
	b.ReportMetric(100*float64(a.stems.asked-a.stems.misses)/float64(a.stems.asked), "%stems-cached")
}

// BenchmarkBuild analyses, inverts and writes 32 MB of kernel source.
func BenchmarkBuild(b *testing.B) {
	files, size := kernelSource(b, 32<<20)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	builder := NewBuilder()
	b.SetBytes(int64(size))
	start, most := threadTime(), 0
	for b.Loop() {
		builder.Reset()
		for _, f := range files {
			addFile(builder, f)
		}
		most = max(most, builder.Bytes())
		if err := builder.writeTo(newMemorySink()); err != nil {
			b.Fatal(err)
		}
	}
	cpuRate(b, size, start)
	b.ReportMetric(float64(most)/1e6, "MB-held")
}

// kernelIndex is the whole kernel as one segment, merged from builders of 32 MB, with known items:
// the first line of a kernel-doc comment and the passage that holds it.
var kernelIndex = sync.OnceValue(func() *kernelBench {
	k := &kernelBench{}
	var inputs []MergeInput
	total := uint64(0)
	b, held := NewBuilder(), 0
	flush := func() {
		sink := newMemorySink()
		if k.err = cmp.Or(k.err, b.writeTo(sink)); k.err != nil {
			return
		}
		r, err := sink.open()
		k.err = err
		inputs = append(inputs, MergeInput{Reader: r})
		total += b.TotalLength()
		b.Reset()
		held = 0
	}
	for _, f := range kernelFiles {
		first := k.passages
		addFile(b, f)
		linesOf(f.text, func(p []byte) { k.note(p) })
		k.size += len(f.text)
		if held += len(f.text); held >= 32<<20 || first == k.passages {
			flush()
		}
	}
	flush()
	sink := newMemorySink()
	start := time.Now()
	if k.err = cmp.Or(k.err, merge(sink, inputs, total)); k.err == nil {
		k.merge = time.Since(start)
		k.reader, k.err = sink.open()
	}
	for _, section := range sink.sections {
		k.stored += len(section)
	}
	return k
})

// kernelFiles is set before kernelIndex is asked for.
var kernelFiles []kernelFile

type kernelBench struct {
	reader       *Reader
	size, stored int
	merge        time.Duration
	passages     uint32
	items        []knownItem
	err          error
}

type knownItem struct {
	question string
	passage  uint32
}

// note looks for kernel-doc summaries in the next passage.
func (k *kernelBench) note(p []byte) {
	for s := p; ; {
		i := bytes.Index(s, []byte("/**\n * "))
		if i < 0 {
			break
		}
		s = s[i+len("/**\n * "):]
		line, _, _ := strings.Cut(string(s), "\n")
		name, what, ok := strings.Cut(line, " - ")
		if ok && len(strings.Fields(what)) >= 4 && !strings.Contains(name, " ") && bytes.Contains(s[:min(len(s), 200)], []byte("@")) {
			k.items = append(k.items, knownItem{name + " - " + what, k.passages})
		}
	}
	k.passages++
}

// kernelBenchIndex builds the index once, or skips.
func kernelBenchIndex(b *testing.B) *kernelBench {
	if kernelFiles == nil {
		kernelFiles, _ = kernelSource(b, 0)
	}
	k := kernelIndex()
	if k.err != nil {
		b.Fatal(k.err)
	}
	return k
}

// BenchmarkQuestion asks the whole kernel 500 known items of exactly eight terms for the best
// 30,000: look-up, scan, cut and marks. It prints percentiles of CPU time a question.
func BenchmarkQuestion(b *testing.B) {
	k := kernelBenchIndex(b)
	b.ReportMetric(float64(k.stored)/float64(k.size), "x-text")
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	a := NewAnalyzer()
	var questions []string
	for i := 0; i < len(k.items) && len(questions) < 500; i += max(1, len(k.items)/2000) {
		if len(a.Question([]byte(k.items[i].question))) == 8 {
			questions = append(questions, k.items[i].question)
		}
	}
	var took []time.Duration
	var postings int64
	for i := 0; b.Loop(); i++ {
		start := threadTime()
		scorer, terms := prepare(b, a, k.reader, questions[i%len(questions)])
		cut := NewSearch(30_000, scorer, numberIDs)
		_, err := cut.scan(context.Background(), &arm.Part{Reader: k.reader}, terms)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := cut.Best(context.Background()); err != nil {
			b.Fatal(err)
		}
		took = append(took, threadTime()-start)
		postings += postingsOf(terms)
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-cpu-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-cpu-ms")
	b.ReportMetric(float64(postings)/float64(b.N), "postings/op")
}

// BenchmarkDense asks for the eight most frequent stems of the kernel: the most postings eight
// terms can touch.
func BenchmarkDense(b *testing.B) {
	k := kernelBenchIndex(b)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	lists := make([]List, 0, k.reader.keyN)
	err := k.reader.Terms([]byte("sen"), func(key []byte, l List) error {
		if !isStop(key[3:]) {
			lists = append(lists, l)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	slices.SortFunc(lists, func(x, y List) int { return cmp.Compare(y.df, x.df) })
	var terms []ScanTerm
	var weights []Weight
	for i, l := range lists[:8] {
		terms, weights = append(terms, ScanTerm{l, i}), append(weights, Weight{IDF(int64(k.reader.Passages()), int64(l.DF())), 1, 1})
	}
	scorer := NewScorer(float64(k.reader.TotalLength())/float64(k.reader.Passages()), weights)
	start, postings := threadTime(), int64(0)
	for b.Loop() {
		cut := NewSearch(30_000, scorer, numberIDs)
		_, err := cut.scan(context.Background(), &arm.Part{Reader: k.reader}, terms)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := cut.Best(context.Background()); err != nil {
			b.Fatal(err)
		}
		postings = postingsOf(terms)
	}
	cpu := threadTime() - start
	b.ReportMetric(cpu.Seconds()*1e3/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(cpu.Nanoseconds())/float64(b.N)/float64(postings), "cpu-ns/posting")
	b.ReportMetric(float64(postings), "postings/op")
}

// postingsOf is how many postings a scan of the terms reads.
func postingsOf(terms []ScanTerm) (n int64) {
	for _, t := range terms {
		n += int64(t.List.DF())
	}
	return n
}
