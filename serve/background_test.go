package serve

import (
	"context"
	"testing"
)

// TestBackground: of one name one work runs at a time, what is asked for meanwhile is done once
// more, close ends all of it and waits, and nothing begins afterwards.
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
	asked, times := make(chan struct{}), 0
	b.start("once more", func(context.Context) { <-asked; times++ })
	for range 3 {
		b.start("once more", func(context.Context) { t.Error("a second work of one name") })
	}
	close(asked)
	b.wait("once more")
	b.close()
	if ended != 1 || ran != 3 || times != 2 {
		t.Errorf("%d ended, %d and %d ran; want 1, 3 and 2", ended, ran, times)
	}
	b.start("late", func(context.Context) { t.Error("work after the end") })
	b.wait("late")
	b.close()
}
