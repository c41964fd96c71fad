//go:build !linux

package vfs

import "os"

// dropPages does nothing where the system offers no way to forget a clean page.
func dropPages(*os.File, []byte, int64) {}
