//go:build unix && !linux

package folder

import (
	"os"
	"testing"
)

// asNobody skips the present test for the superuser, who may read everything.
func asNobody(t *testing.T, _ string) {
	if os.Geteuid() == 0 {
		t.Skip("the superuser reads everything")
	}
}
