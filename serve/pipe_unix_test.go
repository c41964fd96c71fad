//go:build unix

package serve_test

import "golang.org/x/sys/unix"

func init() { makePipe = func(name string) error { return unix.Mkfifo(name, 0o600) } }
