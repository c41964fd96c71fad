package vfs

import (
	"errors"
	"strings"
	"testing"

	"sluice/internal/invariants"
)

func TestContain(t *testing.T) {
	if invariants.Enabled {
		t.Skip("a build that checks invariants lets panics pass")
	}
	var list []int
	err := Contain(func() error { list[3]++; return nil })
	if p := new(PanicError); !errors.As(err, &p) || !strings.Contains(err.Error(), "index out of range") || !strings.Contains(err.Error(), "contain_test.go:") {
		t.Errorf("%v", err)
	}
	if err := Contain(func() error { return ErrFault }); err != ErrFault {
		t.Errorf("an error passes through: %v", err)
	}
}
