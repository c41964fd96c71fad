package serve

import (
	"strings"
	"testing"
)

// TestGap: between two passages stand the line ends that they are apart, or else as many spaces as
// bytes, within bounds.
func TestGap(t *testing.T) {
	for _, c := range []struct {
		lines int
		bytes int64
		want  string
	}{
		{0, 0, ""}, {0, -3, ""}, {-1, 0, ""}, {1, 1, "\n"}, {2, 9, "\n\n"}, {0, 1, " "}, {0, 5, "     "},
		{0, 500, strings.Repeat(" ", 80)}, {readBytesMax + 1, 0, strings.Repeat("\n", readBytesMax)},
	} {
		if got := gap(c.lines, c.bytes); got != c.want {
			t.Errorf("%d lines, %d bytes: %d bytes", c.lines, c.bytes, len(got))
		}
	}
}
