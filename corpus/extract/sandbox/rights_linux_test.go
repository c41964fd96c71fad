package sandbox

import (
	"testing"

	"sluice/corpus/extract"
)

// TestRightsAreGone: a reader that tries to reach anything but its document does not.
func TestRightsAreGone(t *testing.T) {
	p := pool(t)
	for _, name := range []string{"file", "write", "net", "exec"} {
		d, err := extract.Text(t.Context(), p, file("x."+name, "x"))
		if err != nil || string(d.Text) != "forbidden\n" {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}
