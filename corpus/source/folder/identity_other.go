//go:build !linux && !darwin

package folder

import "io/fs"

// identity tells nothing: the file's bytes must be looked at.
func identity(fs.FileInfo) (changed int64, id uint64) { return 0, 0 }
