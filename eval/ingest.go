package eval

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
)

// IngestReport is what indexing a source cost.
type IngestReport struct {
	Documents   int64            `json:"documents"`
	Passages    int64            `json:"passages"`
	Text        int64            `json:"text_bytes"` // extracted and cut into passages
	Seconds     float64          `json:"seconds"`
	CPUSeconds  float64          `json:"cpu_seconds,omitempty"` // of the whole process, where the system tells
	MBps        float64          `json:"mb_per_second"`
	MBpCPU      float64          `json:"mb_per_cpu_second,omitempty"`
	AnonPeak    int64            `json:"anonymous_bytes_peak,omitempty"` // sampled; Linux only
	Segments    int              `json:"segments"`
	Size        map[string]int64 `json:"size"` // bytes on disk by part
	StoreOfText float64          `json:"store_of_text"`
}

// Ingest adds src to an empty store and tells what that cost, merges included.
func Ingest(ctx context.Context, store *index.Store, in *ingest.Ingest, src corpus.Source, progress func(ingest.Progress)) (*IngestReport, error) {
	info := src.Info()
	if err := store.AddSource(ctx, index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
		return nil, err
	}
	peak, stop := watchMemory()
	start := time.Now()
	before, known := processTime()
	rep, err := in.Sync(ctx, src, ingest.SyncOptions{Progress: progress})
	wall := time.Since(start)
	after, _ := processTime()
	stop()
	if err != nil {
		return nil, err
	}
	st, err := store.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := &IngestReport{
		Documents: rep.Added, Passages: rep.Passages, Text: rep.Bytes, Seconds: wall.Seconds(), AnonPeak: peak.Load(),
		MBps: float64(rep.Bytes) / 1e6 / wall.Seconds(), Segments: st.Segments, Size: st.Size,
	}
	if known {
		out.CPUSeconds = (after - before).Seconds()
		out.MBpCPU = float64(rep.Bytes) / 1e6 / out.CPUSeconds
	}
	var sum int64
	for _, n := range st.Size {
		sum += n
	}
	out.StoreOfText = float64(sum) / float64(max(rep.Bytes, 1))
	return out, nil
}

// watchMemory samples the process's anonymous memory until stop is called.
func watchMemory() (peak *atomic.Int64, stop func()) {
	const every = 20 * time.Millisecond
	peak = new(atomic.Int64)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(every); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				peak.Store(max(peak.Load(), anonymousBytes()))
			}
		}
	}()
	return peak, func() { close(done); <-ended }
}

// anonymousBytes is the resident anonymous memory as Linux tells it; 0 elsewhere.
func anonymousBytes() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		if rest, ok := bytes.CutPrefix(lines.Bytes(), []byte("RssAnon:")); ok {
			kb, _ := strconv.ParseInt(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 10, 64)
			return kb << 10
		}
	}
	return 0
}
