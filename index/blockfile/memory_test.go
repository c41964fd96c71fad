package blockfile

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"sluice/internal/promise"
	"sluice/internal/vfs"
)

// cleanChecks is how many checks of sound memory are made unless SLUICE_CLEAN says otherwise.
const cleanChecks = 300_000

// TestNoFalseAlarms reads sound blocks in epoch after epoch, whole ones and a few bytes of them. No
// check may fail, and nothing may be read from the disk again.
func TestNoFalseAlarms(t *testing.T) {
	promise.Sweep(t)
	c := promise.For(t, 10, "clean check")
	want := int64(cleanChecks)
	if n, err := strconv.ParseInt(os.Getenv("SLUICE_CLEAN"), 10, 64); err == nil {
		want = n
	}
	files := vfs.Mem()
	if err := files.MkdirAll("d"); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(8, 8))
	payload := make([]byte, 1<<20)
	for i := range payload {
		payload[i] = byte(r.Uint32())
	}
	w := NewWriter(files, "d", KindText, ID{8}, BlockBytesRandom)
	w.Section("bytes")
	w.Bytes(payload)
	ref, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(files, "d", ref)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var epoch Epoch
	f.Follow(&epoch)
	s, err := f.Section("bytes")
	if err != nil {
		t.Fatal(err)
	}
	started, alarms := Checked(), Recovered()
	for Checked()-started < want {
		epoch.Next()
		for range 400 {
			n := int64(40)
			if r.IntN(8) == 0 {
				n = 3 * BlockBytesRandom
			}
			off := r.Int64N(s.Len() - n)
			b, err := s.Bytes(off, n)
			if err != nil || b[0] != payload[off] {
				c.Missed("clean check", "%d bytes at %d: %v", n, off, err)
			}
		}
	}
	if Recovered() != alarms {
		c.Missed("clean check", "%d blocks were read again: %v", Recovered()-alarms, Events())
	}
	c.Reached("clean check", int(Checked()-started))
	t.Log(fmt.Sprint(Checked()-started, " checks of sound memory, no alarm"))
}
