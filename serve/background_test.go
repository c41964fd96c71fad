package serve

import (
	"context"
	"testing"
)

// TestBackground: of one name one work runs at a time, close ends all of it and waits, and nothing
// begins afterwards.
func TestBackground(t *testing.T) {
	var b background
	ended := 0 // by one name's work: it is read when close has returned
	b.start("until the end", func(ctx context.Context) { <-ctx.Done(); ended++ })
	b.start("until the end", func(context.Context) { t.Error("a second work of one name") })
	ran := 0
	for range 3 {
		b.start("at once", func(context.Context) { ran++ })
		b.wait("at once")
	}
	b.wait("none")
	b.close()
	if ended != 1 || ran != 3 {
		t.Errorf("%d ended, %d ran; want 1 and 3", ended, ran)
	}
	b.start("late", func(context.Context) { t.Error("work after the end") })
	b.wait("late")
	b.close()
}
